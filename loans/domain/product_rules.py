"""What a product asks of an application, checked all at once: every fault with its field and a sentence for people."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from stdnum import iban

from core.errors import Fault

ADULT_YEARS = 18
OLDEST_YEARS = 120
_IDENTIFIER = re.compile(r"[0-9A-Za-z][0-9A-Za-z ./\-]{3,38}[0-9A-Za-z]")
_PHONE = re.compile(r"\+?[0-9 ()/.\-]{6,25}")


@dataclass(frozen=True)
class ProductTerms:
    """The part of a product version that intake is checked against."""

    currency: str
    borrower_kinds: Sequence[str]
    min_amount: Decimal
    max_amount: Decimal
    min_term_months: int
    max_term_months: int
    purposes: Sequence[str]
    collateral_kinds: Sequence[str]
    collateral_required: bool


@dataclass(frozen=True)
class PartyDraft:
    """Somebody as entered. Identifiers are texts; empty means not given."""

    kind: str
    name: str
    birth_date: date | None = None
    national_id: str = ""
    registration_number: str = ""
    tax_id: str = ""
    phone: str = ""
    email: str = ""
    address_line: str = ""
    city: str = ""
    country: str = ""
    industry: str = ""


@dataclass(frozen=True)
class Draft:
    """An application as entered. Absent values are None or empty."""

    amount: Decimal | None
    currency: str
    term_months: int | None
    purpose_code: str
    applicant: PartyDraft | None
    payee_name: str = ""
    payee_iban: str = ""
    related: Mapping[str, PartyDraft] = field(default_factory=dict)
    collateral: Sequence[tuple[str, Decimal | None]] = ()


def check_draft(draft: Draft, terms: ProductTerms, on: date) -> list[Fault]:
    """Every fault of a draft against a product on a business date; an empty list means that it may be submitted."""
    faults = _check_request(draft, terms)
    if draft.applicant is None:
        faults.append(Fault("applicant.name", "required", "Enter who applies."))
    else:
        if draft.applicant.kind not in terms.borrower_kinds:
            kinds = " or ".join("companies" if kind == "COMPANY" else "persons" for kind in terms.borrower_kinds)
            faults.append(Fault("applicant.kind", "kind_not_offered", f"This product is for {kinds}."))
        faults += check_party(draft.applicant, "applicant", on)
        # Limits of the book hold by it, so that no company goes without.
        if draft.applicant.kind == "COMPANY" and not draft.applicant.industry:
            faults.append(Fault("applicant.industry", "required", "Choose the company's industry, by a code such as F43."))
    for path, party in draft.related.items():
        faults += check_party(party, path, on)
    return faults


def _check_request(draft: Draft, terms: ProductTerms) -> list[Fault]:
    faults = []
    if draft.amount is None:
        faults.append(Fault("amount", "required", "Enter the amount."))
    elif not terms.min_amount <= draft.amount <= terms.max_amount:
        faults.append(
            Fault("amount", "out_of_range", f"This product lends from {terms.min_amount:,.0f} to {terms.max_amount:,.0f} {terms.currency}.")
        )
    if draft.currency != terms.currency:
        faults.append(Fault("currency", "other_currency", f"This product is in {terms.currency}."))
    if draft.term_months is None:
        faults.append(Fault("term_months", "required", "Enter the term in months."))
    elif not terms.min_term_months <= draft.term_months <= terms.max_term_months:
        faults.append(
            Fault("term_months", "out_of_range", f"The term has to be between {terms.min_term_months} and {terms.max_term_months} months.")
        )
    if not draft.purpose_code:
        faults.append(Fault("purpose.code", "required", "Choose what the money is for."))
    elif draft.purpose_code not in terms.purposes:
        faults.append(Fault("purpose.code", "unknown", "This purpose is not offered with this product."))
    if draft.payee_iban and not is_iban(draft.payee_iban):
        faults.append(Fault("purpose.payees.0.iban", "invalid_iban", "This is not a valid IBAN; check its digits."))
    kinds = set(terms.collateral_kinds)
    for number, (kind, value) in enumerate(draft.collateral):
        if kind not in kinds:
            faults.append(Fault(f"collateral.{number}.kind", "not_accepted", "This kind of collateral is not accepted with this product."))
        if value is None or value <= 0:
            faults.append(Fault(f"collateral.{number}.stated_value", "not_positive", "Enter what the collateral is worth, more than zero."))
    if terms.collateral_required and not draft.collateral:
        faults.append(Fault("collateral", "required", "This product needs collateral; describe at least one asset."))
    return faults


def check_party(party: PartyDraft, path: str, on: date) -> list[Fault]:
    """Faults of one person or company on a business date; `path` is the prefix of the field names."""
    faults = []
    if not party.name.strip():
        faults.append(Fault(f"{path}.name", "required", "Enter the name."))
    elif not any(sign.isalpha() for sign in party.name):
        faults.append(Fault(f"{path}.name", "not_a_name", "Enter the name in letters, as it is registered."))
    if party.kind == "PERSON":
        faults += _check_person(party, path, on)
    elif not party.registration_number:
        faults.append(Fault(f"{path}.registration_number", "required", "Enter the company's registration number."))
    for name, value in (
        ("national_id", party.national_id),
        ("registration_number", party.registration_number),
        ("tax_id", party.tax_id),
    ):
        if value and not _IDENTIFIER.fullmatch(value.strip()):
            faults.append(Fault(f"{path}.{name}", "invalid_identifier", "Identifiers have 5 to 40 letters and digits."))
    if party.phone and not _PHONE.fullmatch(party.phone.strip()):
        faults.append(Fault(f"{path}.phone", "invalid_phone", "Enter the phone number with digits, such as +49 30 1234567."))
    if party.email and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", party.email.strip()):
        faults.append(Fault(f"{path}.email", "invalid_email", "Enter an e-mail address such as name@example.org."))
    return faults


def _check_person(party: PartyDraft, path: str, on: date) -> list[Fault]:
    faults = []
    if party.birth_date is None:
        faults.append(Fault(f"{path}.birth_date", "required", "Enter the date of birth."))
    elif party.birth_date > on:
        faults.append(Fault(f"{path}.birth_date", "future", "The date of birth lies in the future."))
    else:
        age = age_on(party.birth_date, on)
        if age < ADULT_YEARS:
            faults.append(Fault(f"{path}.birth_date", "minor", f"An applicant has to be at least {ADULT_YEARS} years old."))
        elif age > OLDEST_YEARS:
            faults.append(Fault(f"{path}.birth_date", "too_old", "Check the year of birth."))
    if not party.national_id:
        faults.append(Fault(f"{path}.national_id", "required", "Enter the number of the identity document."))
    return faults


def age_on(birth_date: date, on: date) -> int:
    """Whole years of age on a day."""
    return on.year - birth_date.year - ((on.month, on.day) < (birth_date.month, birth_date.day))


def is_iban(text: str) -> bool:
    """Whether a text is a valid IBAN, spaces allowed (ISO 13616 check digits and national structure by python-stdnum)."""
    return bool(iban.is_valid(text))
