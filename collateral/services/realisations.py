"""Recording what an asset was sold for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from types import MappingProxyType

from django.db import transaction

from collateral.models import Asset, AssetDocument, Pledge, Realisation
from collateral.services.pledges import withdraw_waiting
from core import audit
from core.errors import Conflict, DomainError, Fault
from core.models import User
from core.roles import Role

RECORDERS = (Role.COLLECTIONS, Role.RISK_MANAGER)


class UnableToRecordRealisation(DomainError):
    """The sale was not recorded."""

    title = "The sale was not recorded"
    messages = {
        "not_entitled": "Only collections and risk managers record what an asset was sold for.",
        "still_pledged": "Liens stand on this asset. Give them back before it is sold, or enforce it.",
    }


@transaction.atomic
def record_realisation(
    *,
    asset: Asset,
    sold_date: date,
    price: Decimal,
    actor: User | None,
    business_date: date,
    costs: Decimal = Decimal(0),
    enforced: bool = False,
) -> Realisation:
    """Keep what an asset fetched, before costs and in its currency; the asset is sold from then on.

    Raises UnableToRecordRealisation: `not_entitled`, `still_pledged`, `invalid` with faults; Conflict when the asset is not there to be sold.
    """
    if actor is not None and not actor.has_role(*RECORDERS):
        raise UnableToRecordRealisation("not_entitled")
    # Held, so that no pledge of it is perfected meanwhile.
    Asset.objects.select_for_update(of=("self",)).get(pk=asset.pk)
    check_sale(asset, sold_date, price, costs, business_date)
    if asset.pledges.filter(state__in=Pledge.STANDING).exists():
        raise UnableToRecordRealisation("still_pledged")
    return keep_sale(asset, sold_date, price, costs, enforced=enforced, actor=actor, business_date=business_date)


def check_sale(asset: Asset, sold_date: date, price: Decimal, costs: Decimal, business_date: date) -> None:
    """Whether these figures can be a sale of the asset. Raises UnableToRecordRealisation `invalid` with faults."""
    faults = []
    if not price.is_finite() or not 0 < price < Decimal("1e12"):
        faults.append(Fault("price", "absurd", "The price has to be more than zero and below a million million."))
    if not costs.is_finite() or not 0 <= costs < Decimal("1e12"):
        faults.append(Fault("costs", "negative", "The costs cannot be negative, and are below a million million."))
    if sold_date > business_date or sold_date < asset.registered_date:
        faults.append(Fault("sold_date", "out_of_bounds", "The day of the sale lies between the registration of the asset and today."))
    if faults:
        raise UnableToRecordRealisation("invalid", faults=faults)


@transaction.atomic
def keep_sale(
    asset: Asset,
    sold_date: date,
    price: Decimal,
    costs: Decimal,
    *,
    enforced: bool,
    actor: User | None,
    business_date: date,
    buyer: str = "",
    buyer_number: str = "",
    payee: str = "",
    papers: Mapping[str, AssetDocument | None] = MappingProxyType({}),
) -> Realisation:
    """Write the sale; the asset is sold from then on. Raises Conflict when it is not there to be sold."""
    if not Asset.objects.filter(pk=asset.pk, state=Asset.State.REGISTERED).update(state=Asset.State.SOLD):
        raise Conflict("already_advanced", state=Asset.objects.get(pk=asset.pk).get_state_display().lower())
    asset.refresh_from_db(fields=["state"])
    kept = Realisation.objects.create(
        asset=asset,
        sold_date=sold_date,
        price=price,
        costs=costs,
        enforced=enforced,
        buyer=buyer,
        buyer_number=buyer_number,
        payee=payee,
        **papers,
        recorded_by=actor,
        recorded_date=business_date,
    )
    withdraw_waiting(asset.pledges.all(), reason="The asset is sold", business_date=business_date)
    audit.record(
        "asset.sold",
        actor=actor,
        target=asset,
        label=asset.reference,
        business_date=business_date,
        price=price,
        costs=costs,
        payee=payee,
        enforced=enforced,
    )
    return kept
