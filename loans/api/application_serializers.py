"""The form of `POST /applications`: strict, every unknown field named. Rules are checked by the service."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from core.api.fields import AmountField, CurrencyField, DayField, FlagField, InstantField, StrictSerializer, TextField, WholeField
from core.industries import MOST_WRITTEN


class AddressSerializer(StrictSerializer):
    """An address."""

    line1 = TextField(required=False, allow_blank=True, max_length=160)
    city = TextField(required=False, allow_blank=True, max_length=80)
    postcode = TextField(required=False, allow_blank=True, max_length=20)
    country = TextField(required=False, min_length=2, max_length=2)


class EmploymentSerializer(StrictSerializer):
    """Work as stated."""

    employer = TextField(required=False, allow_blank=True, max_length=120)
    months = WholeField(required=False, min_value=0, max_value=900)
    kind = TextField(required=False, allow_blank=True, max_length=40)


class IncomeSerializer(StrictSerializer):
    """One income as stated."""

    kind = TextField(max_length=40)
    monthly_amount = AmountField()


class ObligationSerializer(StrictSerializer):
    """One debt elsewhere as stated."""

    lender = TextField(required=False, allow_blank=True, max_length=120)
    monthly_payment = AmountField(required=False)
    outstanding = AmountField(required=False)


class FinancialsSerializer(StrictSerializer):
    """A company's figures as stated."""

    years_in_business = AmountField(required=False)
    turnover = AmountField(required=False)
    ebitda = AmountField(required=False)


class PartySerializer(StrictSerializer):
    """A person or a company."""

    kind = serializers.ChoiceField(choices=["person", "company"])
    name = TextField(max_length=160)
    birth_date = DayField(required=False)
    registration_number = TextField(required=False, allow_blank=True, max_length=60)
    national_id = TextField(required=False, allow_blank=True, max_length=60)
    tax_id = TextField(required=False, allow_blank=True, max_length=60)
    address = AddressSerializer(required=False)
    phone = TextField(required=False, allow_blank=True, max_length=40)
    email = TextField(required=False, allow_blank=True, max_length=120)
    industry = TextField(
        required=False,
        allow_blank=True,
        max_length=MOST_WRITTEN,
        help_text="The division of NACE Rev. 2.1 with the letter of its section, such as F43, or the letter alone. A company that applies needs one to be submitted.",
    )


class ApplicantSerializer(PartySerializer):
    """Who applies, with what they state."""

    employment = EmploymentSerializer(required=False)
    income = IncomeSerializer(many=True, required=False)
    obligations = ObligationSerializer(many=True, required=False)
    financials = FinancialsSerializer(required=False)


class RelatedSerializer(PartySerializer):
    """Somebody else with a part."""

    role = serializers.ChoiceField(choices=["co_borrower", "guarantor", "owner", "director", "spouse"])


class PayeeSerializer(StrictSerializer):
    """Whom the money goes to."""

    name = TextField(max_length=160)
    iban = TextField(required=False, allow_blank=True, max_length=42)
    amount = AmountField(required=False)


class PurposeSerializer(StrictSerializer):
    """What the money is for."""

    code = TextField(max_length=30)
    text = TextField(required=False, allow_blank=True, max_length=200)
    payees = PayeeSerializer(many=True, required=False)


class CollateralSerializer(StrictSerializer):
    """An asset as stated."""

    kind = serializers.ChoiceField(choices=["real_estate", "land", "machinery", "vehicle", "receivables", "deposit", "securities"])
    description = TextField(max_length=200)
    stated_value = AmountField()
    title_number = TextField(required=False, allow_blank=True, max_length=60)
    address = AddressSerializer(required=False)
    details = serializers.DictField(child=serializers.CharField(max_length=240, allow_blank=True), required=False)


class ConsentSerializer(StrictSerializer):
    """A consent and when it was given."""

    kind = TextField(max_length=40)
    given_at = InstantField()


class DeviceSerializer(StrictSerializer):
    """The machine the applicant used. It serves against fraud alone, is kept encrypted for a year, and no answer shows it."""

    id = TextField(
        required=False,
        allow_blank=True,
        max_length=200,
        help_text="Your own lasting identifier of the applicant's device, such as an installation id; leave it out for machines of your shops.",
    )
    ip_address = serializers.IPAddressField(
        required=False, help_text="The internet address the applicant's device had, as your server saw it; never your server's own."
    )


class ApplicationSerializer(StrictSerializer):
    """A whole application. With `submit` false it is kept as a draft."""

    product = TextField(max_length=30)
    amount = AmountField()
    currency = CurrencyField()
    term_months = WholeField(min_value=1, max_value=1200)
    purpose = PurposeSerializer()
    applicant = ApplicantSerializer()
    related_parties = RelatedSerializer(many=True, required=False)
    collateral = CollateralSerializer(many=True, required=False)
    device = DeviceSerializer(required=False)
    external_reference = TextField(required=False, allow_null=True, max_length=100)
    consents = ConsentSerializer(many=True, required=False)
    submit = FlagField(required=False, default=False)


class ScreeningSerializer(StrictSerializer):
    """Which party of which application."""

    application = TextField(max_length=60)
    party = TextField(max_length=60)


class DocumentForm(StrictSerializer):
    """A file and what it is, as multipart form data."""

    kind = TextField(max_length=40)
    file = serializers.FileField(allow_empty_file=True)


def plain(value: Any) -> Any:
    """Validated data back as JSON texts: what the service keeps and reads."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, bool) or value is None or isinstance(value, str | int):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
