"""How alike two files are in the eyes of a scorecard, and keys by which near files stand near each other in an index. Pure.

Each factor is measured by the points of its bin, in standard deviations of that factor over the sample the card was trained on. The
distance is the root of the mean square over the factors (standardised Euclidean distance, `seuclidean` of SciPy, divided by the root of the
number of factors): 0 where every factor falls into bins of the same points, 1 where they are one standard deviation apart on average. The
points stand for weight of evidence, so numbers, categories and what is missing are told apart by what they say of the risk.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    # A model of the database reads a constant from here, and shall not load pandas for it.
    from risk.domain.scorecard import Card

TURNS = 4
"""Keys of one file: in each the factors stand in another order and their cells are cut elsewhere,
so that near files stand together in one of them.
"""
_LEVELS, _SHIFT = 3, 0.37
_CELLS = 1 << _LEVELS
_MOST_AMOUNT = 10**11 - 1


@dataclass(frozen=True)
class Measure:
    """The factors of a card that tell files apart, the most telling first:
    the order of their bins by points, and each bin in deviations.
    """

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
        """The keys of a file, one for each turn: what it is coarsely in every factor, then more finely (a Z-order curve over the
        deviations, its cells shifted from turn to turn), then exactly; of equal files the one with the nearer amount stands nearer.
        """
        ending = "".join(f"{place:03d}" for place in places) + f"{min(int(amount), _MOST_AMOUNT):011d}"
        return [self._curve(places, turn) + ending for turn in range(TURNS)]

    def _curve(self, places: Sequence[int], turn: int) -> str:
        """Where a file lies on the curve of a turn, as octal digits, one for each factor."""
        cells = []
        for number, (place, known) in enumerate(zip(places, self.deviations, strict=True)):
            along = (known[place] - known[0]) / (known[-1] - known[0])
            shift = (turn / TURNS + _SHIFT * number) % 1 / 2 if turn else 0.0
            cells.append(min(int((along + shift) / 1.5 * _CELLS), _CELLS - 1))
        start = turn * len(cells) // TURNS
        turned = [*cells[start:], *cells[:start]]
        bits = "".join(str(cell >> level & 1) for level in reversed(range(_LEVELS)) for cell in turned)
        return "".join(str(int(bits[at : at + 3], 2)) for at in range(0, len(bits), 3))

    def read(self, key: str) -> tuple[tuple[int, ...], int]:
        """Places and amount (whole units) from any of a file's keys."""
        start, end = len(self.names), 4 * len(self.names)
        return tuple(int(key[at : at + 3]) for at in range(start, end, 3)), int(key[end:])

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
