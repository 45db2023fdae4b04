"""Reads of consents kept with an application."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.utils import timezone

from loans.domain.consents import BUREAU, Consent, consent_of
from loans.models import Application

__all__ = ["BUREAU", "Consent", "bureau_consent"]


def bureau_consent(application: Application, person: UUID | None, *, business_date: date) -> Consent | None:
    """The consent by which a credit bureau may be asked about this party of the file, if there is one. No query."""
    return consent_of(
        application.consents,
        kind=BUREAU,
        person=str(person),
        is_applicant=person == application.borrower_id,
        now=timezone.now(),
        business_date=business_date,
    )
