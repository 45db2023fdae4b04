"""How much time is left to decide a file, in business days and in words."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from datetime import date

from core.workdays import workdays_until
from loans.domain.states import IN_PROCESS, ApplicationState
from loans.models import Application

SOON = 1


@dataclass(frozen=True)
class Deadline:
    """`days` left, in business days; below zero overdue. `status` is that of a tag."""

    days: int
    words: str
    status: str


def deadline_of(application: Application, today: date, closed: Container[date]) -> Deadline | None:
    """The deadline of an application that is in process; None for others."""
    if application.due_date is None or application.state not in {state.value for state in IN_PROCESS}:
        return None
    days = workdays_until(today, application.due_date, closed)
    if application.state == ApplicationState.INCOMPLETE:
        # The bank's own clock stands still.
        over = application.due_date < today
        return Deadline(days, "No answer in time" if over else f"Applicant: {days} {_days(days)} left", "warn" if over else "info")
    if application.due_date < today:
        # Past its day over a weekend, with no business day between: overdue all the same.
        return Deadline(days, f"{-days} {_days(-days)} overdue" if days else "Overdue", "bad")
    if application.due_date == today or not days:
        return Deadline(0, "Due today" if application.due_date == today else f"Due {application.due_date:%a}", "warn")
    return Deadline(days, f"{days} {_days(days)} left", "warn" if days <= SOON else "neutral")


def _days(count: int) -> str:
    return "day" if count == 1 else "days"
