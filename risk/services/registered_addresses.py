"""Addresses from registers: recorded with the extract, or taken from a bureau's report, and held against what was stated."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from collateral.selectors.addresses import address_likeness
from collateral.services.flags import flag_other_address
from core import audit
from core.errors import DomainError, Fault
from core.models import User
from loans.models import Application, Borrower, Document
from risk.domain.addresses import Place, same_place
from risk.domain.facts import CATALOGUE
from risk.models import BureauReport, Fact, RegisteredAddress
from risk.services.file_work import lock_file

FACT = "address_registered"
Register = RegisteredAddress.Register
BY_PEOPLE = (Register.COMPANY, Register.RESIDENTS)


class UnableToRecordAddress(DomainError):
    """The registered address is not kept; `faults` name the fields."""

    title = "The registered address was not recorded"
    messages = {"invalid": "Some fields need attention."}


@transaction.atomic
def record_registered_address(
    *,
    application: Application,
    register: str,
    number: str,
    as_of_date: date,
    line: str,
    postcode: str,
    city: str,
    country: str,
    document: Document | None,
    actor: User,
    business_date: date,
) -> RegisteredAddress:
    """Keep the address of an extract, with the extract itself. What differs from the stated address flags what is pledged as well.

    Raises UnableToRecordAddress `invalid` with a fault per field; UnableToInvestigate as `lock_for_work` does.
    """
    faults = [
        Fault(name, "required", words)
        for name, value, words in (
            ("number", number, "Write the number of the extract."),
            ("line", line, "Write street and number as they stand in the register."),
            ("city", city, "Write the city as it stands in the register."),
        )
        if not value.strip()
    ]
    if register not in BY_PEOPLE:
        faults.append(Fault("register", "unknown", "Choose the register the extract is of."))
    if as_of_date > business_date:
        faults.append(Fault("as_of_date", "future", "The extract cannot be of a future day."))
    if len(country.strip()) != 2 or not country.strip().isalpha():
        faults.append(Fault("country", "form", "Use the two letters of the country, such as DE."))
    if document is None:
        faults.append(Fault("document", "required", "Choose the extract among the documents of the file."))
    elif document.application_id != application.pk:
        faults.append(Fault("document", "foreign_document", "The document belongs to another application."))
    if faults:
        raise UnableToRecordAddress("invalid", faults=faults)
    lock_file(application, actor=actor, business_date=business_date)
    place = Place(line, postcode, city, country)
    return _keep(application, register, number, as_of_date, place, business_date, document=document, actor=actor)


def take_from_report(*, report: BureauReport, place: Place, business_date: date) -> RegisteredAddress:
    """The same of what a bureau reports of the applicant. To be called within the transaction that puts the report into the file."""
    assert report.as_of_date is not None  # a received report has its day
    as_of = min(report.as_of_date, business_date)
    return _keep(report.application, Register.BUREAU, report.number, as_of, place, business_date, report=report)


def _keep(
    application: Application,
    register: str,
    number: str,
    as_of_date: date,
    place: Place,
    business_date: date,
    *,
    document: Document | None = None,
    report: BureauReport | None = None,
    actor: User | None = None,
) -> RegisteredAddress:
    kept = RegisteredAddress.objects.create(
        application=application,
        register=register,
        number=number.strip()[:60],
        as_of_date=as_of_date,
        line=place.line.strip(),
        postcode=place.postcode.strip(),
        city=place.city.strip(),
        country=place.country.strip().upper(),
        document=document,
        report=report,
        recorded_by=actor,
        recorded_date=business_date,
    )
    agrees = agree(stated_place(application.borrower), place_of(kept))
    if agrees is not None:
        shown = Fact.Authenticity.DOCUMENT if document else Fact.Authenticity.THIRD_PARTY
        Fact.objects.create(
            application=application,
            code=FACT,
            value=CATALOGUE[FACT].canonical(agrees),
            source=f"{kept.get_register_display()} {kept.number}"[:80],
            authenticity=shown if agrees else Fact.Authenticity.CONFLICTING,
            evidence=document,
            as_of_date=as_of_date,
            recorded_date=business_date,
            author=actor,
            author_name=actor.full_name if actor else "credit bureau",
        )
    audit.record(
        "registered_address.recorded",
        actor=actor,
        actor_name="" if actor else "credit bureau",
        target=application,
        business_date=business_date,
        register=register,
        number=kept.number,
        agrees=agrees,
    )
    if agrees is False:
        flag_other_address(application=application, seen_date=as_of_date, business_date=business_date, seen_by="a register shows")
    return kept


def stated_place(borrower: Borrower | None) -> Place:
    """The address on file."""
    return Place("") if borrower is None else Place(borrower.address_line, borrower.postcode, borrower.city, borrower.country)


def place_of(registered: RegisteredAddress) -> Place:
    """The address of the register."""
    return Place(registered.line, registered.postcode, registered.city, registered.country)


def agree(one: Place, other: Place) -> bool | None:
    """Whether two addresses are one, past their spelling; None where one of them is not known."""
    if not one.line or not other.line:
        return None
    return same_place(one, other, address_likeness(one.line, one.city, other.line, other.city))
