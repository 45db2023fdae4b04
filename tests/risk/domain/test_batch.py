"""A whole column's points are those of its numbers one by one, wherever the edges lie."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from risk.domain.scorecard.batch import BLOCK, Grid, Room
from risk.domain.scorecard.card import Bin, Feature

NUMBERS = st.floats(allow_nan=True, allow_infinity=False)
EDGES = st.lists(st.one_of(NUMBERS.filter(math.isfinite), st.integers(-50, 50).map(float)), min_size=1, max_size=12, unique=True)


def feature(edges: list[float]) -> Feature:
    bins = tuple(Bin(str(number), number * number - 3, 1, 1, 0.0) for number in range(len(edges) + 2))
    return Feature("x", "numeric", bins, 0.0, 0.0, tuple(sorted(edges)))


def check(one: Feature, numbers: np.ndarray) -> None:
    grid = Grid.of(one.edges, one.points)
    if grid is None:
        return
    total = np.full(len(numbers), 7, np.int64)
    grid.add_to(total, numbers, Room())
    assert total.tolist() == [7 + one.points[one.bin_of(float(number))] for number in numbers]


@settings(max_examples=25, deadline=None)
@given(EDGES, st.lists(NUMBERS, max_size=30))
def test_agrees_with_one_by_one(edges: list[float], numbers: list[float]) -> None:
    close = [
        near for edge in edges for near in (edge, math.nextafter(edge, -math.inf), math.nextafter(edge, math.inf)) if math.isfinite(near)
    ]
    check(feature(edges), np.asarray([*numbers, *close, 0.0, -0.0]))


@pytest.mark.parametrize("edges", [[1.0], [0.0, 1e-300], [1.0, 1.0 + 2**-52], [-1e9, 0.25, 0.5, 1e9]])
@pytest.mark.parametrize("share_missing", [0.0, 0.1])
def test_agrees_over_many_blocks(edges: list[float], share_missing: float) -> None:
    draw = np.random.default_rng(3)
    numbers = draw.choice([*edges, 0.25, 0.3, 0.5, 2.0, -5.0], 2 * BLOCK + 5)
    numbers[draw.random(len(numbers)) < share_missing] = np.nan
    check(feature(edges), numbers)


def test_has_no_grid_where_cells_cannot_be_even() -> None:
    assert Grid.of((), (1, 2)) is None
    assert Grid.of((-1.7e308, 1.7e308), (1, 2, 3, 4)) is None
