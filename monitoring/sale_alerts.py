"""Alerts about what the bank sold and nobody has paid for; and the end of what was told because an asset was lost or sold, once it is on
file again.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from django.db.models import Exists, OuterRef

from collateral.events import AssetEnforced, AssetRestored, SalePriceOverdue
from collateral.models import MarginCall, Pledge, Realisation, RedFlag
from collateral.selectors.losses import flags_of_loss
from core.business_date import get_business_date
from core.events import subscribe_many
from core.money import grouped
from loans.models import Loan
from monitoring.models import Alert
from monitoring.services.alerts import Draft, end_alerts, raise_alerts
from monitoring.services.desks import desks_of


def end_what_its_going_told(events: Sequence[AssetRestored]) -> None:
    """An asset is on file again: nobody works what was told only because it was lost or sold."""
    reason = "The loss or sale of the collateral was taken back."
    for event in events:
        since, today = date.fromisoformat(event.gone_date), get_business_date()
        asset = UUID(event.asset_id)
        standing = Pledge.objects.filter(asset=asset, state__in=Pledge.STANDING)
        secured = Loan.objects.filter(application__pledges__in=standing).distinct()
        called = MarginCall.objects.filter(loan=OuterRef("pk"), state__in=MarginCall.WAITING)
        answered = {f"loan:{key}" for key in secured.exclude(Exists(called)).values_list("pk", flat=True)}
        carried = {f"loan:{key}" for key in secured.filter(cover__overhang=0).values_list("pk", flat=True)}
        ended = flags_of_loss(asset).filter(state=RedFlag.State.ENDED)
        judged = {f"flag:{key}" for key in ended.values_list("pk", flat=True)}
        for kind, subjects in (
            (Alert.Kind.MARGIN_CALL, answered),
            (Alert.Kind.MARGIN_LATE, answered),
            (Alert.Kind.LIENS, carried),
            (Alert.Kind.REVIEW_LATE, judged),
        ):
            end_alerts(kind=kind, subjects=subjects, reason=reason, business_date=today, since=since)
    end_unpaid_sale(events)


def alert_on_unpaid_sale(events: Sequence[SalePriceOverdue]) -> None:
    """Buyers of what the bank sold have not paid: who proposed the sale asks them, or a risk manager when they are gone."""
    sales = Realisation.objects.filter(asset__in=[UUID(event.asset_id) for event in events], booked_date=None)
    rows = list(sales.select_related("asset", "recorded_by").order_by("id"))
    desks = desks_of([(sale.recorded_by, sale.asset.branch_id) for sale in rows])
    drafts = [
        Draft(
            kind=Alert.Kind.SALE_UNPAID,
            level=3,
            subject=f"asset:{sale.asset_id}",
            title=f"{sale.buyer} was to pay for {sale.asset.reference} by {sale.due_date:%-d %b %Y}",
            details={"price": f"{grouped(sale.price, sale.asset.currency)} {sale.asset.currency}", "sold": sale.sold_date},
            asset=sale.asset,
            branch_id=sale.asset.branch_id,
            owner=desk,
        )
        for sale, desk in zip(rows, desks, strict=True)
    ]
    raise_alerts(drafts, business_date=get_business_date())


def end_unpaid_sale(events: Sequence[AssetEnforced | AssetRestored]) -> None:
    """The price came in, or the sale came to nothing."""
    subjects = {f"asset:{event.asset_id}" for event in events}
    reason = "The price was booked or the sale taken back."
    end_alerts(kind=Alert.Kind.SALE_UNPAID, subjects=subjects, reason=reason, business_date=get_business_date())


def register() -> None:
    """Subscribe to what collateral tells of sales and losses."""
    subscribe_many(AssetRestored, end_what_its_going_told)
    subscribe_many(SalePriceOverdue, alert_on_unpaid_sale)
    subscribe_many(AssetEnforced, end_unpaid_sale)
