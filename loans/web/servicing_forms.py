"""What people type on the pages of a loan: contract dates, payouts, payments, reasons. Rules are checked by the services."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django import forms

from core.errors import DomainError
from core.money import to_text
from core.web.fields import AmountField, DayField
from loans.models import Loan
from loans.models.accounts import LineCategory


def whole_units(amount: Decimal, currency: str) -> Decimal:
    """An amount with the decimals of its currency, as a form offers it: columns keep four."""
    return Decimal(to_text(amount, currency))


# Refusals of services that belong to one field; the others stand at the top of the form.
PAYOUT_FIELDS = {
    "bad_amount": "amount",
    "limit_exceeded": "amount",
    "below_fees": "amount",
    "payee_missing": "payee_name",
    "invalid_iban": "payee_iban",
}
PAYMENT_FIELDS = {
    "bad_amount": "amount",
    "value_date_future": "value_date",
    "before_first_payout": "value_date",
    "external_reference_reused": "reference",
}

PREPAYMENT_FIELDS = PAYMENT_FIELDS | {"before_last_due": "value_date", "needed_for_dues": "amount", "nothing_to_shorten": "mode"}
DRAWING_FIELDS = {
    "bad_amount": "amount",
    "limit_exceeded": "amount",
    "bad_term": "term_months",
    "past_end": "term_months",
    "terms_refused": "term_months",
}
LIMIT_FIELDS = {
    "bad_amount": "limit",
    "same": "limit",
    "below_drawn": "limit",
    "above_product": "limit",
    "above_decided": "limit",
    "reason_missing": "reason",
}
RECOVERY_FIELDS = PAYMENT_FIELDS | {"more_than_written_off": "amount"}


class ContractForm(forms.Form):
    """When the money is to leave and when the first instalment is due. Both are agreed on with the borrower."""

    start_date = DayField(label="Planned payout")
    first_due_date = DayField(label="First due date", required=False)
    first_draw = AmountField(label="First drawing", min_value=Decimal("0.01"), required=False)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        start, first = cleaned.get("start_date"), cleaned.get("first_due_date")
        if start and first and first <= start:
            self.add_error("first_due_date", "The first due date has to lie after the planned payout.")
        return cleaned


class DrawingForm(forms.Form):
    """How much of the limit is drawn, and for how long."""

    amount = AmountField(label="Amount", min_value=Decimal("0.01"))
    term_months = forms.IntegerField(label="Months", min_value=1, max_value=600)


class LimitForm(forms.Form):
    """Another limit and why."""

    limit = AmountField(label="New limit", min_value=Decimal("0.01"))
    reason = forms.CharField(label="Reason", max_length=200)


class SignatureForm(forms.Form):
    """What shows that the borrower has signed."""

    note = forms.CharField(label="What shows it", max_length=200)


class PayoutForm(forms.Form):
    """How much leaves, and to whom. An empty account means the one named in the application."""

    amount = AmountField(label="Amount")
    payee_name = forms.CharField(label="Paid to", max_length=160)
    payee_iban = forms.CharField(label="IBAN", max_length=42, required=False, widget=forms.TextInput(attrs={"autocomplete": "off"}))

    def __init__(self, *args: Any, loan: Loan, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.loan = loan
        if not loan.application.payee_iban:
            self.fields["payee_iban"].required = True
        self.initial.setdefault("amount", whole_units(loan.undrawn, loan.currency))
        self.initial.setdefault("payee_name", loan.application.payee_name or loan.borrower.name)

    @property
    def iban(self) -> str:
        """The account typed, or the one of the application."""
        typed: str = self.cleaned_data.get("payee_iban", "").strip()
        return typed or self.loan.application.payee_iban


class ReasonForm(forms.Form):
    """Why something is refused or taken back."""

    reason = forms.CharField(label="Reason", max_length=200)


class PaymentForm(forms.Form):
    """Money received. `token` names this one form, so that sending it twice books once; `seen` is the allocation that was shown."""

    amount = AmountField(label="Amount")
    value_date = DayField(label="Value date")
    reference = forms.CharField(label="Bank's reference", max_length=80, required=False)
    token = forms.UUIDField(widget=forms.HiddenInput)
    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("value_date", today)
        self.initial.setdefault("token", uuid4())

    @property
    def own_reference(self) -> str:
        """The reference of this form itself."""
        return f"{OWN_REFERENCE}{self.cleaned_data['token']}"

    @property
    def external_reference(self) -> str:
        """The reference under which the payment is booked once: the bank's, or that of this form."""
        given: str = self.cleaned_data["reference"].strip()
        return given or self.own_reference


class PrepaymentForm(PaymentForm):
    """Money received before it is due, and what becomes of the instalments ahead."""

    mode = forms.ChoiceField(
        label="What it changes",
        choices=[("shorten", "Shorter: the same instalment"), ("lower", "Lower: the same dates")],
        initial="shorten",
    )


class PayoffForm(forms.Form):
    """The day by which the money would be there."""

    valid_until = DayField(label="Paid by")


class PeriodForm(forms.Form):
    """The days a statement covers, both inclusive."""

    first = DayField(label="From")
    until = DayField(label="To")

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        first, until = cleaned.get("first"), cleaned.get("until")
        if first and until and until < first:
            self.add_error("until", "The last day lies before the first.")
        return cleaned


class DayForm(forms.Form):
    """The business day whose end is looked at."""

    as_of = DayField(label="As of the end of")


OWN_REFERENCE = "form "


class LineFilterForm(forms.Form):
    """Filters of statement lines; all optional."""

    text = forms.CharField(required=False, label="Text", max_length=80)
    category = forms.ChoiceField(required=False, label="Kind", choices=[("", "All kinds"), *LineCategory.choices])
    first_day = DayField(required=False, label="From")
    last_day = DayField(required=False, label="To")


def add_refusal(form: forms.Form, refusal: DomainError, fields: dict[str, str]) -> None:
    """Put what a service refused at the field it is about, or at the top."""
    form.add_error(fields.get(refusal.code), refusal.detail)
