"""The screening index of this process: all names and identifiers in force, in memory, as fresh as the database.

Built at first use (so always after a fork), never written anywhere. Each use polls the list version with one small query;
small changes are read at once, larger ones by a thread while the old index goes on serving; a new index replaces the old
one in a single assignment. Names are decrypted here and nowhere else in bulk.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from uuid import UUID

import structlog
from django.db import connection, models

from blacklist.domain.evidence import Thresholds
from blacklist.domain.name_comparison import NameEvidence
from blacklist.domain.name_index import Match, NameIndex
from blacklist.domain.normalise import PreparedName, prepare_name
from blacklist.domain.profiles import (
    Profile,
    parse_birth_date,
    prepare_address,
    subject_kind,
)
from blacklist.models import BlacklistEntry, ListVersion, WatchListRecord
from blacklist.selectors.workshop import get_thresholds
from core import crypto
from core.written_queries import WrittenQuery

log = structlog.get_logger(__name__)

#: Changed entries up to which a request reads the change itself (a few milliseconds each hundred).
INLINE_CHANGES = 500


@dataclass(frozen=True, slots=True)
class IndexedEntry:
    """What screening needs of one entry, or one record of a watch list; `rows` are its keys in the name index."""

    entry_id: UUID
    is_record: bool
    subject_key: str
    content_version: int
    profile: Profile
    rows: tuple[int, ...]


Key = tuple[str, Hashable]


@dataclass(frozen=True, slots=True)
class ScreeningIndex:
    """A picture of the list at one version. Immutable: a change makes a new one."""

    version: int
    names: NameIndex
    entries: Mapping[UUID, IndexedEntry]
    owners: Mapping[int, UUID]
    by_identifier: Mapping[Key, frozenset[UUID]]
    by_subject: Mapping[str, frozenset[UUID]]
    next_row: int
    thresholds: Thresholds

    def find(self, asked: Sequence[tuple[Profile, str]]) -> Iterator[dict[UUID, NameEvidence | None]]:
        """For each profile and subject key ("" when there is none) in turn the entries worth comparing.

        They are alike in name (with that evidence), equal in an identifier, or of the same subject key.
        """
        matches = self.names.matches_of_profiles([profile for profile, _ in asked])
        for (profile, subject_key), alike in zip(asked, matches, strict=True):
            yield self._entries(profile, subject_key, alike)

    def _entries(self, profile: Profile, subject_key: str, alike: Iterable[Match]) -> dict[UUID, NameEvidence | None]:
        found: dict[UUID, NameEvidence | None] = dict.fromkeys(self.by_subject.get(subject_key, ()) if subject_key else ())
        for kind, values in profile.identifiers.items():
            for value in values:
                found.update(dict.fromkeys(self.by_identifier.get((kind, value), ())))
        for row, evidence in alike:
            entry_id = self.owners[row]
            known = found.get(entry_id)
            if known is None and entry_id in found:
                continue
            if known is None or evidence.score > known.score:
                found[entry_id] = evidence
        return found


@dataclass(slots=True)
class _Holder:
    pid: int = 0
    index: ScreeningIndex | None = None
    lock: threading.RLock = field(default_factory=threading.RLock)
    refreshing: bool = False


_holder = _Holder()


def forget() -> None:
    """Drop the index of this process; the next use builds it anew."""
    global _holder
    _holder = _Holder()


def current_index() -> ScreeningIndex:
    """The index at the present list version (or, while a large change is being read, the one before it)."""
    global _holder
    if _holder.pid not in (0, os.getpid()):
        _holder = _Holder()
    holder = _holder
    index = holder.index
    if index is not None and _is_current(index):
        return index
    with holder.lock:
        index = holder.index
        if index is None or not _can_follow(index):
            holder.index = build_index()
            holder.pid = os.getpid()
            return holder.index
        changed = sum(model.objects.filter(list_version__gt=index.version).count() for model in (BlacklistEntry, WatchListRecord))
        if changed <= INLINE_CHANGES:
            holder.index = refresh_index(index)
            return holder.index
        if not holder.refreshing:
            holder.refreshing = True
            threading.Thread(
                target=_refresh_aside,
                args=(holder, index),
                daemon=True,
                name="screening-index",
            ).start()
        return index


def get_list_version() -> int:
    """The number of the latest change of the list; 0 before the first."""
    return ListVersion.objects.order_by("-id").values_list("id", flat=True).first() or 0


_newer: WrittenQuery[int] = WrittenQuery(
    lambda version: ListVersion.objects.filter(id__gte=version).order_by("id").values_list("id", flat=True)[:2]
)


def _is_current(index: ScreeningIndex) -> bool:
    newer = _newer.rows(index.version)
    return newer == [index.version] or (not newer and index.version == 0)


def _can_follow(index: ScreeningIndex) -> bool:
    """False when the version this index was built at was rolled back since: what it read may never have happened."""
    return index.version == 0 or ListVersion.objects.filter(id=index.version).exists()


def _refresh_aside(holder: _Holder, index: ScreeningIndex) -> None:
    try:
        fresh = refresh_index(index)
        with holder.lock:
            holder.index = fresh
    except Exception:
        log.exception("screening_index_refresh_failed", version=index.version)
    finally:
        holder.refreshing = False
        connection.close()


def build_index() -> ScreeningIndex:
    """Read every entry in force. The version is read first: what changes meanwhile is read again at the next refresh."""
    version = get_list_version()
    return assemble_index(chain(_load(BlacklistEntry.objects.in_force()), _load_records(in_force=True)), version=version)


def assemble_index(entries: Iterable[BlacklistEntry | WatchListRecord], *, version: int) -> ScreeningIndex:
    """An index of just these entries and records (entries with their names, identifiers and addresses prefetched)."""
    rows: list[tuple[int, PreparedName]] = []
    indexed: dict[UUID, IndexedEntry] = {}
    for entry in entries:
        indexed[entry.pk] = _indexed(entry, rows)
    return _assemble(version, NameIndex.build(rows), indexed, len(rows))


def refresh_index(index: ScreeningIndex) -> ScreeningIndex:
    """A new index with the entries that changed since; the big arrays of the old one are shared."""
    version = get_list_version()
    span = {"list_version__gt": index.version, "list_version__lte": version}
    changed: Iterable[BlacklistEntry | WatchListRecord] = chain(_load(BlacklistEntry.objects.filter(**span)), _load_records(**span))
    entries = dict(index.entries)
    gone: list[int] = []
    rows: list[tuple[int, PreparedName]] = []
    for entry in changed:
        old = entries.pop(entry.pk, None)
        if old is not None:
            gone += old.rows
        if entry.in_force if isinstance(entry, WatchListRecord) else entry.is_in_force:
            entries[entry.pk] = _indexed(entry, rows, first_row=index.next_row)
    return _assemble(
        version,
        index.names.with_changes(rows, gone),
        entries,
        index.next_row + len(rows),
    )


def load_entries(entry_ids: Iterable[UUID]) -> list[BlacklistEntry]:
    """Entries in force among these, ready to be compared."""
    return list(_load(BlacklistEntry.objects.in_force().filter(pk__in=list(entry_ids))))


def load_since(list_version: int) -> list[BlacklistEntry | WatchListRecord]:
    """Entries and records that came into force or changed after a list version."""
    entries = _load(BlacklistEntry.objects.in_force().filter(list_version__gt=list_version))
    return [*entries, *_load_records(in_force=True, list_version__gt=list_version)]


def _load(rows: models.QuerySet[BlacklistEntry]) -> Iterator[BlacklistEntry]:
    return rows.prefetch_related("names", "identifiers", "addresses").order_by("id").iterator(chunk_size=2000)


def _load_records(**conditions: object) -> Iterator[WatchListRecord]:
    return WatchListRecord.objects.filter(**conditions).defer("remarks", "program").order_by("id").iterator(chunk_size=2000)


def _indexed(entry: BlacklistEntry | WatchListRecord, rows: list[tuple[int, PreparedName]], *, first_row: int = 0) -> IndexedEntry:
    is_record = isinstance(entry, WatchListRecord)
    profile = listed_profile(entry)
    start = first_row + len(rows)
    rows += [(start + offset, name) for offset, name in enumerate(profile.names)]
    keys = tuple(range(start, start + len(profile.names)))
    subject_key = "" if isinstance(entry, WatchListRecord) else entry.subject_key
    return IndexedEntry(entry.pk, is_record, subject_key, entry.content_version, profile, keys)


def listed_profile(listed: BlacklistEntry | WatchListRecord) -> Profile:
    """The comparable form of whatever is listed."""
    return record_profile(listed) if isinstance(listed, WatchListRecord) else entry_profile(listed)


def record_profile(record: WatchListRecord) -> Profile:
    """The comparable form of a record of a watch list."""
    kind = subject_kind(record.subject_kind)
    identifiers: dict[str, frozenset[Hashable]] = {}
    for identifier, value in record.identifiers:
        identifiers[identifier] = identifiers.get(identifier, frozenset()) | {crypto.blind_index(value, kind=identifier)}
    return Profile(
        kind=kind,
        names=tuple(prepare_name(name, kind) for name in record.names),
        birth_dates=tuple(birth for birth in map(parse_birth_date, record.birth_dates) if birth),
        identifiers=identifiers,
        addresses=tuple(prepare_address(address) for address in record.addresses),
        countries=frozenset(country.casefold() for country in record.countries),
    )


def entry_profile(entry: BlacklistEntry) -> Profile:
    """The comparable form of an entry; identifiers stay blind indexes."""
    kind = subject_kind(entry.subject_kind)
    birth = parse_birth_date(entry.birth_date_text)
    identifiers: dict[str, frozenset[Hashable]] = {}
    for identifier in entry.identifiers.all():
        known = identifiers.get(identifier.kind, frozenset())
        identifiers[identifier.kind] = known | {bytes(identifier.value_index)}
    return Profile(
        kind=kind,
        names=tuple(prepare_name(row.name, kind) for row in entry.names.all()),
        birth_dates=(birth,) if birth else (),
        identifiers=identifiers,
        addresses=tuple(prepare_address(row.address) for row in entry.addresses.all()),
        countries=frozenset({entry.country.casefold()} - {""}),
    )


def _assemble(version: int, names: NameIndex, entries: Mapping[UUID, IndexedEntry], next_row: int) -> ScreeningIndex:
    owners: dict[int, UUID] = {}
    by_identifier: dict[Key, set[UUID]] = {}
    by_subject: dict[str, set[UUID]] = {}
    for entry in entries.values():
        owners.update(dict.fromkeys(entry.rows, entry.entry_id))
        for kind, values in entry.profile.identifiers.items():
            for value in values:
                by_identifier.setdefault((kind, value), set()).add(entry.entry_id)
        if entry.subject_key:
            by_subject.setdefault(entry.subject_key, set()).add(entry.entry_id)
    return ScreeningIndex(
        version=version,
        names=names,
        entries=entries,
        owners=owners,
        by_identifier={key: frozenset(ids) for key, ids in by_identifier.items()},
        by_subject={key: frozenset(ids) for key, ids in by_subject.items()},
        next_row=next_row,
        thresholds=get_thresholds(),
    )
