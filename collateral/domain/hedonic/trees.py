"""Boosted trees as plain arrays: kept without pickling anything, read without the library that grew them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from sklearn.ensemble import HistGradientBoostingRegressor

_PARTS = ("feature", "threshold", "left", "right", "value", "missing_left")


@dataclass(frozen=True)
class Trees:
    """Nodes of all trees in a row; `root` has the first node of each. A leaf is its own child."""

    baseline: float
    root: NDArray[np.int32]
    feature: NDArray[np.int16]
    threshold: NDArray[np.float64]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    value: NDArray[np.float64]
    missing_left: NDArray[np.bool_]
    depth: int

    @classmethod
    def of(cls, grown: HistGradientBoostingRegressor) -> Trees:
        """The trees of a fitted model of the library; without categories."""
        parts: dict[str, list[Any]] = {name: [] for name in _PARTS}
        roots, start, depth = [], 0, 0
        for (tree,) in grown._predictors:
            nodes = tree.nodes
            own = np.arange(len(nodes)) + start
            leaf = nodes["is_leaf"].astype(bool)
            roots.append(start)
            parts["feature"].append(np.where(leaf, 0, nodes["feature_idx"]))
            parts["threshold"].append(np.where(leaf, 0.0, nodes["num_threshold"]))
            parts["left"].append(np.where(leaf, own, nodes["left"].astype(np.int64) + start))
            parts["right"].append(np.where(leaf, own, nodes["right"].astype(np.int64) + start))
            parts["value"].append(nodes["value"])
            parts["missing_left"].append(nodes["missing_go_to_left"].astype(bool))
            depth = max(depth, int(nodes["depth"].max()))
            start += len(nodes)
        whole = {name: np.concatenate(found) for name, found in parts.items()}
        return cls(
            baseline=float(np.ravel(grown._baseline_prediction)[0]),
            root=np.array(roots, dtype=np.int32),
            feature=whole["feature"].astype(np.int16),
            threshold=whole["threshold"].astype(np.float64),
            left=whole["left"].astype(np.int32),
            right=whole["right"].astype(np.int32),
            value=whole["value"].astype(np.float64),
            missing_left=whole["missing_left"],
            depth=depth,
        )

    def predict(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """The sum of all trees for each row; all trees of a row at once."""
        found = np.empty(len(rows))
        for number, row in enumerate(rows):
            node = self.root
            for _ in range(self.depth):
                asked = row[self.feature[node]]
                goes_left = np.where(np.isnan(asked), self.missing_left[node], asked <= self.threshold[node])
                node = np.where(goes_left, self.left[node], self.right[node])
            found[number] = self.baseline + self.value[node].sum()
        return found

    def arrays(self, prefix: str) -> dict[str, NDArray[Any]]:
        """The parts by name, for keeping."""
        kept: dict[str, NDArray[Any]] = {f"{prefix}.{name}": getattr(self, name) for name in ("root", *_PARTS)}
        return {**kept, f"{prefix}.baseline": np.array(self.baseline), f"{prefix}.depth": np.array(self.depth)}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]], prefix: str) -> Trees:
        """What `arrays` gave."""
        parts = {name: arrays[f"{prefix}.{name}"] for name in ("root", *_PARTS)}
        return cls(**parts, baseline=float(arrays[f"{prefix}.baseline"]), depth=int(arrays[f"{prefix}.depth"]))
