"""Reading an amount back that seems too large, so that it is taken only when somebody says it once more."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from django import forms


class ReadBackForm(forms.Form):
    """A form with an `amount` to be registered that may be asked about."""

    def ask_again(self, amount: Decimal, currency: str) -> None:
        """Read the amount back, to be said once more as it is. Another amount is asked about anew."""
        said = forms.CheckboxInput(attrs={"value": str(amount)})
        label = f"I mean {amount:,.2f} {currency} to be registered"
        self.fields["confirmed_amount"] = forms.BooleanField(label=label, required=False, widget=said)

    def confirmed_amount(self) -> Decimal | None:
        """The amount that was read back and confirmed, as a figure."""
        try:
            return Decimal(self.data.get("confirmed_amount", "") or "NaN")
        except InvalidOperation:
            return None
