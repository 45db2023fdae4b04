"""Scoring a whole table by a scorecard, against the bare matrix product that gives the same points once every value is a 0/1 column."""

from __future__ import annotations

import numpy as np

from bench.results import Result, measure
from config.simulator.sample import retail_sample
from risk.domain.scorecard.classifier import ScorecardClassifier

ROWS = 200_000
ROUNDS = 15


def run(scale: float) -> list[Result]:
    """Rows a second, best of fifteen rounds, both in turn. The product has its table ready; we start from the values."""
    frame = retail_sample(max(5_000, int(ROWS * scale)), seed=7)
    factors, bad = frame.drop(columns="bad"), frame["bad"]
    card = ScorecardClassifier().fit(factors.iloc[:5000], bad.iloc[:5000]).card_
    design = np.hstack([np.eye(len(one.bins))[one.bins_of(factors[one.name])] for one in card.features])
    weights = np.concatenate([np.asarray(one.points, dtype=np.float64) for one in card.features])
    if not np.array_equal(card.points_of(factors), card.base_points + np.rint(design @ weights)):
        raise RuntimeError("the product and the card do not agree")
    rounds = [(measure(lambda: card.points_of(factors)), measure(lambda: design @ weights)) for _ in range(ROUNDS)]
    ours, product = (min(times) for times in zip(*rounds, strict=True))
    return [Result("scoring a table, against the bare matrix product", len(frame) / ours, len(frame) / product, "rows/s", 0.5, higher=True)]
