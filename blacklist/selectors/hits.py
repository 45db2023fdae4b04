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
from blacklist.domain.states import HitState
from blacklist.models import BlacklistEntry, ScreeningHit
from blacklist.selectors.entries import primary_names
from blacklist.selectors.index import entry_profile
from blacklist.selectors.subjects import snapshot_profile
from core import crypto
from core.access import one
from core.models import User
from core.roles import Role

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
    return one(visible_hits(user).select_related("entry", "screening", "decided_by"), pk=hit_id)


def list_hits(user: User, *, state: str = HitState.OPEN.value, grade: str = "") -> QuerySet[ScreeningHit]:
    """Hits for the queue: strongest first, then oldest."""
    rank = Case(
        When(grade="HIGH", then=Value(0)),
        When(grade="MEDIUM", then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    rows = visible_hits(user).select_related("entry", "screening", "decided_by")
    if state:
        rows = rows.filter(state=state)
    if grade:
        rows = rows.filter(grade=grade)
    return rows.order_by(rank, "id")


def count_hits_by_state(user: User) -> dict[str, int]:
    """How many hits stand in each state."""
    return dict(visible_hits(user).order_by().values_list("state").annotate(number=Count("pk")))


def count_open_hits(user: User) -> int:
    """For the navigation's badge."""
    return visible_hits(user).filter(state=HitState.OPEN.value).count()


@dataclass(frozen=True, slots=True)
class HitRow:
    """One line of the queue; both names are decrypted for this page only."""

    hit: ScreeningHit
    subject_name: str
    entry_name: str


def hit_rows(hits: list[ScreeningHit]) -> list[HitRow]:
    """The page's hits with the names of both sides; one query for all."""
    names = primary_names([hit.entry_id for hit in hits])
    return [HitRow(hit, _first_name(hit), names.get(hit.entry_id, "not provided")) for hit in hits]


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
    entry: BlacklistEntry
    facts: list[ComparedFact]
    subject_name: str
    may_decide: bool
    next_hit_id: UUID | None
    previous_hit_id: UUID | None
    position: int
    total: int


def get_hit_file(user: User, hit_id: UUID | str) -> HitFile:
    """The hit with both sides and its neighbours in the open queue. Raises NotFound."""
    hit = access_hit(user, hit_id)
    entry = one(
        BlacklistEntry.objects.prefetch_related("names", "identifiers", "addresses"),
        pk=hit.entry_id,
    )
    snapshot = json.loads(hit.screening.snapshot or "{}")
    queue = list(list_hits(user).values_list("pk", flat=True)[:500])
    place = queue.index(hit.pk) if hit.pk in queue else -1
    return HitFile(
        hit=hit,
        entry=entry,
        facts=compare_facts(snapshot, entry),
        subject_name=_first_name(hit),
        may_decide=hit.state == HitState.OPEN and user.has_role(*DECIDERS),
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


def compare_facts(snapshot: dict[str, Any], entry: BlacklistEntry) -> list[ComparedFact]:
    """Both sides fact by fact, compared anew from what both say today; identifiers masked."""
    left, right = snapshot_profile(snapshot), entry_profile(entry)
    comparison = compare_profiles(left, right)
    name = best_name(left, right)
    facts = [
        _fact(
            "Name",
            _lines(snapshot.get("names")),
            "\n".join(row.name for row in entry.names.all()),
            grade_name(name.score),
        )
    ]
    facts.append(
        _fact(
            "Birth date",
            str(snapshot.get("birth_date") or ""),
            entry.birth_date_text,
            comparison.pieces.get("birth_date", ""),
        )
    )
    facts += _identifier_facts(snapshot, entry)
    facts.append(
        _fact(
            "Address",
            _lines(snapshot.get("addresses")),
            "\n".join(row.address for row in entry.addresses.all()),
            comparison.pieces.get("address", ""),
        )
    )
    facts.append(
        _fact(
            "Country",
            str(snapshot.get("country") or ""),
            entry.country,
            _country_grade(comparison, snapshot, entry),
        )
    )
    return facts


def _identifier_facts(snapshot: dict[str, Any], entry: BlacklistEntry) -> list[ComparedFact]:
    theirs: dict[str, list[str]] = {}
    for kind, value in (snapshot.get("identifiers") or {}).items():
        theirs.setdefault(kind, []).append(value)
    for phone in snapshot.get("phones") or []:
        theirs.setdefault("phone", []).append(phone)
    ours: dict[str, list[str]] = {}
    labels: dict[str, str] = {}
    for row in entry.identifiers.all():
        ours.setdefault(row.kind, []).append(row.value)
        labels[row.kind] = row.get_kind_display()
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


def _country_grade(comparison: Comparison, snapshot: dict[str, Any], entry: BlacklistEntry) -> str:
    if comparison.pieces.get("country"):
        return comparison.pieces["country"]
    return "exact" if snapshot.get("country") and entry.country else ""


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
