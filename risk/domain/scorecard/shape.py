"""What a factor brings to the regression: its weight of evidence, steps between its bins and, where there are many rows, a smooth curve.

A curve is a chain of straight pieces over the logarithm of the value, read out at the middle of many fine bins; the ridge penalty
of the regression keeps its bends small. Afterwards neighbouring bins that came out alike are joined, so that the card stays short.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from risk.domain.scorecard.binning import Cuts, numeric_cuts, roundest_between

PIECES = 100
KNOTS = 20
BEND = 20.0
"""How freely the curve may bend, beside a weight of evidence of 1."""
ALIKE = 0.1
"""Log odds by which the bins that are joined may differ: three points at 20 points to double the odds."""

Numbers = NDArray[np.float64]
Places = NDArray[np.intp]


@dataclass(frozen=True)
class Shape:
    """The bins of a factor, the bin of each training row, and a row of the regression's design for each bin."""

    cuts: Cuts
    at: Places
    pattern: Numbers

    @property
    def sizes(self) -> NDArray[np.int64]:
        return np.bincount(self.at, minlength=len(self.cuts.labels))


def weight_of_evidence(bads: NDArray[Any], sizes: NDArray[np.int64], rate: float, smoothing: float) -> Numbers:
    """Log odds of each bin against those of all, with `smoothing` rows of average risk added to it."""
    odds = (bads + smoothing * rate + 1e-9) / (sizes - bads + smoothing * (1 - rate) + 1e-9)
    woe: Numbers = np.log(odds) - np.log(rate / (1 - rate))
    return woe


def steps(cuts: Cuts, at: Places, woe: Numbers, step_weight: float) -> Shape:
    """Weight of evidence of each bin, then steps (numeric: "above edge i" and "missing"; else one per bin)."""
    bins = len(woe)
    if not step_weight:
        return Shape(cuts, at, woe[:, None].copy())
    if cuts.kind == "categorical":
        each = np.eye(bins)
    else:
        each = np.zeros((bins, len(cuts.edges) + 1))
        each[:-1, :-1] = np.tri(bins - 1, bins - 1, -1)[:, : len(cuts.edges)]
        each[-1, -1] = 1.0
    return Shape(cuts, at, np.hstack((woe[:, None], step_weight * each)))


def with_curve(shape: Shape, numbers: Numbers, least: int) -> Shape:
    """The same factor in finer bins of at least `least` / 2 rows, each with its place on the curve; as it was where values are few."""
    missing = np.isnan(numbers)
    present = numbers[~missing]
    coarse = shape.cuts.edges
    edges = _finer(present, coarse, least)
    place = np.sign(present) * np.log1p(np.abs(present))
    knots = np.unique(np.quantile(place, np.linspace(0, 1, KNOTS))) if len(present) else np.empty(0)
    if len(knots) < 3 or not edges:
        return shape
    at = np.full(len(numbers), len(edges) + 1, dtype=np.intp)
    at[~missing] = np.searchsorted(edges, present, side="left")
    sizes = np.bincount(at[~missing], minlength=len(edges) + 1)
    middle = np.bincount(at[~missing], place, len(edges) + 1) / np.maximum(sizes, 1)
    bends = np.column_stack([np.maximum(middle - knot, 0.0) for knot in knots[:-1]]) / (knots[-1] - knots[0])
    curve = np.zeros((len(edges) + 2, bends.shape[1]))
    curve[:-1] = bends - np.average(bends, axis=0, weights=sizes)
    before = np.append(np.searchsorted(coarse, [*edges, np.inf], side="left"), len(coarse) + 1)
    return Shape(numeric_cuts(shape.cuts.name, edges), at, np.hstack((shape.pattern[before], BEND * curve)))


def _finer(numbers: Numbers, coarse: tuple[float, ...], least: int) -> list[float]:
    """The given edges and evenly filled bins between them."""
    ordered, distinct = np.sort(numbers), np.unique(numbers)
    wanted = set(coarse)
    for above in np.searchsorted(distinct, np.quantile(numbers, np.arange(1, PIECES) / PIECES), side="right") if len(numbers) else ():
        if 0 < above < len(distinct):
            wanted.add(roundest_between(float(distinct[above - 1]), float(distinct[above])))
    edges: list[float] = []
    taken = 0
    for edge in sorted(wanted):
        upto = int(np.searchsorted(ordered, edge, side="right"))
        if edge in coarse or min(upto - taken, len(ordered) - upto) * 2 >= least:
            edges.append(edge)
            taken = upto
    return edges


def join_alike(shape: Shape, logits: Numbers) -> tuple[Shape, Numbers]:
    """Neighbouring bins of a number that differ by no more than ALIKE made one, with the mean of their log odds by rows."""
    if shape.cuts.kind == "categorical" or not shape.cuts.edges:
        return shape, logits
    starts = [0]
    low = high = logits[0]
    for place, logit in enumerate(logits[1:-1], start=1):
        low, high = min(low, logit), max(high, logit)
        if high - low > ALIKE:
            starts.append(place)
            low = high = logit
    sizes = np.maximum(shape.sizes[:-1], 1e-9)
    joined = np.add.reduceat(logits[:-1] * sizes, starts) / np.add.reduceat(sizes, starts)
    group = np.append(np.searchsorted(starts, np.arange(len(logits) - 1), side="right") - 1, len(starts))
    edges = [shape.cuts.edges[start - 1] for start in starts[1:]]
    return Shape(numeric_cuts(shape.cuts.name, edges), group[shape.at], np.empty((0, 0))), np.append(joined, logits[-1])
