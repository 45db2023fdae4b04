"""Alerts about applicants to whom nobody has written what was decided."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from core.business_date import get_business_date
from core.events import subscribe_many
from monitoring.models import Alert
from monitoring.services.alerts import Draft, end_alerts, raise_alerts
from risk.events import LetterOwed, LetterWritten
from risk.models import DecisionLetter


def alert_on_owed_letters(events: Sequence[LetterOwed]) -> None:
    """The last day on which an applicant has to hear of a decision is near: on the common desk, as whoever may write has not."""
    keys = {UUID(event.decision_id) for event in events}
    rows = DecisionLetter.objects.filter(decision__in=keys, written_date=None).select_related("decision__application__borrower")
    drafts = [
        Draft(
            kind=Alert.Kind.LETTER_OWED,
            level=2,
            subject=_subject(str(letter.decision_id)),
            title=f"The letter about {letter.decision.application.reference} is to be written by {letter.due_date:%-d %b %Y}",
            details={
                "application": letter.decision.application.reference,
                "application_id": letter.decision.application_id,
                "decided on": f"{letter.decision.decided_date:%-d %b %Y}",
                "until": "somebody writes it on the page of the decision",
            },
            borrower=letter.decision.application.borrower,
            branch_id=letter.decision.application.branch_id,
        )
        for letter in rows.order_by("due_date", "id")
    ]
    raise_alerts(drafts, business_date=get_business_date())


def end_owed_letters(events: Sequence[LetterWritten]) -> None:
    """Somebody wrote."""
    subjects = {_subject(event.decision_id) for event in events}
    end_alerts(kind=Alert.Kind.LETTER_OWED, subjects=subjects, reason="The letter was written.", business_date=get_business_date())


def _subject(key: str) -> str:
    return f"letter:{key}"


def register() -> None:
    """Subscribe to what becomes of letters."""
    subscribe_many(LetterOwed, alert_on_owed_letters)
    subscribe_many(LetterWritten, end_owed_letters)
