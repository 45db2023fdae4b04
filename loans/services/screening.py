"""Screening of an application's people: at submission, at payout, on demand."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from blacklist.services.screening import ScreeningSubject, screen_subject
from core.models import User
from loans.models import Application, ApplicationHold, Borrower, Disbursement
from loans.services.borrowers import screening_subject
from loans.services.holds import hold_application


def screen_borrower(*, borrower: Borrower, purpose: str, actor: User | None, business_date: date) -> bool:
    """Screen one borrower. Returns whether anything waits or stands against them."""
    screening = screen_subject(subject=screening_subject(borrower), purpose=purpose, business_date=business_date, actor=actor)
    return bool(screening.blocks)


def screen_application(*, application: Application, purpose: str, actor: User | None, business_date: date) -> bool:
    """Screen every party; a match puts the application on hold. Returns whether the way is clear."""
    clear = True
    for party in application.parties.select_related("borrower"):
        if screen_borrower(borrower=party.borrower, purpose=purpose, actor=actor, business_date=business_date):
            clear = False
            hold_application(
                application=application,
                reason=ApplicationHold.Reason.SCREENING,
                source=party.borrower.subject_key,
                actor=None,
                business_date=business_date,
            )
    return clear


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
