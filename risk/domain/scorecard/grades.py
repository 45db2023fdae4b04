"""Grades A to E by score, each with a probability of default."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Grade:
    """Scores from `least_score` (None: no lower end) up to the next grade; `pd` is a probability within 0–1."""

    letter: str
    least_score: int | None
    pd: float
    rows: int
    bads: int


@dataclass(frozen=True)
class GradeTable:
    """Grades from worst to best, and the score below which the scorecard alone advises against."""

    grades: tuple[Grade, ...]
    cut_off: int

    def grade_of(self, score: int) -> Grade:
        """The grade that holds `score`."""
        limits = [one.least_score for one in self.grades if one.least_score is not None]
        return self.grades[bisect_right(limits, score)]

    def passes(self, score: int) -> bool:
        return score >= self.cut_off

    def to_dict(self) -> dict[str, Any]:
        return {
            "cut_off": self.cut_off,
            "grades": [{"letter": g.letter, "least_score": g.least_score, "pd": g.pd, "rows": g.rows, "bads": g.bads} for g in self.grades],
        }

    @classmethod
    def from_dict(cls, kept: Mapping[str, Any]) -> Self:
        return cls(tuple(Grade(**one) for one in kept["grades"]), int(kept["cut_off"]))
