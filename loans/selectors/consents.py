"""Reads of consents kept with an application."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from loans.domain.consents import BUREAU, Consent, consent_of, stated_consent
from loans.models import Application

__all__ = ["BUREAU", "Consent", "bureau_consent", "bureau_consent_stated", "longest_consent"]


def bureau_consent(application: Application, person: UUID | None, *, business_date: date) -> Consent | None:
    """The consent by which a credit bureau may be asked about this party of the file, if there is one. No query."""
    return consent_of(
        application.consents,
        kind=BUREAU,
        person=str(person),
        is_applicant=person == application.borrower_id,
        now=timezone.now(),
        business_date=business_date,
        longest=longest_consent(),
    )


def bureau_consent_stated(application: Application, person: UUID) -> Consent | None:
    """The same whether it holds or not: nobody may be asked by it alone. No query."""
    return stated_consent(application.consents, kind=BUREAU, person=str(person), is_applicant=person == application.borrower_id)


def longest_consent() -> timedelta:
    """How long a consent holds from the day it was given on (CREDENCE_CONSENT_DAYS)."""
    return timedelta(days=settings.CREDENCE_CONSENT_DAYS)
