"""Cases with figures from other lending systems, translated into the fields of `POST /quotes` and the rules of `loans.domain`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from tests.datasets import VECTORS

CASES = VECTORS / "lending.json"
UNITS = {"DAYS": "day", "WEEKS": "week", "MONTHS": "month"}
REPRODUCED = "reproduced"


@dataclass(frozen=True)
class Outcome:
    """What a case came to: `reproduced`, or what differs."""

    case: str
    kind: str
    result: str

    def __str__(self) -> str:
        return f"{self.case:32} {self.kind:24} {self.result}"


def load() -> list[dict[str, Any]]:
    """The cases, none when they are absent. Numbers are kept as they are written."""
    return json.loads(CASES.read_text(encoding="utf-8"), parse_float=Decimal) if CASES.is_file() else []


def money(value: Any) -> str:
    return f"{Decimal(str(value)):.2f}"


def as_quote(inputs: dict[str, Any]) -> dict[str, Any]:
    """The inputs of a schedule case as the body of `POST /quotes`."""
    cumulative = inputs["engine"].startswith("fineract-cumulative")
    body: dict[str, Any] = {
        "currency": "EUR",
        "principal": money(inputs["principal"]),
        "annual_rate": format(Decimal(str(inputs["annual_rate"])) / 100, "f"),
        "start_date": inputs.get("start_date", "2024-01-01"),
        "instalments": inputs["n"],
        "method": "flat" if inputs.get("interest_type") == "FLAT" else "annuity",
        "frequency": {"unit": UNITS[inputs["frequency"]], "every": inputs["every"]},
        "rounding": {"mode": "half_even"},
        # The older of the two engines and the third system don't spread the residue again.
        "respread": not cumulative and "frappe" not in inputs["engine"],
        "grace": {
            "principal_instalments": inputs.get("grace_principal_periods", 0),
            "interest_instalments": inputs.get("grace_interest_payment_periods", 0),
        },
    }
    if "first_repayment_date" in inputs:
        body["first_due_date"] = inputs["first_repayment_date"]
    body.update(_interest(inputs))
    if inputs.get("installment_multiple_of") == 1:
        body["instalment_multiple"] = "1"
    if strategy := inputs.get("month_end_strategy"):
        body["month_end"] = {"LAST_DAY_OF_MONTH": "keep", "FIRST_DAY_OF_NEXT_MONTH": "roll_forward"}[strategy]
    if tranches := inputs.get("tranches"):
        body["tranches"] = [{"date": day, "amount": money(amount)} for day, amount in tranches]
        body["instalment_basis"] = "committed" if cumulative else "drawn"
    if percent := inputs.get("installment_fee_percent_of_principal_and_interest"):
        body["fees"] = [{"code": "service", "percent": str(percent), "when": "each_instalment"}]
    if fixed := inputs.get("fixed_installment"):
        body["instalment_amount"] = money(fixed)
    if moved := inputs.get("reschedule"):
        body["first_due_date"] = moved["adjusted_due"]
        body["instalment_amount"] = "17.13"
    return body


def _interest(inputs: dict[str, Any]) -> dict[str, str]:
    """Day count and interest period, by the table in the folder's README."""
    if inputs["interest_calculation_period"] in ("SAME_AS_REPAYMENT_PERIOD", "MONTHLY (rate/12)"):
        return {"day_count": "30/360", "interest_period": "per_instalment"}
    if (inputs["days_in_year"], inputs["days_in_month"]) == (360, 30):
        return {"day_count": "30/360", "interest_period": "per_instalment"}
    if inputs["days_in_year"] in (360, 364):
        return {"day_count": f"act/{inputs['days_in_year']}", "interest_period": "daily"}
    fixed = inputs.get("days_in_year_effective") == 365
    return {"day_count": "act/365" if fixed else "act/act-ye", "interest_period": "daily"}


def day(text: str) -> date:
    return date.fromisoformat(text)
