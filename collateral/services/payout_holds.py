"""Money does not leave on a pledge that something has spoken against since it was perfected: the file is held until that is over."""

from __future__ import annotations

from datetime import date

from django.db.models import Exists, OuterRef, Q

from collateral.models import Asset, Pledge
from collateral.selectors.flags import standing_flags
from loans.models import Application, ApplicationHold, Facility, Loan
from loans.services.holds import hold_application, release_holds
from loans.services.states import CLOSED_APPLICATIONS


def settle_payout_holds(asset: Asset, *, business_date: date) -> None:
    """Hold the files whose money would leave on this asset while a red flag stands against it, and let them go when none does.

    To be called after whatever raises or ends a flag. Before perfection nothing needs holding: without it nothing is paid out.
    """
    source = f"asset:{asset.pk}"
    if not standing_flags().filter(asset=asset).exists():
        release_holds(source=source, actor=None, business_date=business_date)
        return
    reason = ApplicationHold.Reason.COLLATERAL
    for application in _with_money_to_leave(asset):
        hold_application(application=application, reason=reason, source=source, actor=None, business_date=business_date)


def _with_money_to_leave(asset: Asset) -> list[Application]:
    """Files with a registered pledge of the asset of which something was not paid out yet, or may be drawn again."""
    standing = Pledge.objects.filter(asset=asset, application=OuterRef("pk"), state__in=Pledge.STANDING)
    loans = Loan.objects.filter(application=OuterRef("pk"))
    limits = Facility.objects.filter(application=OuterRef("pk"), revolving=True)
    drawable = limits.exclude(state__in=(Facility.State.EXPIRED, Facility.State.CANCELLED))
    waits = ~Exists(loans) | Exists(loans.filter(undrawn__gt=0)) | Exists(drawable)
    return list(Application.objects.filter(Q(Exists(standing)) & waits).exclude(state__in=CLOSED_APPLICATIONS).order_by("pk"))
