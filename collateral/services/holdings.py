"""Recording what a machine cost and which paper is pledged, so that curves and prices can be held against an appraiser's value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from django.db import transaction
from stdnum import isin as isin_rules

from collateral.domain.amounts import faults_of_amount
from collateral.domain.asset_facts import account_number, numbers_of
from collateral.domain.evidence import find_changed_holding
from collateral.domain.raised_facts import Equipment, find_slower, is_slower
from collateral.models import Asset, AssetKind, EquipmentFacts, SecurityHolding
from collateral.selectors.value_settings import settings_in_force
from collateral.services.blocks import faults_of_account
from collateral.services.confirmed_facts import SLOWER, relied_on
from collateral.services.confirmed_holdings import CHANGED, lower_value, take_as_counted
from collateral.services.evidence import look_at_values
from collateral.services.fact_versions import keep_version
from collateral.services.flags import raise_findings, settle_flags
from collateral.services.seen import refuse_unseen
from collateral.services.twin_flags import look_for_twins
from collateral.services.twins import index_assets
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
    *, asset: Asset, curve: str, new_price: Decimal, bought_date: date, actor: User | None, business_date: date, seen: str = ""
) -> EquipmentFacts:
    """Keep or replace what a machine or vehicle cost when new, in the asset's currency. Once a value was ordered or a pledge stands, what
    lets its value fall more slowly, or makes it worth more by its curve, raises a red flag and counts only once somebody else cleared that.

    `seen` is the revision of those facts that the change was made on. Raises UnableToRecordHolding: `not_entitled`, `other_class`,
    `invalid` with faults; ChangedMeanwhile.
    """
    _check(actor, asset, AssetKind.MACHINERY, AssetKind.VEHICLE)
    asset = Asset.objects.select_for_update(of=("self",)).get(pk=asset.pk)
    refuse_unseen(asset, "equipment", seen)
    curves = settings_in_force().curves
    faults = []
    if curve not in curves:
        faults.append(Fault("curve", "unknown", "Choose a curve from the list."))
    words = "The price when new has to be more than zero and below ten thousand million."
    faults += faults_of_amount("new_price", new_price, asset.currency, words, most=Decimal("1e10"))
    if not date(1950, 1, 1) <= bought_date <= business_date:
        faults.append(Fault("bought_date", "out_of_bounds", "It was bought between 1950 and today."))
    elif (valued := _first_valued(asset)) is not None and bought_date > valued:
        faults.append(Fault("bought_date", "after_value", f"It was valued on {valued:%-d %b %Y}, so it was bought by then."))
    if faults:
        raise UnableToRecordHolding("invalid", faults=faults)
    values = {"curve": curve, "new_price": new_price, "bought_date": bought_date}
    keep_version(asset, "equipment", values, valid_from=business_date, actor=actor, business_date=business_date)
    before = EquipmentFacts.objects.filter(asset=asset).first()
    held = _held_before(asset, before, Equipment(curve, bought_date, new_price), curves, business_date)
    recorded = {**values, "recorded_by": actor, "recorded_date": business_date, "held": held}
    kept, _ = EquipmentFacts.objects.update_or_create(asset=asset, defaults=recorded)
    audit.record("equipment.recorded", actor=actor, target=asset, label=asset.reference, business_date=business_date, curve=curve)
    if held:
        finding = find_slower(curve, "" if held[0] is None else held[0]["curve"])
        raise_findings(asset=asset, findings=[finding], business_date=business_date)
    else:
        reason = "Its value falls no more slowly than counts."
        settle_flags(asset=asset, code=SLOWER, reason=reason, actor=actor, business_date=business_date)
    look_at_values(asset, business_date=business_date)
    return kept


def _first_valued(asset: Asset) -> date | None:
    """The day of the first value of it that somebody handed in."""
    days = asset.valuations.filter(market_value__isnull=False, valued_date__isnull=False).order_by("valued_date")
    return days.values_list("valued_date", flat=True).first()


def _held_before(
    asset: Asset, before: EquipmentFacts | None, now: Equipment, curves: Mapping[str, Sequence[Decimal]], today: date
) -> list[dict[str, str] | None]:
    """What held before and lets the value fall faster, or makes it worth less, than what is recorded now; None: nothing held."""
    if not relied_on(asset):
        return []
    known: list[dict[str, str] | None] = [*before.held] if before is not None else []
    then = None if before is None else {name: str(getattr(before, name)) for name in ("curve", "bought_date", "new_price")}
    if then not in known:
        known.append(then)
    return [one for one in known if one is None or is_slower(curves, Equipment.read(one), now, today)]


@transaction.atomic
def record_holding(
    *,
    asset: Asset,
    isin: str,
    quantity: Decimal,
    actor: User | None,
    business_date: date,
    custodian: str | None = None,
    account: str | None = None,
    seen: str = "",
    twins: bool = True,
) -> SecurityHolding:
    """Keep or replace which paper is pledged, how many of it, and on which account of whom; without an account that stays as it is. Once a
    value was ordered or a pledge stands, more of it or another paper raises a red flag and counts only once somebody else cleared that;
    less of it counts at once. Another account is refused while a block of this one is confirmed.

    `seen` is the revision of those facts that the change was made on; without `twins` no registered asset is looked for that is the same
    thing. Raises UnableToRecordHolding: `not_entitled`, `other_class`, `invalid` with faults; ChangedMeanwhile.
    """
    _check(actor, asset, AssetKind.SECURITIES)
    code = isin.strip().upper()
    faults = []
    if not isin_rules.is_valid(code):
        faults.append(Fault("isin", "unknown", "This is no ISIN: twelve characters, the last of which checks the others."))
    if not quantity.is_finite() or not 0 < quantity < Decimal("1e12"):
        faults.append(Fault("quantity", "absurd", "The quantity has to be more than zero."))
    asset = Asset.objects.select_for_update(of=("self",)).get(pk=asset.pk)
    refuse_unseen(asset, "holding", seen)
    before = SecurityHolding.objects.filter(asset=asset).first()
    kept_at = (before.custodian, before.account) if before is not None else ("", "")
    where = kept_at[0] if custodian is None else custodian.strip()[:120], kept_at[1] if account is None else account_number(account)
    faults += faults_of_account(asset, where[1], where[0])
    if faults:
        raise UnableToRecordHolding("invalid", faults=faults)
    values = {"isin": code, "quantity": quantity, "custodian": where[0], "account": where[1]}
    keep_version(asset, "holding", values, valid_from=business_date, actor=actor, business_date=business_date)
    kept, _ = SecurityHolding.objects.update_or_create(
        asset=asset, defaults={**values, "recorded_by": actor, "recorded_date": business_date}
    )
    known = {"isin": before.isin, "quantity": str(before.quantity)} if before is not None else {}
    audit.record(
        "holding.recorded", actor=actor, target=asset, label=asset.reference, business_date=business_date,
        isin=code, quantity=str(quantity), before=known, custodian=where[0], account_changed=where[1] != kept_at[1],
    )  # fmt: skip
    asset.numbers = "\n".join(numbers_of(asset.kind, values))
    asset.save(update_fields=["numbers"])
    index_assets([asset])
    if twins:
        look_for_twins(asset=asset, business_date=business_date)
    _let_count(asset, kept, actor=actor, business_date=business_date)
    return kept


def _let_count(asset: Asset, held: SecurityHolding, *, actor: User | None, business_date: date) -> None:
    """Let what was recorded count as far as nobody else has to look at it first; else raise the red flag that asks somebody to."""
    paper, number = held.confirmed_isin, held.confirmed_quantity
    fewer = number is not None and held.isin == paper and held.quantity <= number
    # From the order on: what is valued and what is accepted is what was on file then.
    if relied_on(asset) and not fewer:
        finding = find_changed_holding(held.isin, held.quantity, paper, number)
        raise_findings(asset=asset, findings=[finding], business_date=business_date)
        return
    take_as_counted(held)
    if number is not None and fewer and held.quantity < number:
        lower_value(asset, before=number, held=held, business_date=business_date)
    settle_flags(asset=asset, code=CHANGED, reason="No more is recorded than counts.", actor=actor, business_date=business_date)


def _check(actor: User | None, asset: Asset, *kinds: AssetKind) -> None:
    if actor is not None and not actor.has_role(Role.OFFICER, Role.INVESTIGATOR):
        raise UnableToRecordHolding("not_entitled")
    if asset.kind not in kinds:
        raise UnableToRecordHolding("other_class")
