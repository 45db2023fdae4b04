"""The shapes of answers, for the API's reference: what `answers.py` and `loan_answers.py` fill."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import inline_serializer
from rest_framework import serializers

from core.api.fields import AmountField, RateField
from loans.domain.states import ApplicationState, LoanState

Shape = serializers.Serializer[Any]
DECISIONS = ["APPROVED", "APPROVED_WITH_CONDITIONS", "COUNTER_OFFERED", "DECLINED"]


def page_shape(name: str, row: type[Shape]) -> Shape:
    """A page of a list: `{"data": […], "next": url or null}`. (`data` cannot be declared in a serializer's body: DRF uses the name.)"""
    page: Shape = inline_serializer(name, {"data": row(many=True), "next": serializers.URLField(allow_null=True)})
    return page


class ProductShape(Shape):
    """The terms a partner may offer."""

    code = serializers.CharField()
    name = serializers.CharField()
    description = serializers.CharField(allow_blank=True)
    version = serializers.IntegerField()
    currency = serializers.CharField()
    borrower_kinds = serializers.ListField(child=serializers.CharField())
    min_amount = AmountField()
    max_amount = AmountField()
    min_term_months = serializers.IntegerField()
    max_term_months = serializers.IntegerField()
    annual_rate = RateField()
    method = serializers.CharField()
    purposes = serializers.ListField(child=serializers.DictField())
    collateral_kinds = serializers.ListField(child=serializers.CharField())
    collateral_required = serializers.BooleanField()
    required_documents = serializers.ListField(child=serializers.DictField())
    fees = serializers.ListField(child=serializers.DictField())


ProductPage = page_shape("ProductPage", ProductShape)


class PartyShape(Shape):
    """Somebody with a part in an application."""

    id = serializers.CharField()
    role = serializers.CharField()
    name = serializers.CharField()


class MissingShape(Shape):
    """Something the application still needs."""

    kind = serializers.ChoiceField(choices=["document", "fact"])
    code = serializers.CharField()
    title = serializers.CharField()


class AskedShape(Shape):
    """What the applicant is told besides, and the last day of the answer. Documents are handed in under the codes of `missing`."""

    text = serializers.CharField(allow_blank=True)
    until = serializers.DateField()


class ApplicationShape(Shape):
    """One application."""

    id = serializers.CharField()
    reference = serializers.CharField()
    status = serializers.ChoiceField(choices=[state.value for state in ApplicationState])
    product = serializers.CharField(allow_null=True)
    amount = AmountField(allow_null=True)
    currency = serializers.CharField(allow_blank=True)
    term_months = serializers.IntegerField(allow_null=True)
    external_reference = serializers.CharField(allow_null=True)
    parties = PartyShape(many=True)
    missing = MissingShape(many=True)
    asked = AskedShape(allow_null=True, help_text="While the status is INCOMPLETE: the application waits for the applicant.")
    in_review = serializers.BooleanField()
    created_at = serializers.DateTimeField()
    submitted_at = serializers.DateTimeField(allow_null=True)


ApplicationPage = page_shape("ApplicationPage", ApplicationShape)


class DocumentShape(Shape):
    """A file that was stored."""

    id = serializers.CharField()
    kind = serializers.CharField()
    name = serializers.CharField()
    size = serializers.IntegerField()
    sha256 = serializers.CharField()
    missing = MissingShape(many=True)


class DecisionShape(Shape):
    """The outcome in public words."""

    outcome = serializers.ChoiceField(choices=DECISIONS)
    amount = AmountField(allow_null=True)
    currency = serializers.CharField()
    annual_rate = RateField(allow_null=True)
    term_months = serializers.IntegerField(allow_null=True)
    conditions = serializers.ListField(child=serializers.DictField())
    reasons = serializers.ListField(child=serializers.DictField())
    valid_until = serializers.DateField(allow_null=True)
    decided_at = serializers.DateTimeField()


class ScreeningShape(Shape):
    """What a partner learns of a screening."""

    result = serializers.ChoiceField(choices=["clear", "review"])


class QuoteLineShape(Shape):
    """One instalment of a quote."""

    number = serializers.IntegerField()
    due_date = serializers.DateField()
    principal = AmountField()
    interest = AmountField()
    fees = AmountField()
    total = AmountField()
    balance = AmountField()


class TotalsShape(Shape):
    """Sums of a schedule."""

    principal = AmountField()
    interest = AmountField()
    fees = AmountField()
    total = AmountField()


class QuoteShape(Shape):
    """Schedule and cost of terms."""

    instalments = QuoteLineShape(many=True)
    totals = TotalsShape()
    effective_annual_rate = serializers.CharField(allow_null=True)


class OutstandingShape(Shape):
    """What is owed: principal not repaid, and what has fallen due of the rest."""

    principal = AmountField()
    interest = AmountField()
    fees = AmountField()
    penalty = AmountField()
    total = AmountField()


class NextDueShape(Shape):
    """The next instalment."""

    date = serializers.DateField()
    amount = AmountField()


class ContractShape(Shape):
    """What was agreed."""

    application = serializers.CharField()
    product = serializers.CharField()
    product_version = serializers.IntegerField()
    annual_rate = RateField()
    effective_annual_rate = RateField(allow_null=True)
    method = serializers.CharField()
    instalments = serializers.IntegerField(allow_null=True)
    signed_date = serializers.DateField()
    disbursed_date = serializers.DateField(allow_null=True)
    first_due_date = serializers.DateField(allow_null=True)
    maturity_date = serializers.DateField(allow_null=True)
    closed_date = serializers.DateField(allow_null=True)


class LoanShape(Shape):
    """One loan on the business date."""

    id = serializers.CharField()
    reference = serializers.CharField()
    status = serializers.ChoiceField(choices=[state.value for state in LoanState])
    currency = serializers.CharField()
    principal = AmountField()
    outstanding = OutstandingShape()
    arrears = AmountField()
    days_past_due = serializers.IntegerField()
    bucket = serializers.CharField()
    next_due = NextDueShape(allow_null=True)
    contract = ContractShape()

    def get_fields(self) -> dict[str, Any]:
        # `class` is a word of Python's own and cannot stand as an attribute.
        return {**super().get_fields(), "class": serializers.CharField()}


LoanPage = page_shape("LoanPage", LoanShape)


class ScheduleLineShape(QuoteLineShape):
    """One instalment and what was paid of it."""

    paid = AmountField()
    status = serializers.ChoiceField(choices=["paid", "part", "overdue", "due", "later"])


class ScheduleShape(Shape):
    """The schedule of a loan."""

    currency = serializers.CharField()
    instalments = ScheduleLineShape(many=True)
    totals = TotalsShape()
    effective_annual_rate = RateField(allow_null=True)


class PostingShape(Shape):
    """One line of an entry."""

    account = serializers.CharField()
    name = serializers.CharField()
    side = serializers.ChoiceField(choices=["debit", "credit"])
    amount = AmountField()
    currency = serializers.CharField()


class EntryShape(Shape):
    """One entry in the books; its debits equal its credits."""

    id = serializers.CharField()
    booking_date = serializers.DateField()
    value_date = serializers.DateField()
    event = serializers.CharField()
    text = serializers.CharField()
    reverses = serializers.CharField(allow_null=True)
    lines = PostingShape(many=True)


EntryPage = page_shape("EntryPage", EntryShape)


class AllocationShape(Shape):
    """What a part of a payment paid."""

    component = serializers.ChoiceField(choices=["fee", "penalty", "interest", "principal", "suspense", "recovery", "set_off"])
    instalment = serializers.IntegerField(allow_null=True)
    amount = AmountField()


class PaymentShape(Shape):
    """A payment that was booked; `outstanding` is all that is owed after it."""

    id = serializers.CharField()
    reference = serializers.CharField()
    amount = AmountField()
    currency = serializers.CharField()
    value_date = serializers.DateField()
    booking_date = serializers.DateField()
    allocation = AllocationShape(many=True)
    outstanding = AmountField()
