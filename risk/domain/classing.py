"""Coarse classing by hand: the fine classes of a factor, and what becomes of them when they are joined into bins.

A fine class is a step of a number or one category, with its goods and bads. A grouping is a list of lists of their indices: for a number
in the order of the classes, for categories in any order.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from risk.domain.scorecard import Card
from risk.domain.scorecard.binning import MISSING_LABEL, OTHER_LABEL, learn_edges, numeric_cuts
from risk.domain.scorecard.card import Bin, Counted, Feature
from risk.domain.scorecard.columns import category_keys, numbers_of
from risk.domain.training_table import Prepared

SMOOTHING = 20.0
"""Rows of average risk joined to each bin before its weight of evidence, as the scorecard does."""
FINE_STEPS = 20
LEAST_SHARE = 0.05
"""A bin with a smaller share of the rows says little by itself."""

Groups = list[list[int]]


class UnfitGrouping(ValueError):
    """The grouping is none of these classes."""


@dataclass(frozen=True)
class CoarseBin(Counted):
    """A bin as drawn: `members` are indices of fine classes; empty for the fixed bins of other and missing values."""

    label: str
    members: tuple[int, ...]
    goods: int
    bads: int
    woe: float
    iv: float
    share: float

    @property
    def is_thin(self) -> bool:
        """Whether it holds too few rows, or only one kind of ending."""
        return self.share < LEAST_SHARE or 0 in (self.goods, self.bads)


@dataclass(frozen=True)
class Coarse:
    """All bins of a factor with their information value. `trend` is RISING, FALLING, MIXED or, for categories, NONE."""

    bins: tuple[CoarseBin, ...]
    iv: float
    trend: str


def fine_classes(prepared: Prepared, card: Card) -> dict[str, dict[str, Any]]:
    """Goods and bads of each fine class of each factor of a card, with the fixed classes last. JSON-ready.

    Numbers are cut into about twenty steps and wherever the card cuts; categories stand for themselves when the card knows them.
    """
    bad = prepared.bad
    kept: dict[str, dict[str, Any]] = {}
    for one in card.features:
        column = prepared.factors[one.name]
        if one.kind == "numeric":
            numbers = numbers_of(column, one.name)
            present = ~np.isnan(numbers)
            least = max(len(numbers) // (2 * FINE_STEPS), 2)
            steps = learn_edges(
                numbers[present], bad[present].astype(float), leaves=2, quantiles=FINE_STEPS, least=least, monotone=0, seed=0
            )
            edges = sorted({*steps, *one.edges})
            cuts = numeric_cuts(one.name, edges)
            fine = Feature(one.name, "numeric", tuple(Bin(label, 0, 0, 0, 0.0) for label in cuts.labels), 0.0, 0.0, cuts.edges)
            place, labels, fixed = fine.bins_of(column), list(cuts.labels[:-1]), [MISSING_LABEL]
            kept[one.name] = {"kind": "numeric", "edges": edges}
        else:
            labels = sorted(one.values)
            known = {label: index for index, label in enumerate(labels)}
            keys = category_keys(column)
            place = np.asarray([len(labels) + 1 if key is None else known.get(key, len(labels)) for key in keys])
            fixed = [OTHER_LABEL, MISSING_LABEL]
            kept[one.name] = {"kind": "categorical"}
        size = len(labels) + len(fixed)
        bads = np.bincount(place, bad, size).astype(int)
        goods = np.bincount(place, minlength=size) - bads
        kept[one.name] |= {"labels": labels, "fixed": fixed, "goods": goods.tolist(), "bads": bads.tolist()}
    return kept


def groups_of(fine: Mapping[str, Any], feature: Feature) -> Groups:
    """The grouping that a card has now; categories by their weight of evidence, so that those alike stand together."""
    if fine["kind"] == "numeric":
        return groups_from(fine, feature.edges)
    found: dict[int, list[int]] = {}
    for index, label in enumerate(fine["labels"]):
        found.setdefault(feature.values[label], []).append(index)
    return sorted(found.values(), key=lambda members: _woe_of(fine, members))


def coarse_of(fine: Mapping[str, Any], groups: Groups) -> Coarse:
    """What a grouping looks like. Raises UnfitGrouping when it leaves a class out, names one twice or tears a number's order apart."""
    check_groups(fine, groups)
    goods, bads = np.asarray(fine["goods"]), np.asarray(fine["bads"])
    everything = int(goods.sum() + bads.sum())
    parts = [(_label(fine, members), tuple(members), members) for members in groups]
    first_fixed = len(fine["labels"])
    parts += [(label, (), [first_fixed + place]) for place, label in enumerate(fine["fixed"])]
    bins = []
    for label, members, places in parts:
        good, ill = int(goods[places].sum()), int(bads[places].sum())
        weight = _woe(good, ill, int(goods.sum()), int(bads.sum()))
        value = (ill / max(bads.sum(), 1) - good / max(goods.sum(), 1)) * weight
        bins.append(CoarseBin(label, members, good, ill, weight, float(value), (good + ill) / everything))
    return Coarse(tuple(bins), float(sum(one.iv for one in bins)), _trend(fine, bins))


def check_groups(fine: Mapping[str, Any], groups: Groups) -> None:
    """Raises UnfitGrouping unless each fine class stands in exactly one group, a number's in order."""
    flat = [index for members in groups for index in members]
    wanted = list(range(len(fine["labels"])))
    if sorted(flat) != wanted or any(not members for members in groups) or (fine["kind"] == "numeric" and flat != wanted):
        raise UnfitGrouping("The bins do not hold each class once, in order.")


def toggled(groups: Groups, after: int) -> Groups:
    """Cut after the class `after` where it has none behind it in its bin, else join its bin with the next. Unknown or last: unchanged."""
    for place, members in enumerate(groups):
        if after in members:
            at = members.index(after) + 1
            if at < len(members):
                return [*groups[:place], members[:at], members[at:], *groups[place + 1 :]]
            if place + 1 < len(groups):
                return [*groups[:place], members + groups[place + 1], *groups[place + 2 :]]
    return groups


def best_cut(fine: Mapping[str, Any], members: Sequence[int]) -> int | None:
    """The class of a bin after which a cut tells most, None when it has a single class."""
    sizes = [fine["goods"][index] + fine["bads"][index] for index in members]

    def gap(place: int) -> float:
        apart = _woe_of(fine, members[:place]) - _woe_of(fine, members[place:])
        return float(apart * apart * sum(sizes[:place]) * sum(sizes[place:]))

    places = range(1, len(members))
    return members[max(places, key=gap) - 1] if places else None


def bins_from(fine: Mapping[str, Any], groups: Groups) -> list[Any]:
    """The grouping as `ScorecardClassifier.bins` takes it: edges, or lists of categories."""
    check_groups(fine, groups)
    if fine["kind"] == "numeric":
        return [fine["edges"][members[-1]] for members in groups[:-1]]
    return [[fine["labels"][index] for index in members] for members in groups]


def groups_from(fine: Mapping[str, Any], bins: Sequence[Any]) -> Groups:
    """`bins_from` the other way round. Raises UnfitGrouping for bins that are not made of these classes."""
    if fine["kind"] == "numeric":
        ends = [fine["edges"].index(edge) for edge in bins if edge in fine["edges"]]
        starts = [0, *(end + 1 for end in ends)]
        return [list(range(start, stop)) for start, stop in zip(starts, [*starts[1:], len(fine["labels"])], strict=True)]
    known = {label: index for index, label in enumerate(fine["labels"])}
    groups = [[known[label] for label in group if label in known] for group in bins]
    groups = [members for members in groups if members]
    check_groups(fine, groups)
    return groups


def _label(fine: Mapping[str, Any], members: Sequence[int]) -> str:
    if fine["kind"] == "categorical":
        return ", ".join(fine["labels"][index] for index in members)
    edges = [fine["edges"][one] for one in (members[0] - 1, members[-1]) if 0 <= one < len(fine["edges"])]
    labels = numeric_cuts("", edges).labels
    if not edges:
        return labels[0]
    return labels[1] if members[0] > 0 else labels[0]


def _woe_of(fine: Mapping[str, Any], members: Sequence[int]) -> float:
    good, ill = (sum(fine[name][index] for index in members) for name in ("goods", "bads"))
    return _woe(good, ill, sum(fine["goods"]), sum(fine["bads"]))


def _woe(good: int, ill: int, goods: int, bads: int) -> float:
    """Log odds of the bad outcome in a bin against those of all, shrunk to them by `SMOOTHING` rows."""
    rate = bads / (goods + bads)
    return math.log((ill + SMOOTHING * rate + 1e-9) / (good + SMOOTHING * (1 - rate) + 1e-9)) - math.log(rate / (1 - rate))


def _trend(fine: Mapping[str, Any], bins: Sequence[CoarseBin]) -> str:
    if fine["kind"] == "categorical":
        return "NONE"
    steps = [after.woe - before.woe for before, after in itertools.pairwise(one for one in bins if one.members)]
    if all(step >= 0 for step in steps):
        return "RISING"
    return "FALLING" if all(step <= 0 for step in steps) else "MIXED"
