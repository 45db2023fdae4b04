"""Forms of files that values stand on."""

from __future__ import annotations

from django import forms

from core.home import home_currency


class SalesForm(forms.Form):
    """A file of sales for a market."""

    market = forms.CharField(label="Market", max_length=40, help_text="Whose prices belong together, such as king_county.")
    currency = forms.CharField(label="Currency", max_length=3, initial=home_currency)
    file = forms.FileField(label="File", help_text="King County's table, or the documented CSV, up to 20 MB.")


class ValueFileForm(forms.Form):
    """An index or prices of securities."""

    kind = forms.ChoiceField(
        label="The file holds",
        choices=[("NOMINAL", "House prices, nominal index"), ("REAL", "House prices, deflated index"), ("PRICES", "Prices of securities")],
    )
    file = forms.FileField(
        label="File",
        help_text="A table of the FHFA or the BIS, or isin, date, price, currency and, if it is known, the exchange as mic; up to 20 MB.",
    )


class IndexFilter(forms.Form):
    """Which indices are listed."""

    text = forms.CharField(required=False, max_length=40, label="Place or code")
