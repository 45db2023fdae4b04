"""What an index, a curve or a market price makes of an asset's value between two appraisals. Pure; amounts in the asset's currency."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Decimal
from typing import Any
from uuid import UUID

from collateral.domain.calendar import Rule
from collateral.domain.curves import shares_left
from collateral.domain.index_values import YEARS, IndexFacts, fell, index_value
from collateral.domain.revaluation import Settings
from core.money import unit

# What real estate is in the calendar that is not commercial.
HOME = "REAL_ESTATE"


@dataclass(frozen=True)
class Due:
    """An asset whose value may be computed anew: `kind` is its class in the calendar, its value now is of `present_date`, the last
    appraised one is `base_value`. Without a running loan `loan_id` is None. `revised`: what the value in force was made of is no longer
    on record. `rule`: how long it may hold by the calendar.
    """

    asset_id: UUID
    kind: str
    currency: str
    loan_id: int | None
    present_date: date
    base_id: UUID
    base_value: Decimal
    base_date: date
    revised: bool
    rule: Rule | None = None


@dataclass(frozen=True)
class Computed:
    """A value to be written: what counts, on which day, what it would be without a cap, and what it was made from."""

    due: Due
    source: str
    method: str
    value: Decimal
    valued_date: date
    uncapped: Decimal
    cap: Decimal | None = None
    evidence: dict[str, str] = field(default_factory=dict)
    declined: bool = False


def lowest(found: Iterable[Computed]) -> list[Computed]:
    """Of each asset the lowest of what its places make of it; none where that is what it is worth now by a place that has no index."""
    kept: dict[UUID, Computed] = {}
    for one in found:
        known = kept.setdefault(one.due.asset_id, one)
        if (one.value, one.source) < (known.value, known.source):
            kept[one.due.asset_id] = one
    return [one for one in kept.values() if one.source]


def by_index(due: Due, facts: tuple[Any, ...], settings: Settings, today: date) -> Computed:
    """By the index of one place, no more than the cap; by a place that has none what it is worth now, with no source."""
    series, base_index, base_end, index, end, average, points, origination, present = facts
    if end is None:
        return Computed(due, "", "", present, today, present)
    known = IndexFacts(due.base_value, base_index, index, average, points or 0, origination)
    found = index_value(known, unit(due.currency))
    evidence = {
        "series": series,
        "index_then": str(base_index),
        "then": base_end.isoformat(),
        "index_now": str(index),
        "now": end.isoformat(),
        "cap_source": found.cap_source,
        "points": str(points or 0),
        "years": str(YEARS[due.kind == HOME]),
    }
    declined = fell(known, settings.decline)
    return Computed(due, "INDEX", "INDEX", found.value, today, found.moved, found.cap, evidence, declined)


def by_curve(due: Due, facts: tuple[Any, ...], settings: Settings, today: date) -> Computed:
    """By the curve of a machine or vehicle; of several that count the one that leaves least."""
    name, bought, held = facts
    known = [(name, bought), *((one["curve"], date.fromisoformat(one["bought_date"])) for one in json.loads(held))]
    shares = [(*shares_left(settings.curves, one, day, then=due.base_date, now=today), one, day) for one, day in known]
    then, now, name, bought = min(shares, key=lambda row: row[1] / row[0] if row[0] else Decimal(0))
    # A curve that has come to nothing leaves what the smallest coin says: a value is above zero.
    value = part_of(due.base_value * now / then if then else Decimal(0), due.currency, ROUND_HALF_EVEN)
    evidence = {"curve": name, "bought": bought.isoformat(), "left_then": f"{then:.4f}", "left_now": f"{now:.4f}"}
    return Computed(due, "CURVE", "COST", value, today, value, None, evidence)


def worth_of(quantity: Decimal, price: Decimal, currency: str) -> Decimal:
    """What so many papers are worth at a price, to the smallest coin and never nothing."""
    return part_of(quantity * price, currency, ROUND_HALF_EVEN)


def part_of(amount: Decimal, currency: str, rounding: str = ROUND_DOWN) -> Decimal:
    """What stays of a value, in whole coins of its currency and at least one: a value is above zero."""
    coin = unit(currency)
    return max(coin, amount.quantize(coin, rounding))


def by_quote(due: Due, facts: tuple[Any, ...], settings: Settings, today: date) -> Computed:
    """By the market price of a paper, or by one that waits for a second person where that is lower."""
    isin, quantity, price, day, lower, fell_day, source, before, before_day = facts
    waits: dict[str, str] = {}
    if lower is not None and (price is None or lower < price):
        price, day, waits = lower, fell_day, {"waiting": str(source), "before": before, "before_day": before_day}
    value = worth_of(quantity, price, due.currency)
    declined = value <= due.base_value * (1 - settings.decline)
    evidence = {"isin": isin, "quantity": str(quantity), "price": str(price), "day": day.isoformat(), **waits}
    return Computed(due, "QUOTE", "MARKET_QUOTE", value, day, value, None, evidence, declined)
