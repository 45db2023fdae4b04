"""Reading an amount back that seems too large, so that it is taken only when somebody says it once more."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import ClassVar

from django import forms

from core.errors import DomainError
from core.money import grouped

# Refusals that only ask whether an amount is meant as it was written.
DOUBTED = ("far_above", "unlikely")


class ReadBackForm(forms.Form):
    """A form with one amount that may be asked about: `confirming` names the field that says it once more, `meant` is what it says."""

    confirming: ClassVar[str] = "confirmed_amount"
    meant: ClassVar[str] = "I mean {amount} {currency} to be registered"

    def ask_again(self, refusal: DomainError, amount: Decimal, currency: str) -> None:
        """After a refusal read the amount back where it seems too large, or keep that it was confirmed while something else is mended.

        Another amount is asked about anew.
        """
        if refusal.code in DOUBTED or self.confirmed() == amount:
            said = forms.CheckboxInput(attrs={"value": str(amount)})
            said_as = grouped(amount, currency) if currency else f"{amount:,f}"
            label = self.meant.format(amount=said_as, currency=currency)
            self.fields[self.confirming] = forms.BooleanField(label=label, required=False, widget=said)

    def confirmed(self) -> Decimal | None:
        """The amount that was read back and confirmed, as a figure; nothing where none was."""
        try:
            return Decimal(self.data[self.confirming]) if self.data.get(self.confirming) else None
        except InvalidOperation:
            return None
