"""Money does not leave on a pledge that something has spoken against since it was perfected:
the file is held until that is over, or the pledge is.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from collateral.models import Asset, Pledge
from collateral.selectors.flags import standing_flags
from loans.models import Application, ApplicationHold
from loans.selectors.money_to_leave import with_money_to_leave
from loans.services.holds import Held, hold_applications, release_applications

SOURCE = "asset:"


def settle_payout_holds(asset: Asset, *, business_date: date) -> None:
    """Hold the files whose money would leave on this asset while a red flag stands against it, and let go those of which none does, or that
    it secures no more.

    To be called after whatever raises or ends a flag or a pledge. Before perfection nothing needs holding: without it nothing is paid out.
    """
    if standing_flags().filter(asset=asset).exists():
        hold_payouts([asset.pk], business_date=business_date)
    let_go([asset.pk], business_date=business_date)


@transaction.atomic
def settle_flagged(application: Application, business_date: date) -> None:
    """The same of one file, at the moment at which its money is asked for."""
    if with_money_to_leave(Application.objects.filter(pk=application.pk)).exists():
        flagged = Pledge.objects.filter(application=application, asset__in=standing_flags().values("asset"))
        _hold(flagged, business_date)
    _let_go(ApplicationHold.objects.filter(application=application, source__startswith=SOURCE), business_date)


def hold_payouts(assets: Collection[UUID], *, business_date: date) -> int:
    """Hold the files whose money would leave on assets against each of which a red flag stands: four statements for any number. Returns how
    many are new.
    """
    waiting = with_money_to_leave(Application.objects.all())
    return _hold(Pledge.objects.filter(application__in=waiting, asset__in=assets), business_date)


def let_go(assets: Collection[UUID], *, business_date: date) -> int:
    """Let go the files that were held because of these assets and have no reason to be any more: four statements for any number.
    Returns how many.
    """
    return _let_go(ApplicationHold.objects.filter(source__in=[f"{SOURCE}{asset}" for asset in assets]), business_date)


def _hold(pledges: QuerySet[Pledge], business_date: date) -> int:
    found = pledges.filter(state__in=Pledge.STANDING).order_by("application", "asset").values_list("application", "asset").distinct()
    held = [(application, f"{SOURCE}{asset}") for application, asset in found]
    return hold_applications(held=held, reason=ApplicationHold.Reason.COLLATERAL, business_date=business_date)


def _let_go(holds: QuerySet[ApplicationHold], business_date: date) -> int:
    held: set[Held] = set(holds.filter(released_at=None).values_list("application", "source"))
    if not held:
        return 0
    pledged = Pledge.objects.filter(application__in=[key for key, _ in held], state__in=Pledge.STANDING)
    flagged = pledged.filter(asset__in=standing_flags().values("asset")).values_list("application", "asset")
    over = sorted(held - {(application, f"{SOURCE}{asset}") for application, asset in flagged})
    return release_applications(held=over, business_date=business_date)
