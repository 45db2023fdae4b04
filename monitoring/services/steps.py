"""The order of the nightly steps. Each is a set-based function of a lower room over a range of loan ids, inside the shard's transaction."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Protocol

from collateral.services.sweep import mark_revaluations_due
from loans.services.sweep import accrue, announce_overdue, book_due_items, recognise_income, refresh_delinquency
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
    ("recognition", recognise_income),
    ("overdue", announce_overdue),
    ("revaluations", mark_revaluations_due),
    ("fund_use", check_fund_use),
)
