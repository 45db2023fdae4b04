"""The form of `POST /applications`: strict, every unknown field named. Rules are checked by the service."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from core.api.fields import AmountField, DayField, StrictSerializer


class AddressSerializer(StrictSerializer):
    """An address."""

    line1 = serializers.CharField(required=False, allow_blank=True, max_length=160)
    city = serializers.CharField(required=False, allow_blank=True, max_length=80)
    postcode = serializers.CharField(required=False, allow_blank=True, max_length=20)
    country = serializers.CharField(required=False, min_length=2, max_length=2)


class EmploymentSerializer(StrictSerializer):
    """Work as stated."""

    employer = serializers.CharField(required=False, allow_blank=True, max_length=120)
    months = serializers.IntegerField(required=False, min_value=0, max_value=900)
    kind = serializers.CharField(required=False, allow_blank=True, max_length=40)


class IncomeSerializer(StrictSerializer):
    """One income as stated."""

    kind = serializers.CharField(max_length=40)
    monthly_amount = AmountField()


class ObligationSerializer(StrictSerializer):
    """One debt elsewhere as stated."""

    lender = serializers.CharField(required=False, allow_blank=True, max_length=120)
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
    name = serializers.CharField(max_length=160)
    birth_date = DayField(required=False)
    registration_number = serializers.CharField(required=False, allow_blank=True, max_length=60)
    national_id = serializers.CharField(required=False, allow_blank=True, max_length=60)
    tax_id = serializers.CharField(required=False, allow_blank=True, max_length=60)
    address = AddressSerializer(required=False)
    phone = serializers.CharField(required=False, allow_blank=True, max_length=40)
    email = serializers.CharField(required=False, allow_blank=True, max_length=120)
    industry = serializers.CharField(required=False, allow_blank=True, max_length=60)


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

    name = serializers.CharField(max_length=160)
    iban = serializers.CharField(required=False, allow_blank=True, max_length=42)
    amount = AmountField(required=False)


class PurposeSerializer(StrictSerializer):
    """What the money is for."""

    code = serializers.CharField(max_length=30)
    text = serializers.CharField(required=False, allow_blank=True, max_length=200)
    payees = PayeeSerializer(many=True, required=False)


class CollateralSerializer(StrictSerializer):
    """An asset as stated."""

    kind = serializers.ChoiceField(choices=["real_estate", "land", "machinery", "vehicle", "receivables", "deposit", "securities"])
    description = serializers.CharField(max_length=200)
    stated_value = AmountField()
    title_number = serializers.CharField(required=False, allow_blank=True, max_length=60)
    address = AddressSerializer(required=False)


class ConsentSerializer(StrictSerializer):
    """A consent and when it was given."""

    kind = serializers.CharField(max_length=40)
    given_at = serializers.DateTimeField()


class ApplicationSerializer(StrictSerializer):
    """A whole application. With `submit` false it is kept as a draft."""

    product = serializers.CharField(max_length=30)
    amount = AmountField()
    currency = serializers.RegexField(r"^[A-Z]{3}$")
    term_months = serializers.IntegerField(min_value=1, max_value=1200)
    purpose = PurposeSerializer()
    applicant = ApplicantSerializer()
    related_parties = RelatedSerializer(many=True, required=False)
    collateral = CollateralSerializer(many=True, required=False)
    external_reference = serializers.CharField(required=False, allow_null=True, max_length=100)
    consents = ConsentSerializer(many=True, required=False)
    submit = serializers.BooleanField(required=False, default=False)


class ScreeningSerializer(StrictSerializer):
    """Which party of which application."""

    application = serializers.CharField(max_length=60)
    party = serializers.CharField(max_length=60)


def plain(value: Any) -> Any:
    """Validated data back as JSON texts: what the service keeps and reads."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, bool) or value is None or isinstance(value, str | int):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
