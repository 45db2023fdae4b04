"""What of recorded securities counts: more of them, or another paper, only once a second person said so."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_DOWN, Decimal

from collateral.domain.computed_values import part_of
from collateral.models import Asset, ComputedValue, SecurityHolding, Valuation
from collateral.services.quoted_values import put_in_place
from core import audit
from core.models import User

# The red flag that a person decides.
CHANGED = "holding_changed"


def confirm_holding(asset: Asset, *, actor: User | None, business_date: date) -> None:
    """Let what is recorded count, now that somebody else saw it, about which no red flag stands (`confirmed_facts.confirm_facts`). To be
    called within a transaction that holds the asset's lock.
    """
    held = SecurityHolding.objects.select_for_update().filter(asset=asset).first()
    if held is None or held.confirmed:
        return
    before = {"isin": held.confirmed_isin, "quantity": str(held.confirmed_quantity or "")}
    take_as_counted(held)
    audit.record(
        "holding.confirmed", actor=actor, target=asset, label=asset.reference, business_date=business_date,
        before=before, isin=held.isin, quantity=str(held.quantity),
    )  # fmt: skip


def take_as_counted(held: SecurityHolding) -> None:
    """Let what is recorded be what values are made of."""
    held.confirmed_isin, held.confirmed_quantity, held.confirmed_date = held.isin, held.quantity, held.recorded_date
    held.save(update_fields=["confirmed_isin", "confirmed_quantity", "confirmed_date"])


def lower_value(asset: Asset, *, before: Decimal, held: SecurityHolding, business_date: date) -> None:
    """Let the value in force follow at once when there are fewer of the same paper than `before`: in proportion, as a value that was
    computed from it. To be called within a transaction that holds the asset's lock.
    """
    present = (
        Valuation.objects.filter(asset=asset, state=Valuation.State.ACCEPTED)
        .select_related("asset", "computed")
        .order_by("-valued_date", "-id")
    )
    value = present.first()
    if value is None or value.market_value is None:
        return
    computed: ComputedValue | None = getattr(value, "computed", None)
    worth = part_of(value.market_value * held.quantity / before, value.currency)
    price = (value.market_value / before).quantize(Decimal("0.000001"), ROUND_DOWN)
    assert value.valued_date is not None  # the database lets no value be accepted without its day
    evidence = {"isin": held.isin, "quantity": str(held.quantity), "price": str(price), "day": value.valued_date.isoformat()}
    if computed is not None and "waiting" in (said := computed.evidence):
        was = part_of(Decimal(said["before"]) * held.quantity / before, value.currency)
        evidence |= {"day": said["day"], "waiting": said["waiting"], "before": str(was), "before_day": said["before_day"]}
    base = computed.base_id if computed is not None else value.pk
    put_in_place(value, worth=worth, base_id=base, evidence=evidence, business_date=business_date)
