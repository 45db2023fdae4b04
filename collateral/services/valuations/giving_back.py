"""What appraisers do about their own orders: take a value back before anybody judged it, or decline an order that they cannot answer."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.utils import timezone

from collateral.models import Asset, Valuation
from collateral.services.flags import end_value_flags
from collateral.services.valuations.modifications import keep_works
from collateral.services.valuations.orders import UnableToOrderValuation, lock_for_order
from collateral.services.valuations.overdue import give_to_another
from collateral.services.valuations.submission import unseal
from core import audit
from core.errors import Conflict, DomainError
from core.models import User

State = Valuation.State


class UnableToGiveBack(DomainError):
    """The value or the order stays as it is."""

    title = "The order stays as it is"
    messages = {
        "not_yours": "This value was ordered from somebody else.",
        "reason_missing": "Write down why; the reason goes into the audit trail.",
        "not_pledged": "The asset secures no file of {name} any more. Decline the order with a reason.",
        "upheld_flags": "A red flag about this value was upheld. Whoever judges it sends it back or rejects it.",
    }


@transaction.atomic
def take_back_valuation(*, valuation: Valuation, reason: str, actor: User, business_date: date) -> Valuation:
    """Take a value back that nobody has judged, so that it can be handed in again by the day on which it is due. What it said stays in the
    audit trail, its files stay, and what rules raised about it ends as such. Who takes it back learns nothing by that: they are blind to
    the asset as long as it waits.

    Raises UnableToGiveBack: `not_yours`, `reason_missing`, `upheld_flags`; Conflict when it was judged meanwhile.
    """
    held = _own(valuation, reason, actor)
    if held.state != State.SUBMITTED:
        raise Conflict("already_advanced", state=held.get_state_display().lower())
    if held.flags.filter(state="UPHELD").exists():
        raise UnableToGiveBack("upheld_flags")
    said = held.market_value
    held.state, held.market_value, held.method, held.comparables, held.remarks = State.ORDERED, None, "", [], ""
    held.inputs, held.valued_area = {}, None
    held.independence_declared, held.sealed = False, False
    held.valued_date = held.submitted_date = held.expires_date = None
    held.save()
    keep_works(held, None, ())
    _record("valuation.taken_back", held, reason, actor, business_date, market_value=said)
    end_value_flags(valuation=held, reason="The value was taken back by who gave it.", actor=actor, business_date=business_date)
    return held


@transaction.atomic
def decline_order(*, valuation: Valuation, reason: str, actor: User, business_date: date) -> Valuation | None:
    """Give an order back that waits for an answer, because of an interest or for want of time. Another appraiser is drawn by lot; where
    there is none, somebody orders anew, and what was sealed until this one was in is examined and judged without it. Returns the new order
    or None.

    Raises UnableToGiveBack: `not_yours`, `reason_missing`; Conflict when it was answered or withdrawn.
    """
    held = _own(valuation, reason, actor)
    if held.state not in Valuation.WITH_APPRAISER:
        raise Conflict("already_advanced", state=held.get_state_display().lower())
    asset = lock_for_order(held.asset, None)
    try:
        made = give_to_another(held, asset, why="The appraiser before declined.", actor=held.ordered_by, business_date=business_date)
    except UnableToOrderValuation:
        made = None
    held.state, held.decided_by, held.decided_at, held.decision_reason = State.WITHDRAWN, actor, timezone.now(), reason.strip()
    held.save(update_fields=["round", "state", "decided_by", "decided_at", "decision_reason"])
    _record("valuation.declined", held, reason, actor, business_date)
    end_value_flags(valuation=held, reason="The appraiser gave the order back.", actor=actor, business_date=business_date)
    unseal(held, business_date=business_date)
    return made


def _own(valuation: Valuation, reason: str, actor: User) -> Valuation:
    """The order, held with its asset first as everybody does."""
    if valuation.appraiser_id != actor.pk:
        raise UnableToGiveBack("not_yours")
    if not reason.strip():
        raise UnableToGiveBack("reason_missing")
    Asset.objects.select_for_update(of=("self",)).get(pk=valuation.asset_id)
    return Valuation.objects.select_for_update(of=("self",)).select_related("asset", "ordered_by").get(pk=valuation.pk)


def _record(action: str, held: Valuation, reason: str, actor: User, business_date: date, **more: object) -> None:
    audit.record(
        action,
        actor=actor,
        target=held,
        branch=held.asset.branch_id,
        label=held.asset.reference,
        business_date=business_date,
        reason=reason,
        **more,
    )
