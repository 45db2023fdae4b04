"""How numbers, money and dates are written."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.template import Context, Template
from hypothesis import given
from hypothesis import strategies as st

from core.web import formats

M = "\u2212"


class TestNumbers:
    @pytest.mark.parametrize(
        ("value", "places", "words"),
        [
            (Decimal("312000"), 2, "312,000.00"),
            (Decimal("-16"), 0, f"{M}16"),
            (Decimal("-0.004"), 2, "0.00"),
            (Decimal("2.5"), 0, "3"),
            (0, 0, "0"),
            (None, 2, "not provided"),
            ("", 2, "not provided"),
        ],
    )
    def test_are_grouped_and_rounded_half_up_with_a_true_minus(self, value: object, places: int, words: str) -> None:
        assert formats.number(value, places) == words

    @given(st.decimals(min_value=-(10**12), max_value=10**12, places=2, allow_nan=False))
    def test_can_be_read_back(self, value: Decimal) -> None:
        assert Decimal(formats.number(value, 2).replace(",", "").replace(M, "-")) == value

    def test_are_signed_where_they_are_changes(self) -> None:
        assert formats.signed(384) == "+384"
        assert formats.signed(-16) == f"{M}16"
        assert formats.signed(0) == "0"
        assert formats.signed(Decimal("0.001"), 2) == "0.00"
        assert formats.signed_points(Decimal("0.0009")) == "+0.09 pp"
        assert formats.signed_percent(Decimal("-0.018")) == f"{M}1.8%"


class TestMoney:
    def test_carries_its_currency(self) -> None:
        assert formats.money(Decimal("312000"), "EUR") == "312,000.00 EUR"
        assert formats.money(Decimal("312000"), "EUR", places=0) == "312,000 EUR"
        assert formats.money(Decimal("-1.5")) == f"{M}1.50"

    def test_is_short_in_large_totals(self) -> None:
        assert formats.compact(Decimal("400312000"), "EUR") == "400.3 M EUR"
        assert formats.compact(Decimal("950"), "EUR") == "950 EUR"
        assert formats.compact(Decimal("1200000000")) == "1.2 B"


class TestDatesAndTimes:
    def test_are_written_in_words(self) -> None:
        assert formats.day(date(2026, 11, 3)) == "3 Nov 2026"
        assert formats.day(None) == "not yet"
        assert formats.short_day(date(2026, 11, 3), date(2026, 1, 1)) == "3 Nov"
        assert formats.short_day(date(2025, 11, 3), date(2026, 1, 1)) == "3 Nov 2025"
        assert formats.moment(datetime(2026, 11, 23, 2, 14, tzinfo=UTC)) == "23 Nov 2026, 02:14 UTC"

    @pytest.mark.parametrize(
        ("minutes", "words", "status"),
        [
            (55, "55 min", "warn"),
            (-95, "1 h 35 min overdue", "bad"),
            (420, "7 h 00 min", ""),
            (3 * 1440 + 240, "3 d 4 h", ""),
            (20 * 1440, "20 d", ""),
        ],
    )
    def test_tell_what_is_left(self, minutes: int, words: str, status: str) -> None:
        now = datetime(2026, 11, 23, tzinfo=UTC)
        assert formats.time_left(now + timedelta(minutes=minutes), now) == (words, status)


class TestTheFilters:
    def render(self, source: str, **values: object) -> str:
        return Template("{% load formats %}" + source).render(Context(values))

    def test_write_what_templates_ask_for(self) -> None:
        assert self.render('{{ x|money:"EUR" }}', x=Decimal(5)) == "5.00 EUR"
        assert self.render("{{ x|percent }} {{ x|ratio }}", x=Decimal("0.0307")) == "3.1% 3.07%"
        assert self.render("{{ x|day }}", x=date(2026, 11, 23)) == '<time datetime="2026-11-23" class="nowrap">23 Nov 2026</time>'
        assert self.render("{{ x|day }}", x=None) == "not yet"
        assert self.render("{{ nothing_here|moment }}") == "not yet"

    def test_say_in_words_what_is_missing_and_keep_zero(self) -> None:
        assert "not provided" in self.render("{{ x|missing }}", x=None)
        assert self.render("{{ x|missing }}", x=0) == "0"
        assert self.render("{{ x|missing }}", x="<b>") == "&lt;b&gt;"
