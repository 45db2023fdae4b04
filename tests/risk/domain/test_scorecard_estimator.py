"""The scorecard keeps every promise that scikit-learn asks of a classifier, by scikit-learn's own checks."""

from __future__ import annotations

from typing import Any

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from risk.domain.scorecard.classifier import ScorecardClassifier


# Casts of values that no integer holds are part of the checks; numpy warns of them.
@pytest.mark.filterwarnings("ignore:invalid value encountered in cast:RuntimeWarning")
@parametrize_with_checks([ScorecardClassifier(), ScorecardClassifier(step_weight=0.0, curve_from=20)])  # type: ignore[untyped-decorator]
def test_passes_the_checks_of_scikit_learn(estimator: Any, check: Any) -> None:
    check(estimator)
