"""What the scorecard and its challenger reach on public data, on five stratified folds that are fixed by their seed.

The data are read from `../shared/data`; without that folder these tests skip and say so.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from risk.domain import metrics
from risk.domain.scorecard.classifier import ScorecardClassifier
from risk.domain.training import folds_of, make_challenger, one_thread, report
from risk.domain.training_table import Prepared, prepare

DATA = Path(__file__).resolve().parents[4] / "shared" / "data"

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"the public data are not at {DATA}")

LATE = [f"PAY_{number}" for number in (0, 2, 3, 4, 5, 6)]
KNOWN_BEFORE = [
    "NoEmp",
    "NewExist",
    "CreateJob",
    "RetainedJob",
    "UrbanRural",
    "RevLineCr",
    "LowDoc",
    "GrAppv",
    "RealEstate",
    "Portion",
    "Default",
]


@pytest.fixture(scope="module")
def german() -> Prepared:
    frame = pd.read_csv(DATA / "german_credit" / "german.data", sep=r"\s+", header=None)
    return prepare(frame.set_axis([f"A{number}" for number in range(1, 22)], axis=1), "A21", "2")


@pytest.fixture(scope="module")
def taiwan() -> Prepared:
    frame = pd.read_csv(DATA / "taiwan_credit_card" / "UCI_Credit_Card.csv").drop(columns="ID")
    return prepare(frame, "default.payment.next.month", "1")


@pytest.fixture(scope="module")
def hmeq() -> Prepared:
    return prepare(pd.read_csv(DATA / "hmeq" / "hmeq.csv"), "BAD", "1")


@one_thread
def mean_auc(prepared: Prepared, seed: int, make: Callable[[], Any] = ScorecardClassifier) -> float:
    """Mean over five folds of the AUC on the fold held out."""
    found = []
    for learnt, held in folds_of(prepared.bad, 5, seed):
        model = make().fit(prepared.factors.iloc[learnt], prepared.bad[learnt])
        found.append(metrics.auc(prepared.bad[held], model.predict_proba(prepared.factors.iloc[held])[:, 1]))
    return float(np.mean(found))


def test_scorecard_on_german_credit(german: Prepared) -> None:
    assert np.mean([mean_auc(german, seed) for seed in range(10)]) >= 0.79


def test_scorecard_on_taiwan_credit_card(taiwan: Prepared) -> None:
    assert mean_auc(taiwan, 42) >= 0.772


def test_challenger_on_taiwan_credit_card(taiwan: Prepared) -> None:
    assert mean_auc(taiwan, 42, lambda: make_challenger(taiwan.factors)) >= 0.785


def test_monotone_challenger_on_taiwan_credit_card(taiwan: Prepared) -> None:
    signs = dict.fromkeys(LATE, 1) | {"LIMIT_BAL": -1}
    assert mean_auc(taiwan, 42, lambda: make_challenger(taiwan.factors, signs)) >= 0.783


def test_both_on_hmeq(hmeq: Prepared) -> None:
    found = report(hmeq)
    assert found["mean"]["auc"] >= 0.918
    assert found["challenger"]["mean"]["auc"] >= 0.965
    assert found["mean"]["brier"] <= 0.1 and found["mean"]["ece"] <= 0.05


@one_thread
def test_scorecard_on_later_loans_of_sba() -> None:
    """Learnt from loans approved before 2005, tried on those approved later; what is known only after the decision is left out."""
    frame = pd.read_csv(DATA / "sba" / "SBAcase.11.13.17.csv", encoding="utf-8-sig")
    early = (frame["ApprovalFY"] < 2005).to_numpy()
    prepared = prepare(frame[KNOWN_BEFORE], "Default", "1")
    model = ScorecardClassifier().fit(prepared.factors[early], prepared.bad[early])
    given = model.predict_proba(prepared.factors[~early])[:, 1]
    assert metrics.auc(prepared.bad[~early], given) >= 0.68
