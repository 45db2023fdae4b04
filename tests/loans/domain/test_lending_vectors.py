"""The figures of two open lending systems, each case by the fields of `POST /quotes` or by the rule that it is about.

The cases lie beside the public data (`tests.datasets`). Without them these tests are skipped; docs/schedules.md holds worked tables that
are always tested.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from collateral.domain.margin import Standing, shortfall
from core.money import round_money
from loans.domain.charges import penalty
from loans.domain.prepayment import interest_to_date, payoff
from loans.domain.quote import build, parse_terms, quote
from tests.datasets import needs
from tests.loans.delinquency_rule import age_amounts, bucket_for, days_past_due
from tests.loans.domain.lending_vectors import CASES as FILE
from tests.loans.domain.lending_vectors import REPRODUCED, Outcome, as_quote, day, load, money

Case = dict[str, Any]
CASES = load()
# Conventions that the product does not offer, each with the reason. At most three.
NOT_OFFERED: dict[str, str] = {
    "FIN-FEE04-LATE-PRINCIPAL": "a delay costs a penalty by the day, no fee once for an instalment",
    "FRA-DISBURSAL-SHORTFALL": "a shortfall calls the margin in; what may be drawn is the limit that was granted, less what was drawn",
}


def compare(expected: Any, found: Any) -> list[str]:
    return [] if expected == found else [f"expected {expected}, found {found}"]


def schedule(case: Case) -> list[str]:
    answer = quote(as_quote(case["inputs"]))
    if not case["expected"]:
        wanted = case["expected_other"]
        totals = {name: round(Decimal(answer["totals"][name])) for name in ("interest", "total")}
        return compare(
            (wanted["periods"], wanted["total_interest"], wanted["total_payment"]),
            (len(answer["instalments"]), totals["interest"], totals["total"]),
        )
    names = {"no": "number", "penalties": None}
    differences = compare(len(case["expected"]), len(answer["instalments"]))
    for row, line in zip(case["expected"], answer["instalments"], strict=False):
        for name, value in row.items():
            field = names.get(name, name)
            if field is not None:
                wanted = value if isinstance(value, str | int) else money(value)
                differences += [f"row {row['no']} {name}: {text}" for text in compare(wanted, line[field])]
    if totals := case.get("expected_totals"):
        differences += compare({name: money(value) for name, value in totals.items()}, {name: answer["totals"][name] for name in totals})
    return differences


def late_penalty(case: Case) -> list[str]:
    inputs = case["inputs"]
    days = (day(inputs["as_of"]) - day(inputs["due_date"])).days - inputs["grace_days"]
    found = round_money(penalty(inputs["unpaid_interest"], Decimal(inputs["penalty_rate"]) / 100, days, inputs["year_basis"]), "EUR")
    return compare(money(case["expected_other"]["penalty"]), money(found))


def prepayment(case: Case) -> list[str]:
    inputs = case["inputs"]
    paid = sum((amount for _, amount in inputs["paid"]), Decimal(0))
    plan = build(parse_terms(as_quote(inputs)))
    assert paid == plan.instalments[0].total and inputs["paid"][0][0] == plan.instalments[0].due_date.isoformat()
    found = payoff(
        plan.terms, [line.due_date for line in plan.instalments], balance=plan.instalments[0].balance, on=day(inputs["payoff_date"])
    )
    wanted = case["expected_other"]
    return compare(
        tuple(money(wanted[name]) for name in ("principal", "interest", "payoff_total")),
        (money(found.principal), money(found.interest), money(found.total)),
    )


def accrual(case: Case) -> list[str]:
    inputs = case["inputs"]
    start, end = day(inputs["start_date"]), day(inputs["accrual_date"])
    assert (end - start).days == inputs["days"]
    terms = parse_terms(
        {
            "currency": "EUR",
            "principal": money(inputs["principal"]),
            "annual_rate": str(inputs["annual_rate"] / 100),
            "start_date": start.isoformat(),
            "instalments": 12,
            "day_count": "act/act",
            "interest_period": "daily",
        }
    )
    due_dates = [line.due_date for line in build(terms).instalments]
    found = interest_to_date(terms, due_dates, balance=terms.principal, on=end)
    return compare(money(case["expected_other"]["interest"]), money(found))


def buckets(inputs: Case) -> list[tuple[str, int, int | None]]:
    return [(row["code"], row["min"], row["max"]) for row in inputs["ranges"]]


def unpaid(inputs: Case) -> list[tuple[Any, Decimal]]:
    left = sum((amount for _, amount in inputs["paid"]), Decimal(0))
    rows = []
    for due_date, amount in inputs["installments"]:
        taken = min(left, amount)
        left -= taken
        rows.append((day(due_date), amount - taken))
    return rows


def delinquency_by_instalment(case: Case) -> list[str]:
    inputs = case["inputs"]
    # The first instalment is paid by the down payment in one of the cases: only what is unpaid on the day counts.
    return compare(case["expected_other"]["buckets"], age_amounts(unpaid(inputs), day(inputs["business_date"]), buckets(inputs)))


def delinquency_of_loan(case: Case) -> list[str]:
    inputs, wanted = case["inputs"], case["expected_other"]
    pauses = [(day(start), day(end)) for start, end in inputs["pauses"]]
    grace = inputs["grace_on_arrears_ageing_days"]
    rows = []
    for text in inputs["business_dates"]:
        on = day(text)
        late = days_past_due(unpaid(inputs), on, grace_days=grace, frozen=pauses)
        label = bucket_for(late, [("NO_DELINQUENCY", 0, 0), *buckets(inputs)])
        overdue = sum((amount for due_date, amount in unpaid(inputs) if due_date < on), Decimal(0))
        rows.append([text, label, overdue, late, days_past_due(unpaid(inputs), on)])
    first = unpaid(inputs)[0][0] + timedelta(days=grace)
    return compare((wanted["days"], wanted["delinquent_date"]), (rows, first.isoformat()))


def collateral(case: Case) -> list[str]:
    inputs, wanted = case["inputs"], case["expected_other"]

    def lacking(value: Decimal) -> Decimal:
        return shortfall(Standing(inputs["outstanding"], value * inputs["ltv_percent"] / 100, pledges=1), Decimal(1))

    value, before = Decimal(inputs["pledged_qty"] * inputs["price"]), Decimal(inputs["pledged_qty"] * 250)
    return compare(
        (wanted["security_value"], wanted["shortfall_amount"], wanted["shortfall_after_price_250"]),
        (value, lacking(value), lacking(before)),
    )


def dates(case: Case) -> list[str]:
    inputs = case["inputs"]
    start = day(inputs["repayment_start_date"])
    if inputs["schedule_type"] == "PRORATED-MONTH-END":
        start = (start.replace(day=1) + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    answer = quote(
        {
            "currency": "EUR",
            "principal": money(inputs["principal"]),
            "annual_rate": str(inputs["annual_rate"] / 100),
            "start_date": (start - timedelta(days=20)).isoformat(),
            "first_due_date": start.isoformat(),
            "instalments": inputs["n"],
            "month_end": "keep",
        }
    )
    due = [line["due_date"] for line in answer["instalments"]]
    wanted = case["expected_other"]
    return compare((wanted["first"], wanted["second"], wanted["last"]), (due[0], due[1], due[-1]))


RULES: dict[str, Callable[[Case], list[str]]] = {
    "schedule": schedule,
    "fee": schedule,
    "late_fee": late_penalty,
    "prepayment": prepayment,
    "accrual": accrual,
    "delinquency_installment": delinquency_by_instalment,
    "delinquency_loan": delinquency_of_loan,
    "collateral": collateral,
    "dates": dates,
}


def outcome(case: Case) -> Outcome:
    if reason := NOT_OFFERED.get(case["id"]):
        return Outcome(case["id"], case["kind"], f"not offered: {reason}")
    differences = RULES[case["kind"]](case)
    return Outcome(case["id"], case["kind"], "; ".join(differences) or REPRODUCED)


@needs(FILE)
class TestTheCasesOfOtherSystems:
    @pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
    def test_come_out_to_the_cent(self, case: Case) -> None:
        found = outcome(case)
        assert found.result == REPRODUCED or case["id"] in NOT_OFFERED, str(found)

    def test_are_listed_with_their_outcomes(self) -> None:
        outcomes = [outcome(case) for case in CASES]
        print("\n" + "\n".join(str(found) for found in outcomes))
        print(f"{sum(found.result == REPRODUCED for found in outcomes)} of {len(outcomes)} cases reproduced to the cent")
        assert len(NOT_OFFERED) <= 3
        assert {case["kind"] for case in CASES} <= RULES.keys()
