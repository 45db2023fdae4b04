"""Days that no statement tells of, and what is unknown over them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from risk.domain.statement_gaps import Hole, Told, hole_words, holes_of, without_holes

DAY = date(2026, 3, 1)


def told(first: str, last: str, opening: int | None = None, closing: int | None = None, account: str = "A") -> Told:
    amounts = [None if one is None else Decimal(one) for one in (opening, closing)]
    return Told(account, date.fromisoformat(first), date.fromisoformat(last), *amounts)


@pytest.mark.parametrize(
    ("files", "holes"),
    [
        ([], []),
        ([told("2025-03-01", "2025-12-31")], []),
        # Month after month, each beginning where the last one ended.
        ([told("2025-03-01", "2025-03-31", 10, 20), told("2025-04-01", "2025-04-30", 20, 5)], []),
        # Two months cut out: the balance does not join.
        ([told("2025-03-01", "2025-04-30", 10, 20), told("2025-07-01", "2025-09-30", 400, 5)], [("2025-05-01", "2025-06-30")]),
        # Nothing was booked meanwhile, and the balances say so.
        ([told("2025-03-01", "2025-04-30", 10, 20), told("2025-07-01", "2025-09-30", 20, 5)], []),
        # Without balances some quiet days are none, weeks are.
        ([told("2025-03-01", "2025-03-28"), told("2025-04-05", "2025-04-30")], []),
        ([told("2025-03-01", "2025-03-28"), told("2025-04-06", "2025-04-30")], [("2025-03-29", "2025-04-05")]),
        # The next day with another balance.
        ([told("2025-03-01", "2025-03-31", 10, 20), told("2025-04-01", "2025-04-30", 90, 5)], [("2025-03-31", "2025-04-01")]),
        # What overlaps, or lies within, leaves none; one account fills no hole of another.
        ([told("2025-03-01", "2025-09-30"), told("2025-04-01", "2025-04-30"), told("2025-09-15", "2025-12-31")], []),
        (
            [told("2025-03-01", "2025-04-30"), told("2025-07-01", "2025-09-30"), told("2025-03-01", "2025-12-31", account="B")],
            [("2025-05-01", "2025-06-30")],
        ),
    ],
)
def test_holes_lie_where_files_do_not_follow_from_one_another(files: list[Told], holes: list[tuple[str, str]]) -> None:
    assert holes_of(reversed(files)) == [Hole(date.fromisoformat(first), date.fromisoformat(last)) for first, last in holes]


def test_over_a_hole_is_known_what_is_counted_and_the_last_balance() -> None:
    figures = {"statement_months": 11.0, "statement_lines": 40.0, "last_balance": 5.0, "gambling_share": 0.0, "lowest_balance": 3.0}
    assert without_holes(figures, [], DAY) == figures
    found = without_holes(figures, [Hole(date(2025, 5, 1), date(2025, 6, 30)), Hole(date(2025, 10, 1), date(2025, 11, 30))], DAY)
    assert found == {"statement_months": 3.0, "statement_lines": 40.0, "last_balance": 5.0, "gambling_share": None, "lowest_balance": None}


def test_a_hole_is_read_as_days() -> None:
    assert hole_words(Hole(date(2025, 5, 1), date(2025, 6, 30))) == "01 May 2025 to 30 Jun 2025"
    assert hole_words(Hole(DAY, DAY)) == "01 Mar 2026"
