"""Screening of an application's people: at submission, at payout, on demand."""

from __future__ import annotations

from datetime import date

from blacklist.services.screening import screen_subject
from core.models import User
from loans.models import Application, ApplicationHold, Borrower
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
