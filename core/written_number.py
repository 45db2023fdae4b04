"""Numbers as people write them, held to one reading and to a size that can be calculated with.

A point stands before the decimals; commas or spaces part thousands and nothing else. "4,3" may be meant as 4.3 or as 43: what has two
readings is no number, so that a slip of the locale never makes an amount a hundred times as large.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

MOST_CHARACTERS = 60
MOST_DIGITS = 20
"""Whole digits: enough for any quotient of two amounts, and well inside the 28 digits that Decimal calculates with."""
SPACES = " \u00a0\u202f"
_GROUPED = re.compile(rf"-?[0-9]{{1,3}}(?:,[0-9]{{3}}|[{SPACES}][0-9]{{3}})+(?:\.[0-9]+)?")


def plain_digits(written: str) -> str:
    """The text without the marks between thousands and with an ASCII minus sign. What cannot be read for certain is left as it is written,
    so that it is refused: "4,3", "5.200,50", "12,34".
    """
    text = written.strip().replace("\u2212", "-")
    return re.sub(rf"[,{SPACES}]", "", text) if _GROUPED.fullmatch(text) else text


def read_number(written: object) -> Decimal | None:
    """The exact number, or None. An exponent is read only where the number it stands for is of a sane size ("1e3", not "1e3000000")."""
    text = plain_digits(str(written))
    if len(text) > MOST_CHARACTERS:
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    if not number.is_finite() or not -MOST_CHARACTERS <= number.adjusted() < MOST_DIGITS:
        return None
    return number


def read_share(written: str) -> Decimal | None:
    """A percentage as people write it, with its sign or without, as a fraction: "4.35%" is 0.0435. None for what is no number; a share has
    no thousands, so that a comma in it is always a decimal one and refused.
    """
    text = written.strip().removesuffix("%")
    number = None if "," in text else read_number(text)
    return None if number is None else number / 100
