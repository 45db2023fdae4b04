"""Applications on their way in: drafts, submission, review, withdrawal. One path for every door."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from core import audit
from core.errors import Conflict, DomainError, Fault
from core.events import publish
from core.models import Branch, PartnerClient, User
from core.references import next_reference
from core.roles import Role
from loans.domain.consents import handed_in
from loans.domain.states import ApplicationState
from loans.events import ApplicationSubmitted
from loans.models import Application, ApplicationParty, ProductVersion
from loans.models.applications import Channel
from loans.selectors.drafts import began_with, fingerprint_of
from loans.selectors.intake_hands import DRAFT_SAVED
from loans.selectors.terms import active_version
from loans.services.borrowers import PartyFound, find_or_save_parties
from loans.services.former_parties import keep_former
from loans.services.intake import Intake, read_intake
from loans.services.screening import screen_application
from loans.services.states import advance, came_in
from loans.services.worklist import NOBODYS, decision_due

# So many clean applications in a hundred are marked "in review" all the same, so that the mark tells nothing of screening.
SAMPLED_PERCENT = 5


class UnableToSubmit(DomainError):
    """The application is not complete; `faults` name every field at once."""

    title = "The application was not submitted"
    messages = {
        "invalid": "Some fields need attention before the application can be submitted.",
        "not_a_draft": "This application was submitted already.",
        "not_entitled": "Only loan officers take in applications.",
        "another_applicant": "The file is that of {name}. Hand another person's application in as a new one.",
    }


class UnableToSaveDraft(DomainError):
    """The draft cannot be saved."""

    title = "The draft was not saved"
    messages = {"not_entitled": "Only loan officers take in applications.", "not_a_draft": "This application was submitted already."}


class ExternalReferenceReused(DomainError):
    """The partner used this external reference for another application."""

    title = "The external reference was used before"
    status = 409
    messages = {"external_reference_reused": "This external_reference belongs to another application of yours, {reference}."}


@transaction.atomic
def start_application(
    *,
    branch: Branch,
    actor: User | None,
    business_date: date,
    data: dict[str, Any] | None = None,
    partner: PartnerClient | None = None,
    external_reference: str | None = None,
    channel: str = Channel.BRANCH,
    key: UUID | None = None,
) -> Application:
    """Begin a draft; `data` may be half filled. With an external reference that was used for the same content, the first one is returned.
    `key` becomes the application's own, so that a form that is sent twice begins it once.

    Raises UnableToSaveDraft: `not_entitled`; ExternalReferenceReused.
    """
    if actor is not None and not actor.has_role(Role.OFFICER):
        raise UnableToSaveDraft("not_entitled")
    earlier = earlier_application(partner, external_reference, data or {})
    if earlier is not None:
        return earlier
    application = new_application(
        branch=branch,
        actor=actor,
        business_date=business_date,
        data=data or {},
        partner=partner,
        external_reference=external_reference,
        channel=channel,
    )
    application.pk, application.draft = key or application.pk, json.dumps(data or {})
    _copy_headline(application, data or {})
    application.save(force_insert=True)
    came_in(application, (ApplicationState.DRAFT,), actor=actor, actor_name=partner.name if partner else "", business_date=business_date)
    audit.record(
        "application.started", actor=actor, target=application, business_date=business_date, actor_name=partner.name if partner else ""
    )
    return application


def earlier_application(partner: PartnerClient | None, external_reference: str | None, data: dict[str, Any]) -> Application | None:
    """What the partner sent under this reference before. Raises ExternalReferenceReused when that was something else."""
    if partner is None or not external_reference:
        return None
    earlier = Application.objects.filter(partner=partner, external_reference=external_reference).first()
    if earlier is not None and not began_with(earlier, data):
        raise ExternalReferenceReused("external_reference_reused", reference=earlier.reference)
    return earlier


def new_application(
    *,
    branch: Branch,
    actor: User | None,
    business_date: date,
    data: dict[str, Any],
    partner: PartnerClient | None = None,
    external_reference: str | None = None,
    channel: str = Channel.BRANCH,
) -> Application:
    """An application with its reference, where it comes from and who took it in, not saved yet."""
    return Application(
        reference=next_reference("LA"),
        branch=branch,
        channel=Channel.PARTNER if partner else channel,
        partner=partner,
        external_reference=external_reference or None,
        external_fingerprint=fingerprint_of(data),
        officer=actor,
        created_date=business_date,
    )


@transaction.atomic
def save_draft(*, application: Application, data: dict[str, Any], actor: User | None, expected_version: int | None = None) -> Application:
    """Keep what was typed so far. Nothing is checked but that nobody else saved meanwhile.

    Raises UnableToSaveDraft; Conflict `changed_meanwhile` when `expected_version` is no longer the present one.
    """
    locked = Application.objects.select_for_update(of=("self",)).get(pk=application.pk)
    if actor is not None and not actor.has_role(Role.OFFICER):
        raise UnableToSaveDraft("not_entitled")
    if locked.state not in (ApplicationState.DRAFT, ApplicationState.RETURNED):
        raise UnableToSaveDraft("not_a_draft")
    if expected_version is not None and locked.version != expected_version:
        raise Conflict("changed_meanwhile")
    locked.draft = json.dumps(data)
    locked.version += 1
    _copy_headline(locked, data)
    locked.save()
    audit.record(DRAFT_SAVED, actor=actor, target=locked)
    return locked


def _copy_headline(application: Application, data: dict[str, Any]) -> None:
    """What lists show of a draft, as far as it reads."""
    version = active_version(str(data.get("product") or ""))
    application.product_version = version or application.product_version
    if version is not None:
        application.currency = version.currency
    purpose = data.get("purpose") or {}
    application.purpose_code = str(purpose.get("code") or "")[:30]
    application.purpose_text = str(purpose.get("text") or "")[:200]


@transaction.atomic
def submit_application(
    *,
    application: Application,
    actor: User | None,
    business_date: date,
    data: dict[str, Any] | None = None,
    expected_version: int | None = None,
) -> Application:
    """Hand a draft in: check it against its product, find or make its parties, screen them, tell the world.

    Raises UnableToSubmit: `invalid` with every fault, `not_a_draft`, `not_entitled`, `another_applicant` on a returned file; Conflict when
    somebody saved meanwhile.
    """
    if data is not None:
        application = save_draft(application=application, data=data, actor=actor, expected_version=expected_version)
    if actor is not None and not actor.has_role(Role.OFFICER):
        raise UnableToSubmit("not_entitled")
    locked = Application.objects.select_for_update(of=("self",)).get(pk=application.pk)
    if locked.state not in (ApplicationState.DRAFT, ApplicationState.RETURNED):
        raise UnableToSubmit("not_a_draft")
    intake, version = checked(json.loads(locked.draft or "{}"), business_date)
    _take_in(locked, intake, version, actor, business_date)
    advance(
        locked,
        ApplicationState.SUBMITTED,
        actor=actor,
        business_date=business_date,
        actor_name=locked.partner.name if locked.partner else "",
        submitted_at=timezone.now(),
        submitted_date=business_date,
        due_date=decision_due(version, business_date),
    )
    screen_application(application=locked, purpose="submission", actor=actor, business_date=business_date)
    advance(locked, ApplicationState.INVESTIGATING, actor=None, business_date=business_date)
    audit.record(
        "application.submitted", actor=actor, target=locked, business_date=business_date, amount=intake.amount, product=version.product.code
    )
    publish(ApplicationSubmitted(application_id=str(locked.pk)))
    return locked


def _take_in(application: Application, intake: Intake, version: ProductVersion, actor: User | None, business_date: date) -> None:
    earlier = application.borrower
    # Who owns collateral stays a party, whatever is handed in anew.
    before = application.parties.exclude(part=ApplicationParty.Part.PLEDGOR)
    left = {(one.borrower_id, one.part): one for one in before.select_related("borrower")}
    before.delete()
    parties, made = find_or_save_parties(intake.parties, branch=application.branch, actor=actor)
    audit.record_all([audit.entry("borrower.created", actor=actor, target=person, business_date=business_date) for person in made])
    fill_in(application, intake, version, parties, actor)
    if earlier is not None and earlier.pk != application.borrower_id:
        # What was found out about one person would stand in the file of another.
        words = f"The file is that of {earlier.name}. Hand another person's application in as a new one."
        raise UnableToSubmit("another_applicant", name=earlier.name, faults=[Fault("applicant.name", "another_applicant", words)])
    application.version += 1
    application.save()
    for one in ApplicationParty.objects.bulk_create(parties_of(application, parties)):
        left.pop((one.borrower_id, one.part), None)
    keep_former(application, left.values(), actor=actor, business_date=business_date)


def checked(content: dict[str, Any], business_date: date, version: ProductVersion | None = None) -> tuple[Intake, ProductVersion]:
    """What was written, typed, and the version of its product in force (`version` when it was read already).
    Raises UnableToSubmit `invalid`.
    """
    version = version or active_version(str(content.get("product") or ""))
    if version is None:
        raise UnableToSubmit("invalid", faults=[Fault("product", "required", "Choose a product that is offered now.")])
    intake, faults = read_intake(content, version, business_date)
    if intake is None:
        raise UnableToSubmit("invalid", faults=faults)
    return intake, version


def parties_of(application: Application, parties: Iterable[PartyFound]) -> list[ApplicationParty]:
    """The rows of an application's parties, not saved yet."""
    return [
        ApplicationParty(application=application, borrower=one.borrower, part=one.part, stated=one.stated, differing=one.differing)
        for one in parties
    ]


def fill_in(application: Application, intake: Intake, version: ProductVersion, parties: Iterable[PartyFound], actor: User | None) -> None:
    """Put what was read, and the borrower of its `parties`, into an application; it is not saved here."""
    application.borrower = next(one.borrower for one in parties if one.part == ApplicationParty.Part.APPLICANT)
    application.product_version = version
    application.amount = intake.amount
    application.currency = intake.currency
    application.term_months = intake.term_months
    application.purpose_code = intake.purpose_code
    application.purpose_text = intake.purpose_text
    application.payee_name = intake.payee_name or application.borrower.name
    application.payee_iban = intake.payee_iban
    # Through a partner alone: at a counter everybody uses the bank's machine. What comes back without one keeps the first.
    if application.partner_id is not None:
        application.device, application.network = intake.device or application.device, intake.network or application.network
    application.stated = intake.stated
    application.stated_collateral = [
        {name: str(item.get(name) or "") for name in ("kind", "description", "stated_value", "title_number")} for item in intake.collateral
    ]
    # An address is kept encrypted like every other, so what goes beyond the asset itself stands apart.
    places = [{name: item[name] for name in ("address", "details") if any((item.get(name) or {}).values())} for item in intake.collateral]
    application.stated_places = json.dumps(places, ensure_ascii=False) if any(places) else ""
    application.consents = handed_in(intake.consents, application.consents, recorded_by=actor.full_name if actor else "")
    application.sampled_for_review = random.SystemRandom().randrange(100) < SAMPLED_PERCENT
    # Personal data now stands in the borrower's own encrypted fields; the draft keeps nothing.
    if application.state == ApplicationState.DRAFT:
        application.draft = ""


# Written by hand: each assessment notes what it comes to.
_NOTED = """
UPDATE loans_application SET score = %(score)s, grade = %(grade)s, recommendation = %(recommendation)s, flags = %(flags)s
WHERE id = %(application)s
"""


@transaction.atomic(savepoint=False)
def note_recommendation(
    *, application: Application, score: int | None, grade: str, recommendation: str, flags: list[str], business_date: date
) -> None:
    """Keep what risk says where lists can read it in one query. Called by risk."""
    noted = {"score": score, "grade": grade, "recommendation": recommendation, "flags": [flag[:60] for flag in flags]}
    with connection.cursor() as cursor:
        cursor.execute(_NOTED, {**noted, "flags": json.dumps(noted["flags"]), "application": application.pk})
    for name, value in noted.items():
        setattr(application, name, value)


@transaction.atomic
def start_review(*, application: Application, actor: User | None, business_date: date, reason: str = "") -> Application:
    """The investigation is signed off: the file may be decided. Raises Conflict."""
    locked = Application.objects.select_for_update(of=("self",)).get(pk=application.pk)
    advance(locked, ApplicationState.REVIEW, actor=actor, business_date=business_date, reason=reason, **NOBODYS)
    return locked


@transaction.atomic
def reopen_investigation(
    *, application: Application, actor: User | None, business_date: date, reason: str, to: User | None = None
) -> Application:
    """Back from review or referral: who changed a fact goes on, or somebody sent it back `to` its investigator. Raises Conflict."""
    locked = Application.objects.select_for_update(of=("self",)).get(pk=application.pk)
    handed = {**NOBODYS, "assigned_to": to or actor}
    advance(locked, ApplicationState.INVESTIGATING, actor=actor, business_date=business_date, reason=reason, **handed)
    return locked
