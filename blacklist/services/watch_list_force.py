"""A version of a watch list comes into force: its changes are written, hits of removed records end, and the world hears of it."""

from __future__ import annotations

from typing import ClassVar

from django.utils import timezone

from blacklist.domain.states import HitState
from blacklist.events import HitDecided, WatchListChanged
from blacklist.models import ChangeKind, ScreeningHit, VersionState, WatchListChange, WatchListRecord, WatchListVersion
from blacklist.services.transitions import new_list_version
from core.errors import DomainError
from core.events import publish, publish_all

CHUNK = 1_000
STORED = ("subject_kind", "names", "birth_dates", "identifiers", "addresses", "countries", "program", "remarks")


class UnableToDecideVersion(DomainError):
    """The version cannot be released or refused."""

    title = "This version cannot be decided"
    messages: ClassVar[dict[str, str]] = {
        "not_held": "This version does not wait for anybody: {state}.",
        "reason_missing": "Say why.",
    }


def put_into_force(version: WatchListVersion) -> None:
    """Write the version's changes to the records in force. Call inside a transaction, with the list locked."""
    number = new_list_version()
    version.watch_list.versions.filter(state=VersionState.IN_FORCE).update(state=VersionState.REPLACED)
    fresh: list[WatchListRecord] = []
    gone: list[str] = []
    changed: dict[str, WatchListChange] = {}
    for change in version.changes.iterator(chunk_size=CHUNK):
        if change.kind == ChangeKind.REMOVED:
            gone.append(change.uid)
        else:
            changed[change.uid] = change
    known = {row.uid: row for row in WatchListRecord.objects.filter(watch_list=version.watch_list, uid__in=list(changed))}
    for uid, change in changed.items():
        row = known.get(uid) or WatchListRecord(watch_list=version.watch_list, uid=uid, content_version=0)
        for field in STORED:
            setattr(row, field, change.after.get(field, getattr(row, field)))
        row.in_force, row.list_version = True, number
        row.content_version += 1
        if uid not in known:
            fresh.append(row)
    WatchListRecord.objects.bulk_create(fresh, batch_size=CHUNK)
    WatchListRecord.objects.bulk_update(known.values(), [*STORED, "in_force", "list_version", "content_version"], batch_size=CHUNK)
    removed = WatchListRecord.objects.filter(watch_list=version.watch_list, uid__in=gone)
    removed.update(in_force=False, list_version=number)
    _end_hits(version, gone)
    version.state = VersionState.IN_FORCE
    version.save(update_fields=["state"])
    publish(WatchListChanged(version_id=str(version.pk), list_version=number))


def _end_hits(version: WatchListVersion, uids: list[str]) -> None:
    """Open hits of records that left the list end; what they held is released."""
    hits = ScreeningHit.objects.filter(record__watch_list=version.watch_list, record__uid__in=uids, state=HitState.OPEN.value)
    ended = list(hits.values_list("pk", "subject_key"))
    confirmed = ScreeningHit.objects.filter(record__watch_list=version.watch_list, record__uid__in=uids, state=HitState.TRUE_MATCH.value)
    ended += list(confirmed.values_list("pk", "subject_key"))
    hits.update(state=HitState.ENDED.value, decided_at=timezone.now(), reason=f"The record left {version.watch_list.title}.")
    publish_all([HitDecided(hit_id=str(pk), subject_key=key, outcome=HitState.ENDED.value) for pk, key in ended])
