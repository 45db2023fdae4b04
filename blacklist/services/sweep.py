"""Rescreening many people against part of the list: what an entry or a new version of a watch list asks for."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from django.db import transaction

from blacklist.domain.profiles import ScreeningSubject
from blacklist.models import ChangeKind, Purpose, ScreeningRun, WatchListRecord, WatchListVersion
from blacklist.selectors.index import ScreeningIndex, assemble_index, current_index, load_entries
from blacklist.services.screening import ask_about, write_screening


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
    return rescreen(subjects, index, purpose=Purpose.ACTIVATION, business_date=business_date)


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
    return rescreen(subjects, index, purpose=Purpose.NIGHTLY, business_date=business_date)


def rescreen(
    subjects: Iterable[ScreeningSubject],
    index: ScreeningIndex,
    *,
    purpose: str,
    business_date: date,
    run: ScreeningRun | None = None,
) -> set[str]:
    """The keys of the subjects that are in review. Nothing is written for a subject that resembles nobody."""
    return {
        asked.subject.key
        for asked in ask_about(subjects, index)
        if asked.matches and write_screening(asked, purpose=purpose, business_date=business_date, run=run).blocks
    }
