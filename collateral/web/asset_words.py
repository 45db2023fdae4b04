"""States of what is on an asset's page as tags, and its history in words."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.utils import timezone

from collateral.domain.counting import ENDED_BY
from collateral.models import Asset, RedFlag, Valuation
from core.models import AuditEntry
from core.web.formats import day
from core.web.history import said

VALUATION_STATES = {
    "ORDERED": ("info", "Ordered"),
    "SUBMITTED": ("info", "Submitted"),
    "CHALLENGED": ("warn", "Challenged"),
    "ACCEPTED": ("good", "Accepted"),
    "REJECTED": ("bad", "Rejected"),
    "EXPIRED": ("neutral", "Expired"),
    "COMPARED": ("neutral", "Compared"),
    "WITHDRAWN": ("warn", "Withdrawn"),
}
_COUNTED = (Valuation.State.ACCEPTED, Valuation.State.EXPIRED)
FLAG_STATES = {
    "OPEN": ("bad", "Open"),
    "CLEARED": ("good", "Cleared"),
    "UPHELD": ("warn", "Upheld"),
    "LIFTED": ("good", "Lifted"),
    "ENDED": ("neutral", "Ended"),
}
PLEDGE_STATES = {"PERFECTED": "good", "PROPOSED": "info", "REGISTRATION_PENDING": "warn"}

# What an upheld red flag says of the use of an asset, until it is lifted.
NOT_IN_USE = {"not_found": "not found", "idle": "found idle", "damaged": "found damaged"}


def in_use_words(asset: Asset, flags: Iterable[RedFlag]) -> str:
    """Whether an asset is in use: by its facts, unless it is no more or somebody upheld what an inspector found."""
    if asset.state == Asset.State.DESTROYED:
        return "No, it is no more"
    for flag in flags:
        if flag.code in NOT_IN_USE and flag.state == RedFlag.State.UPHELD and flag.valuation_id is None:
            return f"No, {NOT_IN_USE[flag.code]} on {day(flag.raised_date)}"
    return "Yes" if asset.in_use else "No"


def valuation_state(value: Valuation, found: Iterable[Valuation], today: date) -> tuple[str, str]:
    """The state of a value as a tag. One that counts no more although its period had not run out was replaced by
    another of those `found`.
    """
    if value.state != Valuation.State.EXPIRED:
        return VALUATION_STATES[value.state]
    end, decided = value.expires_date, value.decided_at
    later = [one.decided_at for one in found if decided and one.decided_at and one.decided_at > decided and one.state in _COUNTED]
    replaced = end is None or end > today or any(timezone.localdate(at) < end for at in later)
    return ("neutral", "Replaced") if replaced else VALUATION_STATES[value.state]


def ended_words(value: Valuation) -> str:
    """By what a value ended before another was accepted; empty for one that did not."""
    return " and ".join(ENDED_BY[code][1] for code in value.ended_by)


def happened(entry: AuditEntry) -> str:
    """An audit entry about an asset in words, with the invoice where it is about one of many."""
    invoice = entry.details.get("invoice")
    return said(entry, of="asset") + (f": {invoice}" if invoice else "")
