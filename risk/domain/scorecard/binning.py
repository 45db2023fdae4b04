"""Where one factor is cut: tree splits joined with quantiles for numbers, frequent categories for the rest."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from risk.domain.scorecard.columns import category_key, category_keys, numbers_of

MISSING_LABEL = "Missing"
# A category met less often shares the bin of the others.
LEAST_CATEGORY = 20
OTHER_LABEL = "Other"
SHORT_DIGITS = 6
# What a bin without rows counts where points are put in order.
LEAST_WEIGHT = 1e-3


@dataclass(frozen=True)
class Cuts:
    """The bins of one factor before they have points: labels, then edges (numeric) or categories (categorical)."""

    name: str
    kind: Literal["numeric", "categorical"]
    labels: tuple[str, ...]
    edges: tuple[float, ...] = ()
    values: Mapping[str, int] = field(default_factory=dict)


def short_number(value: float, digits: int = SHORT_DIGITS) -> str:
    """A number as a person would write it in a table of bins."""
    if value.is_integer() and abs(value) < 1e15:
        return f"{int(value):,}"
    return f"{value:,.{digits}g}"


def short_numbers(values: Sequence[float]) -> list[str]:
    """Different numbers, all with the fewest digits at which no two read alike: labels tell bins apart. Seventeen always do."""
    for digits in range(SHORT_DIGITS, 17):
        shown = [short_number(value, digits) for value in values]
        if len(set(shown)) == len(values):
            return shown
    return [short_number(value, 17) for value in values]


def roundest_between(low: float, high: float) -> float:
    """The number with the fewest digits in [low, high): bins read "up to 35,000", not "up to 34,871.5"."""
    middle = low + (high - low) / 2
    for digits in range(1, 17):
        candidate = float(f"{middle:.{digits}g}")
        if low <= candidate < high:
            return candidate
    return low


def numeric_cuts(name: str, edges: Sequence[float]) -> Cuts:
    """Bins (−∞, e₀], (e₀, e₁], …, (eₙ, ∞) and one for missing."""
    ordered = tuple(sorted({float(edge) for edge in edges}))
    if any(not math.isfinite(edge) for edge in ordered):
        raise ValueError(f"{name}: a bin edge must be a finite number")
    shown = short_numbers(ordered)
    if not ordered:
        labels = ["Any value"]
    else:
        between = [f"over {low} to {high}" for low, high in itertools.pairwise(shown)]
        labels = [f"up to {shown[0]}", *between, f"over {shown[-1]}"]
    return Cuts(name, "numeric", (*labels, MISSING_LABEL), edges=ordered)


def categorical_cuts(name: str, groups: Sequence[Sequence[Any]]) -> Cuts:
    """One bin per group of categories, then one for every other category, then one for missing."""
    values: dict[str, int] = {}
    for index, group in enumerate(groups):
        for one in group:
            if category_key(one) in values:
                raise ValueError(f"{name}: category {category_key(one)!r} stands in two bins")
            values[category_key(one)] = index
    labels = [", ".join(category_key(one) for one in group) for group in groups]
    return Cuts(name, "categorical", (*labels, OTHER_LABEL, MISSING_LABEL), values=values)


def learn_edges(
    numbers: NDArray[np.float64],
    bad: NDArray[np.float64],
    *,
    leaves: int,
    quantiles: int,
    least: int,
    monotone: int,
    seed: int,
) -> list[float]:
    """Edges for one numeric factor without missing values.

    A small tree finds the sharp steps (rare but telling tails), quantiles keep the slow slopes that a small tree misses;
    together they are as good as a spline. Edges that would leave fewer than `least` / 2 rows in a bin are dropped.
    """
    distinct = np.unique(numbers)
    if len(distinct) < 2:
        return []
    wanted: list[float] = []
    if len(numbers) >= 2 * least:
        from sklearn.tree import DecisionTreeClassifier  # only for learning: see the package

        tree = DecisionTreeClassifier(
            criterion="entropy",
            max_leaf_nodes=max(2, leaves),
            min_samples_leaf=least,
            monotonic_cst=[monotone] if monotone else None,
            random_state=seed,
        ).fit(numbers[:, None], bad)
        inner = tree.tree_.feature >= 0
        wanted.extend(tree.tree_.threshold[inner].tolist())
    if quantiles > 1:
        wanted.extend(np.quantile(numbers, np.arange(1, quantiles) / quantiles).tolist())
    edges: list[float] = []
    ordered = np.sort(numbers)
    taken = 0
    for cut in sorted(set(wanted)):
        above = int(np.searchsorted(distinct, cut, side="right"))
        if above == 0 or above == len(distinct):
            continue
        edge = roundest_between(float(distinct[above - 1]), float(distinct[above]))
        upto = int(np.searchsorted(ordered, edge, side="right"))
        if (upto - taken) * 2 >= least and (len(ordered) - upto) * 2 >= least:
            edges.append(edge)
            taken = upto
    return edges


def learn_groups(keys: pd.Series[Any], least: int) -> list[list[str]]:
    """Categories met at least `least` times, most frequent first (ties by name); the rest share the bin "Other"."""
    counts = keys.dropna().value_counts()
    frequent = [(str(key), int(count)) for key, count in counts.items() if count >= least]
    return [[key] for key, _ in sorted(frequent, key=lambda one: (-one[1], one[0]))]


def learn_cuts(
    name: str,
    column: pd.Series[Any] | NDArray[Any],
    bad: NDArray[np.float64],
    *,
    categorical: bool,
    fixed: Sequence[Any] | None,
    leaves: int,
    quantiles: int,
    least: int,
    least_category: int,
    monotone: int,
    seed: int,
) -> Cuts:
    """Bins of one factor: those drawn by hand (`fixed`: edges, or lists of categories) or learnt ones."""
    if categorical:
        groups = fixed if fixed is not None else learn_groups(category_keys(column), least_category)
        return categorical_cuts(name, groups)
    if fixed is not None:
        return numeric_cuts(name, fixed)
    numbers = numbers_of(column, name)
    present = ~np.isnan(numbers)
    edges = learn_edges(
        numbers[present],
        bad[present],
        leaves=leaves,
        quantiles=quantiles,
        least=least,
        monotone=monotone,
        seed=seed,
    )
    return numeric_cuts(name, edges)
