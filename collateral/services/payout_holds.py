"""Money does not leave on a pledge that something has spoken against since it was perfected: the file is held until that is over."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from uuid import UUID

from collateral.models import Asset, Pledge
from collateral.selectors.flags import standing_flags
from loans.models import Application, ApplicationHold
from loans.selectors.money_to_leave import with_money_to_leave
from loans.services.holds import hold_applications, release_holds


def settle_payout_holds(asset: Asset, *, business_date: date) -> None:
    """Hold the files whose money would leave on this asset while a red flag stands against it, and let them go when none does.

    To be called after whatever raises or ends a flag. Before perfection nothing needs holding: without it nothing is paid out.
    """
    if standing_flags().filter(asset=asset).exists():
        hold_payouts([asset.pk], business_date=business_date)
    else:
        release_holds(source=_source(asset.pk), actor=None, business_date=business_date)


def hold_payouts(assets: Collection[UUID], *, business_date: date) -> int:
    """Hold the files whose money would leave on assets against each of which a red flag stands: four statements for any number. Returns how many
    are new."""
    held = [(application, _source(asset)) for application, asset in _with_money_to_leave(assets)]
    return hold_applications(held=held, reason=ApplicationHold.Reason.COLLATERAL, business_date=business_date)


def _source(asset: UUID) -> str:
    return f"asset:{asset}"


def _with_money_to_leave(assets: Collection[UUID]) -> list[tuple[UUID, UUID]]:
    """Files with a registered pledge of one of the assets under which money may still leave; with the asset."""
    waiting = with_money_to_leave(Application.objects.all())
    rows = Pledge.objects.filter(application__in=waiting, asset__in=assets, state__in=Pledge.STANDING)
    return list(rows.order_by("application", "asset").values_list("application", "asset").distinct())
