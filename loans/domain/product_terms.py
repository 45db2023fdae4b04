"""What the terms of a product have to be like, whoever writes them: every fault at once, with its field and a sentence for people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from core.daycount import CONVENTIONS
from core.errors import Fault
from core.money import MODES, MoneyError, check_amount, is_currency
from core.workdays import MONTH_ENDS, UNITS
from loans.domain.allocation import DEFAULT_ORDER
from loans.domain.schedule.terms import APR_RULES, METHODS

KINDS = ("PERSON", "COMPANY")
COLLATERAL_KINDS = ("REAL_ESTATE", "LAND", "MACHINERY", "VEHICLE", "RECEIVABLES", "DEPOSIT", "SECURITIES")
GRADES = ("A", "B", "C", "D", "E")
INTEREST_PERIODS = ("daily", "per_instalment")
PENALTY_BASES = ("principal", "instalment")
FEE_TIMES = ("payout", "each_instalment")
MOST_MONTHS, MOST_LINES, HIGHEST_RATE = 600, 40, Decimal(2)
#: The fields of a product version that are its terms, in the order in which they are said.
TERMS = (
    "currency", "borrower_kinds", "min_amount", "max_amount", "min_term_months", "max_term_months", "annual_rate", "rate_by_grade",
    "revolving", "method", "frequency_unit", "frequency_every", "day_count", "interest_period", "month_end", "rounding_mode", "fees",
    "penalty_rate", "penalty_base", "tolerance_amount", "tolerance_days", "non_accrual_days", "prepayment_fee_percent", "apr_rule",
    "allocation_order", "purposes", "collateral_kinds", "collateral_required", "required_documents", "checklist",
    "offer_days", "decision_days", "contract_days", "draw_days", "second_look_days",
)  # fmt: skip
_CHOICES: Mapping[str, tuple[str, ...]] = {
    "method": METHODS,
    "frequency_unit": UNITS,
    "day_count": CONVENTIONS,
    "interest_period": INTEREST_PERIODS,
    "month_end": MONTH_ENDS,
    "rounding_mode": tuple(MODES),
    "penalty_base": PENALTY_BASES,
    "apr_rule": ("", *APR_RULES),
}
_COUNTS: Mapping[str, tuple[int, int]] = {
    "min_term_months": (1, MOST_MONTHS),
    "max_term_months": (1, MOST_MONTHS),
    "frequency_every": (1, 365),
    "tolerance_days": (0, 90),
    "non_accrual_days": (0, 3650),
    "offer_days": (1, 365),
    "contract_days": (1, 365),
    "draw_days": (1, 730),
    "decision_days": (1, 365),
    "second_look_days": (1, 365),
}
_RATES: Mapping[str, Decimal] = {"annual_rate": HIGHEST_RATE, "penalty_rate": HIGHEST_RATE, "prepayment_fee_percent": Decimal(100)}


def check_product_terms(values: Mapping[str, Any]) -> list[Fault]:
    """What is wrong with `values` (the fields of TERMS, amounts and rates as Decimals); empty when a product may be offered so."""
    faults = [Fault(name, "required", "This field is needed.") for name in TERMS if name not in values]
    if faults:
        return faults
    currency = values["currency"]
    if not isinstance(currency, str) or not is_currency(currency):
        return [Fault("currency", "unknown", "This is not a currency code such as EUR.")]
    return [
        *_check_amounts(values, currency),
        *_check_numbers(values),
        *_check_choices(values),
        *_check_fees(values["fees"], currency),
        *_check_order(values["allocation_order"]),
        *(fault for name in ("purposes", "required_documents", "checklist") for fault in _check_lines(name, values[name])),
    ]


def _check_amounts(values: Mapping[str, Any], currency: str) -> list[Fault]:
    faults = []
    for name in ("min_amount", "max_amount", "tolerance_amount"):
        try:
            if name == "tolerance_amount" and values[name] == 0:
                continue
            check_amount(values[name], currency)
        except MoneyError as error:
            faults.append(Fault(name, error.code, str(error)))
    if not faults and values["max_amount"] < values["min_amount"]:
        faults.append(Fault("max_amount", "below_least", "The largest amount lies below the smallest."))
    return faults


def _check_numbers(values: Mapping[str, Any]) -> list[Fault]:
    faults = []
    for name, (least, most) in _COUNTS.items():
        if isinstance(values[name], bool) or not isinstance(values[name], int) or not least <= values[name] <= most:
            faults.append(Fault(name, "out_of_range", f"This has to be a whole number between {least} and {most}."))
    if not faults and values["max_term_months"] < values["min_term_months"]:
        faults.append(Fault("max_term_months", "below_least", "The longest term lies below the shortest."))
    for name, highest in _RATES.items():
        if not _is_rate(values[name], highest):
            faults.append(
                Fault(name, "out_of_range", "This has to lie between 0% and " + f"{highest if highest > 2 else highest * 100:f}%.")
            )
    for grade, rate in values["rate_by_grade"].items():
        try:
            sound = grade in GRADES and _is_rate(Decimal(rate), HIGHEST_RATE)
        except InvalidOperation:
            sound = False
        if not sound:
            faults.append(Fault("rate_by_grade", "invalid", f"The rate of grade {grade} has to lie between 0% and 200%."))
    return faults


def _is_rate(value: Any, highest: Decimal) -> bool:
    return isinstance(value, Decimal) and value.is_finite() and 0 <= value <= highest


def _check_choices(values: Mapping[str, Any]) -> list[Fault]:
    faults = [
        Fault(name, "unknown", "This is not one of the choices.") for name, allowed in _CHOICES.items() if values[name] not in allowed
    ]
    if not values["borrower_kinds"] or not set(values["borrower_kinds"]) <= set(KINDS):
        faults.append(Fault("borrower_kinds", "required", "Say who may borrow: persons, companies or both."))
    if not set(values["collateral_kinds"]) <= set(COLLATERAL_KINDS):
        faults.append(Fault("collateral_kinds", "unknown", "This is not one of the choices."))
    if values["revolving"] and values["method"] == "flat":
        faults.append(Fault("method", "not_revolving", "Under a revolving limit interest runs on what is drawn, never flat."))
    if values["revolving"] and values["interest_period"] != "daily":
        faults.append(Fault("interest_period", "not_revolving", "Under a revolving limit interest is reckoned daily."))
    if values["collateral_required"] and not values["collateral_kinds"]:
        faults.append(Fault("collateral_kinds", "required", "Say what may secure a loan for which collateral is required."))
    return faults


def _check_fees(fees: Any, currency: str) -> Iterable[Fault]:
    for number, fee in enumerate(fees, start=1):
        try:
            amount, percent, cap = fee.get("amount"), fee.get("percent"), fee.get("cap")
            for money in (amount, cap):
                if money is not None:
                    check_amount(Decimal(money), currency)
            sound = bool(fee["code"]) and fee.get("when", "payout") in FEE_TIMES and (amount is None) != (percent is None)
            sound = sound and (percent is None or _is_rate(Decimal(percent), Decimal(100)))
        except (MoneyError, InvalidOperation):
            sound = False
        if not sound:
            yield Fault("fees", "invalid", f"Line {number}: the fee needs a name and either an amount above zero or a percent up to 100.")
    if len({fee["code"] for fee in fees}) < len(fees):
        yield Fault("fees", "twice", "Two fees have the same name.")


def _check_order(order: Any) -> Iterable[Fault]:
    if order and sorted(order) != sorted(DEFAULT_ORDER):
        names = ", ".join(name.replace("_", " ") for name in DEFAULT_ORDER)
        yield Fault("allocation_order", "incomplete", f"Name each of these once, in the order in which a payment pays them: {names}.")


def _check_lines(name: str, lines: Any) -> Iterable[Fault]:
    if name == "purposes" and not lines:
        yield Fault(name, "required", "Name a purpose at least.")
    if len(lines) > MOST_LINES:
        yield Fault(name, "too_many", f"At most {MOST_LINES} lines.")
    if len({line["code"] for line in lines}) < len(lines):
        yield Fault(name, "twice", "Two lines have the same name.")
