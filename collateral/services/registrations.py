"""A pledge on its way through the registry: sent there, refused by it, and told of when it stays silent."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import connection, transaction

from collateral.events import PledgeSent, RegistrationOverdue
from collateral.models import AssetDocument, Pledge
from collateral.selectors.value_settings import settings_in_force
from collateral.services.asset_documents import Proof, keep_asset_document, proof_of
from collateral.services.pledge_obstacles import agreement_obstacles
from collateral.services.pledge_proposals import PLEDGERS
from collateral.services.pledges import end_waiting, lock_with_asset
from core import audit
from core.errors import DomainError, Fault
from core.events import publish, publish_all
from core.models import User

Kind = AssetDocument.Kind
# What the registry is silent about is told of again after so many days, once its alert was closed.
TOLD_AGAIN_DAYS = 7
# Told of once, and then each week; one statement however many there are.
SILENT = """
UPDATE collateral_pledge SET told_date = %(day)s
WHERE state = 'REGISTRATION_PENDING' AND sent_date <= %(due)s AND (told_date IS NULL OR told_date <= %(again)s)
RETURNING id
"""


class UnableToSendPledge(DomainError):
    """The pledge was not recorded as sent to the registry, or as refused by it."""

    title = "The pledge was not sent"
    messages = {
        "not_entitled": "Only officers and investigators send pledges to the registry and record its refusal.",
        "wrong_state": "This pledge is {state}. Only one that is proposed is sent, and only one that is with the registry is refused by it.",
        "no_registry": "{kind} is entered in no registry. The pledge is perfected without it.",
        "not_agreed": "{missing}",
    }


@transaction.atomic
def send_to_registry(
    *,
    pledge: Pledge,
    registry: str,
    sent_date: date,
    actor: User,
    business_date: date,
    reference: str = "",
    receipt: Proof | None = None,
) -> Pledge:
    """Record that a pledge that is agreed was sent to a registry on a day, by the reference under which it files the request, its receipt,
    or both. Who sends it does not perfect it.

    Raises UnableToSendPledge: `not_entitled`, `wrong_state`, `no_registry`, `not_agreed`, `invalid` with faults; and what keeping a paper
    raises.
    """
    if not actor.has_role(*PLEDGERS):
        raise UnableToSendPledge("not_entitled")
    held = lock_with_asset(pledge)
    if held.state != Pledge.State.PROPOSED:
        raise UnableToSendPledge("wrong_state", state=held.get_state_display().lower())
    if held.asset.kind not in settings_in_force().registry_kinds:
        raise UnableToSendPledge("no_registry", kind=held.asset.get_kind_display())
    if missing := next(agreement_obstacles(held, business_date=business_date), None):
        raise UnableToSendPledge("not_agreed", missing=missing.detail)
    faults = []
    if not registry.strip():
        faults.append(Fault("registry", "required", "Name the registry."))
    if not held.asset.registered_date <= sent_date <= business_date:
        faults.append(Fault("sent_date", "out_of_bounds", "It was sent after the asset was registered here, and not after today."))
    if not reference.strip() and receipt is None:
        faults.append(Fault("reference", "required", "Enter the registry's reference, or add its receipt."))
    if faults:
        raise UnableToSendPledge("invalid", faults=faults)
    step: dict[str, Any] = {"paper_date": sent_date, "actor": actor, "business_date": business_date}
    held.receipt = proof_of(held.asset, Kind.REGISTRY_RECEIPT, receipt, **step)
    held.state = Pledge.State.REGISTRATION_PENDING
    held.registry, held.sent_reference = registry.strip()[:120], reference.strip()[:60]
    held.sent_date, held.sent_by = sent_date, actor
    held.save(update_fields=["state", "registry", "sent_reference", "receipt", "sent_date", "sent_by"])
    audit.record(
        "pledge.sent_to_registry",
        actor=actor,
        target=held,
        branch=held.asset.branch_id,
        label=held.asset.reference,
        business_date=business_date,
        application=held.application.reference,
        registry=held.registry,
        reference=held.sent_reference,
        sent=sent_date,
    )
    publish(PledgeSent(pledge_id=str(held.pk), application_id=str(held.application_id), sent_date=sent_date.isoformat()))
    return held


@transaction.atomic
def refuse_registration(
    *, pledge: Pledge, reason: str, refused_date: date, paper: UploadedFile[Any] | None, actor: User, business_date: date
) -> Pledge:
    """Record that the registry does not enter a pledge, proved by its letter: the pledge ends. A decision that counted on it holds the file
    by what it lacks then (`decided_covers`).

    Raises UnableToSendPledge: `not_entitled`, `wrong_state`, `invalid` with faults; and what keeping a paper raises.
    """
    if not actor.has_role(*PLEDGERS):
        raise UnableToSendPledge("not_entitled")
    held = lock_with_asset(pledge)
    if held.state != Pledge.State.REGISTRATION_PENDING or held.sent_date is None:
        raise UnableToSendPledge("wrong_state", state=held.get_state_display().lower())
    faults = []
    if not reason.strip():
        faults.append(Fault("reason", "required", "Write down why the registry refused."))
    if not held.sent_date <= refused_date <= business_date:
        faults.append(Fault("refused_date", "out_of_bounds", "The registry refused after it was asked, and not after today."))
    if paper is None:
        faults.append(Fault("paper", "required", "Add the registry's letter."))
    if faults or paper is None:
        raise UnableToSendPledge("invalid", faults=faults)
    refusal = keep_asset_document(
        asset=held.asset, kind=Kind.REGISTRY_REFUSAL, upload=paper, paper_date=refused_date, actor=actor, business_date=business_date
    )
    end_waiting(held, reason.strip(), actor=actor, business_date=business_date, refusal=refusal)
    return held


@transaction.atomic
def tell_silent_registries(*, business_date: date) -> int:
    """Tell of the pledges that a registry has had for longer than the settings allow, once and then weekly, until they are perfected or
    withdrawn. Idempotent per day. Returns how many were told of."""
    days = {
        "day": business_date,
        "due": business_date - timedelta(days=settings_in_force().registry_days),
        "again": business_date - timedelta(days=TOLD_AGAIN_DAYS),
    }
    with connection.cursor() as cursor:
        cursor.execute(SILENT, days)
        rows = sorted(cursor.fetchall())
    publish_all([RegistrationOverdue(pledge_id=str(key)) for (key,) in rows])
    return len(rows)
