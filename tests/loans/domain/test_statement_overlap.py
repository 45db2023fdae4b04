"""Two files of one account: what is new, what is there, and what cannot both be true."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from loans.domain.statement_files.parts import Booking
from loans.domain.statement_overlap import KnownLine, Merged, Span, merge

Row = tuple[int, int, str]
"""Day of February, amount, what the format says of the line."""
MONTH = Span(date(2026, 2, 1), date(2026, 2, 28))


def known(rows: Iterable[Row], form: str = "CSV") -> list[KnownLine]:
    return [KnownLine(f"{day}|{amount}|{said}", date(2026, 2, day), Decimal(amount), form) for day, amount, said in rows]


def sent(rows: Iterable[Row], *, there: list[KnownLine], form: str = "CAMT.053", covered: list[Span] | None = None) -> Merged:
    bookings = [
        (f"{day}|{amount}|{said}", Booking(n, date(2026, 2, day), Decimal(amount))) for n, (day, amount, said) in enumerate(rows, 2)
    ]
    return merge(bookings, there, [MONTH] if covered is None else covered, span=MONTH, form=form, line=1)


SALARY, RENT, SHOP = (5, 2000, "Salary Feb"), (6, -900, "Rent"), (6, -30, "Shop")


def in_other_words(*rows: Row) -> list[Row]:
    return [(day, amount, f"REF{day}|||{said}") for day, amount, said in rows]


def test_the_same_account_in_two_formats_counts_once() -> None:
    merged = sent(in_other_words(SALARY, RENT, SHOP), there=known([SALARY, RENT, SHOP]))
    assert (merged.fresh, merged.duplicates, merged.conflicts) == ([], 3, [])


def test_a_line_more_or_less_on_a_day_that_was_told_whole_is_a_contradiction() -> None:
    merged = sent(in_other_words(SALARY, RENT, SHOP), there=known([SALARY, RENT]))
    assert (merged.fresh, merged.duplicates) == ([], 2)
    assert [(one.line, one.detail) for one in merged.conflicts] == [(4, "An earlier file covers this day and has no such line.")]
    merged = sent(in_other_words(SALARY), there=known([SALARY, RENT, SHOP]))
    [lacking] = merged.conflicts
    assert lacking.line == 1 and "lacks 2 lines that an earlier file has" in lacking.detail


def test_so_it_is_in_one_format() -> None:
    """A forged file with a reference of its own beside the bank's."""
    merged = sent(in_other_words((5, 2500, "Salary Feb"), RENT), there=known(in_other_words(SALARY, RENT), "CAMT.053"))
    assert (merged.fresh, merged.duplicates, len(merged.conflicts)) == ([], 1, 2)


def test_on_the_day_a_file_ends_more_may_have_followed() -> None:
    covered = [Span(date(2026, 2, 1), date(2026, 2, 6))]
    merged = sent([SALARY, RENT, SHOP], there=known([SALARY, RENT]), form="CSV", covered=covered)
    assert (merged.fresh, merged.duplicates, merged.conflicts) == ([2], 2, [])
    # The same amount twice on that day, in one format, are two bookings; in another one it may be the same.
    more = sent([SALARY, RENT, (6, -900, "Garage")], there=known([SALARY, RENT]), form="CSV", covered=covered)
    assert more.fresh == [2]
    other = sent(in_other_words((6, -900, "Garage")), there=known([RENT]), covered=covered)
    assert (other.fresh, other.duplicates) == ([], 1)


def test_two_equal_bookings_of_a_day_stay_two() -> None:
    twice = [(7, -5, "Coffee|1"), (7, -5, "Coffee|2")]
    assert sent(twice, there=[], covered=[]).fresh == [0, 1]
    assert sent(in_other_words(*twice), there=known(twice)).duplicates == 2
    merged = sent(in_other_words(*twice), there=known(twice[:1]))
    assert merged.duplicates == 1 and len(merged.conflicts) == 1


def test_the_same_number_with_another_amount_is_no_duplicate() -> None:
    there = [KnownLine("X1", date(2026, 2, 27), Decimal(2000), "OFX")]
    merged = merge(
        [("X1", Booking(2, date(2026, 2, 27), Decimal(-50)))], there, [], span=Span(date(2026, 2, 27), date(2026, 2, 27)), form="OFX", line=1
    )  # fmt: skip
    assert (merged.fresh, merged.duplicates) == ([], 0) and "another day or amount" in merged.conflicts[0].detail
    again = merge([("X1", Booking(2, date(2026, 2, 27), Decimal(2000)))], there, [], span=MONTH, form="OFX", line=1)
    assert (again.duplicates, again.conflicts) == (1, [])
