"""An application as it comes in, in one form for every door: browser, partner API, simulator.

Shape: the JSON of `POST /applications` (api.md), all values texts. A draft is kept as this JSON, encrypted; submitting reads
it into typed values and reports every fault at its field.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import timezone

from core.errors import Fault
from core.home import home_country, is_country
from core.industries import MOST_WRITTEN, not_listed, read_industry
from core.money import MoneyError, parse_amount
from loans.domain.consents import moment_of
from loans.domain.devices import telling_device, telling_network
from loans.domain.product_rules import Draft, PartyDraft, ProductTerms, check_draft
from loans.models import ProductVersion

MOST_EMPLOYED_MONTHS = 900
PARTS = {
    "co_borrower": "CO_BORROWER",
    "guarantor": "GUARANTOR",
    "owner": "OWNER",
    "director": "DIRECTOR",
    "spouse": "SPOUSE",
}


@dataclass(frozen=True)
class Party:
    """Somebody of an application with everything that identifies them, in clear until stored."""

    part: str
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
    postcode: str = ""
    country: str = field(default_factory=home_country)
    industry: str = ""


@dataclass(frozen=True)
class Intake:
    """A complete application, typed."""

    amount: Decimal
    currency: str
    term_months: int
    purpose_code: str
    purpose_text: str
    payee_name: str
    payee_iban: str
    parties: tuple[Party, ...]
    stated: dict[str, Any] = field(default_factory=dict)
    collateral: list[dict[str, Any]] = field(default_factory=list)
    consents: list[dict[str, Any]] = field(default_factory=list)
    device: str = ""
    network: str = ""


def terms_of(version: ProductVersion) -> ProductTerms:
    """What intake is checked against."""
    return ProductTerms(
        currency=version.currency,
        borrower_kinds=version.borrower_kinds,
        min_amount=version.min_amount,
        max_amount=version.max_amount,
        min_term_months=version.min_term_months,
        max_term_months=version.max_term_months,
        purposes=[purpose["code"] for purpose in version.purposes],
        collateral_kinds=[kind.lower() for kind in version.collateral_kinds],
        collateral_required=version.collateral_required,
    )


def read_intake(data: dict[str, Any], version: ProductVersion, on: date) -> tuple[Intake | None, list[Fault]]:
    """The typed application, or every fault. Field paths are those of the JSON ("applicant.birth_date")."""
    reader = _Reader(version)
    amount = reader.amount(data.get("amount"), "amount")
    term = reader.whole(data.get("term_months"), "term_months")
    purpose = data.get("purpose") or {}
    payee = (purpose.get("payees") or [{}])[0]
    collateral = [item for item in data.get("collateral") or [] if any(str(value or "").strip() for value in item.values())]
    worth = [
        (str(item.get("kind", "")).lower(), reader.amount(item.get("stated_value"), f"collateral.{number}.stated_value"))
        for number, item in enumerate(collateral)
    ]
    applicant = reader.party(data.get("applicant") or {}, "applicant", "APPLICANT")
    related = {
        f"related_parties.{number}": reader.party(item, f"related_parties.{number}", PARTS.get(item.get("role", ""), ""))
        for number, item in enumerate(data.get("related_parties") or [])
    }
    for path, party in related.items():
        if not party.part:
            reader.faults.append(Fault(f"{path}.role", "unknown", "Choose what part this person has."))
    device = data.get("device") or {}
    network = reader.network(device.get("ip_address"), "device.ip_address")
    stated = reader.stated(data.get("applicant") or {})
    consents = reader.consents(data.get("consents") or [], on)
    draft = Draft(
        amount=amount,
        currency=str(data.get("currency") or version.currency),
        term_months=term,
        purpose_code=str(purpose.get("code") or ""),
        applicant=_plain(applicant),
        payee_iban=str(payee.get("iban") or ""),
        related={path: _plain(party) for path, party in related.items()},
        collateral=worth,
    )
    named = {fault.field for fault in reader.faults}
    faults = reader.faults + [fault for fault in check_draft(draft, terms_of(version), on) if fault.field not in named]
    if faults:
        return None, faults
    assert amount is not None and term is not None
    return (
        Intake(
            amount=amount,
            currency=draft.currency,
            term_months=term,
            purpose_code=draft.purpose_code,
            purpose_text=str(purpose.get("text") or "")[:200],
            payee_name=str(payee.get("name") or "")[:160],
            payee_iban=draft.payee_iban.replace(" ", "").upper(),
            parties=(applicant, *related.values()),
            stated=stated,
            collateral=collateral,
            consents=consents,
            device=telling_device(str(device.get("id") or "")[:200]),
            network=network,
        ),
        [],
    )


def _plain(party: Party) -> PartyDraft:
    return PartyDraft(
        kind=party.kind,
        name=party.name,
        birth_date=party.birth_date,
        national_id=party.national_id,
        registration_number=party.registration_number,
        tax_id=party.tax_id,
        phone=party.phone,
        email=party.email,
        industry=party.industry,
    )


class _Reader:
    """Reads texts into types and collects what does not read."""

    def __init__(self, version: ProductVersion) -> None:
        self.version = version
        self.faults: list[Fault] = []

    def amount(self, value: Any, path: str, *, or_nought: bool = False) -> Decimal | None:
        """An amount, above nought unless `or_nought`: who says that they owe nothing has said something; who left it empty has not."""
        text = str("" if value is None else value).strip()
        if not text:
            return None
        try:
            amount = parse_amount(text, self.version.currency, positive=not or_nought)
            if amount < 0:
                raise MoneyError("negative", "The amount cannot be less than zero.")
            return amount
        except MoneyError as error:
            self.faults.append(Fault(path, error.code, str(error)))
            return None

    def figure(self, value: Any, path: str) -> str:
        """A figure of a company as text: any number an amount could be, below nought too."""
        text = str(value or "").strip()
        try:
            return str(parse_amount(text, self.version.currency, positive=False)) if text else ""
        except MoneyError as error:
            self.faults.append(Fault(path, error.code, str(error)))
            return ""

    def whole(self, value: Any, path: str) -> int | None:
        text = str(value if value is not None else "").strip()
        if not text:
            return None
        if not (text.isascii() and text.isdigit() and len(text) < 6):
            self.faults.append(Fault(path, "form", "Enter a whole number."))
            return None
        return int(text)

    def day(self, value: Any, path: str) -> date | None:
        text = str(value or "").strip()
        if not text:
            return None
        try:
            return date.fromisoformat(text)
        except ValueError:
            self.faults.append(Fault(path, "form", "Enter the date as YYYY-MM-DD, such as 1980-05-31."))
            return None

    def network(self, value: Any, path: str) -> str:
        text = str(value or "").strip()
        try:
            return telling_network(text) if text else ""
        except ValueError:
            self.faults.append(Fault(path, "form", "Enter an internet address, such as 203.0.113.7 or 2001:db8::1."))
            return ""

    def consents(self, given: list[Any], on: date) -> list[dict[str, str]]:
        """What the applicant agreed to: nothing but the kind and the moment, which is not to come."""
        found = []
        for number, item in enumerate(given):
            path = f"consents.{number}.given_at"
            kind, given_at = str(item.get("kind") or "")[:40], str(item.get("given_at") or "")
            try:
                day = moment_of(given_at).date()
            except ValueError:
                self.faults.append(Fault(path, "form", "Enter the date as YYYY-MM-DD, such as 2026-05-31."))
                continue
            if day > max(on, timezone.now().date()):
                self.faults.append(Fault(path, "future", "Nobody can have agreed on a future day."))
            found.append({"kind": kind, "given_at": given_at})
        return found

    def party(self, data: dict[str, Any], path: str, part: str) -> Party:
        address = data.get("address") or {}

        def text(name: str, limit: int = 160) -> str:
            return " ".join(str(data.get(name) or "").split())[:limit]

        kind = text("kind").upper() or "PERSON"
        country = str(address.get("country") or home_country()).strip().upper()
        if not is_country(country):
            self.faults.append(Fault(f"{path}.address.country", "form", "Use the two letters of the country, such as DE."))
        return Party(
            part=part,
            kind=kind,
            name=text("name"),
            birth_date=self.day(data.get("birth_date"), f"{path}.birth_date") if kind == "PERSON" else None,
            national_id=text("national_id", 60),
            registration_number=text("registration_number", 60),
            tax_id=text("tax_id", 60),
            phone=text("phone", 40),
            email=text("email", 120),
            address_line=str(address.get("line1") or "").strip()[:160],
            city=str(address.get("city") or "").strip()[:80],
            postcode=str(address.get("postcode") or "").strip()[:20],
            country=country[:2],
            industry=self.industry(text("industry", MOST_WRITTEN), f"{path}.industry"),
        )

    def industry(self, written: str, path: str) -> str:
        """The code of an industry, however it was written."""
        code = read_industry(written) if written else ""
        if code is None:
            self.faults.append(Fault(path, "unknown", not_listed(written)))
        return code or ""

    def stated(self, applicant: dict[str, Any]) -> dict[str, Any]:
        """What the applicant says of income, obligations and work; amounts checked and kept as texts."""
        incomes, obligations = [], []
        for number, item in enumerate(applicant.get("income") or []):
            amount = self.amount(item.get("monthly_amount"), f"applicant.income.{number}.monthly_amount", or_nought=True)
            if amount is not None:
                incomes.append({"kind": str(item.get("kind") or "other"), "monthly_amount": str(amount)})
        for number, item in enumerate(applicant.get("obligations") or []):
            said = {
                name: self.amount(item.get(name), f"applicant.obligations.{number}.{name}", or_nought=True)
                for name in ("monthly_payment", "outstanding")
            }
            told = {name: str(amount) for name, amount in said.items() if amount is not None}
            if told:
                obligations.append({"lender": str(item.get("lender") or ""), **told})
        employment = {
            name: str(value).strip()[:120] for name, value in (applicant.get("employment") or {}).items() if str(value or "").strip()
        }
        months = self.whole(employment.get("months"), "applicant.employment.months")
        if months is not None and months > MOST_EMPLOYED_MONTHS:
            self.faults.append(Fault("applicant.employment.months", "form", f"At most {MOST_EMPLOYED_MONTHS} months."))
        figures = {name: self.figure(value, f"applicant.financials.{name}") for name, value in (applicant.get("financials") or {}).items()}
        financials = {name: figure for name, figure in figures.items() if figure}
        return {"income": incomes, "obligations": obligations, "employment": employment, "financials": financials}
