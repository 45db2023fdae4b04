"""The scorecard as it is kept and used: integer points per bin, nothing else.

A card is plain data. It is stored as JSON beside the model version and scores one applicant with dictionary look-ups and
bisection only, so that a decision replays to the same points on any machine and with any version of the numeric libraries.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from risk.domain.scorecard.batch import Grid, Room
from risk.domain.scorecard.columns import category_key, category_keys, is_missing, number_of, numbers_of

FORMAT = 1
NEUTRAL_POINTS = 0
"""Points are centred: over the training population each factor gives 0 points on average."""


class Counted:
    """What has `goods` and `bads`: how many rows it holds, and the share of bads among them."""

    __slots__ = ()
    goods: int
    bads: int

    @property
    def rows(self) -> int:
        return self.goods + self.bads

    @property
    def bad_rate(self) -> float | None:
        """Observed share of bads, None where no row fell into it."""
        return self.bads / self.rows if self.rows else None


@dataclass(frozen=True, slots=True)
class Bin(Counted):
    """One row of the card: `label` for people, integer `points`, and what was seen in training (counts, weight of evidence)."""

    label: str
    points: int
    goods: int
    bads: int
    woe: float


@dataclass(frozen=True)
class Feature:
    """One factor of the card.

    Numeric: bin i holds values in (edges[i-1], edges[i]]. Categorical: `values` maps a category to its bin; the bin before the
    last holds rare and unseen categories. The last bin is always that of a missing value.
    """

    name: str
    kind: Literal["numeric", "categorical"]
    bins: tuple[Bin, ...]
    reference: float
    """Mean points over the reference population; points lost are counted from here."""
    iv: float
    edges: tuple[float, ...] = ()
    values: Mapping[str, int] = field(default_factory=dict)

    @cached_property
    def points(self) -> tuple[int, ...]:
        return tuple(one.points for one in self.bins)

    @cached_property
    def grid(self) -> Grid | None:
        """What scores a whole column at once; None for categories, and where edges lie too close together."""
        return Grid.of(self.edges, self.points) if self.kind == "numeric" else None

    def bin_of(self, value: Any) -> int:
        """Index of the bin that holds `value`. Raises ValueError, naming the factor, for text or infinity in a numeric factor."""
        if self.kind == "categorical":
            if is_missing(value):
                return len(self.bins) - 1
            return self.values.get(category_key(value), len(self.bins) - 2)
        if type(value) is not float:
            value = number_of(value, self.name)
        # A comparison with itself is the cheapest test for NaN, and this line runs once per factor and applicant.
        if value != value:
            return len(self.bins) - 1
        if value in (math.inf, -math.inf):
            raise ValueError(f"{self.name}: an infinite value cannot be scored")
        return bisect_left(self.edges, value)

    def bins_of(self, column: pd.Series[Any] | NDArray[Any]) -> NDArray[np.intp]:
        """Bin index per row, the same as `bin_of` row by row."""
        if self.kind == "categorical":
            keys = category_keys(column)
            found = keys.map(dict(self.values)).astype("float64").to_numpy(copy=True)
            found[np.isnan(found)] = len(self.bins) - 2
            found[keys.isna().to_numpy()] = len(self.bins) - 1
            return found.astype(np.intp)
        numbers = numbers_of(column, self.name)
        found_at = np.searchsorted(np.asarray(self.edges), numbers, side="left")
        missing = np.isnan(numbers)
        if missing.any():
            found_at[missing] = len(self.bins) - 1
        return found_at

    def to_dict(self) -> dict[str, Any]:
        kept: dict[str, Any] = {
            "name": self.name,
            "kind": self.kind,
            "reference": self.reference,
            "iv": self.iv,
            "bins": [{"label": b.label, "points": b.points, "goods": b.goods, "bads": b.bads, "woe": b.woe} for b in self.bins],
        }
        if self.kind == "numeric":
            kept["edges"] = list(self.edges)
        else:
            kept["values"] = dict(self.values)
        return kept

    @classmethod
    def from_dict(cls, kept: Mapping[str, Any]) -> Self:
        return cls(
            name=kept["name"],
            kind=kept["kind"],
            reference=float(kept["reference"]),
            iv=float(kept["iv"]),
            bins=tuple(Bin(**one) for one in kept["bins"]),
            edges=tuple(float(edge) for edge in kept.get("edges", ())),
            values={str(key): int(index) for key, index in kept.get("values", {}).items()},
        )


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one factor did to one score."""

    feature: str
    value: Any
    label: str
    points: int
    reference: float
    lost: float
    """Points lost against the reference mean; negative where the factor helped."""


@dataclass(frozen=True)
class Card:
    """A complete scorecard. Score = base_points + the points of each factor's bin; higher is safer.

    Scaling: factor = pdo / ln 2, offset = base_score − factor · ln(base_odds), score = offset + factor · ln(odds good : bad).
    """

    pdo: float
    base_score: float
    base_odds: float
    base_points: int
    features: tuple[Feature, ...]

    @property
    def factor(self) -> float:
        return self.pdo / math.log(2)

    @property
    def offset(self) -> float:
        return self.base_score - self.factor * math.log(self.base_odds)

    @cached_property
    def _lookup(self) -> tuple[tuple[Feature, str, tuple[int, ...]], ...]:
        return tuple((one, one.name, one.points) for one in self.features)

    def points_for(self, row: Mapping[str, Any]) -> int:
        """Score one applicant. A key that is absent counts as missing. Raises ValueError as `Feature.bin_of` does."""
        total = self.base_points
        get = row.get
        for feature, name, points in self._lookup:
            total += points[feature.bin_of(get(name))]
        return total

    def points_of(self, frame: pd.DataFrame) -> NDArray[np.int64]:
        """Score many applicants at once; exactly `points_for` row by row. Raises KeyError for an absent column."""
        total = np.full(len(frame), self.base_points, dtype=np.int64)
        room = Room()
        for feature in self.features:
            if feature.grid is None:
                total += np.asarray(feature.points, dtype=np.int64)[feature.bins_of(frame[feature.name])]
            else:
                feature.grid.add_to(total, numbers_of(frame[feature.name], feature.name), room)
        return total

    def log_odds_bad(self, points: NDArray[Any]) -> NDArray[np.float64]:
        """Natural log of the odds bad : good that the scaling gives to a score."""
        return (self.offset - np.asarray(points, dtype=np.float64)) / self.factor

    def probability(self, points: float) -> float:
        """Probability of default at a score, by the scaling alone (before calibration per grade)."""
        return 1.0 / (1.0 + math.exp((points - self.offset) / self.factor))

    def explain(self, row: Mapping[str, Any], reference: Mapping[str, float] | None = None) -> list[Contribution]:
        """Each factor's part in the score, the one that lost most points first.

        `reference` gives other mean points per factor, for example those of applicants just above the cut-off; the default is
        the mean over all applicants the card was trained on. Equal losses keep the order of the card.
        """
        found = []
        for feature in self.features:
            value = row.get(feature.name)
            index = feature.bin_of(value)
            one = feature.bins[index]
            label = one.label
            if feature.kind == "categorical" and index == len(feature.bins) - 2:
                label = f"{label} ({category_key(value)})"
            mean = feature.reference if reference is None else reference.get(feature.name, feature.reference)
            found.append(Contribution(feature.name, value, label, one.points, mean, mean - one.points))
        return sorted(found, key=lambda one: -one.lost)

    def reasons(self, row: Mapping[str, Any], most: int = 4, reference: Mapping[str, float] | None = None) -> list[Contribution]:
        """The factors that cost points, worst first, at most `most` (12 CFR 1002.9 commentary: four are enough)."""
        return [one for one in self.explain(row, reference) if one.lost > 0.5][:most]

    def unseen_categories(self, row: Mapping[str, Any]) -> list[str]:
        """Categorical factors whose value was not met in training, so that a screen can say so."""
        return [
            one.name
            for one in self.features
            if one.kind == "categorical" and not is_missing(row.get(one.name)) and category_key(row[one.name]) not in one.values
        ]

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready; `from_dict` gives an equal card back, floats included."""
        return {
            "format": FORMAT,
            "pdo": self.pdo,
            "base_score": self.base_score,
            "base_odds": self.base_odds,
            "base_points": self.base_points,
            "features": [one.to_dict() for one in self.features],
        }

    @classmethod
    def from_dict(cls, kept: Mapping[str, Any]) -> Self:
        """Raises ValueError for a card written in a format this code does not know."""
        if kept.get("format") != FORMAT:
            raise ValueError(f"scorecard format {kept.get('format')!r} is not known; this version reads {FORMAT}")
        return cls(
            pdo=float(kept["pdo"]),
            base_score=float(kept["base_score"]),
            base_odds=float(kept["base_odds"]),
            base_points=int(kept["base_points"]),
            features=tuple(Feature.from_dict(one) for one in kept["features"]),
        )
