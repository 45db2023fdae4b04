"""The largest number that is wanted is found however often it changes on the way."""

from __future__ import annotations

from bisect import bisect_left

from hypothesis import given
from hypothesis import strategies as st

from risk.domain.what_if import largest, numbers_in


@given(st.lists(st.integers(-5, 300), max_size=8), st.sets(st.integers(0, 8)), st.integers(0, 300), st.integers(0, 300))
def test_as_a_look_at_each_would(edges: list[int], good: set[int], low: int, high: int) -> None:
    edges = sorted(edges)
    asked: list[int] = []

    def place(number: int) -> int:
        return bisect_left(edges, number)

    def wanted(number: int) -> bool:
        asked.append(number)
        return place(number) in good

    found = largest(low, high, place=place, wanted=wanted)
    assert found == max((number for number in range(low, high + 1) if place(number) in good), default=None)
    assert len(asked) <= 1 + 2 * len(edges) * 9


def test_between_amounts_that_are_too_small_and_too_large() -> None:
    """5,100 to 9,000 of 1,000 to 12,000, in hundreds."""
    assert largest(10, 119, place=lambda n: (n >= 51, n > 90), wanted=lambda n: 51 <= n <= 90) == 90
    assert largest(91, 119, place=lambda n: n > 90, wanted=lambda n: n <= 90) is None


def test_thresholds_are_read_as_numbers() -> None:
    assert [list(map(str, numbers_in(text))) for text in ("0.40", "8000, 9000.50", "A, B")] == [["0.40"], ["8000", "9000.50"], []]
