"""What of an asset's value counts by its facts on a day, and why not all of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from collateral.domain import counting
from collateral.domain.counting import Counted, Item
from collateral.domain.revaluation import Settings
from collateral.domain.twins.words import owner_words
from collateral.models import Asset, Receivable
from collateral.selectors.asset_facts import facts_now
from collateral.selectors.value_settings import settings_in_force


def debtor_key(name: str) -> str:
    """The same text for the same debtor, whatever the spelling, the order of words and the legal form."""
    return " ".join(sorted(owner_words(name))) or name


def items_of(rows: Iterable[Receivable]) -> list[Item]:
    """Receivables as the rule reads them."""
    return [
        Item(
            debtor=debtor_key(row.debtor_name),
            nominal=row.nominal,
            due_date=row.due_date,
            disputed=row.disputed_date is not None,
            settled=row.settled_date is not None,
            connected=row.connected,
        )
        for row in rows
    ]


def counted_of(asset: Asset, *, on: date, settings: Settings | None = None) -> Counted:
    """The share of an asset's value that counts, with the reasons. A deposit or receivables of which nothing is on file count nothing."""
    settings = settings or settings_in_force()
    if asset.kind == "RECEIVABLES":
        return counting.count_receivables(items_of(asset.receivables.all()), on, settings.ageing, settings.debtor_limit)
    facts = facts_now(asset)
    if asset.kind == "DEPOSIT":
        if not facts:
            return Counted(counting.ZERO, ("Nothing is on file of the account.",))
        return counting.count_deposit(blocked_date=facts["blocked_date"], maturity_date=facts["maturity_date"], on=on)
    return counting.count_quality(counting.qualities_of(asset.kind, facts), settings.quality) if facts else Counted(counting.ONE)
