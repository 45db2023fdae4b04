"""Whether the probability of default of each grade holds against what was observed, and whether grades keep their order. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from risk.domain.scorecard.grades import Grade

LEAST_LOANS = 30
LEAST_CHANCE = 0.05


def chance_of(bads: int, rows: int, pd: float) -> float:
    """The probability of `bads` or more among `rows` independent loans that go bad with probability `pd` (binomial, exact)."""
    if bads <= 0 or pd >= 1:
        return 1.0
    if pd <= 0:
        return 0.0
    below = (
        math.exp(math.lgamma(rows + 1) - math.lgamma(k + 1) - math.lgamma(rows - k + 1) + k * math.log(pd) + (rows - k) * math.log1p(-pd))
        for k in range(bads)
    )
    return max(0.0, 1.0 - math.fsum(below))


@dataclass(frozen=True)
class GradeTest:
    """A grade against its loans. `chance` is None where they are too few; `verdict` is FEW, LOW (its promise is too low) or HOLDS."""

    rows: int
    observed: float
    chance: float | None

    @classmethod
    def of(cls, grade: Grade) -> GradeTest:
        """The test of a grade on the loans it was cut on."""
        observed = grade.bads / grade.rows if grade.rows else 0.0
        return cls(grade.rows, observed, None if grade.rows < LEAST_LOANS else chance_of(grade.bads, grade.rows, grade.pd))

    @property
    def verdict(self) -> str:
        if self.chance is None:
            return "FEW"
        return "LOW" if self.chance < LEAST_CHANCE else "HOLDS"


def in_order(tests: Sequence[GradeTest]) -> bool:
    """Whether the observed rates rise, from the best grade to the worst, among those of enough loans."""
    told = [one.observed for one in tests if one.rows >= LEAST_LOANS]
    return told == sorted(told)
