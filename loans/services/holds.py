"""Holds: what stops an application without being a state. An application with an open hold is never accepted, contracted or paid out."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from core import audit
from core.models import User
from core.uuids import uuid7
from loans.models import Application, ApplicationHold

Measure = Callable[[Application, date], None]
# What rooms above look at once more at the moment at which money is asked for: they hold the file, or let it go.
_measures: list[Measure] = []
# An application and what holds it.
Held = tuple[UUID, str]

HOLD = """
INSERT INTO loans_applicationhold (id, application_id, reason, source, opened_at)
SELECT n.id, n.application_id, %(reason)s, n.source, %(at)s
FROM unnest(%(ids)s::uuid[], %(applications)s::uuid[], %(sources)s::text[]) AS n(id, application_id, source)
ON CONFLICT (application_id, reason, source) WHERE released_at IS NULL DO NOTHING
RETURNING application_id, source
"""
RELEASE = """
UPDATE loans_applicationhold h SET released_at = %(at)s
FROM unnest(%(applications)s::uuid[], %(sources)s::text[]) AS n(application_id, source)
WHERE h.application_id = n.application_id AND h.source = n.source AND h.released_at IS NULL
RETURNING h.application_id, h.source
"""


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
    """Release every hold that came from a source (an entry that was lifted, a hit called false), or that of one `application`.
    Returns how many.
    """
    rows = ApplicationHold.objects.select_for_update(of=("self",)).select_related("application").filter(source=source, released_at=None)
    holds = list(rows.filter(application=application) if application else rows)
    for hold in holds:
        hold.released_at = timezone.now()
        hold.save(update_fields=["released_at"])
        audit.record("application.released", actor=actor, target=hold.application, business_date=business_date, source=source)
    return len(holds)


@transaction.atomic
def hold_applications(*, held: Collection[Held], reason: str, business_date: date) -> int:
    """What `hold_application` does, by the night and for many at once: three statements for any number of them.
    Returns how many are new.
    """
    asked = _columns(held) | {"reason": reason, "ids": [uuid7() for _ in held]}
    return _write_all("application.held", HOLD, asked, business_date, reason=reason)


@transaction.atomic
def release_applications(*, held: Collection[Held], business_date: date) -> int:
    """What `release_holds` does for one application and source, by the night and for many at once. Returns how many were released."""
    return _write_all("application.released", RELEASE, _columns(held), business_date)


def _columns(held: Collection[Held]) -> dict[str, Any]:
    return {"at": timezone.now(), "applications": [key for key, _ in held], "sources": [source for _, source in held]}


def _write_all(action: str, statement: str, asked: dict[str, Any], business_date: date, **details: Any) -> int:
    if not asked["applications"]:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(statement, asked)
        written = sorted(cursor.fetchall())
    files = Application.objects.only("reference", "branch_id").in_bulk([key for key, _ in written])
    details |= {"actor": None, "business_date": business_date}
    audit.record_all([audit.entry(action, target=files[key], source=source, **details) for key, source in written])
    return len(written)


def held_reasons(application: Application) -> set[str]:
    """Why the application is held now; empty when nothing stops it."""
    return set(application.holds.filter(released_at=None).values_list("reason", flat=True))


def is_held(application: Application) -> bool:
    """Whether anything stops the application now."""
    return application.holds.filter(released_at=None).exists()
