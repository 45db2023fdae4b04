"""The threshold workshop: recall and alert load of a labelled sample at each threshold."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import BinaryIO

from blacklist.domain.evidence import DEFAULT_THRESHOLDS, Thresholds
from blacklist.domain.lists.record import UnreadableList, read_text
from blacklist.domain.pairs import UnusableDescription, compare_pair
from blacklist.domain.states import HitState
from blacklist.models import ScreeningHit, ThresholdSet

STEPS = tuple(Decimal(number) / 100 for number in range(70, 100, 2))
SAME_WORDS = frozenset({"1", "true", "yes", "same", "match"})
MAX_PAIRS = 20_000


@dataclass(frozen=True, slots=True)
class Labelled:
    """One pair of the sample: its score, and whether people say it is the same."""

    score: float
    same: bool


@dataclass(frozen=True, slots=True)
class Step:
    """What a threshold would do to the sample; `recall` is None without any true pair, `load` is the share of all pairs flagged."""

    threshold: Decimal
    recall: float | None
    load: float
    flagged: int
    precision: float | None
    marks: tuple[str, ...]


def get_thresholds() -> Thresholds:
    """Those in force."""
    active = ThresholdSet.objects.filter(state=ThresholdSet.State.ACTIVE).first()
    return Thresholds(float(active.low), float(active.medium), float(active.high)) if active else DEFAULT_THRESHOLDS


def decided_sample() -> list[Labelled]:
    """The bank's own sample: hits that people decided. Nothing in it scored below the threshold of its day."""
    rows = ScreeningHit.objects.filter(state__in=[HitState.TRUE_MATCH.value, HitState.FALSE_POSITIVE.value], decided_by__isnull=False)
    return [Labelled(float(score), state == HitState.TRUE_MATCH) for score, state in rows.values_list("score", "state")]


def read_sample(stream: BinaryIO) -> list[Labelled]:
    """A sample from a CSV with the columns left, right and same (and left_birth_date, right_birth_date). Nothing of it is kept.

    Raises UnreadableList with the line in words.
    """
    reader = csv.DictReader(read_text(stream), strict=True)
    sample: list[Labelled] = []
    try:
        if not {"left", "right", "same"} <= set(reader.fieldnames or []):
            raise UnreadableList("malformed", "The header needs left, right and same.")
        for row in reader:
            if len(sample) >= MAX_PAIRS:
                raise UnreadableList("too_large", f"At most {MAX_PAIRS:,} pairs are tried at once.")
            sides = ({"name": row.get(side), "birth_date": row.get(f"{side}_birth_date")} for side in ("left", "right"))
            try:
                score = compare_pair(*sides)["score"]
            except UnusableDescription as error:
                raise UnreadableList("malformed", f"Line {reader.line_num}: {error}.") from error
            sample.append(Labelled(score, (row.get("same") or "").strip().lower() in SAME_WORDS))
    except csv.Error as error:
        raise UnreadableList("malformed", f"Line {reader.line_num}: {error}.") from error
    if not sample:
        raise UnreadableList("empty", "The file has no pairs.")
    return sample


def try_thresholds(sample: Iterable[Labelled], present: Thresholds) -> list[Step]:
    """Each threshold with what it would flag; those in force are among them, marked with their grade."""
    pairs = list(sample)
    true = sum(pair.same for pair in pairs)
    marks: dict[Decimal, list[str]] = {step: [] for step in STEPS}
    for grade in ("low", "medium", "high"):
        marks.setdefault(Decimal(str(getattr(present, grade))), []).append(grade)
    steps = []
    for threshold in sorted(marks):
        flagged = [pair for pair in pairs if pair.score >= threshold]
        caught = sum(pair.same for pair in flagged)
        steps.append(
            Step(
                threshold,
                caught / true if true else None,
                len(flagged) / len(pairs) if pairs else 0.0,
                len(flagged),
                caught / len(flagged) if flagged else None,
                tuple(marks[threshold]),
            )
        )
    return steps


__all__ = ["Labelled", "Step", "decided_sample", "get_thresholds", "read_sample", "try_thresholds"]
