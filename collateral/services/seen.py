"""Refusing what was written on a page that somebody else's entry has made old, so that no correction is undone unseen."""

from __future__ import annotations

from collateral.models import Asset, FactsVersion, Ownership
from core.errors import Conflict

OWNERS = "owners"
PLACE = "place"
_WORDS = {OWNERS: "the owners", PLACE: "the place"}
# What a page was made from where nothing was on file yet.
NOTHING = "nothing"


class ChangedMeanwhile(Conflict):
    """Somebody kept something else after this page was opened."""

    title = "Nothing was kept"
    messages = {
        "changed_since": "{who} changed {what} of {asset} after you opened this page. What is on file now is shown here, and what you typed"
        " is still in the form. Keep it again if it is to replace what {who} wrote."
    }


def revision_of(asset: Asset, section: str) -> str:
    """Tells one state of the facts of a section, the place or the owners from another."""
    latest = _latest(asset, section)
    return str(latest.pk) if latest is not None else NOTHING


def refuse_unseen(asset: Asset, section: str, seen: str) -> None:
    """Raise ChangedMeanwhile unless `seen` is what is on file; empty is from who reads no page first. The caller holds the asset's lock."""
    if not seen or seen == revision_of(asset, section):
        return
    latest = _latest(asset, section)
    author = latest.recorded_by if latest is not None else None
    who = author.full_name if author is not None else "Somebody"
    raise ChangedMeanwhile("changed_since", who=who, what=_WORDS.get(section, "the facts"), asset=asset.reference)


def _latest(asset: Asset, section: str) -> FactsVersion | Ownership | None:
    """What was recorded last, whichever day it holds from."""
    if section == OWNERS:
        return Ownership.objects.filter(asset=asset).select_related("recorded_by").order_by("-id").first()
    return FactsVersion.objects.filter(asset=asset, section=section).select_related("recorded_by").order_by("-id").first()
