"""A number as people write it, held to a size that can be calculated with: what is longer, or too large or too fine, is no number."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

MOST_CHARACTERS = 60
MOST_DIGITS = 20
"""Whole digits: enough for any quotient of two amounts, and well inside the 28 digits that Decimal calculates with."""


def read_number(written: object) -> Decimal | None:
    """The exact number, or None. An exponent is read only where the number it stands for is of a sane size ("1e3", not "1e3000000")."""
    text = str(written).strip()
    if len(text) > MOST_CHARACTERS:
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    if not number.is_finite() or not -MOST_CHARACTERS <= number.adjusted() < MOST_DIGITS:
        return None
    return number
