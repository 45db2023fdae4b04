"""Holds: what stops an application without being a state. An application with an open hold is never accepted, contracted or paid out."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.utils import timezone

from core import audit
from core.models import User
from loans.models import Application, ApplicationHold


@transaction.atomic
def hold_application(*, application: Application, reason: str, source: str, actor: User | None, business_date: date) -> bool:
    """Put an application on hold; a second call for the same source does nothing. Returns whether it is new."""
    _, made = ApplicationHold.objects.get_or_create(application=application, reason=reason, source=source, released_at=None)
    if made:
        audit.record("application.held", actor=actor, target=application, business_date=business_date, reason=reason, source=source)
    return made


@transaction.atomic
def release_holds(*, source: str, actor: User | None, business_date: date) -> int:
    """Release every hold that came from a source (an entry that was lifted, a hit called false). Returns how many."""
    holds = list(
        ApplicationHold.objects.select_for_update(of=("self",)).select_related("application").filter(source=source, released_at=None)
    )
    for hold in holds:
        hold.released_at = timezone.now()
        hold.save(update_fields=["released_at"])
        audit.record("application.released", actor=actor, target=hold.application, business_date=business_date, source=source)
    return len(holds)


def is_held(application: Application) -> bool:
    """Whether anything stops the application now."""
    return application.holds.filter(released_at=None).exists()
