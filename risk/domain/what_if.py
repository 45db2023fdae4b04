"""What would change a recommendation: what each row that stands in its way asks for, and which factors of the score hold points back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from core.written_number import read_number
from risk.domain.application_score import title_of
from risk.domain.policy import Result, words
from risk.domain.policy_engine import outcome_of
from risk.domain.scorecard import Card, GradeTable
from risk.domain.states import Recommended, combine


@dataclass(frozen=True, slots=True)
class Need:
    """A row that does not pass, and the recommendation if it alone were to pass.

    `limit` is the threshold the value has to reach; None where the value is good enough and only has to be shown, renewed or recorded.
    """

    row: Mapping[str, Any]
    limit: str | None
    alone: Recommended


@dataclass(frozen=True, slots=True)
class FactorRoom:
    """A factor of the score: where it stands, the bin that gives most points, and the grade that bin alone would give."""

    factor: str
    title: str
    bin: str
    best: str
    gain: int
    grade: str


def needs_of(rows: Sequence[Mapping[str, Any]], *, score_passes: bool | None) -> list[Need]:
    """What each row of a stored evaluation that does not pass would take, declining ones first."""
    results = [Result(row["result"]) for row in rows]
    found = []
    for place, (row, result) in enumerate(zip(rows, results, strict=True)):
        if result == Result.PASS:
            continue
        alone = outcome_of([*results[:place], Result.PASS, *results[place + 1 :]])
        good_enough = result in (Result.UNVERIFIED, Result.STALE) and row["headroom"] is not None and not row["headroom"].startswith("-")
        limit = row["soft"] if row["soft"] is not None else row["hard"]
        found.append(Need(row, None if good_enough else limit, combine(alone, score_passes=score_passes)))
    return sorted(found, key=lambda need: need.row["result"] != Result.FAIL)


def room_of(definition: Mapping[str, Any], contributions: Sequence[Mapping[str, Any]], points: int) -> list[FactorRoom]:
    """The factors that could give more points than they do, the largest gain first. `definition` as a model version keeps it."""
    card, grades = Card.from_dict(definition["card"]), GradeTable.from_dict(definition["grades"])
    titles = definition.get("titles") or {}
    given = {row["factor"]: row for row in contributions}
    found = []
    for feature in card.features:
        now = given.get(feature.name)
        best = max(feature.bins, key=lambda one: one.points)
        if now is not None and best.points > now["points"]:
            gain = best.points - int(now["points"])
            grade = grades.grade_of(points + gain).letter
            found.append(FactorRoom(feature.name, title_of(feature.name, titles), now["bin"], best.label, gain, grade))
    return sorted(found, key=lambda one: -one.gain)


def points_to_next(definition: Mapping[str, Any], points: int) -> tuple[str, int] | None:
    """The next better grade and how many points are missing; None in the best one."""
    above = [one for one in GradeTable.from_dict(definition["grades"]).grades if (one.least_score or points) > points]
    return (above[0].letter, (above[0].least_score or 0) - points) if above else None


def largest(low: int, high: int, *, place: Callable[[int], object], wanted: Callable[[int], bool]) -> int | None:
    """The largest number from `low` to `high` that is wanted; None where none is. Numbers of one `place` are wanted together, and all
    between two of one place have it too, so that it is looked between two only where their places differ.
    """
    ranges = [(low, high)] if low <= high else []
    while ranges:
        first, last = ranges.pop()
        if wanted(last):
            return last
        if first < last and place(first) != place(last):
            middle = (first + last) // 2
            ranges += [(first, middle), (middle + 1, last)]
    return None


def numbers_in(threshold: str) -> Iterator[Decimal]:
    """The numbers of a threshold, which may list several."""
    for word in words(threshold):
        if (number := read_number(word)) is not None:
            yield number
