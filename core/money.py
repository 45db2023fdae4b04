"""Exact money: a decimal amount and its currency. Rounding happens only in the functions named so, never on the way.

Shape: `Money(Decimal("12500.00"), "EUR")`. Minor units follow ISO 4217 as babel's CLDR data knows them (EUR 2, JPY 0, KWD 3).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Literal

from babel.core import get_global
from babel.numbers import get_currency_precision

Rounding = Literal["half_even", "half_up"]
MODES: dict[str, str] = {"half_even": ROUND_HALF_EVEN, "half_up": ROUND_HALF_UP}
MAX_INTEGER_DIGITS = 15
_PLAIN = re.compile(r"-?\d+(\.\d+)?")


class MoneyError(ValueError):
    """The text or number is not an amount of this currency; `code` says why and the message is for people."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(message)


@lru_cache(maxsize=200)
def minor_units(currency: str) -> int:
    """Decimals of a currency's minor unit. Raises MoneyError `unknown_currency`."""
    if not is_currency(currency):
        raise MoneyError("unknown_currency", f"{currency!r} is not a currency code.")
    return get_currency_precision(currency)


@lru_cache(maxsize=200)
def is_currency(code: str) -> bool:
    """Whether this is a currency in ISO 4217's form that babel knows."""
    return code in get_global("all_currencies")


def unit(currency: str) -> Decimal:
    """The smallest amount of a currency: 0.01 for EUR, 1 for JPY."""
    return Decimal(1).scaleb(-minor_units(currency))


def parse_amount(text: object, currency: str, *, positive: bool = True) -> Decimal:
    """An amount from text. Nothing is rounded: surplus decimals, exponents, separators, NaN, numbers that are not text are refused.

    Raises MoneyError: `not_text`, `form`, `surplus_decimals`, `too_large`, `not_positive`, `unknown_currency`.
    """
    if not isinstance(text, str):
        raise MoneyError("not_text", "Write the amount as text, such as 12500.00.")
    cleaned = text.strip()
    if not _PLAIN.fullmatch(cleaned) or not cleaned.isascii():
        raise MoneyError("form", "Write the amount with digits and at most one decimal point, such as 12500.00.")
    decimals = len(cleaned.partition(".")[2])
    allowed = minor_units(currency)
    if decimals > allowed:
        raise MoneyError("surplus_decimals", f"{currency} has {allowed} decimals; this amount has {decimals}.")
    amount = Decimal(cleaned)
    if abs(amount) >= Decimal(10) ** MAX_INTEGER_DIGITS:
        raise MoneyError("too_large", "This amount is too large.")
    if positive and amount <= 0:
        raise MoneyError("not_positive", "The amount has to be more than zero.")
    return amount


def check_amount(amount: Decimal, currency: str, *, positive: bool = True) -> Decimal:
    """An amount that is a Decimal already, held to the same rules. Raises MoneyError."""
    if not amount.is_finite():
        raise MoneyError("form", "This is not a number.")
    if abs(amount) >= Decimal(10) ** MAX_INTEGER_DIGITS:
        raise MoneyError("too_large", "This amount is too large.")
    if amount != amount.quantize(unit(currency)):
        raise MoneyError("surplus_decimals", f"{currency} has {minor_units(currency)} decimals; this amount has more.")
    if positive and amount <= 0:
        raise MoneyError("not_positive", "The amount has to be more than zero.")
    return amount


def round_money(value: Decimal, currency: str, mode: str = "half_even", multiple: Decimal | None = None) -> Decimal:
    """Round to the currency's minor unit, or to a multiple (0.05, 1, 100). The only place where money is rounded."""
    step = multiple if multiple else unit(currency)
    return (value / step).quantize(Decimal(1), MODES[mode]) * step


def split(total: Decimal, parts: int, currency: str) -> list[Decimal]:
    """`total` in `parts` equal shares of whole minor units; the last takes the residue. Sums exactly."""
    share = round_money(total / parts, currency)
    return [share] * (parts - 1) + [total - share * (parts - 1)]


def to_text(amount: Decimal, currency: str) -> str:
    """The API's form: the currency's decimals, no separators ("12500.00")."""
    return f"{amount:.{minor_units(currency)}f}"


def grouped(amount: Decimal, currency: str) -> str:
    """The same for a sentence, with separators ("12,500.00")."""
    return f"{amount:,.{minor_units(currency)}f}"


@dataclass(frozen=True, order=False)
class Money:
    """An amount in a currency. Two currencies never meet in one sum."""

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        check_amount(self.amount, self.currency, positive=False)

    def __add__(self, other: Money) -> Money:
        return Money(self.amount + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.amount - self._same(other), self.currency)

    def __str__(self) -> str:
        return f"{to_text(self.amount, self.currency)} {self.currency}"

    def _same(self, other: Money) -> Decimal:
        if other.currency != self.currency:
            raise MoneyError("other_currency", f"{self.currency} and {other.currency} cannot be added.")
        return other.amount
