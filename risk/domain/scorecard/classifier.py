"""A points scorecard that learns, as a scikit-learn classifier.

Steps: bins per factor → smoothed weight of evidence → one penalised logistic regression on the weights of evidence and, more
heavily penalised, on single steps between neighbouring bins (with many rows also on a curve of each number) → rounding to
integer points. The result is strictly additive: every score is the base plus one integer per factor, so reasons are exact.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.isotonic import isotonic_regression
from sklearn.linear_model import LogisticRegression
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import _check_y, check_consistent_length, check_is_fitted, column_or_1d, validate_data

from risk.domain.scorecard.binning import LEAST_CATEGORY, LEAST_WEIGHT, Cuts, learn_cuts
from risk.domain.scorecard.card import NEUTRAL_POINTS, Bin, Card, Contribution, Feature
from risk.domain.scorecard.columns import is_categorical, numbers_of
from risk.domain.scorecard.options import check_options
from risk.domain.scorecard.shape import Shape, join_alike, steps, weight_of_evidence, with_curve


class ScorecardClassifier(ClassifierMixin, BaseEstimator):
    """Binary scorecard; the positive class (`classes_[1]`) is the bad outcome, a higher score is safer.

    Parameters
    ----------
    pdo, base_score, base_odds: scaling; `base_score` points mean odds good : bad of `base_odds`, `pdo` points double them.
    leaves, quantiles: steps per numeric factor that the tree may find, and evenly filled bins joined to them.
    least_share: least share of rows in a learnt bin (at least 40 rows where the data allow, at most a tenth of them).
    least_category: a category met less often shares the bin "Other".
    smoothing: rows of average risk added to each bin before its weight of evidence, so that rare bins shrink to neutral.
    strength: inverse of the ridge penalty (C of LogisticRegression). step_weight: how freely a single bin may leave its
        weight of evidence; 0 gives a plain weight-of-evidence scorecard.
    curve_from: rows from which a number also gets a smooth curve, unless its bins are drawn by hand; fewer rows can't carry one.
    monotonic_cst: {column: +1 | −1}; +1 where the risk of the bad outcome may only rise with the value.
    bins: {column: edges or lists of categories} drawn by hand; the card has them as drawn, however alike they come out.
    categorical: columns to read as categories although they hold numbers.
    seed: for ties between equal splits.
    """

    def __init__(
        self,
        *,
        pdo: float = 20.0,
        base_score: float = 600.0,
        base_odds: float = 50.0,
        leaves: int = 4,
        quantiles: int = 10,
        least_share: float = 0.01,
        least_category: int = LEAST_CATEGORY,
        smoothing: float = 20.0,
        strength: float = 0.1,
        step_weight: float = 0.5,
        curve_from: int = 2000,
        monotonic_cst: Mapping[Any, int] | None = None,
        bins: Mapping[Any, Sequence[Any]] | None = None,
        categorical: Sequence[str] | None = None,
        seed: int = 0,
    ) -> None:
        self.pdo = pdo
        self.base_score = base_score
        self.base_odds = base_odds
        self.leaves = leaves
        self.quantiles = quantiles
        self.least_share = least_share
        self.least_category = least_category
        self.smoothing = smoothing
        self.strength = strength
        self.step_weight = step_weight
        self.curve_from = curve_from
        self.monotonic_cst = monotonic_cst
        self.bins = bins
        self.categorical = categorical
        self.seed = seed

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        tags.input_tags.allow_nan = True
        return tags

    def fit(self, X: Any, y: Any) -> Self:
        """Learn bins and points. Raises ValueError naming what is wrong: one class only, or an option that `check_options` refuses."""
        frame = self._frame(X, reset=True)
        target = self._target(y, frame)
        monotone, drawn, categorical = check_options(self, frame)
        bad = target.astype(np.float64)
        rows = len(frame)
        least = int(min(max(self.least_share * rows, 40), max(rows // 10, 1)))
        cuts = [
            learn_cuts(
                name,
                frame[name],
                bad,
                categorical=name in categorical or is_categorical(frame[name]),
                fixed=drawn.get(name),
                leaves=self.leaves,
                quantiles=self.quantiles,
                least=least,
                least_category=min(self.least_category, max(rows // 10, 1)),
                monotone=monotone.get(name, 0),
                seed=self.seed,
            )
            for name in frame.columns
        ]
        binned = [_unscored(one).bins_of(frame[one.name]) for one in cuts]
        rate = float(bad.mean())
        shapes = []
        for one, at in zip(cuts, binned, strict=True):
            bads, sizes = np.bincount(at, bad, len(one.labels)), np.bincount(at, minlength=len(one.labels))
            shape = steps(one, at, weight_of_evidence(bads, sizes, rate, self.smoothing), self.step_weight)
            curved = rows >= self.curve_from and one.kind == "numeric" and one.name not in drawn
            shapes.append(with_curve(shape, numbers_of(frame[one.name], one.name), least) if curved else shape)
        logits = self._bin_logits(shapes, bad)
        if rows >= self.curve_from:
            # Learnt bins that came out alike read as one; those drawn by hand stay as somebody drew them, and others approved.
            joined = [
                (shape, logit) if shape.cuts.name in drawn else join_alike(shape, logit)
                for shape, logit in zip(shapes, logits, strict=True)
            ]
            shapes, logits = map(list, zip(*joined, strict=True))
        self.card_ = self._card(shapes, logits, bad, monotone)
        return self

    def decision_function(self, X: Any) -> NDArray[np.float64]:
        """Log odds of the bad outcome that the integer score stands for."""
        check_is_fitted(self)
        return self.card_.log_odds_bad(self.score_points(X))

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Columns: probability of the good and of the bad outcome."""
        bad = 1.0 / (1.0 + np.exp(-self.decision_function(X)))
        return np.column_stack((1.0 - bad, bad))

    def predict(self, X: Any) -> NDArray[Any]:
        """The likelier class."""
        above = self.decision_function(X) > 0
        likelier: NDArray[Any] = self.classes_[above.astype(np.intp)]
        return likelier

    def score_points(self, X: Any) -> NDArray[np.int64]:
        """Integer score per row; higher is safer."""
        check_is_fitted(self)
        return self.card_.points_of(self._frame(X, reset=False))

    def points_for(self, row: Mapping[str, Any]) -> int:
        """Integer score of one applicant, without pandas; the same as `score_points`."""
        check_is_fitted(self)
        return self.card_.points_for(row)

    def explain(self, row: Mapping[str, Any]) -> list[Contribution]:
        """See `Card.explain`."""
        check_is_fitted(self)
        return self.card_.explain(row)

    def reasons(self, row: Mapping[str, Any], most: int = 4) -> list[Contribution]:
        """See `Card.reasons`."""
        check_is_fitted(self)
        return self.card_.reasons(row, most)

    def _frame(self, X: Any, *, reset: bool) -> pd.DataFrame:
        """The input as a frame whose columns are named by text; mixed frames pass as they are, all else as scikit-learn checks it."""
        mixed = isinstance(X, pd.DataFrame) and any(dtype.kind not in "iuf" for dtype in X.dtypes if hasattr(dtype, "kind"))
        if mixed:
            validate_data(self, X, reset=reset, skip_check_array=True)
            if X.empty:
                raise ValueError(f"0 sample(s) or feature(s) (shape={X.shape}) while a minimum of 1 is required.")
            array = X
        else:
            array = validate_data(self, X, reset=reset, ensure_all_finite="allow-nan", ensure_min_samples=2 if reset else 1)
        if reset:
            self.columns_ = [str(one) for one in X.columns] if isinstance(X, pd.DataFrame) else [f"x{i}" for i in range(array.shape[1])]
        if not mixed:
            return pd.DataFrame(array, columns=self.columns_)
        texts = [str(one) for one in X.columns]
        named: pd.DataFrame = X if texts == list(X.columns) else X.set_axis(texts, axis=1)
        if lacking := [one for one in self.columns_ if one not in named.columns]:
            raise ValueError(f"the data lack a column that was learnt from: {', '.join(lacking)}")
        return named

    def _target(self, y: Any, frame: pd.DataFrame) -> NDArray[np.intp]:
        check_classification_targets(y) if y is not None else None
        target = column_or_1d(_check_y(y, estimator=self), warn=True)
        check_consistent_length(frame, target)
        self.classes_, codes = np.unique(target, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(f"the target has only one class ({self.classes_[0]!r}); a scorecard needs good and bad outcomes")
        if len(self.classes_) > 2:
            kind = type_of_target(target)
            raise ValueError(f"Only binary classification is supported. The type of the target is {kind}.")
        return codes

    def _card(self, shapes: list[Shape], logits: list[NDArray[np.float64]], bad: NDArray[np.float64], monotone: Mapping[str, int]) -> Card:
        rate = float(bad.mean())
        factor = self.pdo / np.log(2)
        features = []
        total = np.zeros(len(bad))
        for shape, logit in zip(shapes, logits, strict=True):
            one, at, n = shape.cuts, shape.at, shape.sizes
            b = np.bincount(at, bad, len(n))
            w = weight_of_evidence(b, n, rate, self.smoothing)
            raw = _centred(one, -factor * logit, n, monotone.get(one.name, 0))
            points = np.rint(raw).astype(np.int64)
            total += points[at]
            good_share, bad_share = (n - b) / (n - b).sum(), b / b.sum()
            features.append(
                Feature(
                    name=str(one.name),
                    kind=one.kind,
                    bins=tuple(
                        Bin(label, int(p), int(size - ill), int(ill), float(weight))
                        for label, p, size, ill, weight in zip(one.labels, points, n, b, w, strict=True)
                    ),
                    reference=float(points[at].mean()),
                    iv=float(np.sum((bad_share - good_share) * w)),
                    edges=one.edges,
                    values=one.values,
                )
            )
        card = Card(float(self.pdo), float(self.base_score), float(self.base_odds), 0, tuple(features))
        return Card(card.pdo, card.base_score, card.base_odds, _base_points(card, total, rate), card.features)

    def _bin_logits(self, shapes: list[Shape], bad: NDArray[np.float64]) -> list[NDArray[np.float64]]:
        """Log odds bad : good that each bin adds, from one regression over all factors.

        Steps are coded as "above this edge", so that the ridge penalty pulls neighbouring bins together. Where a missing value
        would come out better than average it is tied to the average of its factor and all is fitted again: cutting it down
        afterwards would leave the other factors explaining what it no longer does.
        """
        patterns, sizes = [shape.pattern.copy() for shape in shapes], [shape.sizes for shape in shapes]
        splits = np.cumsum([p.shape[1] for p in patterns])
        starts = [0, *splits[:-1]]
        design = np.empty((len(bad), int(splits[-1])))
        for pattern, shape, start, stop in zip(patterns, shapes, starts, splits, strict=True):
            np.take(pattern, shape.at, axis=0, out=design[:, start:stop])
        solver = "newton-cholesky" if len(bad) > design.shape[1] else "lbfgs"
        while True:
            model = LogisticRegression(C=self.strength, solver=solver, max_iter=1000).fit(design, bad)
            logits = [p @ w for p, w in zip(patterns, np.split(model.coef_[0], splits[:-1]), strict=True)]
            tied = False
            for index, (logit, n) in enumerate(zip(logits, sizes, strict=True)):
                neutral = float(np.average(logit, weights=n))
                if 0 < n[-1] < n.sum() and logit[-1] < neutral - 1e-9:
                    tied = True
                    patterns[index][-1] = np.average(patterns[index][:-1], axis=0, weights=n[:-1])
                    design[:, starts[index] : splits[index]] = patterns[index][shapes[index].at]
            if not tied:
                weights = np.split(model.coef_[0], splits[:-1])
                self.intercept_ = float(model.intercept_[0])
                self.woe_weights_ = {str(shape.cuts.name): float(w[0]) for shape, w in zip(shapes, weights, strict=True)}
                return logits


def _centred(cuts: Cuts, raw: NDArray[np.float64], sizes: NDArray[np.int64], monotone: int) -> NDArray[np.float64]:
    """Points with mean 0 over the training rows, ordered where asked, a missing value never above neutral."""
    raw = raw.copy()
    if monotone and cuts.kind == "numeric":
        # Weighted isotonic projection keeps the promise exactly, whatever the joint regression did to single bins.
        raw[:-1] = isotonic_regression(raw[:-1], sample_weight=np.maximum(sizes[:-1], LEAST_WEIGHT), increasing=monotone < 0)
    raw -= np.average(raw, weights=sizes)
    raw[-1] = min(raw[-1], NEUTRAL_POINTS) if sizes[-1] else NEUTRAL_POINTS
    if cuts.kind == "categorical":
        # A category nobody has met yet is no better than a missing one.
        raw[-2] = raw[-2] if sizes[-2] else NEUTRAL_POINTS
    return raw


def _unscored(cuts: Cuts) -> Feature:
    """A feature that can bin but has no points yet."""
    bins = tuple(Bin(label, 0, 0, 0, 0.0) for label in cuts.labels)
    return Feature(cuts.name, cuts.kind, bins, 0.0, 0.0, cuts.edges, cuts.values)


def _base_points(card: Card, total: NDArray[np.float64], rate: float) -> int:
    """The whole number of base points at which the mean probability of default equals the observed rate."""
    low, high = card.offset - total.max() - 60 * card.factor, card.offset - total.min() + 60 * card.factor
    for _ in range(80):
        middle = (low + high) / 2
        mean = float(np.mean(1.0 / (1.0 + np.exp(np.clip((total + middle - card.offset) / card.factor, -700, 700)))))
        low, high = (middle, high) if mean > rate else (low, middle)
    return round(float((low + high) / 2))
