"""A number that people write has one reading or none."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django import forms
from hypothesis import given
from hypothesis import strategies as st

from core.web.fields import AmountField, PercentField
from core.written_number import plain_digits, read_number, read_share


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("1250", "1250"), ("1,250.00", "1250.00"), ("312 000.50", "312000.50"), ("12\u00a0500", "12500"), ("\u22121,250", "-1250"),
        ("0.125", "0.125"), (" 7 ", "7"), ("1,234,567", "1234567"), ("1e3", "1000"), (".5", "0.5"),
    ],
)  # fmt: skip
def test_is_read_with_a_point_before_decimals_and_marks_between_thousands(written: str, number: str) -> None:
    assert read_number(written) == Decimal(number)


@pytest.mark.parametrize(
    "written", ["4,3", "5200,50", "5.200,50", "305000,50", "12,34", "1,2345", "1,,250", ",250", "1.234.567", "1 2", "1,250,5", "1'250", "", "1e3000000"]
)  # fmt: skip
def test_with_two_readings_or_none_is_no_number(written: str) -> None:
    assert read_number(written) is None


@given(st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**12), max_value=10**12))
def test_written_as_the_house_writes_it_is_the_same(number: Decimal) -> None:
    assert read_number(f"{number:,.2f}") == number
    assert plain_digits(f"{number:,.2f}") == f"{number:.2f}"


@pytest.mark.parametrize(
    ("field", "written"), [(AmountField(), "305000,50"), (PercentField(), "4,3"), (PercentField(), "8,5%"), (PercentField(), "4,350")]
)
def test_a_decimal_comma_is_refused_with_how_to_write_it(field: forms.Field, written: str) -> None:
    with pytest.raises(forms.ValidationError, match="with a point before"):
        field.clean(written)


@pytest.mark.parametrize(("written", "share"), [("4.35%", "0.0435"), ("40", "0.4"), ("4,350%", None), ("4,3", None), ("much", None)])
def test_a_share_has_no_thousands(written: str, share: str | None) -> None:
    assert read_share(written) == (None if share is None else Decimal(share))
