"""Where grades end: cut from scores whose outcomes are known."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.isotonic import isotonic_regression

from risk.domain.scorecard.grades import Grade, GradeTable

LETTERS = ("E", "D", "C", "B", "A")


def grades_from_scores(
    scores: ArrayLike,
    bad: ArrayLike,
    *,
    pd_limits: Sequence[float] = (0.02, 0.05, 0.10, 0.20),
    refuse_above: float = 0.20,
    prior_rows: float = 20.0,
) -> GradeTable:
    """Cut scores so that the grades A, B, C, D end where the calibrated PD passes `pd_limits`; E is the rest.

    Calibration: log odds are linear in the score (logit of outcome on score, unpenalised), which gives the limits; the PD of a
    grade is its observed bad rate shrunk by `prior_rows` rows of the logit's mean PD, then made non-decreasing from A to E.
    `scores` should be out-of-fold. The cut-off is the score at which the calibrated PD is `refuse_above`.
    Raises ValueError with fewer than two outcomes.
    """
    points = np.asarray(scores, dtype=np.float64)
    outcome = np.asarray(bad, dtype=np.float64)
    slope, intercept = _logit(points, outcome)
    fitted = 1.0 / (1.0 + np.exp(-(intercept + slope * points)))
    limits = [_score_at(limit, slope, intercept) for limit in reversed(pd_limits)]
    held = np.searchsorted(np.asarray(limits), points, side="right")
    kept = []
    for index in range(len(limits) + 1):
        inside = held == index
        rows, bads = int(inside.sum()), int(outcome[inside].sum())
        edges = [0.0, *sorted(pd_limits), 1.0]
        place = len(limits) - index
        middle = float(fitted[inside].mean()) if rows else (edges[place] + edges[place + 1]) / 2
        kept.append((rows, bads, (bads + prior_rows * middle) / (rows + prior_rows)))
    pds = isotonic_regression([one[2] for one in kept], sample_weight=[one[0] + prior_rows for one in kept], increasing=False)
    grades = tuple(
        Grade(letter, None if index == 0 else limits[index - 1], round(float(pds[index]), 6), kept[index][0], kept[index][1])
        for index, letter in enumerate(LETTERS[-len(kept) :])
    )
    return GradeTable(grades, _score_at(refuse_above, slope, intercept))


def _score_at(probability: float, slope: float, intercept: float) -> int:
    return math.ceil((math.log(probability / (1 - probability)) - intercept) / slope)


def _logit(points: np.ndarray[Any, Any], outcome: np.ndarray[Any, Any]) -> tuple[float, float]:
    """Slope and intercept of log odds bad : good on the score, by Newton's method; the slope is negative for a useful score."""
    if outcome.min() == outcome.max():
        raise ValueError("grades need good and bad outcomes")
    centre, spread = points.mean(), points.std() or 1.0
    x = np.column_stack((np.ones_like(points), (points - centre) / spread))
    beta = np.array([math.log(outcome.mean() / (1 - outcome.mean())), 0.0])
    for _ in range(50):
        p = 1.0 / (1.0 + np.exp(-x @ beta))
        # A whisper of ridge keeps the step finite when the score separates the outcomes completely.
        hessian = (x * (p * (1 - p))[:, None]).T @ x + 1e-3 * np.eye(2)
        step = np.linalg.solve(hessian, x.T @ (outcome - p) - 1e-3 * beta)
        beta = beta + step
        if np.abs(step).max() < 1e-10:
            break
    slope = float(beta[1] / spread)
    if slope >= 0:
        raise ValueError("the score does not separate bad from good: no grades can be cut from it")
    return slope, float(beta[0] - slope * centre)
