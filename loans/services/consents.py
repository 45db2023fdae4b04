"""Consents recorded in the house: a person of an application agreed to something, on a day, with the paper that shows it."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

from django.db import transaction

from core import audit
from core.errors import DomainError, Fault
from core.models import User
from loans.domain.consents import Consent
from loans.models import Application, Borrower, Document
from loans.selectors.consents import longest_consent

NO_PAPER = "Choose the document that shows the consent; upload it to the file first where it is missing."


class UnableToRecordConsent(DomainError):
    """The consent is not recorded; `faults` name the fields."""

    title = "The consent was not recorded"
    messages = {
        "not_a_party": "This person has no part in the application.",
        "invalid": "Some fields need attention.",
    }


@transaction.atomic
def record_consent(
    *,
    application: Application,
    borrower: Borrower,
    kind: str,
    given_date: date,
    actor: User,
    business_date: date,
    document: Document | None,
) -> Consent:
    """Keep that a party of the application agreed. Whether `actor` may is the caller's question.

    Raises UnableToRecordConsent: `not_a_party`; `invalid` with faults at `given_date` (a future day, one too long ago) or `document` (none,
    or of another file). What one of the house says somebody agreed to is nobody's word but theirs: a paper has to show it.
    """
    locked = Application.objects.select_for_update(of=("self",)).get(pk=application.pk)
    if not locked.parties.filter(borrower=borrower).exists():
        raise UnableToRecordConsent("not_a_party")
    faults = []
    if given_date > business_date:
        faults.append(Fault("given_date", "future", "Nobody can have agreed on a future day."))
    elif given_date < business_date - longest_consent():
        words = f"A consent holds for {longest_consent().days} days. Ask for another one."
        faults.append(Fault("given_date", "too_old", words))
    if document is None:
        faults.append(Fault("document", "required", NO_PAPER))
    elif document.application_id != locked.pk:
        faults.append(Fault("document", "foreign_document", "The document belongs to another application."))
    if faults or document is None:
        raise UnableToRecordConsent("invalid", faults=faults)
    consent = Consent(
        kind=kind,
        given_at=datetime.combine(given_date, time(), UTC),
        person=str(borrower.pk),
        document=str(document.pk),
        recorded_by=actor.full_name,
    )
    locked.consents = [*locked.consents, consent.to_dict()]
    locked.save(update_fields=["consents"])
    application.consents = locked.consents
    audit.record(
        "application.consent_recorded",
        actor=actor,
        target=locked,
        business_date=business_date,
        kind=kind,
        party=borrower.reference,
        given_date=given_date,
        document=document,
    )
    return consent
