"""Vehicle identification numbers by ISO 3779: their shape, and the check digit that North America and China write into them. Pure."""

from __future__ import annotations

import re

# Since then numbers have 17 characters (ISO 3779; 49 CFR 565); vehicles first registered later have one.
SEVENTEEN_SINCE = 1985
_SHAPE = re.compile(r"[A-HJ-NPR-Z0-9]{17}")
_OLD_SHAPE = re.compile(r"[A-Z0-9]{5,17}")
_VALUES = {letter: value for values, letters in (
    (1, "AJ"), (2, "BKS"), (3, "CLT"), (4, "DMU"), (5, "ENV"), (6, "FW"), (7, "GPX"), (8, "HY"), (9, "RZ"),
) for value, letter in ((values, letter) for letter in letters)}  # fmt: skip
_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
# First characters of makers' codes of North America (1 to 5) and China (L), whose ninth character checks the others.
_CHECKED = frozenset("12345L")
_CHECK_AT = 8


def plain(vin: str) -> str:
    """Capital letters and digits only."""
    return re.sub(r"[^0-9A-Z]", "", vin.upper())


def misshapen(vin: str, first_year: int) -> str:
    """Why a number cannot be one of a vehicle first registered in that year, as a sentence; empty when it can."""
    number = plain(vin)
    if first_year < SEVENTEEN_SINCE:
        return "" if _OLD_SHAPE.fullmatch(number) else "A vehicle's number has 5 to 17 letters and digits."
    return "" if _SHAPE.fullmatch(number) else "A vehicle's number has 17 letters and digits, none of them I, O or Q."


def check_digit(vin: str) -> str:
    """The ninth character that the sixteen others ask for: 0 to 9, or X for ten."""
    left = sum((int(c) if c.isdigit() else _VALUES[c]) * weight for c, weight in zip(plain(vin), _WEIGHTS, strict=True)) % 11
    return "X" if left == 10 else str(left)


def fails_check(vin: str) -> bool:
    """Whether a number carries a check digit that does not fit it. Numbers of other regions carry none and never fail."""
    number = plain(vin)
    return bool(_SHAPE.fullmatch(number)) and number[0] in _CHECKED and check_digit(number) != number[_CHECK_AT]
