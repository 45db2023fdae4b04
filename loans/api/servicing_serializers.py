"""The forms of payments and of quotes."""

from __future__ import annotations

from rest_framework import serializers

from core.api.fields import AmountField, CurrencyField, DayField, FlagField, RateField, StrictSerializer, TextField, WholeField
from core.daycount import CONVENTIONS
from core.money import MODES
from core.workdays import MONTH_ENDS, UNITS
from loans.domain.schedule.terms import METHODS


class PaymentSerializer(StrictSerializer):
    """Money received for a loan."""

    amount = AmountField()
    currency = CurrencyField()
    value_date = DayField()
    external_reference = TextField(required=False, allow_null=True, max_length=100)


class ProductQuoteSerializer(StrictSerializer):
    """A product with amount and term; the product gives the rest."""

    product = TextField(max_length=30)
    amount = AmountField()
    currency = CurrencyField(required=False)
    term_months = WholeField(min_value=1, max_value=1200)
    start_date = DayField(required=False)
    first_due_date = DayField(required=False)


class FrequencyForm(StrictSerializer):
    """How often an instalment falls due."""

    unit = serializers.ChoiceField(choices=list(UNITS), required=False)
    every = WholeField(min_value=1, max_value=1200, required=False)


class RoundingForm(StrictSerializer):
    """How amounts are rounded."""

    mode = serializers.ChoiceField(choices=list(MODES), required=False)
    multiple = AmountField(required=False, allow_null=True)


class GraceForm(StrictSerializer):
    """Instalments at the start without principal, without payment of interest, without interest."""

    principal_instalments = WholeField(min_value=0, max_value=1200, required=False)
    interest_instalments = WholeField(min_value=0, max_value=1200, required=False)
    interest_free_instalments = WholeField(min_value=0, max_value=1200, required=False)


class TrancheForm(StrictSerializer):
    """A part of the principal paid out on a day."""

    date = DayField()
    amount = AmountField()


class RateChangeForm(StrictSerializer):
    """Another rate from a day on."""

    date = DayField()
    annual_rate = RateField()


class FeeForm(StrictSerializer):
    """A fee: an amount or a percent of the principal."""

    code = TextField()
    amount = AmountField(required=False, allow_null=True)
    percent = RateField(required=False, allow_null=True)
    when = serializers.ChoiceField(choices=["payout", "each_instalment"], required=False)


class TermsForm(StrictSerializer):
    """Free terms, for the reference: they are read by `loans.domain.quote`, the same as `manage.py quote` does."""

    currency = CurrencyField()
    principal = AmountField()
    annual_rate = RateField()
    start_date = DayField()
    first_due_date = DayField(required=False, allow_null=True)
    method = serializers.ChoiceField(choices=list(METHODS), required=False)
    instalments = WholeField(min_value=1, max_value=1200, required=False)
    frequency = FrequencyForm(required=False)
    day_count = serializers.ChoiceField(choices=list(CONVENTIONS), required=False)
    interest_period = serializers.ChoiceField(choices=["daily", "per_instalment"], required=False)
    month_end = serializers.ChoiceField(choices=list(MONTH_ENDS), required=False)
    rounding = RoundingForm(required=False)
    instalment_multiple = AmountField(required=False, allow_null=True)
    respread = FlagField(required=False)
    instalment_basis = serializers.ChoiceField(choices=["drawn", "committed"], required=False)
    instalment_amount = AmountField(required=False, allow_null=True)
    grace = GraceForm(required=False)
    tranches = TrancheForm(many=True, required=False)
    rate_changes = RateChangeForm(many=True, required=False)
    fees = FeeForm(many=True, required=False)
