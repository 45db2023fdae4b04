"""The intake form: texts as typed, turned into the one JSON shape that every door uses. Rules are checked by the service alone."""

from __future__ import annotations

from typing import Any

from django import forms

from core.errors import Fault
from core.home import home_country
from core.industries import read_industry
from core.written_number import plain_digits
from loans.domain.consents import BUREAU
from loans.models import ProductVersion
from loans.services.intake import PARTS
from loans.web.industry_choices import industry_choices

# JSON path of the service's faults → field of the form.
PATHS = {
    "amount": "amount",
    "term_months": "term_months",
    "purpose.code": "purpose_code",
    "purpose.payees.0.iban": "payee_iban",
    "applicant.kind": "kind",
    "applicant.name": "name",
    "applicant.birth_date": "birth_date",
    "applicant.national_id": "national_id",
    "applicant.registration_number": "registration_number",
    "applicant.industry": "industry",
    "applicant.tax_id": "tax_id",
    "applicant.phone": "phone",
    "applicant.email": "email",
    "applicant.address.country": "country",
    "applicant.employment.months": "employed_months",
    "applicant.financials.years_in_business": "years_in_business",
    "applicant.financials.turnover": "turnover",
    "applicant.financials.ebitda": "ebitda",
    "applicant.income.0.monthly_amount": "monthly_income",
    "applicant.obligations.0.monthly_payment": "monthly_obligations",
    "applicant.obligations.0.outstanding": "outstanding_obligations",
    "consents.0.given_at": "bureau_consent",
    "collateral": "collateral_kind",
    "collateral.0.kind": "collateral_kind",
    "collateral.0.stated_value": "collateral_value",
    "related_parties.0.name": "related_name",
    "related_parties.0.birth_date": "related_birth_date",
    "related_parties.0.national_id": "related_national_id",
    "related_parties.0.role": "related_role",
}
COLLATERAL = {
    "real_estate": "Real estate",
    "land": "Land",
    "machinery": "Machinery",
    "vehicle": "Vehicle",
    "receivables": "Receivables",
    "deposit": "Deposit",
    "securities": "Securities",
}
SECTIONS = {
    "request": ("amount", "term_months", "purpose_code", "purpose_text", "payee_name", "payee_iban"),
    "person": ("birth_date", "national_id", "employer", "employed_months", "monthly_income"),
    "company": ("registration_number", "industry", "years_in_business", "turnover", "ebitda"),
    "contact": ("phone", "email", "line1", "postcode", "city", "country", "tax_id"),
    "obligations": ("monthly_obligations", "outstanding_obligations"),
    "collateral": (
        "collateral_kind",
        "collateral_description",
        "collateral_value",
        "collateral_title",
        "collateral_line1",
        "collateral_city",
    ),
    "related": ("related_role", "related_name", "related_birth_date", "related_national_id"),
}
# What a submitted application cannot do without; a draft can.
NEEDED = frozenset({"amount", "term_months", "purpose_code", "name", "birth_date", "national_id", "registration_number", "industry"})


def _text(label: str, limit: int = 160, **attrs: Any) -> forms.CharField:
    return forms.CharField(label=label, required=False, max_length=limit, widget=forms.TextInput(attrs={"autocomplete": "off", **attrs}))


def _amount(label: str) -> forms.CharField:
    return _text(label, 24, inputmode="decimal")


def _day(label: str) -> forms.CharField:
    return forms.CharField(label=label, required=False, max_length=10, widget=forms.DateInput(attrs={"type": "date"}))


class IntakeForm(forms.Form):
    """Everything one application asks for. Nothing is required here: a half-filled draft is kept."""

    amount = _amount("Amount")
    term_months = _text("Term", 5, inputmode="numeric")
    purpose_code = forms.ChoiceField(label="Purpose", required=False)
    purpose_text = _text("What exactly", 200)
    payee_name = _text("Paid to")
    payee_iban = _text("IBAN of the payee", 42)
    kind = forms.ChoiceField(
        label="Who applies", required=False, choices=[("person", "Person"), ("company", "Company")], widget=forms.RadioSelect
    )
    name = _text("Name")
    birth_date = _day("Date of birth")
    national_id = _text("Identity document number", 60)
    employer = _text("Employer", 120)
    employed_months = _text("Months with the employer", 4, inputmode="numeric")
    monthly_income = _amount("Net income per month")
    registration_number = _text("Registration number", 60)
    industry = forms.ChoiceField(label="Industry", required=False)
    years_in_business = _text("Years in business", 4, inputmode="numeric")
    turnover = _amount("Turnover last year")
    ebitda = _amount("EBITDA last year")
    phone = _text("Phone", 40)
    email = _text("E-mail", 120)
    line1 = _text("Street and number")
    postcode = _text("Postcode", 20)
    city = _text("City", 80)
    country = _text("Country, two letters", 2)
    tax_id = _text("Tax number", 60)
    monthly_obligations = _amount("Loan payments elsewhere per month")
    outstanding_obligations = _amount("Owed elsewhere in all")
    collateral_kind = forms.ChoiceField(label="Collateral", required=False)
    collateral_description = _text("Description", 200)
    collateral_value = _amount("Worth as stated")
    collateral_title = _text("Title or registration number", 60)
    collateral_line1 = _text("Where it is, street and number")
    collateral_city = _text("City", 80)
    bureau_consent = _day("Agreed to a credit bureau enquiry on")
    related_role = forms.ChoiceField(
        label="Part", required=False, choices=[("", "Nobody else"), *((role, role.replace("_", "-").capitalize()) for role in PARTS)]
    )
    related_name = _text("Name")
    related_birth_date = _day("Date of birth")
    related_national_id = _text("Identity document number", 60)
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, product: ProductVersion, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.product = product
        purposes = [("", "Choose a purpose"), *((purpose["code"], purpose["title"]) for purpose in product.purposes)]
        kinds = [kind.lower() for kind in product.collateral_kinds]
        for name, choices in (
            ("purpose_code", purposes),
            ("industry", industry_choices(str(self["industry"].value() or ""))),
            ("collateral_kind", [("", "None"), *((kind, COLLATERAL[kind]) for kind in kinds)]),
        ):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = choices
        kind_field = self.fields["kind"]
        assert isinstance(kind_field, forms.ChoiceField)
        kind_field.choices = [(kind.lower(), kind.capitalize()) for kind in product.borrower_kinds]
        if len(product.borrower_kinds) == 1:
            self.initial.setdefault("kind", product.borrower_kinds[0].lower())

    @property
    def is_blank(self) -> bool:
        """Whether nothing was written beside what the form comes with."""
        return self.to_json() == IntakeForm({}, product=self.product).to_json()

    def to_json(self) -> dict[str, Any]:
        """What was typed, in the shape of POST /applications."""
        self.is_valid()

        def text(name: str) -> str:
            return str(self.data.get(name, "")).strip()

        def number(name: str) -> str:
            return plain_digits(text(name))

        kind = text("kind") or str(self.initial.get("kind") or "person")
        # The field is not shown for a person, who could not mend what does not read.
        industry = text("industry") if kind == "company" or read_industry(text("industry")) else ""
        data: dict[str, Any] = {
            "product": self.product.product.code,
            "amount": number("amount"),
            "currency": self.product.currency,
            "term_months": number("term_months"),
            "purpose": {
                "code": text("purpose_code"),
                "text": text("purpose_text"),
                "payees": [{"name": text("payee_name"), "iban": text("payee_iban")}],
            },
            "applicant": {
                "kind": kind,
                **{name: text(name) for name in ("name", "birth_date", "national_id", "registration_number", "tax_id", "phone", "email")},
                "industry": industry,
                "address": {name: text(name) for name in ("line1", "city", "postcode")} | {"country": text("country") or home_country()},
                "employment": {"employer": text("employer"), "months": number("employed_months")},
                "income": [{"kind": "salary", "monthly_amount": number("monthly_income")}],
                "obligations": [
                    {"lender": "", "monthly_payment": number("monthly_obligations"), "outstanding": number("outstanding_obligations")}
                ],
                "financials": {
                    "years_in_business": number("years_in_business"),
                    "turnover": number("turnover"),
                    "ebitda": number("ebitda"),
                },
            },
            "consents": [{"kind": BUREAU, "given_at": text("bureau_consent")}] if text("bureau_consent") else [],
            "collateral": [],
            "related_parties": [],
        }
        if text("collateral_kind") or text("collateral_description") or text("collateral_value"):
            data["collateral"] = [
                {
                    "kind": text("collateral_kind"),
                    "description": text("collateral_description"),
                    "stated_value": number("collateral_value"),
                    "title_number": text("collateral_title"),
                    "address": {"line1": text("collateral_line1"), "city": text("collateral_city")},
                }
            ]
        if any(text(name) for name in SECTIONS["related"]):
            data["related_parties"] = [
                {
                    "role": text("related_role"),
                    "kind": "person",
                    "name": text("related_name"),
                    "birth_date": text("related_birth_date"),
                    "national_id": text("related_national_id"),
                }
            ]
        return data

    def add_faults(self, faults: tuple[Fault, ...]) -> None:
        """Every fault of the service at its field; what has none stands at the top."""
        for fault in faults:
            self.add_error(PATHS.get(fault.field), fault.detail)


def initial_from(data: dict[str, Any]) -> dict[str, Any]:
    """A kept draft back into the form's fields."""
    purpose = data.get("purpose") or {}
    payee = (purpose.get("payees") or [{}])[0]
    person = data.get("applicant") or {}
    address = person.get("address") or {}
    employment, financials = person.get("employment") or {}, person.get("financials") or {}
    income = (person.get("income") or [{}])[0]
    obligation = (person.get("obligations") or [{}])[0]
    collateral = (data.get("collateral") or [{}])[0]
    related = (data.get("related_parties") or [{}])[0]
    consent: dict[str, Any] = next((row for row in data.get("consents") or [] if row.get("kind") == BUREAU), {})
    return {
        "amount": data.get("amount"),
        "term_months": data.get("term_months"),
        "purpose_code": purpose.get("code"),
        "purpose_text": purpose.get("text"),
        "payee_name": payee.get("name"),
        "payee_iban": payee.get("iban"),
        **{
            name: person.get(name)
            for name in ("kind", "name", "birth_date", "national_id", "registration_number", "tax_id", "phone", "email")
        },
        "industry": read_industry(str(person.get("industry") or "")) or person.get("industry"),
        **{name: address.get(name) for name in ("line1", "city", "postcode", "country")},
        "employer": employment.get("employer"),
        "employed_months": employment.get("months"),
        "monthly_income": income.get("monthly_amount"),
        "monthly_obligations": obligation.get("monthly_payment"),
        "outstanding_obligations": obligation.get("outstanding"),
        **{name: financials.get(name) for name in ("years_in_business", "turnover", "ebitda")},
        "collateral_kind": collateral.get("kind"),
        "collateral_description": collateral.get("description"),
        "collateral_value": collateral.get("stated_value"),
        "collateral_title": collateral.get("title_number"),
        "collateral_line1": (collateral.get("address") or {}).get("line1"),
        "collateral_city": (collateral.get("address") or {}).get("city"),
        "bureau_consent": str(consent.get("given_at") or "")[:10],
        "related_role": related.get("role"),
        "related_name": related.get("name"),
        "related_birth_date": related.get("birth_date"),
        "related_national_id": related.get("national_id"),
    }
