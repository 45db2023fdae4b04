"""Schedules of a whole book at once: equal instalments by the month, one row a loan, one column an instalment, to the cent as the engine.

Amounts are whole minor units in integers; interest is computed in binary and rounded half-even, and where it lies so near to a half that
binary cannot tell, it is computed again in decimals. So the columns are the engine's, without its cost.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

import numpy as np

# Binary interest of amounts below 10^13 minor units is exact to far less than this part of a minor unit.
NEAR_HALF = 1e-4


@dataclass(frozen=True)
class BookSchedules:
    """Principal and interest in minor units, loans × instalments; beyond a loan's own term there is nothing."""

    principal: np.ndarray[Any, np.dtype[np.int64]]
    interest: np.ndarray[Any, np.dtype[np.int64]]


def plan_book(
    principals: np.ndarray[Any, np.dtype[np.int64]], annual_rates: list[Decimal], terms: np.ndarray[Any, np.dtype[np.int64]]
) -> BookSchedules:
    """Monthly equal instalments with interest per instalment, half-even, the last takes the residue without a second spread.

    `principals` in minor units; `annual_rates` as fractions; `terms` are numbers of instalments.
    """
    most = int(terms.max())
    exact = [rate / 12 for rate in annual_rates]
    rates = np.array([float(rate) for rate in exact])
    with np.errstate(divide="ignore", invalid="ignore"):
        level = np.where(rates > 0, principals * rates / -np.expm1(-terms * np.log1p(rates)), principals / terms)
    levels = _rounded(level, lambda row: _level(int(principals[row]), exact[row], int(terms[row])))
    balance = principals.copy()
    principal = np.zeros((len(principals), most), dtype=np.int64)
    interest = np.zeros_like(principal)
    for column in range(most):
        due = _rounded(balance * rates, lambda row, now=balance: Decimal(int(now[row])) * exact[row])
        part = np.minimum(np.maximum(levels - due, 0), balance)
        part = np.where(terms == column + 1, balance, part)
        principal[:, column], interest[:, column] = part, due
        balance = balance - part
    return BookSchedules(principal, interest)


def _rounded(values: np.ndarray[Any, np.dtype[np.float64]], again: Any) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Half-even to whole numbers; those near a half are computed exactly by `again(row)`."""
    whole: np.ndarray[Any, np.dtype[np.int64]] = np.rint(values).astype(np.int64)
    for row in np.flatnonzero(np.abs(np.abs(values - np.floor(values)) - 0.5) < NEAR_HALF):
        whole[row] = int(Decimal(again(int(row))).quantize(Decimal(1), ROUND_HALF_EVEN))
    return whole


def _level(principal: int, rate: Decimal, term: int) -> Decimal:
    return principal * rate / (1 - (1 + rate) ** -term) if rate else Decimal(principal) / term
