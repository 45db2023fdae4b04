"""Which files are read again when others of the same account are left out."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from loans.domain.statement_asides import FileDays, to_read_again

A, B, C, D = (UUID(int=number) for number in range(1, 5))


def days(file: UUID, first: int, last: int, account: str = "one") -> FileDays:
    return FileDays(file, account, date(2026, 1, first), date(2026, 1, last))


def test_what_shares_a_day_with_a_file_before_it_that_is_left_out_is_read_again() -> None:
    assert to_read_again([days(A, 1, 10), days(B, 10, 20), days(C, 21, 30)], {A}) == [B]


def test_what_came_before_it_stays() -> None:
    assert to_read_again([days(A, 1, 10), days(B, 5, 20)], {B}) == []


def test_and_so_is_what_was_held_against_one_that_is_read_again() -> None:
    assert to_read_again([days(A, 1, 10), days(B, 10, 20), days(C, 20, 30), days(D, 1, 31, "another")], {A}) == [B, C]


def test_a_file_of_two_accounts_is_read_again_for_both() -> None:
    told = [days(A, 1, 10), days(B, 5, 6), days(B, 5, 6, "another"), days(C, 6, 7, "another")]
    assert to_read_again(told, {A}) == [B, C]
