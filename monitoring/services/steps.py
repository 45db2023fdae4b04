"""The order of the nightly steps. Each is a set-based function of a lower room over a range of loan ids, inside the shard's transaction."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Protocol

from django.db import connection

from collateral.services.computed_values import revalue
from collateral.services.counting import refresh_counted
from collateral.services.covers import refresh_covers
from collateral.services.inspection_plans import plan_inspections
from collateral.services.insurance import watch_insurance
from collateral.services.margin_calls import watch_covers
from collateral.services.sweep import mark_revaluations_due
from collateral.services.value_caps import cap_earlier_values
from loans.services.sweep import accrue, announce_overdue, book_due_items, mature, recognise_income, refresh_delinquency
from monitoring.services.fund_use import check_fund_use


class Step(Protocol):
    """A set-based step: the day being closed and an inclusive range of loan ids; returns how many rows it touched."""

    def __call__(self, *, business_date: date, first_loan_id: int, last_loan_id: int) -> int: ...


# Order matters: what falls due is booked before interest runs into the next period, penalties before arrears are measured, and
# arrears before anybody is told of them.
STEPS: tuple[tuple[str, Callable[..., int]], ...] = (
    ("due_items", book_due_items),
    ("accrual", accrue),
    ("delinquency", refresh_delinquency),
    ("maturity", mature),
    ("recognition", recognise_income),
    ("overdue", announce_overdue),
    ("computed_values", revalue),
    ("revaluations", mark_revaluations_due),
    ("caps", cap_earlier_values),
    ("insurance", watch_insurance),
    ("counted", refresh_counted),
    ("covers", refresh_covers),
    ("margin_calls", watch_covers),
    ("inspections", plan_inspections),
    ("fund_use", check_fund_use),
)


def carry_out_steps(*, business_date: date, first_loan_id: int, last_loan_id: int) -> None:
    """Every step in its order over an inclusive range of loan ids, and what the database checks only at COMMIT (the
    balance of the books).
    """
    for _, step in STEPS:
        step(business_date=business_date, first_loan_id=first_loan_id, last_loan_id=last_loan_id)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        # A caller's own transaction goes on as it was.
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
