"""Points of a whole numeric column, nearly without searching.

The range of a factor's edges is laid out in even cells; the cell of a number is found by one multiplication, and the points of a cell are
read from a table. As the way from number to cell never turns round, a number in another cell than an edge lies on the side that the
cells tell; only numbers that share a cell with an edge are searched for. Edges that are whole numbers, halves, quarters and so on end
their cells exactly, and nothing is searched for. The answer is always exactly that of a search.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

CELLS = 4096
EXACT_CELLS = 1 << 14
PARTS = (1.0, 2.0, 4.0, 8.0, 16.0)
"""Powers of two: multiplying by them rounds nothing."""
BLOCK = 16384
"""Rows worked on at a time, so that all they need stays in the processor's cache."""
SEARCH = np.iinfo(np.int64).min
"""Stands in the table of cells where an edge lies."""
MOST = 2.0**53


class Room:
    """Working space of one block, made once for all columns of a table."""

    def __init__(self) -> None:
        self.value = np.empty(BLOCK)
        self.cell = np.empty(BLOCK, np.intp)
        self.mask = np.empty(BLOCK, np.bool_)
        self.points = np.empty(BLOCK, np.int64)


@dataclass(frozen=True)
class Grid:
    """`table[c]` holds the points of cell `first` + c, or SEARCH; what lies before the first or after the last cell belongs to these.

    A cell takes numbers up to its end where `exact`, and from its start on otherwise.
    """

    scale: float
    first: int
    exact: bool
    table: NDArray[np.int64]
    edges: NDArray[np.float64]
    points: NDArray[np.int64]
    missing: int

    @classmethod
    def of(cls, edges: Sequence[float], points: Sequence[int]) -> Self | None:
        """The grid of a factor: bin i holds numbers in (edges[i-1], edges[i]], the last of `points` is for a missing one.

        None without edges, or with edges too far apart or too close for even cells.
        """
        if not edges:
            return None
        sharp, each = np.asarray(edges, dtype=np.float64), np.asarray(points, dtype=np.int64)
        far, width = float(np.abs(sharp).max()), float(sharp[-1]) - float(sharp[0])
        for scale in PARTS:
            fits = far * scale < MOST and width * scale < EXACT_CELLS
            if fits and np.array_equal(ends := sharp * scale, np.rint(ends)):
                at, first = ends.astype(np.intp), int(ends[0])
                below = np.searchsorted(at, np.arange(first, int(ends[-1]) + 2), side="left")
                return cls(scale, first, True, each[below], sharp, each, int(each[-1]))
        scale = (CELLS - 3) / width if width else 1.0
        if not (1 / MOST < scale < MOST and far * scale < MOST):
            return None
        at = (sharp * scale).astype(np.intp)
        first = int(at[0]) - 1
        table = each[np.searchsorted(at, np.arange(first, int(at[-1]) + 2), side="left")]
        table[at - first] = SEARCH
        return cls(scale, first, False, table, sharp, each, int(each[-1]))

    def add_to(self, total: NDArray[np.int64], numbers: NDArray[np.float64], room: Room) -> None:
        """Add the points of each number (NaN: missing) to the total of its row. Infinite numbers must have been refused before."""
        if not len(numbers):
            return
        # False for NaN as well, when a number is missing.
        plain = float(numbers.min()) * self.scale > -MOST and float(numbers.max()) * self.scale < MOST
        for start in range(0, len(numbers), BLOCK):
            part = numbers[start : start + BLOCK]
            size = len(part)
            value, cell, mask, points = room.value[:size], room.cell[:size], room.mask[:size], room.points[:size]
            with np.errstate(over="ignore"):
                np.multiply(part, self.scale, out=value)
            if not plain:
                np.fmin(value, MOST, out=value)
                np.fmax(value, -MOST, out=value)
            if self.exact:
                np.ceil(value, out=value)
            np.copyto(cell, value, casting="unsafe")
            np.subtract(cell, self.first, out=cell)
            np.take(self.table, cell, out=points, mode="clip")
            if not self.exact:
                np.equal(points, SEARCH, out=mask)
                rows = np.flatnonzero(mask)
                points[rows] = self.points[np.searchsorted(self.edges, part[rows], side="left")]
            if not plain:
                points[np.isnan(part, out=mask)] = self.missing
            total[start : start + size] += points
