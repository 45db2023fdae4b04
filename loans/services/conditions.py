"""Conditions precedent: what must be true before money leaves. Other rooms satisfy them by calling down."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.utils import timezone

from core import audit
from core.errors import DomainError
from core.models import User
from core.roles import Role
from loans.models import Application, ConditionPrecedent

SETTLERS = (Role.INVESTIGATOR, Role.APPROVER, Role.RISK_MANAGER)
# Met by recording the signature and by perfecting the pledge, never by hand.
OWN_STEP = ("contract_signed", "collateral_perfected")


class UnableToSettleCondition(DomainError):
    """The condition cannot be settled by this person or now."""

    title = "The condition was not settled"
    messages = {
        "not_entitled": "Only investigators, approvers and risk managers settle conditions.",
        "unknown": "This application has no such condition.",
        "own_step": "This condition is met by its own step, not by hand.",
        "settled": "This condition is settled already.",
    }


@transaction.atomic
def satisfy_condition(
    *, application: Application, code: str, actor: User | None, note: str, business_date: date
) -> ConditionPrecedent | None:
    """Mark a condition as met. An application without the condition, or with it met already, is left alone: then None."""
    changed = ConditionPrecedent.objects.filter(application=application, code=code, state=ConditionPrecedent.State.OPEN).update(
        state=ConditionPrecedent.State.SATISFIED,
        settled_by=actor,
        settled_by_name=actor.full_name if actor else "system",
        settled_at=timezone.now(),
        note=note[:200],
    )
    if not changed:
        return None
    condition = ConditionPrecedent.objects.get(application=application, code=code)
    audit.record(
        "condition.satisfied",
        actor=actor,
        target=condition,
        branch=application.branch_id,
        label=application.reference,
        code=code,
        note=note,
    )
    return condition


@transaction.atomic
def settle_condition(*, condition: ConditionPrecedent, note: str, actor: User, business_date: date) -> ConditionPrecedent:
    """Settle a condition by hand. Those that another room satisfies (collateral, signature) are not settled here.

    Raises UnableToSettleCondition: `not_entitled`, `own_step`, `settled`.
    """
    if not actor.has_role(*SETTLERS):
        raise UnableToSettleCondition("not_entitled")
    if condition.code in OWN_STEP:
        raise UnableToSettleCondition("own_step")
    settled = satisfy_condition(application=condition.application, code=condition.code, actor=actor, note=note, business_date=business_date)
    if settled is None:
        raise UnableToSettleCondition("settled")
    return settled


def list_open_conditions(application: Application) -> list[ConditionPrecedent]:
    """What still has to be true before money leaves."""
    return list(application.conditions.filter(state=ConditionPrecedent.State.OPEN))
