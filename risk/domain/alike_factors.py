"""Factors of a scorecard that say nearly the same of the rows it learnt from. Pure."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pandas as pd

from risk.domain.scorecard import Card

LEAST_ALIKE, MOST_ALIKE = 0.5, 20
"""From which correlation of their points on two factors are named, and how many such pairs at most."""


def alike_factors(card: Card, factors: pd.DataFrame) -> list[dict[str, Any]]:
    """Pairs of factors whose points go together over the rows, the closest first: [{"one", "other", "correlation"}]."""
    given = {one.name: np.asarray(one.points, dtype=np.float64)[one.bins_of(factors[one.name])] for one in card.features}
    apart = {name: (points - points.mean()) / points.std() for name, points in given.items() if points.std() > 0}
    found = [(one, other, float(np.mean(apart[one] * apart[other]))) for one, other in itertools.combinations(apart, 2)]
    close = sorted((each for each in found if abs(each[2]) >= LEAST_ALIKE), key=lambda each: -abs(each[2]))
    return [{"one": one, "other": other, "correlation": round(value, 6)} for one, other, value in close[:MOST_ALIKE]]
