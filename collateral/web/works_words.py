"""Works on a property in words, and what the cap of CRR 229(1)(e) leaves of a value with them and without."""

from __future__ import annotations

from decimal import Decimal

from collateral.domain.modifications import lifts
from collateral.models import Modification, Valuation
from collateral.selectors.value_caps import Cap
from collateral.services.value_caps import CAPPED, FULL
from core.web.formats import day, money


def works_of(valuation: Valuation) -> Modification | None:
    """The works stated with a value."""
    return getattr(valuation, "modification", None)


def cap_words(years: int) -> str:
    """What a cap is."""
    return f"the average of {years} years" if years else "its value when the money was lent"


def told(valuation: Valuation) -> str:
    """The works stated with a value, in one line; empty where there are none."""
    stated = works_of(valuation)
    if stated is None:
        return ""
    return (
        f"{stated.get_kind_display()}, finished {day(stated.done_date)}, cost {money(stated.cost, valuation.currency, 0)}, "
        f"add {money(stated.adds, valuation.currency, 0)}: {stated.words}"
    )


def works_choices(valuation: Valuation, cap: Cap | None) -> list[tuple[str, str]]:
    """What who accepts a value may say of its works: nothing where none are stated or the cap does not lower it, and no more than the cap
    where they are older than the value it rests on.
    """
    stated = works_of(valuation)
    if stated is None or cap is None:
        return []
    amount = money(cap.amount, valuation.currency, 0)
    if not lifts(stated.done_date, cap.origin_date):
        return [(CAPPED, f"No: they are older than the value of {day(cap.origin_date)}, which has them in it. {amount} count")]
    value: Decimal = valuation.market_value or cap.amount
    above = money(min(stated.adds, value - cap.amount), valuation.currency, 0)
    counts = "all of it counts" if cap.amount + stated.adds >= value else f"{money(cap.amount + stated.adds, valuation.currency, 0)} count"
    return [
        (FULL, f"Yes: {counts}, {above} more than without them"),
        (CAPPED, f"No: {amount} count, {cap_words(cap.years)}"),
    ]
