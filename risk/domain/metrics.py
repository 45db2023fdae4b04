"""How good a score is: discrimination, calibration, drift. All functions take arrays of one length; 1 is the bad outcome."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

PSI_WATCH, PSI_ACT = 0.10, 0.25
"""The conventional limits of the population stability index."""


def _pair(bad: ArrayLike, score: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    outcome, given = np.asarray(bad, dtype=np.float64), np.asarray(score, dtype=np.float64)
    if outcome.shape != given.shape or outcome.ndim != 1 or not len(outcome):
        raise ValueError("outcomes and scores must be two filled columns of one length")
    if not set(np.unique(outcome)) <= {0.0, 1.0}:
        raise ValueError("an outcome is 0 or 1")
    if np.isnan(given).any():
        raise ValueError("a score is missing")
    return outcome, given


def _both_classes(outcome: NDArray[np.float64]) -> None:
    if outcome.min() == outcome.max():
        raise ValueError("the outcomes are all of one class; discrimination is not defined")


def auc(bad: ArrayLike, risk: ArrayLike) -> float:
    """Probability that a bad case has the higher `risk` than a good one, ties counting half (Mann–Whitney)."""
    outcome, given = _pair(bad, risk)
    _both_classes(outcome)
    _, place, counts = np.unique(given, return_inverse=True, return_counts=True)
    upto = np.cumsum(counts)
    ranks = (upto - (counts - 1) / 2)[place]
    bads = outcome.sum()
    return float((ranks[outcome == 1].sum() - bads * (bads + 1) / 2) / (bads * (len(outcome) - bads)))


def gini(bad: ArrayLike, risk: ArrayLike) -> float:
    """2 · AUC − 1."""
    return 2 * auc(bad, risk) - 1


def ks(bad: ArrayLike, risk: ArrayLike) -> float:
    """Kolmogorov–Smirnov: the widest gap between the cumulative shares of bads and of goods."""
    outcome, given = _pair(bad, risk)
    _both_classes(outcome)
    values, place = np.unique(given, return_inverse=True)
    bads = np.cumsum(np.bincount(place, outcome, len(values))) / outcome.sum()
    goods = np.cumsum(np.bincount(place, 1 - outcome, len(values))) / (1 - outcome).sum()
    return float(np.abs(bads - goods).max())


def brier(bad: ArrayLike, probability: ArrayLike) -> float:
    """Mean squared distance of the probability from the outcome."""
    outcome, given = _pair(bad, probability)
    return float(np.mean((given - outcome) ** 2))


@dataclass(frozen=True, slots=True)
class CalibrationRow:
    """One group of cases of similar probability: how many, the mean probability expected, the bad rate observed."""

    rows: int
    expected: float
    observed: float


def calibration(bad: ArrayLike, probability: ArrayLike, groups: int = 10) -> list[CalibrationRow]:
    """Expected and observed bad rate by tenths of the cases, from the least to the most risky."""
    outcome, given = _pair(bad, probability)
    order = np.argsort(given, kind="stable")
    return [
        CalibrationRow(len(part), float(given[part].mean()), float(outcome[part].mean()))
        for part in np.array_split(order, min(groups, len(order)))
    ]


def ece(bad: ArrayLike, probability: ArrayLike, groups: int = 10) -> float:
    """Expected calibration error: the mean gap of `calibration`, weighted by cases."""
    table = calibration(bad, probability, groups)
    total = sum(one.rows for one in table)
    return sum(one.rows * abs(one.expected - one.observed) for one in table) / total


@dataclass(frozen=True, slots=True)
class Stability:
    """Population stability index with the limits it is read against.

    `noise_limit` is what two samples of this size show by chance alone in 95 of 100 cases; an index below it says nothing.
    """

    index: float
    noise_limit: float

    @property
    def verdict(self) -> str:
        """STABLE, WATCH or SHIFTED."""
        if self.index <= max(self.noise_limit, PSI_WATCH):
            return "STABLE"
        return "WATCH" if self.index <= max(self.noise_limit, PSI_ACT) else "SHIFTED"


def psi(base: ArrayLike, current: ArrayLike) -> Stability:
    """Σ (cᵢ − bᵢ) · ln(cᵢ / bᵢ) over counts per bin of a base and a current sample.

    Limit by sample size: under no shift the index is close to (1/n + 1/m) · χ² with bins − 1 degrees of freedom (Yurdakul 2018);
    its 95% point is taken by the Wilson–Hilferty formula. An empty bin counts half a case. Raises ValueError for samples without cases.
    """
    b, c = np.asarray(base, dtype=np.float64), np.asarray(current, dtype=np.float64)
    if b.shape != c.shape or b.ndim != 1 or b.sum() <= 0 or c.sum() <= 0:
        raise ValueError("stability needs two filled counts over the same bins")
    used = (b > 0) | (c > 0)
    b, c = np.maximum(b[used], 0.5), np.maximum(c[used], 0.5)
    share_b, share_c = b / b.sum(), c / c.sum()
    index = float(np.sum((share_c - share_b) * np.log(share_c / share_b)))
    free = max(len(b) - 1, 1)
    point = free * (1 - 2 / (9 * free) + 1.6448536 * math.sqrt(2 / (9 * free))) ** 3
    return Stability(index, float((1 / b.sum() + 1 / c.sum()) * point))


def summary(bad: ArrayLike, probability: ArrayLike) -> dict[str, Any]:
    """AUC, Gini, KS, Brier and calibration error in one mapping."""
    area = auc(bad, probability)
    return {
        "auc": area,
        "gini": 2 * area - 1,
        "ks": ks(bad, probability),
        "brier": brier(bad, probability),
        "ece": ece(bad, probability),
    }
