"""The steps of the nightly sweep that belong to loans. Each works on an inclusive range of loan ids, inside the caller's transaction.

Every step is idempotent: run again for the same day it changes nothing and tells nobody.
"""

from __future__ import annotations

from datetime import date

from django.db import connection

from core.events import publish_all
from loans.domain.delinquency import MILESTONES
from loans.events import LoanPassedMilestone
from loans.services.accrual import accrue_interest, apply_non_accrual
from loans.services.due_items import book_due
from loans.services.figures import refresh_figures
from loans.services.maturity import turn_matured
from loans.services.penalties import charge_penalties
from loans.services.suspense import apply_waiting

# The milestone a loan has reached against the one the world was told of: only the few that differ are written.
CROSSED = """
WITH reached AS (
    SELECT id, ctid AS seen, announced_days AS was,
           (%(steps)s::int[])[width_bucket(days_past_due, %(milestones)s::int[]) + 1] AS milestone
    FROM loans_loan
    WHERE id BETWEEN %(first)s AND %(last)s AND (days_past_due > 0 OR announced_days > 0)
)
UPDATE loans_loan t SET announced_days = r.milestone
FROM reached r
WHERE t.id = r.id AND t.ctid = r.seen AND r.was <> r.milestone
RETURNING t.id, r.was, r.milestone, t.days_past_due
"""


def book_due_items(*, business_date: date, first_loan_id: int, last_loan_id: int) -> int:
    """Book what falls due up to `business_date`, and let money in suspense pay it. Returns how many instalments fell due."""
    booked = book_due(business_date=business_date, first_loan_id=first_loan_id, last_loan_id=last_loan_id)
    apply_waiting(business_date=business_date, first_loan_id=first_loan_id, last_loan_id=last_loan_id)
    return booked


def accrue(*, business_date: date, first_loan_id: int, last_loan_id: int) -> int:
    """Book the interest of the day and charge penalties for it. Returns how many loans accrued."""
    accrued = accrue_interest(business_date=business_date, first_loan_id=first_loan_id, last_loan_id=last_loan_id)
    charge_penalties(business_date=business_date, first_loan_id=first_loan_id, last_loan_id=last_loan_id)
    return accrued


def recognise_income(*, business_date: date, first_loan_id: int, last_loan_id: int) -> int:
    """Move loans into and out of non-accrual by their days past due. Returns how many changed."""
    return apply_non_accrual(business_date=business_date, first_loan_id=first_loan_id, last_loan_id=last_loan_id)


def refresh_delinquency(*, business_date: date, first_loan_id: int, last_loan_id: int) -> int:
    """Recompute arrears, days past due, bucket and what is due next. Returns how many loans changed."""
    return refresh_figures(business_date=business_date, first_loan_id=first_loan_id, last_loan_id=last_loan_id)


def mature(*, business_date: date, first_loan_id: int, last_loan_id: int) -> int:
    """Turn loans whose last due date has gone by with something still owed. Returns how many."""
    return turn_matured(business_date=business_date, first_loan_id=first_loan_id, last_loan_id=last_loan_id)


def announce_overdue(*, business_date: date, first_loan_id: int, last_loan_id: int) -> int:
    """Tell the world, once per episode, of loans that fell overdue or passed a milestone. Returns how many events were written."""
    events = newly_overdue(business_date=business_date, first_loan_id=first_loan_id, last_loan_id=last_loan_id)
    publish_all(list(events))
    return len(events)


def newly_overdue(*, business_date: date, first_loan_id: int, last_loan_id: int) -> list[LoanPassedMilestone]:
    """Mark the milestones that loans of the range have newly reached, and give the events to publish. A cured loan starts anew."""
    with connection.cursor() as cursor:
        cursor.execute(
            CROSSED,
            {"steps": [0, *MILESTONES], "milestones": list(MILESTONES), "first": first_loan_id, "last": last_loan_id},
        )
        crossed = sorted(cursor.fetchall())
    return [
        LoanPassedMilestone(loan_id=loan_id, milestone=milestone, days_past_due=days, business_date=business_date.isoformat())
        for loan_id, was, reached, days in crossed
        for milestone in MILESTONES
        if was < milestone <= reached
    ]
