"""What speaks against what is on file of whose the rest of a sale is: owners and claims that one person alone put there."""

from __future__ import annotations

from datetime import date, timedelta

from django.db.models import Q

from collateral.domain.ownership import same_names
from collateral.models import Asset, Lien, Ownership, RedFlag, SaleRest
from collateral.selectors.owners import owners_on, ownership_on

# Red flags that say that somebody else may own it.
WHOSE = ("owner_changed", "title_inconsistent", "title_missing", "title_unverified")
# A claim that came on file so shortly before a sale came when the sale was in sight.
LATE_DAYS = 90


def owner_doubts(asset: Asset, sold_date: date) -> list[str]:
    """Why the owners on file on the day of the sale may not be those who owned it, in words: red flags that nobody has cleared, also those
    that ended with the sale, and owners whom nobody has seen but who wrote them down.
    """
    unsettled = Q(state__in=[RedFlag.State.OPEN, RedFlag.State.UPHELD]) | Q(state=RedFlag.State.ENDED, decided_by=None)
    found = list(asset.flags.filter(unsettled, valuation=None, code__in=WHOSE).order_by("id").values_list("text", flat=True))
    held = ownership_on(asset, sold_date)
    if held is not None and held.recorded_by is not None and not _is_seen(held, asset, sold_date):
        found.append(
            f"Who owns it was put on file on {held.recorded_date:%-d %b %Y} by {held.recorded_by.full_name}, and seen by nobody else."
        )
    return found


def party_of(rest: SaleRest) -> str:
    """Whose the rest of a sale is by what is on file now: its owner too, once nothing speaks against them any more; empty where nobody is
    beyond doubt.
    """
    if rest.doubted and rest.owner is not None and not owner_doubts(rest.realisation.asset, rest.realisation.sold_date):
        return rest.owner.person.name
    return rest.party


def lien_doubts(lien: Lien, sold_date: date) -> list[str]:
    """The same of a claim of somebody else: no paper shows it, or it came on file with the sale in sight."""
    found = [] if lien.document_id else [f"No paper shows the claim of {lien.holder}."]
    if lien.recorded_date > sold_date - timedelta(days=LATE_DAYS):
        by = f" by {lien.recorded_by.full_name}" if lien.recorded_by else ""
        found.append(f"The claim of {lien.holder} was put on file on {lien.recorded_date:%-d %b %Y}{by}.")
    return found


def _is_seen(held: Ownership, asset: Asset, sold_date: date) -> bool:
    """Whether somebody else has stood for these owners: perfected a pledge that they gave,
    found them in the registry or cleared that they are new.
    """
    names = [row.owner.person.name for row in owners_on(asset, sold_date)]
    looks = asset.title_checks.filter(recorded_date__gte=held.recorded_date).exclude(checked_by=held.recorded_by)
    cleared = asset.flags.filter(code="owner_changed", state=RedFlag.State.CLEARED, decided_at__gte=held.known_from)
    return (
        asset.pledges.filter(perfected_date__gte=held.recorded_date).exclude(perfected_by=held.recorded_by).exists()
        or cleared.exclude(decided_by=held.recorded_by).exists()
        or any(same_names(names, look.holders.splitlines()) for look in looks)
    )
