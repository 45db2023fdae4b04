"""Holds: what stops an application without being a state. An application with an open hold is never accepted, contracted or paid out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from django.db import transaction
from django.utils import timezone

from core import audit
from core.models import User
from loans.models import Application, ApplicationHold

Measure = Callable[[Application, date], None]
# What rooms above look at once more at the moment at which money is asked for: they hold the file, or let it go.
_measures: list[Measure] = []


def measure_before_money(measure: Measure) -> None:
    """Let a room above measure a file whenever its money is asked for, confirmed or drawn. Call it from AppConfig.ready()."""
    if measure not in _measures:
        _measures.append(measure)


@transaction.atomic
def measure_again(application: Application, *, business_date: date) -> None:
    """Have every room above say what holds the file today, before it is asked whether anything does."""
    for measure in _measures:
        measure(application, business_date)


@transaction.atomic
def hold_application(*, application: Application, reason: str, source: str, actor: User | None, business_date: date) -> bool:
    """Put an application on hold; a second call for the same source does nothing. Returns whether it is new."""
    _, made = ApplicationHold.objects.get_or_create(application=application, reason=reason, source=source, released_at=None)
    if made:
        audit.record("application.held", actor=actor, target=application, business_date=business_date, reason=reason, source=source)
    return made


@transaction.atomic
def release_holds(*, source: str, actor: User | None, business_date: date, application: Application | None = None) -> int:
    """Release every hold that came from a source (an entry that was lifted, a hit called false), or that of one `application`. Returns how many."""
    rows = ApplicationHold.objects.select_for_update(of=("self",)).select_related("application").filter(source=source, released_at=None)
    holds = list(rows.filter(application=application) if application else rows)
    for hold in holds:
        hold.released_at = timezone.now()
        hold.save(update_fields=["released_at"])
        audit.record("application.released", actor=actor, target=hold.application, business_date=business_date, source=source)
    return len(holds)


def is_held(application: Application) -> bool:
    """Whether anything stops the application now."""
    return application.holds.filter(released_at=None).exists()
