"""A policy tried on past cases: counted by what comes out before and after, the same in one go as in batches."""

from __future__ import annotations

from decimal import Decimal

from risk.domain.policy import Operator, PolicyRule
from risk.domain.policy_engine import PolicyTable
from risk.domain.policy_trial import PastCase, Totals, hold_cases
from risk.domain.states import Recommended

A, R, D = Recommended.APPROVE, Recommended.REFER, Recommended.DECLINE
BEFORE = PolicyTable([PolicyRule("dsti", "Debt service", Operator.AT_MOST, "0.40", "0.50", code="P01")])
AFTER = PolicyTable(
    [
        PolicyRule("dsti", "Debt service", Operator.AT_MOST, "0.30", "0.35", code="P01"),
        PolicyRule("age", "Age", Operator.AT_LEAST, None, "18", code="P02", applies_to=("company",)),
    ]
)


def case(
    dsti: str | None, *, authenticity: str = "DOCUMENT", passes: bool | None = True, bad: bool | None = None, pd: str | None = "0.02"
) -> PastCase:
    facts = {} if dsti is None else {"dsti": {"value": dsti, "authenticity": authenticity, "stale": False}}
    money = Decimal("400") if bad else Decimal(0), Decimal(0) if bad is None else Decimal(800)
    return PastCase(("person",), facts, passes, Decimal("1000.50"), None if pd is None else Decimal(pd), bad, *money)


CASES = [case("0.25", bad=False), case("0.32", bad=False), case("0.38", bad=True), case("0.45"), case("0.38", passes=None), case(None)]
CASES.append(case("0.25", authenticity="UNVERIFIED"))


def test_cases_are_counted_by_what_comes_out_before_and_after() -> None:
    totals = Totals()
    held = hold_cases(CASES, BEFORE, AFTER, totals)
    assert [(one.before, one.after) for one in held] == [(A, A), (A, R), (A, D), (R, D), (R, D), (R, R), (R, R)]
    assert [one.codes for one in held][:3] == [(), ("P01",), ("P01",)]
    approved, kept = totals.of(before=A), totals.of(before=A, after=A)
    assert (approved.cases, approved.amount, approved.financed, approved.bad, approved.loss) == (3, Decimal("3001.50"), 3, 1, Decimal(400))
    assert approved.expected_loss == Decimal("0.02") * Decimal("0.45") * Decimal("3001.50")
    assert (kept.bad_rate, totals.of(after=D).cases, totals.of().cases) == (Decimal(0), 3, 7)
    assert totals.rules == {"P01": [3, 6]}


def test_rates_are_of_what_they_are_about() -> None:
    """The expected loss is of what those with a score asked for, the loss seen of what was granted."""
    totals = Totals()
    hold_cases([*CASES, case("0.25", pd=None)], BEFORE, AFTER, totals)
    approved = totals.of(before=A)
    assert (approved.cases, approved.scored, approved.scored_amount) == (4, 3, Decimal("3001.50"))
    assert approved.expected_loss_rate == Decimal("0.02") * Decimal("0.45")
    assert approved.loss_rate == Decimal(400) / Decimal(2400)
    nobody = Totals()
    hold_cases([case("0.25", pd=None)], BEFORE, AFTER, nobody)
    assert (nobody.of().expected_loss_rate, nobody.of().loss_rate) == (None, None)


def test_a_trial_taken_up_again_counts_the_same() -> None:
    whole, parts = Totals(), Totals()
    hold_cases(CASES, BEFORE, AFTER, whole)
    for one in CASES:
        parts = Totals.from_dict(parts.to_dict())
        hold_cases([one], BEFORE, AFTER, parts)
    assert parts.to_dict() == whole.to_dict()
    assert Totals.from_dict({}).of().bad_rate is None
