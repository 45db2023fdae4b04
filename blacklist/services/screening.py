"""Screening one subject against the list in force, and what is written down about it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import islice, repeat
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from blacklist.domain.evidence import Comparison, compare_profiles
from blacklist.domain.name_comparison import NameEvidence
from blacklist.domain.name_index import PIECE
from blacklist.domain.profiles import Profile, ScreeningSubject
from blacklist.domain.states import Grade, HitState
from blacklist.events import HitDecided, HitOpened
from blacklist.models import (
    BlacklistEntry,
    Screening,
    ScreeningHit,
    ScreeningResult,
    ScreeningRun,
    WatchListRecord,
)
from blacklist.selectors.index import IndexedEntry, ScreeningIndex, current_index
from blacklist.selectors.subjects import fingerprint_of, snapshot_of, snapshot_profile
from core import audit
from core.bulk_rows import insert_rows
from core.events import Event, publish_all
from core.models import AuditEntry, User


@dataclass(frozen=True, slots=True)
class Match:
    """An entry that a subject resembles; `same_subject` when the caller's key is the entry's own."""

    entry: IndexedEntry
    comparison: Comparison
    same_subject: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """A subject with what screening derived from it."""

    subject: ScreeningSubject
    snapshot: dict[str, Any]
    fingerprint: bytes
    matches: list[Match]
    list_version: int


def ask(subject: ScreeningSubject, index: ScreeningIndex) -> Asked:
    """Compare a subject with the candidates of an index. Reads no database."""
    return next(ask_about([subject], index))


def ask_about(subjects: Iterable[ScreeningSubject], index: ScreeningIndex) -> Iterator[Asked]:
    """`ask` for each subject in turn; many are looked for at once, a piece of them at a time, which takes less time than one by one."""
    rest = iter(subjects)
    while piece := list(islice(rest, PIECE)):
        snapshots = [snapshot_of(subject) for subject in piece]
        profiles = [snapshot_profile(snapshot) for snapshot in snapshots]
        found = index.find([(profile, subject.key) for profile, subject in zip(profiles, piece, strict=True)])
        yield from map(_compare, piece, snapshots, profiles, found, repeat(index))


def _compare(
    subject: ScreeningSubject, snapshot: dict[str, Any], profile: Profile, found: dict[UUID, NameEvidence | None], index: ScreeningIndex
) -> Asked:
    matches = []
    for entry_id, name in found.items():
        entry = index.entries[entry_id]
        same = bool(subject.key) and entry.subject_key == subject.key
        comparison = compare_profiles(profile, entry.profile, index.thresholds, name=name)
        if same or comparison.grade is not Grade.NONE:
            matches.append(Match(entry, comparison, same))
    matches.sort(key=lambda match: (-match.comparison.score, str(match.entry.entry_id)))
    return Asked(subject, snapshot, fingerprint_of(snapshot), matches, index.version)


def screen_subject(*, subject: ScreeningSubject, purpose: str, business_date: date, actor: User | None = None) -> Screening:
    """Screen `subject` against every entry in force and write the screening with its hits.

    A pair that a person called a false positive stays quiet until either side changes; an open hit is not opened twice. An
    entry of the very same subject key is a true match without anybody's decision. `Screening.blocks` is the answer.
    """
    return screen_subjects(subjects=[subject], purpose=purpose, business_date=business_date, actor=actor)[0]


# No savepoint: a screening that fails takes the action that asked for it along.
@transaction.atomic(savepoint=False)
def screen_subjects(
    *,
    subjects: Sequence[ScreeningSubject],
    purpose: str,
    business_date: date,
    actor: User | None = None,
    told: Sequence[AuditEntry] = (),
) -> list[Screening]:
    """The same for everybody of one action, in their order. What else the action has `told` the audit trail is written along, before it."""
    screenings = [
        write_screening(asked, purpose=purpose, business_date=business_date, actor=actor) for asked in ask_about(subjects, current_index())
    ]
    asked = [
        audit.entry(
            "screening.asked",
            actor=actor,
            target=screening,
            label=screening.subject_key,
            business_date=business_date,
            purpose=purpose,
            result=screening.result,
        )
        for screening in screenings
    ]
    audit.record_all([*told, *asked])
    return screenings


def write_screening(
    asked: Asked,
    *,
    purpose: str,
    business_date: date,
    actor: User | None = None,
    run: ScreeningRun | None = None,
) -> Screening:
    """Store one screening and open what is new. Call inside a transaction."""
    known = _known_hits(asked)
    versions = _versions_in_force(match.entry.entry_id for match in asked.matches)
    live = [match for match in asked.matches if match.entry.entry_id in versions]
    fresh: list[Match] = []
    blocked = False
    for match in live:
        entry_id = match.entry.entry_id
        state = known.get((entry_id, versions[entry_id])) or known.get((entry_id, None))
        if state == HitState.FALSE_POSITIVE and not match.same_subject:
            continue
        blocked = True
        if state is None:
            fresh.append(match)
    screening = Screening(
        subject_key=asked.subject.key,
        subject_kind=asked.subject.kind,
        subject_fingerprint=asked.fingerprint,
        snapshot=json.dumps(asked.snapshot, ensure_ascii=False),
        purpose=purpose,
        business_date=business_date,
        result=ScreeningResult.REVIEW if blocked else ScreeningResult.CLEAR,
        list_version=asked.list_version,
        asked_by=actor,
        run=run,
    )
    insert_rows([screening])
    _open_hits(screening, asked, fresh, versions)
    return screening


def _versions_in_force(entry_ids: Iterable[UUID]) -> dict[UUID, int]:
    """The content version of those entries and records that the database says are in force: the index only proposes."""
    ids = list(entry_ids)
    if not ids:
        return {}
    entries = BlacklistEntry.objects.in_force().filter(pk__in=ids)
    records = WatchListRecord.objects.filter(pk__in=ids, in_force=True)
    return dict([*entries.values_list("pk", "content_version"), *records.values_list("pk", "content_version")])


def _known_hits(asked: Asked) -> dict[tuple[UUID, int | None], str]:
    """What stands for these pairs: decisions about the same content, and any open hit or true match of the subject."""
    ids = [match.entry.entry_id for match in asked.matches]
    if not ids:
        return {}
    rows = ScreeningHit.objects.filter(Q(entry__in=ids) | Q(record__in=ids)).filter(
        Q(subject_fingerprint=asked.fingerprint, state=HitState.FALSE_POSITIVE.value)
        | Q(
            subject_key=asked.subject.key,
            state__in=[HitState.OPEN.value, HitState.PROPOSED_FALSE.value, HitState.TRUE_MATCH.value],
        )
    )
    known: dict[tuple[UUID, int | None], str] = {}
    for entry, record, version, state in rows.values_list("entry_id", "record_id", "entry_version", "state"):
        entry_id = entry or record
        if state == HitState.FALSE_POSITIVE:
            known.setdefault((entry_id, version), state)
        else:
            known[(entry_id, None)] = state
    return known


def _open_hits(screening: Screening, asked: Asked, fresh: list[Match], versions: dict[UUID, int]) -> None:
    events: list[Event] = []
    hits = []
    for match in fresh:
        evidence = match.comparison.as_evidence()
        if match.same_subject:
            evidence["explanation"] = "The entry is about this very subject."
        hit = ScreeningHit(
            screening=screening,
            entry_id=None if match.entry.is_record else match.entry.entry_id,
            record_id=match.entry.entry_id if match.entry.is_record else None,
            entry_version=versions[match.entry.entry_id],
            subject_key=asked.subject.key,
            subject_fingerprint=asked.fingerprint,
            grade=Grade.HIGH if match.same_subject or match.comparison.grade is Grade.HIGH else match.comparison.grade,
            score=Decimal(1) if match.same_subject else Decimal(str(match.comparison.score)),
            evidence=evidence,
            state=HitState.TRUE_MATCH if match.same_subject else HitState.OPEN,
            reason="The entry is about this very subject." if match.same_subject else "",
        )
        hits.append(hit)
        if match.same_subject:
            events.append(HitDecided(str(hit.pk), asked.subject.key, HitState.TRUE_MATCH.value))
        else:
            events.append(HitOpened(str(hit.pk), asked.subject.key, hit.grade))
    ScreeningHit.objects.bulk_create(hits, ignore_conflicts=True)
    publish_all(events)


__all__ = ["Asked", "Match", "ScreeningSubject", "ask", "ask_about", "screen_subject", "screen_subjects", "write_screening"]
