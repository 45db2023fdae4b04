"""Rescreening in bulk: changed people against the whole list, everybody against what changed in the list."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from blacklist.domain.profiles import ScreeningSubject
from blacklist.models import ChangeKind, Purpose, ScreeningHit, ScreeningRun, WatchListRecord, WatchListVersion
from blacklist.selectors.index import (
    ScreeningIndex,
    assemble_index,
    current_index,
    load_entries,
    load_since,
)
from blacklist.services.screening import ask, write_screening
from core import audit


@transaction.atomic
def rescreen_delta(
    *,
    business_date: date,
    subjects: Iterable[ScreeningSubject],
    changed_keys: Collection[str] | None = None,
    shard: str = "",
    actor_name: str = "sweep",
) -> ScreeningRun:
    """Rescreen the book for a business date (and shard); a second call for the same date changes nothing.

    `subjects` is the live book and may be a stream; `changed_keys` are the keys whose data changed since the last run (None:
    all). Those meet the whole list, the others only the entries that came into force since the shard's last run.
    """
    done = ScreeningRun.objects.filter(business_date=business_date, shard=shard).first()
    if done is not None:
        return done
    index = current_index()
    before = ScreeningRun.objects.filter(shard=shard).order_by("-business_date").first()
    since = before.list_version_to if before is not None else 0
    narrow = assemble_index(load_since(since), version=index.version)
    run = ScreeningRun.objects.create(
        business_date=business_date,
        shard=shard,
        list_version_from=since,
        list_version_to=index.version,
        finished_at=timezone.now(),
    )
    changed = None if changed_keys is None or before is None else frozenset(changed_keys)
    count = 0
    for subject in subjects:
        count += 1
        chosen = index if changed is None or subject.key in changed else narrow
        _rescreen(
            subject,
            chosen,
            purpose=Purpose.NIGHTLY,
            business_date=business_date,
            run=run,
        )
    run.subjects = count
    run.hits_opened = ScreeningHit.objects.filter(screening__run=run).count()
    run.save(update_fields=["subjects", "hits_opened"])
    audit.record(
        "screening.rescreened",
        actor=None,
        actor_name=actor_name,
        target=run,
        business_date=business_date,
        subjects=count,
        hits=run.hits_opened,
        shard=shard,
    )
    return run


@transaction.atomic
def rescreen_against(
    *,
    entry_ids: Iterable[UUID | str],
    subjects: Iterable[ScreeningSubject],
    business_date: date,
) -> set[str]:
    """Screen `subjects` against just these entries: what the activation of an entry asks for.

    Returns the keys of the subjects that are in review now. Entries no longer in force are passed over.
    """
    index = assemble_index(
        load_entries([UUID(str(entry_id)) for entry_id in entry_ids]),
        version=current_index().version,
    )
    if not index.entries:
        return set()
    return {subject.key for subject in subjects if _rescreen(subject, index, purpose=Purpose.ACTIVATION, business_date=business_date)}


@transaction.atomic
def rescreen_against_list(*, version_id: UUID | str, subjects: Iterable[ScreeningSubject], business_date: date) -> set[str]:
    """Screen `subjects` against what a version of a watch list added or changed: the delta and nothing else.

    Returns the keys of the subjects that are in review now.
    """
    version = WatchListVersion.objects.get(pk=version_id)
    uids = version.changes.exclude(kind=ChangeKind.REMOVED).values("uid")
    records = WatchListRecord.objects.filter(watch_list=version.watch_list_id, uid__in=uids, in_force=True)
    index = assemble_index(records.iterator(chunk_size=2000), version=current_index().version)
    if not index.entries:
        return set()
    return {subject.key for subject in subjects if _rescreen(subject, index, purpose=Purpose.NIGHTLY, business_date=business_date)}


def _rescreen(
    subject: ScreeningSubject,
    index: ScreeningIndex,
    *,
    purpose: str,
    business_date: date,
    run: ScreeningRun | None = None,
) -> bool:
    """Whether the subject is in review. Nothing is written for a subject that resembles nobody."""
    asked = ask(subject, index)
    return bool(asked.matches) and write_screening(asked, purpose=purpose, business_date=business_date, run=run).blocks
