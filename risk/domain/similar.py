"""How alike two files are in the eyes of a scorecard, and keys by which near files stand near each other in an index. Pure.

Each factor is measured by the points of its bin, in standard deviations of that factor over the sample the card was trained on. The distance is
the root of the mean square over the factors (standardised Euclidean distance, `seuclidean` of SciPy, divided by the root of the number of
factors): 0 where every factor falls into bins of the same points, 1 where they are one standard deviation apart on average. The points stand
for weight of evidence, so numbers, categories and what is missing are told apart by what they say of the risk.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Self

from risk.domain.scorecard import Card

TURNS = 4
"""Keys of one file: the factors in so many orders, each beginning elsewhere, so that files that differ in one factor stand together in another order."""
_MOST_AMOUNT = 10**11 - 1


@dataclass(frozen=True)
class Measure:
    """The factors of a card that tell files apart, the most telling first: the order of their bins by points, and each bin in deviations."""

    names: tuple[str, ...]
    ranks: tuple[Mapping[int, int], ...]
    """For each factor the place of a bin among its bins, by points."""
    bins: tuple[tuple[int, ...], ...]
    """For each factor the bin at each place."""
    deviations: tuple[tuple[float, ...], ...]
    """For each factor the points at each place, in standard deviations."""

    @classmethod
    def of(cls, card: Card) -> Self:
        """Factors whose points are the same for everybody say nothing and are left out."""
        spreads = {one.name: _spread(one.points, [each.rows for each in one.bins]) for one in card.features}
        told = sorted((one for one in card.features if spreads[one.name] > 0), key=lambda one: (-spreads[one.name], one.name))
        orders = [[index for _, index in sorted(zip(one.points, range(len(one.bins)), strict=True))] for one in told]
        return cls(
            tuple(one.name for one in told),
            tuple({index: place for place, index in enumerate(order)} for order in orders),
            tuple(tuple(order) for order in orders),
            tuple(tuple(one.points[index] / spreads[one.name] for index in order) for one, order in zip(told, orders, strict=True)),
        )

    def places(self, card: Card, row: Mapping[str, Any]) -> tuple[int, ...]:
        """Where a file stands in each factor. `row` is what a scorecard looks at; a name that is absent is missing."""
        by_name = {one.name: one for one in card.features}
        return tuple(ranks[by_name[name].bin_of(row.get(name))] for name, ranks in zip(self.names, self.ranks, strict=True))

    def keys(self, places: Sequence[int], amount: Decimal) -> list[str]:
        """The keys of a file, one for each turn of the factors; of equal files the one with the nearer amount stands nearer."""
        words = [f"{place:02d}" for place in places]
        ending = f"{min(int(amount), _MOST_AMOUNT):011d}"
        starts = [turn * len(words) // TURNS for turn in range(TURNS)]
        return ["".join([*words[start:], *words[:start], ending]) for start in starts]

    def read(self, key: str) -> tuple[tuple[int, ...], int]:
        """Places and amount (whole units) from the first of a file's keys."""
        width = 2 * len(self.names)
        return tuple(int(key[at : at + 2]) for at in range(0, width, 2)), int(key[width:])

    def distance(self, one: Sequence[int], other: Sequence[int]) -> float:
        """Root mean square of the differences, in standard deviations. 0 for a card without factors that tell."""
        if not self.names:
            return 0.0
        apart = (known[a] - known[b] for known, a, b in zip(self.deviations, one, other, strict=True))
        return math.sqrt(sum(each * each for each in apart) / len(self.names))

    def differing(self, one: Sequence[int], other: Sequence[int], most: int = 2) -> list[tuple[str, int]]:
        """Factors in which `other` differs, the furthest first, with its bin."""
        rows = zip(self.names, self.bins, self.deviations, one, other, strict=True)
        apart = sorted((-abs(known[a] - known[b]), name, bins[b]) for name, bins, known, a, b in rows if known[a] != known[b])
        return [(name, index) for _, name, index in apart[:most]]


def _spread(points: Sequence[int], rows: Sequence[int]) -> float:
    """Standard deviation of a factor's points over the sample. Without rows each bin counts once."""
    weights = list(rows) if sum(rows) else [1] * len(points)
    total = sum(weights)
    mean = sum(one * weight for one, weight in zip(points, weights, strict=True)) / total
    return math.sqrt(sum(weight * (one - mean) ** 2 for one, weight in zip(points, weights, strict=True)) / total)
