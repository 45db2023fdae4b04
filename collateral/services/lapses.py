"""Money does not leave on a value or an insurance that ran out after perfection: the file is held until it is mended."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.db import transaction

from collateral.models import Asset
from collateral.selectors.lapses import lapsed_pledges
from loans.models import Application, ApplicationHold
from loans.services.holds import hold_application, release_holds

_SOURCE = "lapsed:"


@transaction.atomic
def settle_lapses(*, business_date: date, asset: Asset | None = None, application: Application | None = None) -> int:
    """Hold the files whose money would leave on a pledge of which the value or the insurance has run out, and let go those of which that is
    over: of one asset, of one application, or at night of all. Found by two queries; only what changes is written. Returns how many changed."""
    found = lapsed_pledges(on=business_date, asset=asset.pk if asset else None, application=application.pk if application else None)
    holds = ApplicationHold.objects.filter(source__startswith=_SOURCE, released_at=None)
    if asset is not None:
        holds = holds.filter(source=f"{_SOURCE}{asset.pk}")
    if application is not None:
        holds = holds.filter(application=application)
    held = {(key, UUID(source.removeprefix(_SOURCE))) for key, source in holds.values_list("application_id", "source")}
    files = Application.objects.in_bulk([key for key, _ in found ^ held]) if found != held else {}
    reason = ApplicationHold.Reason.LAPSED
    for key, pledged in sorted(found - held):
        hold_application(application=files[key], reason=reason, source=f"{_SOURCE}{pledged}", actor=None, business_date=business_date)
    for key, pledged in sorted(held - found):
        release_holds(source=f"{_SOURCE}{pledged}", application=files[key], actor=None, business_date=business_date)
    return len(found ^ held)


def measure_file(application: Application, business_date: date) -> None:
    """The same of one file, at the moment at which its money is asked for."""
    settle_lapses(business_date=business_date, application=application)
