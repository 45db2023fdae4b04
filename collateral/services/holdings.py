"""Recording what a machine cost and which paper is pledged, so that curves and prices can be held against an appraiser's value."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db import transaction
from stdnum import isin as isin_rules

from collateral.domain.evidence import find_changed_holding
from collateral.models import Asset, AssetKind, EquipmentFacts, Pledge, SecurityHolding, Valuation
from collateral.selectors.value_settings import settings_in_force
from collateral.services.confirmed_holdings import CHANGED, lower_value
from collateral.services.evidence import look_at_values
from collateral.services.fact_versions import keep_version
from collateral.services.flags import raise_findings, settle_flags
from core import audit
from core.errors import DomainError, Fault
from core.models import User
from core.roles import Role


class UnableToRecordHolding(DomainError):
    """The facts were not kept."""

    title = "The facts were not kept"
    messages = {
        "not_entitled": "Only officers and investigators record what an asset is.",
        "other_class": "These facts do not belong to this class of collateral.",
    }


@transaction.atomic
def record_equipment(
    *, asset: Asset, curve: str, new_price: Decimal, bought_date: date, actor: User | None, business_date: date
) -> EquipmentFacts:
    """Keep or replace what a machine or vehicle cost when new, in the asset's currency.

    Raises UnableToRecordHolding: `not_entitled`, `other_class`, `invalid` with faults.
    """
    _check(actor, asset, AssetKind.MACHINERY, AssetKind.VEHICLE)
    faults = []
    if curve not in settings_in_force().curves:
        faults.append(Fault("curve", "unknown", "Choose a curve from the list."))
    if not new_price.is_finite() or not 0 < new_price < Decimal("1e10"):
        faults.append(Fault("new_price", "absurd", "The price when new has to be more than zero and below ten thousand million."))
    if not date(1950, 1, 1) <= bought_date <= business_date:
        faults.append(Fault("bought_date", "out_of_bounds", "It was bought between 1950 and today."))
    if faults:
        raise UnableToRecordHolding("invalid", faults=faults)
    values = {"curve": curve, "new_price": new_price, "bought_date": bought_date}
    keep_version(asset, "equipment", values, valid_from=business_date, actor=actor, business_date=business_date)
    recorded = {**values, "recorded_by": actor, "recorded_date": business_date}
    kept, _ = EquipmentFacts.objects.update_or_create(asset=asset, defaults=recorded)
    audit.record("equipment.recorded", actor=actor, target=asset, label=asset.reference, business_date=business_date, curve=curve)
    look_at_values(asset, business_date=business_date)
    return kept


@transaction.atomic
def record_holding(*, asset: Asset, isin: str, quantity: Decimal, actor: User | None, business_date: date) -> SecurityHolding:
    """Keep or replace which paper is pledged and how many of it. Once a value was ordered or a pledge stands, more of it or another
    paper raises a red flag and counts only once somebody else cleared that; less of it counts at once.

    Raises UnableToRecordHolding: `not_entitled`, `other_class`, `invalid` with faults.
    """
    _check(actor, asset, AssetKind.SECURITIES)
    code = isin.strip().upper()
    faults = []
    if not isin_rules.is_valid(code):
        faults.append(Fault("isin", "unknown", "This is no ISIN: twelve characters, the last of which checks the others."))
    if not quantity.is_finite() or not 0 < quantity < Decimal("1e12"):
        faults.append(Fault("quantity", "absurd", "The quantity has to be more than zero."))
    if faults:
        raise UnableToRecordHolding("invalid", faults=faults)
    asset = Asset.objects.select_for_update(of=("self",)).get(pk=asset.pk)
    before = SecurityHolding.objects.filter(asset=asset).first()
    values = {"isin": code, "quantity": quantity}
    keep_version(asset, "holding", values, valid_from=business_date, actor=actor, business_date=business_date)
    kept, _ = SecurityHolding.objects.update_or_create(
        asset=asset, defaults={**values, "recorded_by": actor, "recorded_date": business_date}
    )
    known = {"isin": before.isin, "quantity": str(before.quantity)} if before is not None else {}
    audit.record(
        "holding.recorded", actor=actor, target=asset, label=asset.reference, business_date=business_date,
        isin=code, quantity=str(quantity), before=known,
    )  # fmt: skip
    _let_count(asset, kept, actor=actor, business_date=business_date)
    return kept


def _let_count(asset: Asset, held: SecurityHolding, *, actor: User | None, business_date: date) -> None:
    """Let what was recorded count as far as nobody else has to look at it first; else raise the red flag that asks somebody to."""
    paper, number = held.confirmed_isin, held.confirmed_quantity
    # From the order on: what is valued and what is accepted is what was on file then.
    valued = asset.valuations.exclude(state=Valuation.State.WITHDRAWN).exists()
    relied_on = valued or asset.pledges.filter(state__in=Pledge.STANDING).exists()
    fewer = number is not None and held.isin == paper and held.quantity <= number
    if relied_on and not fewer:
        finding = find_changed_holding(held.isin, held.quantity, paper, number)
        raise_findings(asset=asset, findings=[finding], business_date=business_date)
        return
    held.confirmed_isin, held.confirmed_quantity = held.isin, held.quantity
    held.save(update_fields=["confirmed_isin", "confirmed_quantity"])
    if number is not None and fewer and held.quantity < number:
        lower_value(asset, before=number, held=held, business_date=business_date)
    settle_flags(asset=asset, code=CHANGED, reason="No more is recorded than counts.", actor=actor, business_date=business_date)


def _check(actor: User | None, asset: Asset, *kinds: AssetKind) -> None:
    if actor is not None and not actor.has_role(Role.OFFICER, Role.INVESTIGATOR):
        raise UnableToRecordHolding("not_entitled")
    if asset.kind not in kinds:
        raise UnableToRecordHolding("other_class")
