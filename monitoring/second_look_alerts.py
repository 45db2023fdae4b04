"""Alerts about applicants who asked that somebody else looks at their decline and have waited too long."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from core.business_date import get_business_date
from core.events import subscribe_many
from monitoring.models import Alert
from monitoring.services.alerts import Draft, end_alerts, raise_alerts
from risk.events import SecondLookAnswered, SecondLookOverdue, SecondLookWithdrawn
from risk.models import SecondLook


def alert_on_late_second_looks(events: Sequence[SecondLookOverdue]) -> None:
    """Requests wait longer than the product promises a decision in: on the common desk, as whoever may answer one has not."""
    rows = SecondLook.objects.select_related("application__borrower").in_bulk([UUID(event.second_look_id) for event in events])
    waiting = [found for event in events if (found := rows[UUID(event.second_look_id)]).state == SecondLook.State.OPEN]
    drafts = [
        Draft(
            kind=Alert.Kind.SECOND_LOOK_LATE,
            level=2,
            subject=_subject(str(found.pk)),
            title=f"The second look at {found.application.reference} was to be taken by {found.due_date:%-d %b %Y}",
            details={
                "application": found.application.reference,
                "application_id": found.application_id,
                "asked for": f"{found.asked_date:%-d %b %Y}",
                "until": "an approver or risk manager who had no part in the file answers it",
            },
            borrower=found.application.borrower,
            branch_id=found.application.branch_id,
        )
        for found in waiting
    ]
    raise_alerts(drafts, business_date=get_business_date())


def end_late_second_looks(events: Sequence[SecondLookAnswered]) -> None:
    """Somebody looked."""
    _end([event.second_look_id for event in events], "The second look was taken.")


def end_withdrawn_second_looks(events: Sequence[SecondLookWithdrawn]) -> None:
    """There is nothing to look at."""
    _end([event.second_look_id for event in events], "The request was recorded by mistake.")


def _end(keys: Sequence[str], reason: str) -> None:
    subjects = {_subject(key) for key in keys}
    end_alerts(kind=Alert.Kind.SECOND_LOOK_LATE, subjects=subjects, reason=reason, business_date=get_business_date())


def _subject(key: str) -> str:
    return f"look:{key}"


def register() -> None:
    """Subscribe to what becomes of requests."""
    subscribe_many(SecondLookOverdue, alert_on_late_second_looks)
    subscribe_many(SecondLookAnswered, end_late_second_looks)
    subscribe_many(SecondLookWithdrawn, end_withdrawn_second_looks)
