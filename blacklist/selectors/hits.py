"""Hits as work: the queue, and one hit with both sides next to each other."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Case, Count, IntegerField, QuerySet, Value, When

from blacklist.domain.evidence import (
    Comparison,
    best_name,
    compare_profiles,
    grade_name,
)
from blacklist.domain.states import UNDECIDED, HitState
from blacklist.models import BlacklistEntry, IdentifierKind, ScreeningHit, WatchListRecord
from blacklist.selectors.entries import primary_names
from blacklist.selectors.index import listed_profile
from blacklist.selectors.subjects import birth_dates_in, identifiers_in, snapshot_profile
from core import crypto
from core.access import one
from core.counts import count_up_to_most
from core.models import User
from core.roles import Role

#: The view of open hits that wait for something.
NEEDS_MORE = "NEEDS_MORE"
#: Hits name other people's misfortune: compliance and risk managers decide, audit reads. Nobody else learns that they exist.
READERS = (Role.COMPLIANCE, Role.RISK_MANAGER, Role.AUDITOR)
DECIDERS = (Role.COMPLIANCE, Role.RISK_MANAGER)


def visible_hits(user: User) -> QuerySet[ScreeningHit]:
    """The hits the user may see."""
    if not user.is_active or not user.has_role(*READERS):
        return ScreeningHit.objects.none()
    return ScreeningHit.objects.all()


def access_hit(user: User, hit_id: UUID | str) -> ScreeningHit:
    """One hit. Raises NotFound when absent or not for this user."""
    return one(visible_hits(user).select_related("entry", "record__watch_list", "screening", "decided_by", "confirmed_by"), pk=hit_id)


def list_hits(user: User, *, state: str = HitState.OPEN.value, grade: str = "") -> QuerySet[ScreeningHit]:
    """Hits for the queue: strongest first, then oldest."""
    rank = Case(
        When(grade="HIGH", then=Value(0)),
        When(grade="MEDIUM", then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    rows = visible_hits(user).select_related("entry", "record__watch_list", "screening", "decided_by")
    if state == NEEDS_MORE:
        rows = rows.filter(state=HitState.OPEN.value).exclude(needs="")
    elif state == HitState.OPEN:
        rows = rows.filter(state=state, needs="")
    elif state:
        rows = rows.filter(state=state)
    if grade:
        rows = rows.filter(grade=grade)
    return rows.order_by(rank, "id")


def count_hits_by_state(user: User) -> dict[str, int]:
    """How many hits stand in each state; open ones that need more are counted apart."""
    rows = visible_hits(user).order_by()
    counts = dict(rows.values_list("state").annotate(number=Count("pk")))
    counts[NEEDS_MORE] = rows.filter(state=HitState.OPEN.value).exclude(needs="").count()
    counts[HitState.OPEN.value] = counts.get(HitState.OPEN.value, 0) - counts[NEEDS_MORE]
    return counts


def count_open_hits(user: User) -> int:
    """For the navigation's badge."""
    return count_up_to_most(visible_hits(user).filter(state__in=[state.value for state in UNDECIDED]))


@dataclass(frozen=True, slots=True)
class HitRow:
    """One line of the queue; both names are decrypted for this page only."""

    hit: ScreeningHit
    subject_name: str
    entry_name: str
    listed_as: str


def hit_rows(hits: list[ScreeningHit]) -> list[HitRow]:
    """The page's hits with the names of both sides; one query for all."""
    names = primary_names([hit.entry_id for hit in hits if hit.entry_id])
    return [
        HitRow(hit, _first_name(hit), str(hit.record) if hit.record else names.get(hit.entry_id, "not provided"), listed_as(hit.listed))
        for hit in hits
    ]


def listed_as(listed: BlacklistEntry | WatchListRecord) -> str:
    """Where the other side stands: an entry's reference, or the list and its number there."""
    return f"{listed.watch_list.title}, {listed.uid}" if isinstance(listed, WatchListRecord) else listed.reference


@dataclass(frozen=True, slots=True)
class ComparedFact:
    """One line of the side-by-side comparison. `verdict` is a word ("equal", "differs", …), `mark` its status."""

    label: str
    subject: str
    entry: str
    verdict: str
    mark: str


@dataclass(frozen=True, slots=True)
class HitFile:
    """Everything the hit's page shows."""

    hit: ScreeningHit
    entry: BlacklistEntry | None
    record: WatchListRecord | None
    listed_as: str
    facts: list[ComparedFact]
    subject_name: str
    may_decide: bool
    second_person: bool
    next_hit_id: UUID | None
    previous_hit_id: UUID | None
    position: int
    total: int


def get_hit_file(user: User, hit_id: UUID | str) -> HitFile:
    """The hit with both sides and its neighbours in the open queue. Raises NotFound."""
    hit = access_hit(user, hit_id)
    entry = hit.entry and one(BlacklistEntry.objects.prefetch_related("names", "identifiers", "addresses"), pk=hit.entry_id)
    listed = entry or hit.listed
    snapshot = json.loads(hit.screening.snapshot or "{}")
    view = HitState.PROPOSED_FALSE.value if hit.state == HitState.PROPOSED_FALSE else NEEDS_MORE if hit.needs else HitState.OPEN.value
    queue = list(list_hits(user, state=view).values_list("pk", flat=True)[:500])
    place = queue.index(hit.pk) if hit.pk in queue else -1
    return HitFile(
        hit=hit,
        entry=entry,
        record=hit.record,
        listed_as=listed_as(listed),
        facts=compare_facts(snapshot, listed),
        subject_name=_first_name(hit),
        may_decide=hit.state in UNDECIDED and user.has_role(*DECIDERS) and hit.decided_by_id != user.pk,
        second_person=hit.state == HitState.PROPOSED_FALSE,
        next_hit_id=queue[place + 1] if 0 <= place < len(queue) - 1 else (queue[0] if place < 0 and queue else None),
        previous_hit_id=queue[place - 1] if place > 0 else None,
        position=place + 1,
        total=len(queue),
    )


def _first_name(hit: ScreeningHit) -> str:
    names = json.loads(hit.screening.snapshot or "{}").get("names") or ["not provided"]
    return str(names[0])


_MARKS = {
    "exact": "bad",
    "strong": "bad",
    "close": "warn",
    "year": "warn",
    "near": "neutral",
    "weak": "neutral",
    "conflict": "info",
}
_WORDS = {
    "exact": "equal",
    "strong": "very similar",
    "close": "similar",
    "year": "same year",
    "near": "within two years",
    "weak": "loosely similar",
    "none": "different",
    "conflict": "differs",
}


@dataclass(frozen=True, slots=True)
class _Listed:
    """What the listed side says, in clear, whichever kind of list it stands on."""

    names: list[str]
    birth_dates: list[str]
    identifiers: list[tuple[str, str]]
    addresses: list[str]
    countries: list[str]


def _listed(side: BlacklistEntry | WatchListRecord) -> _Listed:
    if isinstance(side, WatchListRecord):
        identifiers = [(str(kind), str(value)) for kind, value in side.identifiers]
        return _Listed(side.names, side.birth_dates, identifiers, side.addresses, side.countries)
    return _Listed(
        [row.name for row in side.names.all()],
        [side.birth_date_text] if side.birth_date_text else [],
        [(row.kind, row.value) for row in side.identifiers.all()],
        [row.address for row in side.addresses.all()],
        [side.country] if side.country else [],
    )


def compare_facts(snapshot: dict[str, Any], side: BlacklistEntry | WatchListRecord) -> list[ComparedFact]:
    """Both sides fact by fact, compared anew from what both say today; identifiers masked."""
    left, right = snapshot_profile(snapshot), listed_profile(side)
    entry = _listed(side)
    comparison = compare_profiles(left, right)
    name = best_name(left, right)
    facts = [
        _fact(
            "Name",
            _lines(snapshot.get("names")),
            _lines(entry.names),
            grade_name(name.score),
        )
    ]
    facts.append(
        _fact(
            "Birth date",
            _lines(birth_dates_in(snapshot)),
            _lines(entry.birth_dates),
            comparison.pieces.get("birth_date", ""),
        )
    )
    facts += _identifier_facts(snapshot, entry)
    facts.append(
        _fact(
            "Address",
            _lines(snapshot.get("addresses")),
            _lines(entry.addresses),
            comparison.pieces.get("address", ""),
        )
    )
    facts.append(
        _fact(
            "Country",
            str(snapshot.get("country") or ""),
            _lines(entry.countries),
            _country_grade(comparison, snapshot, entry),
        )
    )
    return facts


def _identifier_facts(snapshot: dict[str, Any], entry: _Listed) -> list[ComparedFact]:
    theirs: dict[str, list[str]] = {}
    for kind, value in identifiers_in(snapshot):
        theirs.setdefault(kind, []).append(value)
    for phone in snapshot.get("phones") or []:
        theirs.setdefault("phone", []).append(phone)
    ours: dict[str, list[str]] = {}
    for kind, value in entry.identifiers:
        ours.setdefault(kind, []).append(value)
    labels = dict(IdentifierKind.choices)
    facts = []
    for kind in sorted(theirs.keys() | ours.keys()):
        left = {crypto.normalise_identifier(value) for value in theirs.get(kind, [])}
        right = {crypto.normalise_identifier(value) for value in ours.get(kind, [])}
        grade = "exact" if left & right else "conflict" if left and right else ""
        shown_left = ", ".join(crypto.mask(value) for value in theirs.get(kind, []))
        shown_right = ", ".join(crypto.mask(value) for value in ours.get(kind, []))
        facts.append(
            _fact(
                labels.get(kind, kind.replace("_", " ").capitalize()),
                shown_left,
                shown_right,
                grade,
            )
        )
    return facts


def _country_grade(comparison: Comparison, snapshot: dict[str, Any], entry: _Listed) -> str:
    if comparison.pieces.get("country"):
        return comparison.pieces["country"]
    return "exact" if snapshot.get("country") and entry.countries else ""


def _fact(label: str, subject: str, entry: str, grade: str) -> ComparedFact:
    verdict = _WORDS.get(grade, "not compared")
    return ComparedFact(
        label,
        subject or "not provided",
        entry or "not provided",
        verdict,
        _MARKS.get(grade, "neutral"),
    )


def _lines(values: Any) -> str:
    return "\n".join(str(value) for value in values or [])
