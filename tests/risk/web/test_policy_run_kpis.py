"""The figures at the head of a policy run: each says what it is a share of."""

from __future__ import annotations

from decimal import Decimal

from risk.domain.policy_trial import Totals
from risk.domain.states import Recommended
from risk.models import PolicyRun, PolicyVersion
from risk.web.policy_runs import kpis

A, D = Recommended.APPROVE, Recommended.DECLINE
RUN = PolicyRun(base_version=PolicyVersion(number=1), currency="EUR", done=5)


def told(totals: Totals) -> dict[str, tuple[str, str]]:
    return {kpi.label: (kpi.value, kpi.limit) for kpi in kpis(RUN, totals)}


def test_losses_are_of_the_scored_and_of_the_granted() -> None:
    totals = Totals()
    cell = totals.cells[A, A]
    cell.cases, cell.amount, cell.scored, cell.scored_amount, cell.expected_loss = 5, Decimal(50_000), 3, Decimal(20_000), Decimal(200)
    cell.financed, cell.bad, cell.granted, cell.loss = 2, 1, Decimal(16_000), Decimal(4_000)
    shown = told(totals)
    assert shown["Asked for, approved"][0] == "50.0 k"
    assert shown["Expected loss on it"] == ("1.00%", "2 without a score left out; v1: 1.00%")
    assert shown["Lost on known loans"] == ("4.0 k", "25.00% of 16.0 k granted; v1: 25.00% of 16.0 k granted")


def test_nothing_approved_and_runs_of_before_say_so() -> None:
    assert told(Totals())["Expected loss on it"] == ("none", "v1: none")
    assert told(Totals())["Lost on known loans"] == ("0", "nothing granted; v1: nothing granted")
    kept = {"cases": 5, "amount": "50000", "expected_loss": "200", "financed": 2, "bad": 1, "loss": "100"}
    before = Totals.from_dict({"cells": {f"{A}-{A}": kept}})
    assert told(before)["Expected loss on it"] == ("not known", "v1: not known")
    assert told(before)["Lost on known loans"][1] == "share not known; v1: share not known"
