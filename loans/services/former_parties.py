"""Who an application is handed in anew without."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from core import audit
from core.models import User
from loans.models import Application, ApplicationParty, FormerParty


def keep_former(application: Application, left: Iterable[ApplicationParty], *, actor: User | None, business_date: date) -> None:
    """Keep who was a party of what was handed in before, and is none of this. To be called within the transaction that hands it in."""
    gone = list(left)
    rows = [FormerParty(application=application, borrower=one.borrower, part=one.part, dropped_date=business_date) for one in gone]
    # Who was left out once before is on file already.
    FormerParty.objects.bulk_create(rows, ignore_conflicts=True)
    about: dict[str, Any] = {"actor": actor, "target": application, "business_date": business_date}
    audit.record_all([audit.entry("application.party_dropped", **about, borrower=one.borrower.reference, part=one.part) for one in gone])
