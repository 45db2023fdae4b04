"""What of an asset's value counts by its facts on a day, and why not all of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal

from django.db import connection

from collateral.domain import counting, raised_facts
from collateral.domain.counting import Counted, Item
from collateral.domain.inspections import MOST_UNSURE
from collateral.domain.revaluation import Settings
from collateral.models import Asset, Inspection, RedFlag, Valuation
from collateral.selectors.asset_facts import facts_now, facts_row
from collateral.selectors.coverage import ACCEPTED_LAST
from collateral.selectors.flags import void_on
from collateral.selectors.value_settings import settings_in_force

# Receivables of one debtor that count alike are one row: as many rows as there are debtors and bands, however many invoices. Of those that
# were settled only what the value in force is of, and so of those paid in part.
PARTS = """(
  SELECT sum(t.amount) FROM collateral_receivablepart t
  WHERE t.receivable_id = r.id AND t.taken_back_date IS NULL AND t.on_date >= {valued}
)"""
ALIKE = f"""
SELECT r.debtor_key, min(r.debtor_name), sum(r.nominal - r.reduced), max(r.due_date), r.disputed_date IS NOT NULL, r.settled_date IS NOT NULL, r.connected, r.unconfirmed,
       coalesce(sum(CASE WHEN r.reduced > 0 THEN {PARTS.format(valued="%(valued)s::date")} END), 0)
FROM collateral_receivable r WHERE r.asset_id = %(asset)s AND (r.settled_date IS NULL OR r.settled_date >= %(valued)s::date)
GROUP BY r.debtor_key, width_bucket(%(on)s::date - r.due_date, %(bands)s::int[]), 5, 6, r.connected, r.unconfirmed
"""


def _valued_items(asset: Asset, *, on: date, ageing: Mapping[int, Decimal], valued: date | None) -> list[Item]:
    """The receivables of an asset that are open or were on the day it was `valued`, as the rule reads them, those that count alike in one:
    one query."""
    with connection.cursor() as cursor:
        cursor.execute(ALIKE, {"asset": asset.pk, "on": on, "bands": sorted(ageing), "valued": valued})
        found = []
        for key, name, rest, due, disputed, settled, connected, unconfirmed, parts in cursor.fetchall():
            one = Item(key, rest, due, disputed=disputed, settled=settled, connected=connected, name=name, unconfirmed=unconfirmed)
            found += with_parts(one, parts)
        return found


def with_parts(item: Item, parts: Decimal) -> list[Item]:
    """What is open, and beside it what of it was paid or credited since the value in force was made: that is of it too."""
    return [item, replace(item, nominal=parts, settled=True)] if parts else [item]


def is_missing(asset: Asset) -> bool:
    """Whether a second person upheld that an inspector did not find it, and nobody has since read its number off it where a device measured
    them, who was drawn after that. What carries no number takes a second person's word.
    """
    upheld = RedFlag.objects.filter(asset=asset, code=counting.MISSING, state=RedFlag.State.UPHELD).order_by("-id").first()
    if upheld is None:
        return False
    seen = Inspection.objects.filter(asset=asset, presence=Inspection.Presence.PRESENT, stop_id__gt=upheld.pk)
    return not seen.filter(number_agrees=True, accuracy__gt=0, accuracy__lte=MOST_UNSURE).exists()


def counted_of(asset: Asset, *, on: date, settings: Settings | None = None) -> Counted:
    """The share of an asset's value that counts, with the reasons. A deposit or receivables of which nothing is on file count nothing, nor
    does what is not there, or not whose or which it was said to be."""
    settings = settings or settings_in_force()
    if void := void_on(asset):
        return counting.count_void(void)
    if asset.kind == "RECEIVABLES":
        value = _value_in_force(asset)
        worth, valued = (value.market_value, value.valued_date) if value is not None else (None, None)
        items = _valued_items(asset, on=on, ageing=settings.ageing, valued=valued)
        return counting.count_receivables(items, on, settings.ageing, settings.debtor_limit, worth)
    if asset.kind != "DEPOSIT" and is_missing(asset):
        return counting.count_missing()
    facts = facts_now(asset)
    known = [facts, *(raised_facts.opened(asset.kind, held) for held in getattr(facts_row(asset), "held", ()))]
    # The value that counts, also the last one that ran out, does so for less on that ground already.
    idle = any(one.get("condition", "IN_USE") != "IN_USE" for one in known)
    value = _value_in_force(asset) if idle or asset.kind == "DEPOSIT" else None
    if value is None and idle:
        value = Valuation.objects.filter(asset=asset, state=Valuation.State.EXPIRED).order_by(*ACCEPTED_LAST).last()
    worth, found = (value.market_value, "idle" in value.ended_by) if value is not None else (None, False)
    shares = [raised_facts.count_by(asset.kind, one, on=on, quality=settings.quality, market_value=worth, found=found) for one in known]
    least = min(shares, key=lambda counted: counted.share)
    return least if least.share == shares[0].share else Counted(least.share, (*least.reasons, raised_facts.WAITS))


def _value_in_force(asset: Asset) -> Valuation | None:
    """The value that the share is of, in the asset's currency; nothing before one was accepted."""
    return Valuation.objects.filter(asset=asset, state=Valuation.State.ACCEPTED).order_by("-valued_date", "-id").first()
