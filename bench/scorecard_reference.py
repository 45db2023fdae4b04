"""Our scorecard beside optbinning's on the same folds: how well both rank, how long they take to learn and to score one applicant.

Reads German credit from the public data (`tests.datasets`); without it a made table of the same size is used.
"""

from __future__ import annotations

import warnings
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from optbinning import BinningProcess, Scorecard
from sklearn.linear_model import LogisticRegression

from bench.results import Result, measure
from config.simulator.sample import retail_sample
from risk.domain import metrics
from risk.domain.scorecard.classifier import ScorecardClassifier
from risk.domain.scorecard.columns import is_categorical
from risk.domain.training import folds_of, one_thread
from risk.domain.training_table import prepare
from tests.datasets import DATASETS

SEEDS = 10
SINGLE = 300


@one_thread
def run(scale: float) -> list[Result]:
    """AUC over seeds 0 to 9, median times of a fit and of one row. Ratios are ours divided by optbinning's."""
    warnings.filterwarnings("ignore")
    factors, bad = _table()
    ours, theirs, our_fits, their_fits = [], [], [], []
    for seed in range(max(1, round(SEEDS * scale))):
        for learnt, held in folds_of(bad, 5, seed):
            inside, outside = factors.iloc[learnt], factors.iloc[held]
            card, reference = ScorecardClassifier(), _reference(factors)
            our_fits.append(measure(partial(card.fit, inside, bad[learnt])))
            their_fits.append(measure(partial(reference.fit, inside, bad[learnt])))
            ours.append(metrics.auc(bad[held], card.predict_proba(outside)[:, 1]))
            theirs.append(metrics.auc(bad[held], reference.predict_proba(outside)[:, 1]))
    row, one = {str(name): value for name, value in factors.iloc[0].items()}, factors.iloc[:1]
    our_row = float(np.median([measure(partial(card.points_for, row)) for _ in range(SINGLE)]))
    their_row = float(np.median([measure(partial(reference.score, one)) for _ in range(SINGLE // 10)]))
    mean_ours, mean_theirs = float(np.mean(ours)), float(np.mean(theirs))
    return [
        Result("scorecard AUC, against optbinning", mean_ours, mean_theirs, "AUC", (mean_theirs - 0.005) / mean_theirs, higher=True),
        Result("learning a scorecard, against optbinning", float(np.median(our_fits)), float(np.median(their_fits)), "s", 1 / 4),
        Result("scoring one applicant, against optbinning", our_row * 1e6, their_row * 1e6, "µs", 1 / 100),
    ]


def _reference(factors: pd.DataFrame) -> Scorecard:
    categorical = [name for name in factors.columns if is_categorical(factors[name])]
    process = BinningProcess(list(factors.columns), categorical_variables=categorical)
    scaling = {"pdo": 20, "odds": 50, "scorecard_points": 600}
    return Scorecard(process, LogisticRegression(max_iter=1000), scaling_method="pdo_odds", scaling_method_params=scaling)


def _table() -> tuple[pd.DataFrame, NDArray[Any]]:
    file = DATASETS / "german_credit" / "german.data"
    if file.is_file():
        frame = pd.read_csv(file, sep=r"\s+", header=None).set_axis([f"A{number}" for number in range(1, 22)], axis=1)
        prepared = prepare(frame, "A21", "2")
        return prepared.factors, prepared.bad
    made = retail_sample(1_000, seed=7)
    return made.drop(columns="bad"), made["bad"].to_numpy()
