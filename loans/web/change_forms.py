"""What people type to change a running contract. The services check it; here it becomes the JSON that a proposal carries."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms

from core.errors import DomainError
from core.web.fields import AmountField, DayField, PercentField
from core.web.formats import day, money
from loans.models import Loan
from loans.selectors.payments import credits_beside

PARTS = [("penalty", "Penalties"), ("fee", "Fees"), ("interest", "Interest")]


class ChangeForm(forms.Form):
    """A change and why it is made. `seen` names the outcome that was shown, so that no other is proposed."""

    reason = forms.CharField(label="Reason", max_length=200)
    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)
    hints: ClassVar[dict[str, str]] = {}

    def __init__(self, *args: Any, loan: Loan, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.loan = loan
        self.order_fields([name for name in self.fields if name not in ("reason", "seen")])

    @property
    def own_fields(self) -> list[tuple[forms.BoundField, str, str]]:
        """The fields of this kind of change, with what helps to fill them in and the unit of amounts."""
        own = [(name, field) for name, field in self.fields.items() if name not in ("reason", "seen")]
        return [(self[name], self.hints.get(name, ""), self.loan.currency if isinstance(field, AmountField) else "") for name, field in own]

    @property
    def values(self) -> dict[str, Any]:
        """The values of the change, amounts and rates as text, days as they are written in JSON."""
        return {name: _plain(value) for name, value in self.cleaned_data.items() if name not in ("reason", "seen") and value is not None}

    def refuse(self, refusal: DomainError) -> None:
        """Put what a service refused at the field it names, in this form's words, or at the top."""
        named = refusal.params.get("field", "amount" if refusal.code == "nothing_to_waive" else "")
        if named not in self.fields:
            self.add_error(None, refusal.detail)
        elif refusal.code == "in_the_past":
            self.add_error(named, f"{self.fields[named].label} has to lie on or after {day(refusal.params['earliest'])}.")
        else:
            self.add_error(named, str(refusal.params.get("detail") or refusal.detail))


class WaiverForm(ChangeForm):
    component = forms.ChoiceField(label="What is given up", choices=PARTS)
    amount = AmountField(label="Amount", min_value=0)


class WriteOffForm(ChangeForm):
    """The whole debt: there is nothing to choose."""


class PartialWriteOffForm(ChangeForm):
    hints: ClassVar[dict[str, str]] = {
        "principal": "Not yet due first, then the newest due",
        "interest": "Of what is due, the newest first",
    }
    principal = AmountField(label="Principal", min_value=0, required=False)
    interest = AmountField(label="Interest", min_value=0, required=False)


class SetOffForm(ChangeForm):
    hints: ClassVar[dict[str, str]] = {
        "from_loan": "Overpayments that wait on other loans of this customer",
        "amount": "No more than is due",
    }
    from_loan = forms.ChoiceField(label="Credit balance")
    amount = AmountField(label="Amount", min_value=0)

    def __init__(self, *args: Any, loan: Loan, **kwargs: Any) -> None:
        super().__init__(*args, loan=loan, **kwargs)
        field = self.fields["from_loan"]
        assert isinstance(field, forms.ChoiceField)
        credits_ = [(str(other.public_id), f"{other.reference}, {money(credit, other.currency)}") for other, credit in credits_beside(loan)]
        field.choices = credits_ or [("", "No other loan of this customer has one")]


class MoratoriumForm(ChangeForm):
    hints: ClassVar[dict[str, str]] = {"end_date": "The first day that counts again"}
    start_date = DayField(label="First day")
    end_date = DayField(label="Ends before")


class RateForm(ChangeForm):
    hints: ClassVar[dict[str, str]] = {"annual_rate": "In percent, such as 7.25"}
    annual_rate = PercentField(label="New rate per year")
    date = DayField(label="From")


class ReschedulingForm(ChangeForm):
    hints: ClassVar[dict[str, str]] = {"instalments": "How many from then on"}
    first_due_date = DayField(label="Next due date")
    instalments = forms.IntegerField(label="Instalments", min_value=1, max_value=1200)


class RestructuringForm(ChangeForm):
    hints: ClassVar[dict[str, str]] = {"annual_rate": "In percent, such as 7.25"}
    annual_rate = PercentField(label="Rate per year")
    instalments = forms.IntegerField(label="Instalments", min_value=1, max_value=1200)
    first_due_date = DayField(label="First due date")


def _plain(value: Any) -> Any:
    if isinstance(value, int | str):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else format(value, "f")
