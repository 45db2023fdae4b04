"""Orders that are not answered in time: reminded by the night and by people, withdrawn with a reason, and drawn anew among the others."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from collateral.events import ValuationOverdue
from collateral.models import Asset, Valuation
from collateral.selectors.secured import secures_nothing
from collateral.services.flags import end_value_flags
from collateral.services.valuations.orders import ORDERERS, UnableToOrderValuation, draw, last_appraisers, lock_for_order, order_from
from collateral.services.valuations.submission import unseal
from core import audit
from core.bulk_rows import read_batches
from core.errors import Conflict, DomainError
from core.events import publish_all
from core.models import AuditEntry, User
from core.uuids import uuid7

State = Valuation.State
# Days between two reminders of one order.
REMIND_EVERY = 7
# Who owes a value since its day and was not reminded lately: read once, and asked again of those that are written.
LATE = """
v.state = ANY(%(waiting)s) AND v.due_date < %(day)s AND (v.reminded_date IS NULL OR v.reminded_date <= %(day)s::date - %(every)s)
"""
OVERDUE = f"SELECT v.id FROM collateral_valuation v WHERE {LATE} ORDER BY v.id"
REMIND = f"""
UPDATE collateral_valuation v SET reminders = v.reminders + 1, reminded_date = %(day)s
FROM collateral_asset a WHERE a.id = v.asset_id AND v.id = ANY(%(values)s) AND {LATE}
RETURNING v.id, v.asset_id, v.due_date, v.reminders, a.branch_id, a.reference
"""


class UnableToWithdrawOrder(DomainError):
    """The order stays with its appraiser."""

    title = "The order was not withdrawn"
    messages = {
        "not_entitled": "Only investigators and risk managers withdraw orders and remind appraisers.",
        "own_order": "This value is ordered from you. Somebody else decides about the order.",
        "not_overdue": "The appraiser has until {due}. Only an order that is overdue is withdrawn: nobody chooses again because of who was drawn.",
        "reason_missing": "Write down why; the reason goes into the audit trail.",
        "nobody_else": "Nobody else may be drawn for this asset at this branch. The order stays; remind its appraiser.",
        "reminded_today": "The appraiser was reminded today.",
    }


@transaction.atomic
def withdraw_order(*, valuation: Valuation, reason: str, actor: User, business_date: date) -> Valuation | None:
    """Take an overdue order from its appraiser and draw another by lot, of another firm where that was asked for. Who let it lapse, who
    was asked beside, and whom the order left out from the beginning is not drawn. Where nobody else is there, a value that was sealed until
    this one was in is examined and judged without it; nor is anybody drawn for what secures nothing any more. Returns the new order, in the
    same round, or None.

    Raises UnableToWithdrawOrder: `not_entitled`, `own_order`, `not_overdue`, `reason_missing`, `nobody_else`; Conflict when it was
    answered.
    """
    _may_press(valuation, actor)
    if not reason.strip():
        raise UnableToWithdrawOrder("reason_missing")
    asset = lock_for_order(valuation.asset, actor)
    held = _held(valuation)
    if not held.is_overdue(business_date):
        raise UnableToWithdrawOrder("not_overdue", due=held.due_date or "")
    made: Valuation | None = None
    try:
        if not secures_nothing(asset):
            made = give_to_another(held, asset, why="The order before was withdrawn.", actor=actor, business_date=business_date)
    except UnableToOrderValuation as refusal:
        if not held.together().filter(state=State.SUBMITTED, sealed=True).exists():
            raise UnableToWithdrawOrder("nobody_else") from refusal
    held.state = State.WITHDRAWN
    held.decided_by, held.decided_at, held.decision_reason = actor, timezone.now(), reason.strip()
    # What was handed in before a challenge stays in the audit trail; a value that was taken back counts nowhere.
    held.save(update_fields=["round", "state", "decided_by", "decided_at", "decision_reason"])
    audit.record(
        "valuation.withdrawn",
        actor=actor,
        target=held,
        branch=asset.branch_id,
        label=asset.reference,
        business_date=business_date,
        due=held.due_date,
        reminders=held.reminders,
        reason=reason,
    )
    end_value_flags(valuation=held, reason="The order was withdrawn.", actor=actor, business_date=business_date)
    unseal(held, business_date=business_date)
    return made


def give_to_another(held: Valuation, asset: Asset, *, why: str, actor: User | None, business_date: date) -> Valuation:
    """Draw somebody else by lot for an order, in the same round, which `held` is given where it had none. Raises UnableToOrderValuation."""
    # Whom the first order left out, an inspector who asked for it say, the next one leaves out too.
    barred = {key for one in held.together() for key in one.barred} | set(held.barred)
    asked = {one.appraiser_id: one for one in held.together() if one.appraiser_id is not None}
    # Who never answered said nothing: a colleague of theirs may.
    beside = {key for key, one in asked.items() if one.pk != held.pk and one.state != Valuation.State.WITHDRAWN}
    without = barred | set(asked)
    drawn = draw(asset, 1, actor, business_date, third_party=held.third_party, last=last_appraisers(asset), without=without, beside=beside)
    held.round = held.round or uuid7()
    terms: dict[str, Any] = {"third_party": held.third_party, "outside_reason": held.outside_reason, "alone": drawn.alone}
    return order_from(asset, drawn.people[0], actor, business_date, reason=why, together=held.round, barred=barred, **terms)


@transaction.atomic
def remind_appraiser(*, valuation: Valuation, actor: User, business_date: date) -> Valuation:
    """Remind an appraiser of an order, once a day at most.

    Raises UnableToWithdrawOrder: `not_entitled`, `own_order`, `reminded_today`; Conflict when it was answered.
    """
    _may_press(valuation, actor)
    held = _held(valuation)
    if held.reminded_date == business_date:
        raise UnableToWithdrawOrder("reminded_today")
    held.reminders, held.reminded_date = held.reminders + 1, business_date
    held.save(update_fields=["reminders", "reminded_date"])
    audit.record_all([_entry(held, actor, business_date, branch=held.asset.branch_id, label=held.asset.reference)])
    return held


@transaction.atomic
def remind_overdue(*, business_date: date) -> int:
    """Remind every appraiser of what is overdue, weekly, and tell the world each time: three statements for each batch. Idempotent per day.
    Returns how many were reminded."""
    asked: dict[str, Any] = {"day": business_date, "waiting": [state.value for state in Valuation.WITH_APPRAISER], "every": REMIND_EVERY}
    reminded = 0
    for batch in read_batches(OVERDUE, asked):
        with connection.cursor() as cursor:
            cursor.execute(REMIND, asked | {"values": [key for (key,) in batch]})
            rows = sorted(cursor.fetchall())
        audit.record_all(
            [
                _entry(Valuation(pk=key, due_date=due, reminders=reminders), None, business_date, branch=branch, label=label)
                for key, _, due, reminders, branch, label in rows
            ]
        )
        publish_all(
            [ValuationOverdue(valuation_id=str(key), asset_id=str(asset), due_date=due.isoformat()) for key, asset, due, *_ in rows]
        )
        reminded += len(rows)
    return reminded


def _may_press(valuation: Valuation, actor: User) -> None:
    if not actor.has_role(*ORDERERS):
        raise UnableToWithdrawOrder("not_entitled")
    if valuation.appraiser_id == actor.pk:
        raise UnableToWithdrawOrder("own_order")


def _held(valuation: Valuation) -> Valuation:
    held = Valuation.objects.select_for_update(of=("self",)).select_related("asset").get(pk=valuation.pk)
    if held.state not in Valuation.WITH_APPRAISER:
        raise Conflict("already_advanced", state=held.get_state_display().lower())
    return held


def _entry(valuation: Valuation, actor: User | None, business_date: date, *, branch: int, label: str) -> AuditEntry:
    return audit.entry(
        "valuation.reminded",
        actor=actor,
        actor_name="" if actor else "rule",
        target=valuation,
        branch=branch,
        label=label,
        business_date=business_date,
        due=valuation.due_date,
        reminders=valuation.reminders,
    )
