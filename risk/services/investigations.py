"""The investigation of an application: opened by submission, claimed, worked through, put up."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from core import audit
from core.errors import Conflict, DomainError, Fault
from core.models import User
from core.roles import Role
from loans.models import Application, Document
from loans.selectors.intake_hands import took_in
from loans.selectors.interests import has_interest
from loans.services.worklist import assign_application
from risk.models import ChecklistItem, Investigation, InvestigationStep
from risk.selectors.conflicts import judged_signal, why_no_signer
from risk.selectors.field_work import visits_of_request
from risk.services.facts import record_stated
from risk.services.file_work import INVESTIGATING, REFERRED, UnableToInvestigate, keep_step, lock_for_work, reopen

State = Investigation.State
Did = InvestigationStep.Did
VISIT = "visit"
"""The code of the check that a visit was made."""


class UnableToSendBack(DomainError):
    """The file is not sent back to its investigator."""

    title = "The file was not sent back"
    messages = {
        "not_entitled": "A risk manager sends a referred application back to its investigator.",
        "not_referred": "The application is not referred any more.",
        "invalid": "Some fields need attention.",
    }


@transaction.atomic
def open_investigation(*, application: Application, business_date: date, actor: User | None = None) -> Investigation:
    """Open the investigation of a submitted application with the checklist of its product; once, whatever is repeated.

    What the applicant states becomes unverified facts, so that the file begins with them.
    """
    investigation, fresh = Investigation.objects.get_or_create(application=application)
    if not fresh:
        return _open_again(investigation, application, business_date)
    _add_checks(investigation, application)
    record_stated(application=application, business_date=business_date)
    audit.record(
        "investigation.opened",
        actor=actor,
        target=investigation,
        branch=application.branch_id,
        label=application.reference,
        business_date=business_date,
    )
    return investigation


def _add_checks(investigation: Investigation, application: Application) -> None:
    """The checks that the product asks for and the file has not yet."""
    version = application.product_version
    wanted: list[dict[str, Any]] = list(version.checklist) if version else []
    ChecklistItem.objects.bulk_create(
        [
            ChecklistItem(
                investigation=investigation,
                code=item["code"],
                title=item["title"],
                required=bool(item.get("required", True)),
                position=position,
            )
            for position, item in enumerate(wanted)
        ],
        ignore_conflicts=True,
    )


def _open_again(investigation: Investigation, application: Application, business_date: date) -> Investigation:
    """A returned application that was handed in again is investigated again: the old sign-off says nothing of the new request, nor do
    checks that were answered for the old one. What was noted stays to be read, the checks of its product as it is now are added, and
    whoever is free takes the file.
    """
    if investigation.state == State.OPEN or application.state != INVESTIGATING:
        return investigation
    investigation.state = State.OPEN
    investigation.signed_by = investigation.signed_at = investigation.submitted_at = None
    investigation.investigator = None
    investigation.save(update_fields=["state", "signed_by", "signed_at", "submitted_at", "investigator"])
    investigation.items.update(state=ChecklistItem.State.OPEN)
    _add_checks(investigation, application)
    record_stated(application=application, business_date=business_date)
    audit.record(
        "investigation.reopened",
        actor=None,
        target=investigation,
        branch=application.branch_id,
        label=application.reference,
        business_date=business_date,
    )
    return investigation


@transaction.atomic
def take_investigation(*, investigation: Investigation, actor: User, business_date: date) -> Investigation:
    """Claim the investigation: exactly one of two at once gets it.

    Raises UnableToInvestigate: `not_entitled`, `own_intake`, `judged_signal`, `own_interest`, `taken`.
    """
    if not actor.has_role(Role.INVESTIGATOR):
        raise UnableToInvestigate("not_entitled")
    if took_in(actor, investigation.application):
        raise UnableToInvestigate("own_intake")
    if judged_signal(actor, investigation.application):
        raise UnableToInvestigate("judged_signal")
    if has_interest(actor, investigation.application):
        raise UnableToInvestigate("own_interest")
    if not Investigation.objects.filter(pk=investigation.pk, investigator__isnull=True).update(investigator=actor):
        investigation.refresh_from_db()
        if investigation.investigator_id == actor.pk:
            return investigation
        raise UnableToInvestigate("taken", name=investigation.investigator.full_name if investigation.investigator else "Somebody")
    investigation.refresh_from_db()
    application = investigation.application
    if application.assigned_to_id != actor.pk:
        assign_application(application=application, to=actor, actor=actor)
    keep_step(investigation, did=Did.TAKEN, actor=actor, business_date=business_date)
    _record("investigation.taken", investigation, actor, business_date)
    return investigation


@transaction.atomic
def free_investigation(*, investigation: Investigation, actor: User, business_date: date) -> Investigation:
    """Let another investigator take the file when whoever has it is away, whoever holds it now; what was done for it stays.

    Raises UnableToInvestigate: `not_managers`, `nobodys`, `not_open`.
    """
    if not actor.has_role(Role.RISK_MANAGER):
        raise UnableToInvestigate("not_managers")
    locked = Investigation.objects.select_for_update(of=("self",)).select_related("application", "investigator").get(pk=investigation.pk)
    if locked.investigator is None:
        raise UnableToInvestigate("nobodys")
    if locked.state != State.OPEN:
        raise UnableToInvestigate("not_open")
    before = locked.investigator.full_name
    locked.investigator = None
    locked.save(update_fields=["investigator"])
    assign_application(application=locked.application, to=None, actor=actor)
    _record("investigation.freed", locked, actor, business_date, taken_from=before)
    return locked


@transaction.atomic
def complete_item(
    *,
    item: ChecklistItem,
    in_order: bool,
    note: str,
    actor: User,
    business_date: date,
    evidence: Document | None = None,
) -> ChecklistItem:
    """Say what was found at one check, in order or not, with the document that shows it. After sign-off this voids the sign-off.

    Raises UnableToInvestigate: `not_entitled`, `own_intake`, `not_taken`, `not_open`, `note_missing`, `no_visit` where a
    visit would be in order that nobody recorded since the request was handed in, `foreign_document`, `application_closed`.
    """
    investigation = lock_for_work(item.investigation, actor=actor, business_date=business_date)
    if not note.strip():
        raise UnableToInvestigate("note_missing", faults=[Fault("note", "note_missing", "Say what was found.")])
    if evidence is not None and evidence.application_id != investigation.application_id:
        raise UnableToInvestigate("foreign_document")
    if in_order and item.code == VISIT and not visits_of_request(investigation.application).exists():
        words = UnableToInvestigate.messages["no_visit"]
        raise UnableToInvestigate("no_visit", faults=[Fault("result", "no_visit", words)])
    item.state = ChecklistItem.State.DONE if in_order else ChecklistItem.State.FAILED
    item.note = note.strip()
    item.evidence = evidence
    item.done_by = actor
    item.done_at = timezone.now()
    item.save(update_fields=["state", "note", "evidence", "done_by", "done_at"])
    keep_step(investigation, did=Did.ANSWERED, actor=actor, business_date=business_date)
    _record("investigation.item_completed", investigation, actor, business_date, item=item.code, state=item.state, evidence=evidence)
    return item


@transaction.atomic
def take_back_investigation(*, investigation: Investigation, reason: str, actor: User, business_date: date) -> Investigation:
    """Back from "waiting for sign-off" to work: by the investigator, or by a would-be signer who sends it back with a reason.

    Raises UnableToInvestigate: `not_a_signer`, `back_without_reason`; Conflict: `already_advanced`.
    """
    if actor.pk != investigation.investigator_id:
        if why_no_signer(actor, investigation.application):
            raise UnableToInvestigate("not_a_signer")
        if not reason.strip():
            words = UnableToInvestigate.messages["back_without_reason"]
            raise UnableToInvestigate("back_without_reason", faults=[Fault("reason", "required", words)])
    if not Investigation.objects.filter(pk=investigation.pk, state=State.SUBMITTED).update(state=State.OPEN, submitted_at=None):
        investigation.refresh_from_db()
        raise Conflict("already_advanced", state=investigation.get_state_display())
    investigation.refresh_from_db()
    assign_application(application=investigation.application, to=investigation.investigator, actor=actor)
    _record("investigation.sent_back", investigation, actor, business_date, reason=reason)
    return investigation


@transaction.atomic
def send_referred_back(*, application: Application, reason: str, actor: User, business_date: date) -> Investigation:
    """Back from referral to the investigator, to find out what the decision lacks: by a risk manager, with a reason. The sign-off is void.

    Raises UnableToSendBack: `not_entitled`, `not_referred`, `invalid` without a reason.
    """
    if not actor.has_role(Role.RISK_MANAGER):
        raise UnableToSendBack("not_entitled")
    if not reason.strip():
        raise UnableToSendBack("invalid", faults=[Fault("reason", "required", "Say what is to be found out.")])
    locked = (
        Investigation.objects.select_for_update(of=("self",)).select_related("application", "investigator").filter(application=application)
    )
    investigation = locked.first()
    if investigation is None or investigation.application.state != REFERRED:
        raise UnableToSendBack("not_referred")
    reopen(investigation, actor=actor, business_date=business_date, reason=reason.strip(), to=investigation.investigator)
    _record("investigation.sent_back", investigation, actor, business_date, reason=reason.strip())
    return investigation


def _record(action: str, investigation: Investigation, actor: User, business_date: date, **details: Any) -> None:
    """Enter a step into the audit trail, as one of the file: its page tells it."""
    application = investigation.application
    audit.record(
        action,
        actor=actor,
        target=application,
        branch=application.branch_id,
        label=application.reference,
        business_date=business_date,
        **details,
    )
