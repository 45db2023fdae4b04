"""Days: shares of a year, dates of a schedule, holidays, and identifiers in the order of time."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from core.daycount import CONVENTIONS, as_decimal, year_fraction
from core.uuids import uuid7
from core.workdays import add_months, add_workdays, period_dates, shift, workdays_until

DAYS = st.dates(date(1990, 1, 1), date(2060, 12, 31))


class TestYearFraction:
    # The worked table. Days over base; the act/act rows are those of the domain's rules.
    @pytest.mark.parametrize(
        ("start", "end", "convention", "share"),
        [
            (date(2023, 12, 12), date(2024, 1, 12), "act/act", Fraction(20, 365) + Fraction(11, 366)),
            (date(2023, 12, 12), date(2024, 1, 12), "act/act-ye", Fraction(19, 365) + Fraction(12, 366)),
            (date(2024, 1, 1), date(2025, 1, 1), "act/act", Fraction(1)),
            (date(2024, 1, 1), date(2025, 1, 1), "act/365", Fraction(366, 365)),
            (date(2024, 1, 1), date(2025, 1, 1), "act/360", Fraction(366, 360)),
            (date(2024, 1, 1), date(2025, 1, 1), "act/364", Fraction(366, 364)),
            (date(2023, 1, 30), date(2023, 3, 31), "30/360", Fraction(60, 360)),
            (date(2023, 1, 15), date(2023, 3, 31), "30/360", Fraction(76, 360)),
            (date(2023, 1, 15), date(2023, 3, 31), "30E/360", Fraction(75, 360)),
            (date(2023, 1, 31), date(2023, 2, 28), "30/360", Fraction(28, 360)),
            (date(2023, 2, 28), date(2023, 3, 31), "30E/360", Fraction(32, 360)),
        ],
    )
    def test_counts_as_the_table_says(self, start: date, end: date, convention: str, share: Fraction) -> None:
        assert year_fraction(start, end, convention) == share

    @pytest.mark.parametrize("convention", ["act/360", "act/364", "act/365", "act/act", "act/act-ye"])
    @given(days=st.tuples(DAYS, DAYS, DAYS))
    def test_of_actual_days_adds_up_over_any_cut(self, convention: str, days: tuple[date, date, date]) -> None:
        first, cut, last = sorted(days)
        assert year_fraction(first, cut, convention) + year_fraction(cut, last, convention) == year_fraction(first, last, convention)

    @pytest.mark.parametrize("convention", CONVENTIONS)
    @given(start=DAYS, length=st.integers(0, 4000))
    def test_is_never_negative_and_near_the_calendar(self, convention: str, start: date, length: int) -> None:
        share = year_fraction(start, start + timedelta(days=length), convention)
        assert share >= 0
        assert abs(share - Fraction(length, 365)) < Fraction(1, 36) + Fraction(length, 365) / 60

    def test_refuses_what_it_does_not_know(self) -> None:
        with pytest.raises(ValueError, match="unknown day count"):
            year_fraction(date(2024, 1, 1), date(2024, 2, 1), "act/366")

    def test_becomes_a_decimal_without_a_float_between(self) -> None:
        assert str(as_decimal(Fraction(1, 3))).startswith("0.33333333333333333333")


class TestPeriodDates:
    @pytest.mark.parametrize(
        ("month_end", "dates"),
        [
            ("keep", [date(2023, 1, 31), date(2023, 2, 28), date(2023, 3, 31), date(2023, 4, 30)]),
            ("clamp", [date(2023, 1, 31), date(2023, 2, 28), date(2023, 3, 28), date(2023, 4, 28)]),
            ("roll_forward", [date(2023, 1, 31), date(2023, 3, 1), date(2023, 3, 31), date(2023, 5, 1)]),
        ],
    )
    def test_treat_month_ends_as_the_product_says(self, month_end: str, dates: list[date]) -> None:
        assert period_dates(date(2023, 1, 31), 4, "month", 1, month_end) == dates

    def test_aim_at_the_day_of_the_contract_from_a_short_month_on(self) -> None:
        assert period_dates(date(2023, 2, 28), 3, "month", 1, anchor_day=31) == [date(2023, 2, 28), date(2023, 3, 31), date(2023, 4, 30)]

    @given(first=DAYS, count=st.integers(1, 60), unit=st.sampled_from(["day", "week", "month", "year"]), every=st.integers(1, 4))
    def test_rise_strictly_and_begin_with_the_first(self, first: date, count: int, unit: str, every: int) -> None:
        dates = period_dates(first, count, unit, every)
        assert dates[0] == first
        assert len(dates) == count
        assert dates == sorted(set(dates))

    @given(anchor=DAYS, months=st.integers(0, 480))
    def test_keep_the_day_or_the_last_of_a_shorter_month(self, anchor: date, months: int) -> None:
        moved = add_months(anchor, months)
        assert (moved.year * 12 + moved.month) - (anchor.year * 12 + anchor.month) == months
        assert moved.day == anchor.day or (moved.day < anchor.day and (moved + timedelta(days=1)).day == 1)


class TestShift:
    HOLIDAYS = frozenset({date(2026, 5, 1), date(2026, 4, 6)})

    @pytest.mark.parametrize(
        ("day", "rule", "moved"),
        [
            (date(2026, 5, 1), "following", date(2026, 5, 4)),
            (date(2026, 5, 1), "preceding", date(2026, 4, 30)),
            (date(2026, 5, 1), "none", date(2026, 5, 1)),
            (date(2026, 5, 30), "following", date(2026, 6, 1)),
            (date(2026, 5, 30), "modified_following", date(2026, 5, 29)),
            (date(2026, 4, 4), "following", date(2026, 4, 7)),
            (date(2026, 4, 7), "following", date(2026, 4, 7)),
        ],
    )
    def test_moves_off_weekends_and_holidays(self, day: date, rule: str, moved: date) -> None:
        assert shift(day, self.HOLIDAYS, rule) == moved

    @given(day=DAYS, rule=st.sampled_from(["following", "preceding", "modified_following"]))
    def test_always_ends_on_a_working_day_nearby(self, day: date, rule: str) -> None:
        moved = shift(day, self.HOLIDAYS, rule)
        assert moved.weekday() < 5 and moved not in self.HOLIDAYS
        assert abs((moved - day).days) <= 5
        assert rule != "modified_following" or moved.month == day.month


class TestUuid7:
    def test_has_the_version_and_variant_of_the_standard(self) -> None:
        made = [uuid7() for _ in range(2000)]
        assert {value.version for value in made} == {7}
        assert {value.variant for value in made} == {"specified in RFC 4122"}
        assert len(set(made)) == 2000

    def test_rises_with_the_clock_and_tells_its_millisecond(self) -> None:
        with time_machine.travel("2026-03-02T10:00:00Z", tick=False) as clock:
            earlier = uuid7()
            clock.shift(timedelta(milliseconds=1))
            later = uuid7()
        assert earlier < later
        assert (later.int >> 80) - (earlier.int >> 80) == 1
        assert earlier.int >> 80 == 1772445600000


class TestWorkdays:
    HOLIDAYS = frozenset({date(2026, 4, 3), date(2026, 4, 6)})  # Good Friday, Easter Monday

    @pytest.mark.parametrize(
        ("count", "day"), [(0, date(2026, 4, 1)), (1, date(2026, 4, 2)), (2, date(2026, 4, 7)), (6, date(2026, 4, 13))]
    )
    def test_leave_weekends_and_holidays_out(self, count: int, day: date) -> None:
        assert add_workdays(date(2026, 4, 1), count, self.HOLIDAYS) == day
        assert workdays_until(date(2026, 4, 1), day, self.HOLIDAYS) == count

    def test_count_backwards_when_a_day_is_past(self) -> None:
        assert workdays_until(date(2026, 4, 7), date(2026, 4, 1), self.HOLIDAYS) == -2
        assert workdays_until(date(2026, 4, 4), date(2026, 4, 3), self.HOLIDAYS) == 0
