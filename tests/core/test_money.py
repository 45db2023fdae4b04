"""Money is exact: what counts as an amount, how it is rounded, how it is split."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.money import Money, MoneyError, check_amount, minor_units, parse_amount, round_money, split, to_text, unit

CURRENCIES = st.sampled_from(["EUR", "USD", "CZK", "JPY", "KWD"])
AMOUNTS = st.decimals(min_value=Decimal("-1e12"), max_value=Decimal("1e12"), places=6, allow_nan=False, allow_infinity=False)


class TestParseAmount:
    @pytest.mark.parametrize(
        ("text", "currency", "amount"),
        [
            ("12500.00", "EUR", "12500.00"),
            (" 0.01 ", "EUR", "0.01"),
            ("7", "EUR", "7"),
            ("1500", "JPY", "1500"),
            ("1.234", "KWD", "1.234"),
            ("999999999999999.99", "EUR", "999999999999999.99"),
        ],
    )
    def test_reads_plain_decimals(self, text: str, currency: str, amount: str) -> None:
        assert parse_amount(text, currency) == Decimal(amount)

    @pytest.mark.parametrize(
        ("text", "code"),
        [
            ("0.005", "surplus_decimals"),
            ("10.000", "surplus_decimals"),
            ("NaN", "form"),
            ("Infinity", "form"),
            ("1e3", "form"),
            ("1,000.00", "form"),
            ("1 000", "form"),
            ("+5", "form"),
            (".5", "form"),
            ("5.", "form"),
            ("٣", "form"),
            ("", "form"),
            ("--1", "form"),
            ("0x10", "form"),
            ("1" * 16, "too_large"),
            ("0", "not_positive"),
            ("0.00", "not_positive"),
            ("-1", "not_positive"),
            (5, "not_text"),
            (5.0, "not_text"),
            (Decimal(5), "not_text"),
            (None, "not_text"),
            (True, "not_text"),
        ],
    )
    def test_refuses_the_rest(self, text: object, code: str) -> None:
        with pytest.raises(MoneyError) as refusal:
            parse_amount(text, "EUR")
        assert refusal.value.code == code
        assert str(refusal.value).endswith(".") or "such as" in str(refusal.value)

    def test_lets_negative_amounts_in_where_they_make_sense(self) -> None:
        assert parse_amount("-12.50", "EUR", positive=False) == Decimal("-12.50")

    def test_refuses_decimals_that_the_currency_does_not_have(self) -> None:
        with pytest.raises(MoneyError, match="JPY has 0 decimals"):
            parse_amount("10.5", "JPY")

    @pytest.mark.parametrize("currency", ["EURO", "eur", "XX", ""])
    def test_refuses_what_is_no_currency(self, currency: str) -> None:
        with pytest.raises(MoneyError) as refusal:
            parse_amount("1", currency)
        assert refusal.value.code == "unknown_currency"

    @given(amount=AMOUNTS, currency=CURRENCIES)
    def test_reads_back_what_is_written(self, amount: Decimal, currency: str) -> None:
        rounded = round_money(amount, currency)
        assert parse_amount(to_text(rounded, currency), currency, positive=False) == rounded


class TestCheckAmount:
    @pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", "0.001", "1e15", "0", "-3"])
    def test_holds_a_decimal_to_the_same_rules(self, value: str) -> None:
        with pytest.raises(MoneyError):
            check_amount(Decimal(value), "EUR")

    def test_gives_back_what_is_right(self) -> None:
        assert check_amount(Decimal("12.30"), "EUR") == Decimal("12.30")


class TestRoundMoney:
    # The worked table: value, mode, multiple, result.
    @pytest.mark.parametrize(
        ("value", "mode", "multiple", "result"),
        [
            ("2.345", "half_even", None, "2.34"),
            ("2.355", "half_even", None, "2.36"),
            ("2.345", "half_up", None, "2.35"),
            ("-2.345", "half_up", None, "-2.35"),
            ("-2.345", "half_even", None, "-2.34"),
            ("2.344999", "half_up", None, "2.34"),
            ("1032.797", "half_even", "0.05", "1032.80"),
            ("1032.4", "half_even", "1", "1032"),
            ("1050", "half_even", "100", "1000"),
            ("1050", "half_up", "100", "1100"),
        ],
    )
    def test_rounds_as_the_table_says(self, value: str, mode: str, multiple: str | None, result: str) -> None:
        assert round_money(Decimal(value), "EUR", mode, Decimal(multiple) if multiple else None) == Decimal(result)

    @given(amount=AMOUNTS, currency=CURRENCIES, mode=st.sampled_from(["half_even", "half_up"]))
    def test_moves_by_half_a_unit_at_most_and_only_once(self, amount: Decimal, currency: str, mode: str) -> None:
        rounded = round_money(amount, currency, mode)
        assert abs(rounded - amount) <= unit(currency) / 2
        assert round_money(rounded, currency, mode) == rounded


class TestSplit:
    @given(units=st.integers(0, 10**12), parts=st.integers(1, 400), currency=CURRENCIES)
    def test_loses_and_invents_nothing(self, units: int, parts: int, currency: str) -> None:
        total = units * unit(currency)
        shares = split(total, parts, currency)
        assert sum(shares) == total
        assert len(shares) == parts
        assert len(set(shares[:-1])) <= 1
        assert all(share == round_money(share, currency) for share in shares)

    def test_gives_the_residue_to_the_last(self) -> None:
        assert split(Decimal("100.00"), 3, "EUR") == [Decimal("33.33"), Decimal("33.33"), Decimal("33.34")]


class TestMoney:
    def test_adds_and_takes_away_in_one_currency(self) -> None:
        ten, three = Money(Decimal("10.00"), "EUR"), Money(Decimal("3.50"), "EUR")
        assert ten + three == Money(Decimal("13.50"), "EUR")
        assert ten - three == Money(Decimal("6.50"), "EUR")
        assert str(ten) == "10.00 EUR"

    def test_never_mixes_currencies(self) -> None:
        with pytest.raises(MoneyError, match="cannot be added"):
            Money(Decimal(10), "EUR") + Money(Decimal(10), "USD")

    @pytest.mark.parametrize("amount", ["0.001", "NaN", "1e15"])
    def test_is_never_what_is_no_amount(self, amount: str) -> None:
        with pytest.raises(MoneyError):
            Money(Decimal(amount), "EUR")

    @pytest.mark.parametrize(("currency", "decimals"), [("EUR", 2), ("JPY", 0), ("KWD", 3)])
    def test_knows_the_minor_units_of_currencies(self, currency: str, decimals: int) -> None:
        assert minor_units(currency) == decimals
