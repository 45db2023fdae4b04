"""A model of log prices and its 90% range.

Two boosted models are averaged, one of the mean and one of the median of the log price. The range is conformal: each sale is predicted
by models that have not seen its house, its miss is set against the miss expected of such a home, and the 90% quantile of that ratio
scales the range of every other home. The expected miss is itself predicted out of fold.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from collateral.domain.hedonic.homes import FIELDS, Around, Column, Homes, features_of
from collateral.domain.hedonic.trees import Trees

COVER = 0.90
# A home whose fifth nearest sale lies farther than this, in kilometres, is not in the market the model knows.
REACH = 10.0
# The least miss expected of any home, in log price: half a per cent is nobody's knowledge.
LEAST_MISS = 0.02


class OutsideMarket(ValueError):
    """The home lies too far from every sale the model learnt from."""


@dataclass(frozen=True)
class Estimate:
    """Prices in the market's currency: `middle`, and the range in which nine homes of ten like it are sold."""

    low: float
    middle: float
    high: float


@dataclass(frozen=True)
class Learnt:
    """What was learnt from some sales: the sales themselves, and the two models of the log price."""

    around: Around
    mean: Any
    median: Any

    @classmethod
    def from_sales(cls, homes: Homes, log_price: Column, rounds: int) -> Learnt:
        from sklearn.ensemble import HistGradientBoostingRegressor

        around = Around(homes, log_price)
        rows = features_of(homes, around)
        shared = {"max_iter": rounds, "learning_rate": 30 / rounds, "max_features": 0.4, "random_state": 1, "early_stopping": False}
        mean = HistGradientBoostingRegressor(loss="squared_error", l2_regularization=5, **shared).fit(rows, log_price)
        median = HistGradientBoostingRegressor(loss="absolute_error", **shared).fit(rows, log_price)
        return cls(around, mean, median)

    def predict(self, homes: Homes) -> tuple[Column, NDArray[np.float64]]:
        """Log prices, and the features they were read from."""
        rows = features_of(homes, self.around)
        return (self.mean.predict(rows) + self.median.predict(rows)) / 2, rows


def folds_of(homes: Homes, count: int, seed: int) -> list[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Rows learnt from and rows held out; all sales of a house on one side."""
    from sklearn.model_selection import GroupKFold

    return list(GroupKFold(count, shuffle=True, random_state=seed).split(homes.house, groups=homes.house))


def _miss_model(rows: NDArray[np.float64], miss: Column) -> Any:
    """What to expect of the miss: shallow, so that it follows the kind of home and not the single sale."""
    from sklearn.ensemble import HistGradientBoostingRegressor

    grown = HistGradientBoostingRegressor(max_iter=80, learning_rate=0.05, max_leaf_nodes=15, min_samples_leaf=60, random_state=1)
    return grown.fit(rows, miss)


@dataclass(frozen=True)
class HedonicModel:
    """A model in force for one market. `stretch` times the expected miss is half the width of the range, in log price."""

    learnt: Learnt
    miss: Any
    stretch: float

    @classmethod
    def train(cls, homes: Homes, price: Column, *, rounds: int = 800, folds: int = 4, seed: int = 7) -> HedonicModel:
        """Learn from sales. `price` in one currency; repeatable for the same sales in the same order."""
        with threadpool_limits(limits=1):
            return cls._train(homes, np.log(price), rounds, folds, seed)

    @classmethod
    def _train(cls, homes: Homes, log_price: Column, rounds: int, folds: int, seed: int) -> HedonicModel:
        miss, expected = np.empty(len(homes)), np.empty(len(homes))
        parts = folds_of(homes, folds, seed)
        rows: NDArray[np.float64] | None = None
        for learnt_rows, held in parts:
            fold = Learnt.from_sales(homes.take(learnt_rows), log_price[learnt_rows], rounds)
            predicted, features = fold.predict(homes.take(held))
            rows = np.empty((len(homes), features.shape[1])) if rows is None else rows
            rows[held] = features
            miss[held] = np.abs(log_price[held] - predicted)
        assert rows is not None
        for learnt_rows, held in parts:
            expected[held] = _miss_model(rows[learnt_rows], miss[learnt_rows]).predict(rows[held])
        ratio = np.sort(miss / np.maximum(expected, LEAST_MISS))
        # The rank of split conformal prediction: with n sales, the ceil((n + 1) · 0.9)-th smallest.
        rank = min(len(ratio), int(np.ceil((len(ratio) + 1) * COVER))) - 1
        return cls(Learnt.from_sales(homes, log_price, rounds), _miss_model(rows, miss), float(ratio[rank]))

    def predict(self, homes: Homes) -> tuple[Column, Column, Column]:
        """Low, middle and high price of each home."""
        middle, rows = self.learnt.predict(homes)
        half = self.stretch * np.maximum(self.miss.predict(rows), LEAST_MISS)
        return np.exp(middle - half), np.exp(middle), np.exp(middle + half)

    def reaches(self, homes: Homes) -> NDArray[np.bool_]:
        """Which homes lie near enough to sales that the model learnt from."""
        distance, _ = self.learnt.around.nearest(homes, 5)
        return np.asarray(distance[:, -1] <= REACH)

    def estimate(self, home: Homes) -> Estimate:
        """The range of one home. Raises OutsideMarket."""
        if not self.reaches(home)[0]:
            distance, _ = self.learnt.around.nearest(home, 5)
            raise OutsideMarket(f"the fifth nearest sale lies {distance[0, -1]:.0f} km away")
        low, middle, high = self.predict(home)
        return Estimate(float(low[0]), float(middle[0]), float(high[0]))

    def to_bytes(self) -> bytes:
        """The whole model as compressed arrays; nothing in it can run."""
        arrays: dict[str, NDArray[Any]] = {f"sold.{name}": getattr(self.learnt.around.sold, name) for name in FIELDS}
        arrays["log_price"] = self.learnt.around.log_price
        arrays["stretch"] = np.array(self.stretch)
        for name, grown in (("mean", self.learnt.mean), ("median", self.learnt.median), ("miss", self.miss)):
            arrays |= (grown if isinstance(grown, Trees) else Trees.of(grown)).arrays(name)
        kept = io.BytesIO()
        np.savez_compressed(kept, allow_pickle=False, **arrays)
        return kept.getvalue()

    @classmethod
    def from_bytes(cls, kept: bytes) -> HedonicModel:
        """What `to_bytes` gave."""
        with np.load(io.BytesIO(kept), allow_pickle=False) as arrays:
            found = dict(arrays)
        sold = Homes(**{name: found[f"sold.{name}"] for name in FIELDS})
        mean, median, miss = (Trees.from_arrays(found, name) for name in ("mean", "median", "miss"))
        return cls(Learnt(Around(sold, found["log_price"]), mean, median), miss, float(found["stretch"]))
