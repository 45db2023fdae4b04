"""Interests of staff: declared by themselves, effective at once, and withdrawn only with a second person."""

from __future__ import annotations

from datetime import date

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from core import audit, four_eyes
from core.errors import DomainError, Fault
from core.events import publish
from core.models import Proposal, User
from core.roles import Role
from loans.events import InterestDeclared
from loans.models import Application, Borrower, DeclaredInterest
from loans.selectors.interests import interested_in
from loans.services.worklist import assign_application

PROPOSAL = "interest_withdrawal"
AGREEING = (Role.RISK_MANAGER, Role.COMPLIANCE)


class UnableToDeclareInterest(DomainError):
    """The interest is not declared, or stays as it is; `faults` name the fields."""

    title = "The interest was not recorded"
    messages = {
        "invalid": "Some fields need attention.",
        "declared": "You declared an interest in {name} already.",
        "not_yours": "Only who declared an interest asks for its end.",
    }


@transaction.atomic
def declare_interest(
    *, application: Application, borrower: Borrower, kind: str, reason: str, actor: User, business_date: date
) -> DeclaredInterest:
    """Bar oneself from the files of a party of this application, from now on. A file of theirs in the actor's hands is let go.

    Raises UnableToDeclareInterest: `invalid` with a fault per field, `declared`.
    """
    faults = []
    if kind not in DeclaredInterest.Kind.values:
        faults.append(Fault("kind", "unknown", "Choose what the interest is."))
    if not reason.strip():
        faults.append(Fault("reason", "required", "Say what connects you. Risk managers, compliance and auditors read it."))
    if not application.parties.filter(borrower=borrower).exists():
        faults.append(Fault("borrower", "not_a_party", "Choose somebody of this application."))
    if faults:
        raise UnableToDeclareInterest("invalid", faults=faults)
    try:
        with transaction.atomic():
            made = DeclaredInterest.objects.create(
                staff=actor,
                borrower=borrower,
                application=application,
                subject_kind=borrower.kind,
                national_id_index=borrower.national_id_index,
                tax_id_index=borrower.tax_id_index,
                registration_number_index=borrower.registration_number_index,
                kind=kind,
                reason=reason.strip(),
                declared_date=business_date,
            )
    except IntegrityError:
        raise UnableToDeclareInterest("declared", name=borrower.name) from None
    for held in Application.objects.filter(assigned_to=actor, parties__borrower=borrower).distinct():
        assign_application(application=held, to=None, actor=actor)
    audit.record("interest.declared", actor=actor, target=application, business_date=business_date, interest=made.pk)
    publish(InterestDeclared(interest_id=str(made.pk)))
    return made


@transaction.atomic
def ask_to_withdraw(*, interest: DeclaredInterest, reason: str, actor: User, business_date: date) -> Proposal:
    """Ask a second person to agree that an interest is over; until then it bars.

    Raises UnableToDeclareInterest: `not_yours`, `invalid` without a reason; UnableToPropose `already_open`.
    """
    if interest.staff_id != actor.pk:
        raise UnableToDeclareInterest("not_yours")
    if not reason.strip():
        raise UnableToDeclareInterest("invalid", faults=[Fault("reason", "required", "Say why it is over.")])
    application = interest.application
    return four_eyes.propose(
        kind=PROPOSAL,
        target=interest,
        title=f"End of an interest that {actor.full_name} declared, {application.reference}",
        roles=AGREEING,
        actor=actor,
        content={"interest": str(interest.pk), "reason": reason.strip()},
        path=reverse("loans:interests_panel", args=[application.pk]),
        branch_id=application.branch_id,
    )


@transaction.atomic
def decide_withdrawal(*, interest: DeclaredInterest, confirm: bool, reason: str, actor: User, business_date: date) -> DeclaredInterest:
    """Agree that an interest is over, or refuse; never by who has one in the same borrower.

    Raises UnableToConfirm: `no_proposal`, `own_proposal`, `not_entitled`, `conflict_of_interest`, `already_decided`;
    UnableToDeclareInterest `invalid` for a refusal without a reason.
    """
    proposal = four_eyes.open_proposal(kind=PROPOSAL, target=interest)
    if proposal is None:
        raise four_eyes.UnableToConfirm("no_proposal")
    if not confirm:
        if not reason.strip():
            raise UnableToDeclareInterest("invalid", faults=[Fault("reason", "required", "Say why it stays.")])
        four_eyes.reject(proposal, actor=actor, reason=reason.strip())
    else:
        four_eyes.confirm(proposal, actor=actor, barred=interested_in([interest.borrower_id]), reason=reason.strip())
        interest.withdrawn_by, interest.withdrawn_at = actor, timezone.now()
        interest.save(update_fields=["withdrawn_by", "withdrawn_at"])
    done = "interest.withdrawn" if confirm else "interest.kept"
    audit.record(done, actor=actor, target=interest.application, business_date=business_date, interest=interest.pk)
    return interest
