"""States of what is on an asset's page as tags, and its history in words."""

from __future__ import annotations

from core.models import AuditEntry

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
FLAG_STATES = {
    "OPEN": ("bad", "Open"),
    "CLEARED": ("good", "Cleared"),
    "UPHELD": ("warn", "Upheld"),
    "LIFTED": ("good", "Lifted"),
    "ENDED": ("neutral", "Ended"),
}
PLEDGE_STATES = {"PERFECTED": "good", "PROPOSED": "info", "REGISTRATION_PENDING": "info"}


def happened(entry: AuditEntry) -> str:
    """An audit entry about an asset in words, with the invoice where it is about one of many."""
    noun, _, verb = entry.action.partition(".")
    words = verb if noun == "asset" else f"{noun} {verb}"
    invoice = entry.details.get("invoice")
    return words.replace("_", " ").capitalize() + (f": {invoice}" if invoice else "")
