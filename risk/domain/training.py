"""Train a scorecard on a table: measure it on folds it has not seen, keep it with grades."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OrdinalEncoder
from threadpoolctl import threadpool_limits

from risk.domain import metrics
from risk.domain.scorecard import Card
from risk.domain.scorecard.classifier import ScorecardClassifier
from risk.domain.scorecard.columns import is_categorical
from risk.domain.scorecard.grading import grades_from_scores
from risk.domain.training_table import Prepared, UnfitData

P = ParamSpec("P")
R = TypeVar("R")
Bins = Mapping[str, Sequence[Any]]
"""Bins drawn by hand: edges of a number, or lists of categories."""

LARGE_TABLE = 20_000
"""Rows from which the challenger is held back more."""

TELLING = 3.0
"""The information value from which a factor is suspected of telling the outcome. A strong honest one reaches 1, hmeq's debt ratio 2."""


def one_thread(function: Callable[P, R]) -> Callable[P, R]:
    """Let a function calculate on one thread.

    On tables of this size several threads mostly wait for each other (on two busy cores training took fifty times as long), and sums in
    another order would make the figures differ from machine to machine.
    """

    @wraps(function)
    def limited(*args: P.args, **kwargs: P.kwargs) -> R:
        with threadpool_limits(limits=1):
            return function(*args, **kwargs)

    return limited


def folds_of(bad: ArrayLike, folds: int, seed: int) -> list[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Stratified, shuffled, seeded folds: (training rows, test rows).

    Raises UnfitData when a class has fewer rows than folds, and for a seed that numpy cannot be seeded with.
    """
    if not 0 <= seed < 2**32:
        raise UnfitData([f"The seed is a whole number from 0 to {2**32 - 1:,}."])
    outcome = np.asarray(bad)
    if min(np.bincount(outcome, minlength=2)) < folds:
        raise UnfitData([f"Fewer than {folds} rows have one of the outcomes; choose fewer folds."])
    splitter = StratifiedKFold(n_splits=folds, shuffle=True, random_state=seed)
    return list(splitter.split(np.zeros(len(outcome)), outcome))


def make_challenger(factors: pd.DataFrame, monotone: dict[str, int] | None = None, seed: int = 42) -> Pipeline:
    """Gradient boosting that takes the same table; `monotone` as in `ScorecardClassifier.monotonic_cst`.

    From LARGE_TABLE rows on it grows fewer and fuller leaves: there the small table's setting learns noise (Taiwan: 0.782 against 0.785).
    Raises ValueError for a direction asked of a column of words.
    """
    large = len(factors) >= LARGE_TABLE
    categorical = [name for name in factors.columns if is_categorical(factors[name])]
    numeric = [name for name in factors.columns if name not in categorical]
    encoder = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1, encoded_missing_value=np.nan, max_categories=200)
    columns = make_column_transformer((encoder, categorical), ("passthrough", numeric), verbose_feature_names_out=False)
    if words := [name for name in categorical if (monotone or {}).get(name)]:
        raise ValueError(f"a direction is asked of columns of words: {', '.join(map(str, words))}")
    signs = [0] * len(categorical) + [(monotone or {}).get(name, 0) for name in numeric]
    boosting = HistGradientBoostingClassifier(
        learning_rate=0.05,
        max_iter=150 if large else 300,
        max_leaf_nodes=31,
        min_samples_leaf=100 if large else 20,
        l2_regularization=10.0 if large else 1.0,
        max_features=0.3 if large else 0.5,
        categorical_features=[True] * len(categorical) + [False] * len(numeric),
        monotonic_cst=signs if any(signs) else None,
        early_stopping=False,
        random_state=seed,
    )
    return make_pipeline(columns, boosting)


@dataclass(frozen=True)
class OnFolds:
    """What models said of rows they had not seen: points and probability of the bad outcome per row, measures per fold."""

    points: NDArray[np.int64]
    probability: NDArray[np.float64]
    scorecard: list[dict[str, float]]
    challenger: list[dict[str, float]]


@one_thread
def across_folds(
    prepared: Prepared,
    *,
    folds: int,
    seed: int,
    monotone: Mapping[str, int] | None = None,
    bins: Bins | None = None,
    rival: bool = True,
    progress: Callable[[str], None] | None = None,
) -> OnFolds:
    """Train and measure on each fold; without `rival` the challenger is left out. Raises UnfitData as `folds_of` does."""
    say = progress or (lambda _text: None)
    found = OnFolds(np.empty(len(prepared.bad), np.int64), np.empty(len(prepared.bad)), [], [])
    for number, (learnt, held) in enumerate(folds_of(prepared.bad, folds, seed), start=1):
        say(f"Fold {number} of {folds}")
        inside, outside = prepared.factors.iloc[learnt], prepared.factors.iloc[held]
        bad_in, bad_out = prepared.bad[learnt], prepared.bad[held]
        card = ScorecardClassifier(monotonic_cst=monotone, bins=bins, seed=seed).fit(inside, bad_in)
        found.points[held] = card.score_points(outside)
        found.probability[held] = 1.0 / (1.0 + np.exp(-card.card_.log_odds_bad(found.points[held])))
        found.scorecard.append(metrics.summary(bad_out, found.probability[held]))
        if rival:
            challenger = make_challenger(prepared.factors, dict(monotone or {}), seed).fit(inside, bad_in)
            found.challenger.append(metrics.summary(bad_out, challenger.predict_proba(outside)[:, 1]))
    return found


def measures_of(prepared: Prepared, found: OnFolds, whole: Card, seed: int) -> dict[str, Any]:
    """Measures per fold of scorecard and challenger, their means, and the information value of each factor of the whole card.

    Shape: rows, folds [{auc, gini, ks, brier, ece}], mean, iv {factor: value}, challenger {folds, mean}; further keys tell what was
    left out and which value is the bad outcome.
    """
    return {
        "rows": len(prepared.bad),
        "bads": int(prepared.bad.sum()),
        "positive": prepared.positive,
        "seed": seed,
        "folds": found.scorecard,
        "mean": _means(found.scorecard),
        "iv": {one.name: one.iv for one in sorted(whole.features, key=lambda one: -one.iv)},
        "challenger": {"folds": found.challenger, "mean": _means(found.challenger)},
        "remarks": [*prepared.remarks, *_suspects(whole)],
    }


def _suspects(card: Card) -> list[str]:
    return [
        f"{one.name}: tells good from bad nearly by itself (information value {one.iv:.1f}); make sure that it is known before the decision."
        for one in card.features
        if one.iv >= TELLING
    ]


@one_thread
def report(
    prepared: Prepared,
    *,
    folds: int = 5,
    seed: int = 42,
    monotone: dict[str, int] | None = None,
    progress: Callable[[str], None] | None = None,
) -> dict[str, Any]:
    """The measures of `measures_of`, from models trained for them alone."""
    found = across_folds(prepared, folds=folds, seed=seed, monotone=monotone, progress=progress)
    whole = ScorecardClassifier(monotonic_cst=monotone, seed=seed).fit(prepared.factors, prepared.bad)
    return measures_of(prepared, found, whole.card_, seed)


def _means(rows: list[dict[str, float]]) -> dict[str, float]:
    return {name: float(np.mean([row[name] for row in rows])) for name in rows[0]}


@one_thread
def train(
    prepared: Prepared, *, folds: int = 5, seed: int = 42, monotone: dict[str, int] | None = None, titles: dict[str, str] | None = None
) -> dict[str, Any]:
    """The definition a model version keeps: card, grades cut on out-of-fold scores, titles of factors. Plain JSON."""
    found = across_folds(prepared, folds=folds, seed=seed, monotone=monotone, rival=False)
    model = ScorecardClassifier(monotonic_cst=monotone, seed=seed).fit(prepared.factors, prepared.bad)
    return definition_of(model.card_, found.points, prepared.bad, titles)


def definition_of(card: Card, points: ArrayLike, bad: ArrayLike, titles: Mapping[str, str] | None = None) -> dict[str, Any]:
    """What a model version keeps of a card whose out-of-fold `points` met the outcomes `bad`."""
    return {"card": card.to_dict(), "grades": grades_from_scores(points, bad).to_dict(), "titles": dict(titles or {})}
