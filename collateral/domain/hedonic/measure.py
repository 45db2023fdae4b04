"""How well a model does on houses it has not seen."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from collateral.domain.hedonic.homes import Column, Homes
from collateral.domain.hedonic.model import HedonicModel, folds_of


def measure(
    homes: Homes,
    price: Column,
    *,
    folds: int = 5,
    seed: int = 42,
    rounds: int = 800,
    inner: int = 4,
    heard: Callable[[int], None] = lambda _: None,
) -> dict[str, float]:
    """Cross-validated measures, houses kept together: `median_error` and `within_20` as fractions of the price, `coverage` of the 90% range
    with `coverage_lowest` and `coverage_highest` over fifths of the price, `width` as the median of high / low. Each fold is trained and
    calibrated without the houses it is measured on. `heard` is told the number of each fold when it is done.
    """
    low, middle, high = (np.empty(len(homes)) for _ in range(3))
    for number, (learnt, held) in enumerate(folds_of(homes, folds, seed), start=1):
        model = HedonicModel.train(homes.take(learnt), price[learnt], rounds=rounds, folds=inner)
        low[held], middle[held], high[held] = model.predict(homes.take(held))
        heard(number)
    error = np.abs(middle / price - 1)
    covered = (low <= price) & (price <= high)
    fifths = [float(covered[part].mean()) for part in np.array_split(np.argsort(price), 5)]
    return {
        "median_error": float(np.median(error)),
        "within_20": float(np.mean(error <= 0.20)),
        "coverage": float(covered.mean()),
        "coverage_lowest": min(fifths),
        "coverage_highest": max(fifths),
        "width": float(np.median(high / low)),
        "sales": len(homes),
        "folds": folds,
    }
