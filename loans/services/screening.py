"""Screening of an application's people: at submission, at payout, on demand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db import transaction

from blacklist.services.screening import ScreeningSubject, screen_subject, screen_subjects
from core.models import AuditEntry, User
from loans.models import Application, ApplicationHold, Borrower, Disbursement
from loans.selectors.otherwise import Otherwise, stated_of
from loans.services.borrowers import screening_subject
from loans.services.holds import hold_application


def screen_application(
    *,
    application: Application,
    purpose: str,
    actor: User | None,
    business_date: date,
    people: Sequence[Borrower] | None = None,
    otherwise: Sequence[Otherwise] | None = None,
    told: Sequence[AuditEntry] = (),
) -> bool:
    """Screen every party, or only these `people` of it, under what is on record and what was stated `otherwise` (read when not given); a
    match puts the application on hold. Returns whether the way is clear.

    What else the action has `told` the audit trail is written along.
    """
    if people is None:
        people = [party.borrower for party in application.parties.select_related("borrower")]
    said = stated_of(people) if otherwise is None else otherwise
    screenings = screen_subjects(
        subjects=[
            screening_subject(person, [one for one in said if one.party.borrower_id == person.pk and one.differs]) for person in people
        ],
        purpose=purpose,
        actor=actor,
        business_date=business_date,
        told=told,
    )
    blocked = [person for person, screening in zip(people, screenings, strict=True) if screening.blocks]
    for person in blocked:
        hold_application(
            application=application,
            reason=ApplicationHold.Reason.SCREENING,
            source=person.subject_key,
            actor=None,
            business_date=business_date,
        )
    return not blocked


@transaction.atomic
def screen_payout(*, disbursement: Disbursement, actor: User | None, business_date: date) -> bool:
    """Screen every party again before money leaves, and the payee when it is somebody else. Returns whether the way is clear."""
    application = Application.objects.get(loans=disbursement.loan_id)
    clear = screen_application(application=application, purpose="payout", actor=actor, business_date=business_date)
    names = {party.borrower.name.casefold() for party in application.parties.select_related("borrower")}
    if disbursement.payee_name.casefold() in names:
        return clear
    payee = ScreeningSubject(
        key=f"payee:{disbursement.pk}",
        kind="",
        names=(disbursement.payee_name,),
        identifiers={"iban": disbursement.payee_iban} if disbursement.payee_iban else {},
    )
    screening = screen_subject(subject=payee, purpose="payout", business_date=business_date, actor=actor)
    return clear and not screening.blocks
