"""Conditions precedent: what must be true before money leaves. Other rooms satisfy them by calling down."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone

from core import audit
from core.errors import DomainError, Fault
from core.models import User
from core.roles import Role
from loans.models import Application, ConditionPrecedent, Document
from loans.selectors.intake_hands import took_in
from loans.services.decisions import latest_outcome
from loans.services.documents import store_document

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
        "own_decision": "You decided this application. Somebody else has to say that its conditions are met.",
        "own_intake": "You took this application in. Somebody else has to say that its conditions are met.",
        "invalid": "Some fields need attention.",
        "settled": "This condition is settled already.",
    }


@transaction.atomic
def satisfy_condition(
    *, application: Application, code: str, actor: User | None, note: str, business_date: date, document: Document | None = None
) -> ConditionPrecedent | None:
    """Mark a condition as met. An application without the condition, or with it met already, is left alone: then None."""
    changed = ConditionPrecedent.objects.filter(application=application, code=code, state=ConditionPrecedent.State.OPEN).update(
        state=ConditionPrecedent.State.SATISFIED,
        settled_by=actor,
        settled_by_name=actor.full_name if actor else "system",
        settled_at=timezone.now(),
        note=note[:200],
        document=document,
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
        **({"document": document.pk} if document else {}),
    )
    return condition


@transaction.atomic
def settle_condition(
    *,
    condition: ConditionPrecedent,
    note: str,
    actor: User,
    business_date: date,
    document: Document | None = None,
    upload: UploadedFile[Any] | None = None,
) -> ConditionPrecedent:
    """Settle a condition by hand, on a document of the file or one that is handed in with it, by somebody who neither decided nor took the
    application in. Those that another room satisfies (collateral, signature) are not settled here.

    Raises UnableToSettleCondition: `not_entitled`, `own_step`, `own_decision`, `own_intake`, `settled`, `invalid` with faults;
    UnableToStoreDocument.
    """
    if not actor.has_role(*SETTLERS):
        raise UnableToSettleCondition("not_entitled")
    if condition.code in OWN_STEP:
        raise UnableToSettleCondition("own_step")
    if why := why_not_settled_by(actor, condition.application):
        raise UnableToSettleCondition(why)
    if condition.state != ConditionPrecedent.State.OPEN:
        raise UnableToSettleCondition("settled")
    if faults := _faults(condition, note, document, upload):
        raise UnableToSettleCondition("invalid", faults=faults)
    if upload is not None:
        document = store_document(application=condition.application, kind=condition.code, upload=upload, actor=actor)
    settled = satisfy_condition(
        application=condition.application,
        code=condition.code,
        actor=actor,
        note=note.strip(),
        document=document,
        business_date=business_date,
    )
    if settled is None:
        raise UnableToSettleCondition("settled")
    return settled


def why_not_settled_by(actor: User, application: Application) -> str:
    """The code of why this person settles no condition of the file, whatever shows it; empty where they may."""
    if took_in(actor, application):
        return "own_intake"
    outcome = latest_outcome(application)
    return "own_decision" if outcome is not None and actor.pk in outcome.deciders else ""


def _faults(condition: ConditionPrecedent, note: str, document: Document | None, upload: UploadedFile[Any] | None) -> list[Fault]:
    faults = [] if note.strip() else [Fault("note", "required", "Say what shows that the condition is met.")]
    if document is None and upload is None:
        faults.append(Fault("document", "required", "Choose the document that shows it, or upload it."))
    elif document is not None and document.application_id != condition.application_id:
        faults.append(Fault("document", "foreign_document", "The document belongs to another application."))
    return faults


def list_open_conditions(application: Application) -> list[ConditionPrecedent]:
    """What still has to be true before money leaves."""
    return list(application.conditions.filter(state=ConditionPrecedent.State.OPEN))
