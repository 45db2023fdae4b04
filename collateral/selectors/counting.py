"""What of an asset's value counts by its facts on a day, and why not all of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from django.db import connection

from collateral.domain import counting
from collateral.domain.counting import Counted, Item
from collateral.domain.revaluation import Settings
from collateral.models import Asset, Inspection, RedFlag
from collateral.selectors.asset_facts import facts_now
from collateral.selectors.flags import found_on
from collateral.selectors.value_settings import settings_in_force

# Receivables of one debtor that count alike are one row: as many rows as there are debtors and bands, however many invoices.
ALIKE = """
SELECT r.debtor_key, min(r.debtor_name), sum(r.nominal), max(r.due_date), r.disputed_date IS NOT NULL, r.connected
FROM collateral_receivable r WHERE r.asset_id = %(asset)s AND r.settled_date IS NULL
GROUP BY r.debtor_key, width_bucket(%(on)s::date - r.due_date, %(bands)s::int[]), r.disputed_date IS NOT NULL, r.connected
"""


def open_items(asset: Asset, *, on: date, ageing: Mapping[int, Decimal]) -> list[Item]:
    """The open receivables of an asset as the rule reads them, those that count alike in one: one query."""
    with connection.cursor() as cursor:
        cursor.execute(ALIKE, {"asset": asset.pk, "on": on, "bands": sorted(ageing)})
        return [
            Item(key, nominal, due, disputed=disputed, connected=connected, name=name)
            for key, name, nominal, due, disputed, connected in cursor.fetchall()
        ]


def is_missing(asset: Asset) -> bool:
    """Whether a second person upheld that an inspector did not find it, and nobody has seen it since."""
    upheld = RedFlag.objects.filter(asset=asset, code=counting.MISSING, state=RedFlag.State.UPHELD).order_by("-id").first()
    if upheld is None:
        return False
    seen = Inspection.objects.filter(asset=asset, presence=Inspection.Presence.PRESENT, id__gt=upheld.pk)
    return not seen.exclude(number_agrees=False).exists()


def counted_of(asset: Asset, *, on: date, settings: Settings | None = None) -> Counted:
    """The share of an asset's value that counts, with the reasons. A deposit or receivables of which nothing is on file count nothing, nor
    does what is not there."""
    settings = settings or settings_in_force()
    if asset.kind == "RECEIVABLES":
        return counting.count_receivables(open_items(asset, on=on, ageing=settings.ageing), on, settings.ageing, settings.debtor_limit)
    if asset.kind != "DEPOSIT" and is_missing(asset):
        return counting.count_missing()
    facts = facts_now(asset)
    if asset.kind == "DEPOSIT":
        if not facts:
            return Counted(counting.ZERO, ("Nothing is on file of the account.",))
        return counting.count_deposit(blocked_date=facts["blocked_date"], maturity_date=facts["maturity_date"], on=on)
    qualities = counting.qualities_of(asset.kind, facts) if facts else {}
    if "IDLE" in qualities and "idle" in found_on(asset):
        # The value in force counts for less on that ground already.
        del qualities["IDLE"]
    return counting.count_quality(qualities, settings.quality)
