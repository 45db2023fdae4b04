"""What the scorecard and its challenger reach on public data, on five stratified folds that are fixed by their seed.

Without the data (`tests.datasets`) these tests skip and say so.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from risk.domain import metrics
from risk.domain.scorecard.classifier import ScorecardClassifier
from risk.domain.training import folds_of, make_challenger, one_thread, report
from risk.domain.training_table import Prepared, prepare
from tests.datasets import DATASETS, needs

pytestmark = needs(*(DATASETS / name for name in ("german_credit", "taiwan_credit_card", "hmeq", "sba")))

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
    frame = pd.read_csv(DATASETS / "german_credit" / "german.data", sep=r"\s+", header=None)
    return prepare(frame.set_axis([f"A{number}" for number in range(1, 22)], axis=1), "A21", "2")


@pytest.fixture(scope="module")
def taiwan() -> Prepared:
    frame = pd.read_csv(DATASETS / "taiwan_credit_card" / "UCI_Credit_Card.csv").drop(columns="ID")
    return prepare(frame, "default.payment.next.month", "1")


@pytest.fixture(scope="module")
def hmeq() -> Prepared:
    return prepare(pd.read_csv(DATASETS / "hmeq" / "hmeq.csv"), "BAD", "1")


OPTBINNING_ON_GERMAN = 0.7958
"""Mean AUC of optbinning 1.0.0 (scikit-learn 1.9.1, numpy 2.4.6) on the same 50 folds of German credit, seeds 0 to 9: measured by
`python -m bench scorecard_reference`, where its scorecard is made as its documentation makes it. Theirs had a Brier score of 0.1638 and a
calibration error of 0.0711.
"""


@one_thread
def measured(prepared: Prepared, *seeds: int, make: Callable[[], Any] = ScorecardClassifier) -> dict[str, float]:
    """Means of AUC, Brier score and calibration error on the fold held out, over five folds of each seed."""
    found = []
    for seed in seeds:
        for learnt, held in folds_of(prepared.bad, 5, seed):
            model = make().fit(prepared.factors.iloc[learnt], prepared.bad[learnt])
            found.append(metrics.summary(prepared.bad[held], model.predict_proba(prepared.factors.iloc[held])[:, 1]))
    return means(found)


def means(found: list[dict[str, float]]) -> dict[str, float]:
    return {name: float(np.mean([one[name] for one in found])) for name in ("auc", "brier", "ece")}


def holds(found: dict[str, float], *, auc: float, brier: float, ece: float) -> bool:
    """Whether it ranks at least so well, and is no further off than this. The bounds of Brier score and calibration error lie a few
    hundredths of their size above what was measured.
    """
    return found["auc"] >= auc and found["brier"] <= brier and found["ece"] <= ece


def test_scorecard_on_german_credit(german: Prepared) -> None:
    found = measured(german, *range(10))
    assert found["auc"] >= OPTBINNING_ON_GERMAN - 0.005
    assert holds(found, auc=0.79, brier=0.166, ece=0.069), found


def test_scorecard_on_taiwan_credit_card(taiwan: Prepared) -> None:
    found = measured(taiwan, 42)
    assert holds(found, auc=0.772, brier=0.137, ece=0.015), found


def test_challenger_on_taiwan_credit_card(taiwan: Prepared) -> None:
    found = measured(taiwan, 42, make=lambda: make_challenger(taiwan.factors))
    assert holds(found, auc=0.785, brier=0.135, ece=0.014), found


def test_monotone_challenger_on_taiwan_credit_card(taiwan: Prepared) -> None:
    signs = dict.fromkeys(LATE, 1) | {"LIMIT_BAL": -1}
    found = measured(taiwan, 42, make=lambda: make_challenger(taiwan.factors, signs))
    assert holds(found, auc=0.783, brier=0.136, ece=0.014), found


def test_both_on_hmeq(hmeq: Prepared) -> None:
    found = report(hmeq)
    assert holds(found["mean"], auc=0.918, brier=0.080, ece=0.024), found["mean"]
    assert holds(found["challenger"]["mean"], auc=0.965, brier=0.051, ece=0.024), found["challenger"]["mean"]


@pytest.fixture(scope="module")
def sba() -> tuple[Prepared, Any]:
    """The loans, of which only what is known before the decision is kept, and which of them were approved before 2005."""
    frame = pd.read_csv(DATASETS / "sba" / "SBAcase.11.13.17.csv", encoding="utf-8-sig")
    return prepare(frame[KNOWN_BEFORE], "Default", "1"), (frame["ApprovalFY"] < 2005).to_numpy()


def test_scorecard_on_sba(sba: tuple[Prepared, Any]) -> None:
    found = measured(sba[0], 42)
    assert holds(found, auc=0.79, brier=0.169, ece=0.059), found


@one_thread
def test_scorecard_on_later_loans_of_sba(sba: tuple[Prepared, Any]) -> None:
    """Learnt from loans approved before 2005, tried on those approved later. Of the earlier 12% went bad, of the later 48%, so that no card
    of the earlier ones tells the level: its calibration error is that gap, and only the order of the loans holds.
    """
    prepared, early = sba
    model = ScorecardClassifier().fit(prepared.factors[early], prepared.bad[early])
    found = metrics.summary(prepared.bad[~early], model.predict_proba(prepared.factors[~early])[:, 1])
    gap = prepared.bad[~early].mean() - prepared.bad[early].mean()
    assert holds(found, auc=0.68, brier=0.30, ece=0.285), found
    assert found["ece"] < gap
