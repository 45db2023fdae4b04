"""Writing what an asset was sold for. Two people agree on it before (`owner_sales`, `enforcement`)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction

from collateral.domain.amounts import faults_of_amount
from collateral.models import Asset, Pledge, Realisation
from collateral.selectors.ended_pledges import SOLD
from collateral.services.pledges import withdraw_waiting
from collateral.services.sale_costs import NO_PAPERS, Papers
from core import audit
from core.errors import Conflict, DomainError, Fault
from core.models import User


class UnableToRecordRealisation(DomainError):
    """The sale was not recorded."""

    title = "The sale was not recorded"
    messages = {
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
    buyer: str = "",
    buyer_number: str = "",
    papers: Papers = NO_PAPERS,
) -> Realisation:
    """Keep what its owner sold an asset for, before costs and in its currency; the asset is sold from then on. `actor` is who proposed it,
    None where it is taken over from other books.

    Raises UnableToRecordRealisation: `still_pledged`, `invalid` with faults; as `keep_sale`; Conflict when the asset is not there to be
    sold.
    """
    # Held, so that no pledge of it is perfected meanwhile.
    Asset.objects.select_for_update(of=("self",)).get(pk=asset.pk)
    check_sale(asset, sold_date, price, costs, business_date)
    refuse_pledged(asset)
    kept: dict[str, Any] = {"buyer": buyer, "buyer_number": buyer_number, "papers": papers}
    return keep_sale(asset, sold_date, price, costs, enforced=False, actor=actor, business_date=business_date, **kept)


def refuse_pledged(asset: Asset) -> None:
    """Raises UnableToRecordRealisation `still_pledged`: what liens stand on is not sold by its owner."""
    if asset.pledges.filter(state__in=Pledge.STANDING).exists():
        raise UnableToRecordRealisation("still_pledged")


def check_sale(asset: Asset, sold_date: date, price: Decimal, costs: Decimal, business_date: date) -> None:
    """Whether these figures can be a sale of the asset. Raises UnableToRecordRealisation `invalid` with faults."""
    much, little = (
        "The price has to be more than zero and below a million million.",
        "The costs cannot be negative, and are below a million million.",
    )
    faults = faults_of_amount("price", price, asset.currency, much)
    faults += faults_of_amount("costs", costs, asset.currency, little, code="negative", zero=True)
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
    papers: Papers = NO_PAPERS,
    due_date: date | None = None,
    received_date: date | None = None,
) -> Realisation:
    """Write the sale; the asset is sold from then on, and pledges of it that wait are proposed no more. The price of an enforced one is in
    since its `received_date`, unless the buyer pays it by a `due_date`.

    Raises UnableToWithdrawPledge `counted_on`, by its owner alone; Conflict when it is not there to be sold.
    """
    # What the bank itself sells is gone whoever counted on it; a file that lacks it then is held before its money leaves.
    withdraw_waiting(asset.pledges.all(), reason=SOLD, business_date=business_date, counted=not enforced)
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
        **papers._asdict(),
        due_date=due_date,
        received_date=received_date,
        booked_date=business_date if enforced and due_date is None else None,
        recorded_by=actor,
        recorded_date=business_date,
    )
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
        due=due_date,
    )
    return kept
