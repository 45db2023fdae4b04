"""What a delay costs. Amounts unrounded."""

from __future__ import annotations

from decimal import Decimal

PENALTY_YEAR = 365


def penalty(unpaid: Decimal, annual_rate: Decimal, days: int, year_basis: int = PENALTY_YEAR) -> Decimal:
    """Penalty on an unpaid amount for a number of days at a rate per year."""
    return unpaid * annual_rate * days / year_basis
