"""With how many decimals a value and its limit are written so that nobody reads two that differ as one. Pure."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from risk.domain.facts import FactKind, FactType

USUAL = {FactType.RATIO: 1, FactType.MONEY: 0, FactType.NUMBER: 2, FactType.INTEGER: 0}
"""Decimals as written; those of a ratio are decimals of its percentage."""


def rounded(value: Decimal, places: int) -> Decimal:
    """Half up to so many decimals; nought has no sign."""
    found = value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    return found if found else abs(found)


def parting_places(kind: FactKind | None, *stored: str | None) -> int | None:
    """The fewest decimals from the usual ones on at which these stored values read apart where they differ; None for what is no number."""
    if kind is None or kind.type not in USUAL:
        return None
    numbers = {_written(kind, one) for one in stored if one is not None}
    places = USUAL[kind.type]
    while len({rounded(one, places) for one in numbers}) < len(numbers):
        places = _next(kind, places)
    return places


def telling_places(kind: FactKind | None, stored: str) -> int:
    """The fewest decimals from the usual ones on at which a distance does not read as none, unless it is."""
    number, places = _written(kind, stored), USUAL.get(kind.type, 0) if kind else 0
    while number and not rounded(number, places):
        places = _next(kind, places)
    return places


def _written(kind: FactKind | None, stored: str) -> Decimal:
    return Decimal(stored) * 100 if kind is not None and kind.type == FactType.RATIO else Decimal(stored)


def _next(kind: FactKind | None, places: int) -> int:
    """Money is written whole or to its minor unit, never with one decimal."""
    return 2 if kind is not None and kind.type == FactType.MONEY and places < 2 else places + 1
