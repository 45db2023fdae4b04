"""Rescreening the book in pieces: nightly what changed, on demand everybody. Each piece is one transaction; the row says how far a run is.

Who the people are is not known here: whoever keeps them answers `BookScreeningRequested` with pieces in the order of a cursor.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import ClassVar
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from blacklist.domain.profiles import ScreeningSubject
from blacklist.events import BookScreeningRequested
from blacklist.models import Purpose, ScreenedSubject, ScreeningHit, ScreeningRun
from blacklist.selectors.index import assemble_index, current_index, get_list_version, load_since
from blacklist.selectors.subjects import fingerprint_of, snapshot_of
from blacklist.services.sweep import rescreen
from core import audit
from core.errors import DomainError
from core.events import publish
from core.models import User
from core.roles import Role

NIGHTLY = "nightly"
BOOK = "book"
STARTERS = (Role.COMPLIANCE, Role.RISK_MANAGER)


class UnableToRescreen(DomainError):
    """The book is not rescreened now."""

    title = "The book was not rescreened"
    messages: ClassVar[dict[str, str]] = {
        "not_entitled": "Your roles do not allow you to rescreen the book.",
        "already_running": "The book is being rescreened already.",
    }


@transaction.atomic
def start_book_screening(*, actor: User, business_date: date) -> ScreeningRun:
    """Ask for everybody to be screened against the whole list. Raises UnableToRescreen: `not_entitled`, `already_running`."""
    if not actor.has_role(*STARTERS):
        raise UnableToRescreen("not_entitled")
    runs = ScreeningRun.objects.select_for_update().filter(shard__startswith=BOOK)
    if runs.filter(state=ScreeningRun.State.RUNNING).exists():
        raise UnableToRescreen("already_running")
    number = ScreeningRun.objects.filter(shard__startswith=BOOK, business_date=business_date).count() + 1
    return _start(shard=f"{BOOK} {number}", since=0, actor=actor, actor_name="", business_date=business_date)


@transaction.atomic
def start_nightly_screening(*, business_date: date, actor_name: str = "sweep") -> ScreeningRun:
    """Ask for the nightly delta: people whose data changed meet the whole list, the others what changed in it. Once for a date."""
    done = ScreeningRun.objects.filter(business_date=business_date, shard=NIGHTLY).first()
    if done is not None:
        return done
    before = ScreeningRun.objects.filter(shard=NIGHTLY, state=ScreeningRun.State.DONE).order_by("-business_date").first()
    since = before.list_version_to if before is not None else 0
    return _start(shard=NIGHTLY, since=since, actor=None, actor_name=actor_name, business_date=business_date)


def _start(*, shard: str, since: int, actor: User | None, actor_name: str, business_date: date) -> ScreeningRun:
    run = ScreeningRun.objects.create(
        business_date=business_date,
        shard=shard,
        state=ScreeningRun.State.RUNNING,
        started_by=actor,
        list_version_from=since,
        list_version_to=get_list_version(),
    )
    audit.record("screening.run_started", actor=actor, actor_name=actor_name, target=run, label=shard, business_date=business_date)
    publish(BookScreeningRequested(run_id=str(run.pk)))
    return run


@transaction.atomic
def screen_piece(*, run_id: UUID | str, subjects: Sequence[ScreeningSubject], after: str, cursor: str, total: int) -> ScreeningRun | None:
    """Screen one piece of the book and move the run's cursor from `after` to `cursor`.

    None when the run stands elsewhere: another worker was here first, or the message came twice.
    """
    run = ScreeningRun.objects.select_for_update(of=("self",), skip_locked=True).filter(pk=run_id, state=ScreeningRun.State.RUNNING).first()
    if run is None or run.cursor != after:
        return None
    index = current_index()
    whole = run.list_version_from == 0
    narrow = index if whole else assemble_index(load_since(run.list_version_from), version=index.version)
    prints = {subject.key: fingerprint_of(snapshot_of(subject)) for subject in subjects}
    known = {row.subject_key: bytes(row.fingerprint) for row in ScreenedSubject.objects.filter(subject_key__in=list(prints))}
    changed = [key for key, value in prints.items() if known.get(key) != value]
    purpose = Purpose.NIGHTLY if run.shard == NIGHTLY else Purpose.MANUAL
    meets_all = frozenset(changed)
    for chosen, all_of_it in ((index, True), (narrow, False)):
        part = [subject for subject in subjects if (subject.key in meets_all) is all_of_it]
        rescreen(part, chosen, purpose=purpose, business_date=run.business_date, run=run)
    ScreenedSubject.objects.bulk_create(
        [ScreenedSubject(subject_key=key, fingerprint=prints[key]) for key in changed],
        update_conflicts=True,
        unique_fields=["subject_key"],
        update_fields=["fingerprint"],
    )
    run.cursor = cursor
    run.subjects += len(subjects)
    run.changed += len(changed)
    run.total = total
    run.save(update_fields=["cursor", "subjects", "changed", "total"])
    return run


@transaction.atomic
def finish_run(*, run_id: UUID | str, after: str) -> bool:
    """Close a run of which nobody is left. Returns whether this call did it."""
    run = ScreeningRun.objects.select_for_update(of=("self",)).get(pk=run_id)
    if run.state != ScreeningRun.State.RUNNING or run.cursor != after:
        return False
    run.state = ScreeningRun.State.DONE
    run.finished_at = timezone.now()
    run.total = run.subjects
    run.hits_opened = ScreeningHit.objects.filter(screening__run=run).count()
    run.save(update_fields=["state", "finished_at", "total", "hits_opened"])
    audit.record(
        "screening.rescreened",
        actor=run.started_by,
        actor_name="sweep",
        target=run,
        business_date=run.business_date,
        subjects=run.subjects,
        changed=run.changed,
        hits=run.hits_opened,
    )
    return True
