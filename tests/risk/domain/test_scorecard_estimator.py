"""The scorecard keeps every promise that scikit-learn asks of a classifier, by scikit-learn's own checks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from risk.domain.scorecard.classifier import ScorecardClassifier


# Casts of values that no integer holds are part of the checks; numpy warns of them.
@pytest.mark.filterwarnings("ignore:invalid value encountered in cast:RuntimeWarning")
@parametrize_with_checks([ScorecardClassifier(), ScorecardClassifier(step_weight=0.0, curve_from=20)])  # type: ignore[untyped-decorator]
def test_passes_the_checks_of_scikit_learn(estimator: Any, check: Any) -> None:
    check(estimator)


def table(rows: int = 400) -> tuple[pd.DataFrame, Any]:
    draw = np.random.default_rng(0)
    number = draw.normal(size=rows)
    frame = pd.DataFrame({"number": number, "count": draw.integers(0, 9, rows), "word": draw.choice(list("xyz"), rows)})
    return frame, (draw.random(rows) < 1 / (1 + np.exp(-number))).astype(int)


def test_scores_by_whatever_label_a_column_has() -> None:
    frame, bad = table()
    columns = [0, 1, 2]
    named = ScorecardClassifier(monotonic_cst={"number": 1}, bins={"count": [3, 6]}).fit(frame, bad)
    labelled = frame.set_axis(columns, axis=1)
    model = ScorecardClassifier(monotonic_cst={columns[0]: 1}, bins={columns[1]: [3, 6]}).fit(labelled, bad)
    assert model.score_points(labelled).tolist() == named.score_points(frame).tolist()
    assert [one.name for one in model.card_.features] == [str(one) for one in columns]
    with pytest.raises(ValueError, match="lack a column that was learnt from: 2"):
        model.predict(labelled.rename(columns={columns[2]: 7}))


def test_scores_numbers_by_whatever_label_a_column_has() -> None:
    frame, bad = table()
    numbers = frame[["number", "count"]].set_axis([0, 1], axis=1)
    model = ScorecardClassifier(monotonic_cst={0: 1}).fit(numbers, bad)
    assert model.score_points(numbers).tolist() == model.score_points(numbers.to_numpy()).tolist()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"pdo": 0}, "pdo has to be a number above 0"),
        ({"pdo": -20.0}, "pdo has to be a number above 0"),
        ({"base_odds": 0}, "base_odds has to be a number above 0"),
        ({"base_score": float("nan")}, "base_score has to be a number"),
        ({"leaves": -1}, "leaves has to be a number of at least 2"),
        ({"quantiles": -3}, "quantiles has to be a number of at least 1"),
        ({"least_share": 1.0}, "least_share has to be below 1"),
        ({"strength": 0}, "strength has to be a number above 0"),
        ({"smoothing": -1}, "smoothing has to be a number of at least 0"),
        ({"monotonic_cst": {"number": 5}}, "monotonic_cst of number has to be -1, 0 or 1"),
        ({"monotonic_cst": {"number": "rising"}}, "monotonic_cst of number has to be -1, 0 or 1"),
        ({"monotonic_cst": {"word": 1}}, "monotonic_cst asks a direction of word"),
        ({"monotonic_cst": {"count": 1}, "categorical": ["count"]}, "monotonic_cst asks a direction of count"),
        ({"bins": {"number": [["x"], ["y"]]}}, "bins of number have to be edges"),
        ({"bins": {"number": [float("nan")]}}, "bins of number have to be edges"),
        ({"bins": {"word": [1.0, 2.0]}}, "bins of word have to be lists of categories"),
    ],
)
def test_refuses_an_option_by_its_name(options: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        ScorecardClassifier(**options).fit(*table())
