"""Money does not leave on a value or an insurance that ran out after perfection: the file is held until it is mended."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from collateral.models import Asset
from collateral.selectors.lapses import LAPSED_SOURCE, unsettled_lapses
from loans.models import Application, ApplicationHold
from loans.services.holds import hold_applications, release_applications


@transaction.atomic
def settle_lapses(*, business_date: date, asset: Asset | None = None, application: Application | None = None) -> int:
    """Hold the files whose money would leave on a pledge of which the value or the insurance has run out, and let go those of which that is
    over: of one asset, of one application, or at night of all. Only what changes is read, and written a batch at a time. Returns how many.
    """
    changed = 0
    reason = ApplicationHold.Reason.LAPSED
    asked = {"asset": asset.pk if asset else None, "application": application.pk if application else None}
    for batch in unsettled_lapses(on=business_date, **asked):
        held = [(key, f"{LAPSED_SOURCE}{pledged}") for key, pledged, lapsed in batch if lapsed]
        over = [(key, f"{LAPSED_SOURCE}{pledged}") for key, pledged, lapsed in batch if not lapsed]
        changed += hold_applications(held=held, reason=reason, business_date=business_date)
        changed += release_applications(held=over, business_date=business_date)
    return changed


def measure_file(application: Application, business_date: date) -> None:
    """The same of one file, at the moment at which its money is asked for."""
    settle_lapses(business_date=business_date, application=application)
