"""The internal yield of all flows: the effective annual rate (never called APR)."""

from __future__ import annotations

from decimal import Decimal

import pyxirr

from loans.domain.schedule.terms import Schedule

PLACES = Decimal("0.00001")
MOST = 1e12


def effective_annual_rate(schedule: Schedule) -> Decimal | None:
    """XIRR of draws, fees at payout and instalments, five decimals; None when no rate solves it."""
    flows = [(draw.date, -float(draw.amount)) for draw in schedule.draws]
    flows.append((schedule.draws[0].date, float(schedule.payout_fees)))
    flows += [(line.due_date, float(line.total)) for line in schedule.instalments]
    dates, amounts = zip(*flows, strict=True)
    if abs(sum(amounts)) < 1e-9:
        return Decimal(0).quantize(PLACES)
    rate = pyxirr.xirr(dates, amounts, silent=True)
    # A rate beyond any sense comes of terms beyond any; it would not fit the places either.
    return None if rate is None or not abs(rate) < MOST else Decimal(str(rate)).quantize(PLACES)
