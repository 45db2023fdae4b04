"""Forms of what an asset's value depends on, by its class."""

from __future__ import annotations

from typing import Any

from django import forms

from collateral.web.seen_forms import SeenForm
from core.web.fields import AmountField, DayField


def _number(label: str, *, required: bool = True, places: int = 2, **options: Any) -> forms.DecimalField:
    return forms.DecimalField(
        label=label,
        required=required,
        max_digits=14,
        decimal_places=places,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        **options,
    )


class HomeForm(SeenForm):
    """What a home's value depends on."""

    market = forms.ChoiceField(label="Market")
    latitude = _number("Latitude", places=6)
    longitude = _number("Longitude", places=6)
    living_area = _number("Living area, m²")
    area_above = _number("Of it above ground, m²", required=False)
    plot_area = _number("Plot, m²")
    bedrooms = _number("Bedrooms")
    bathrooms = _number("Bathrooms")
    floors = _number("Floors")
    built_year = forms.IntegerField(label="Built in", widget=forms.TextInput(attrs={"inputmode": "numeric"}))
    renovated_year = forms.IntegerField(label="Renovated in", required=False, widget=forms.TextInput(attrs={"inputmode": "numeric"}))
    grade = _number("Grade", help_text="On the market's own scale, as in its sales.")
    condition = _number("Condition")
    view = _number("View", required=False)
    country = forms.CharField(label="Country", max_length=2, required=False, help_text="By two letters.")
    region = forms.CharField(label="State or region", max_length=10, required=False, help_text="Whose price index the value follows.")
    waterfront = forms.BooleanField(label="On the waterfront", required=False)

    def __init__(self, *args: Any, markets: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["market"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(market, market.replace("_", " ").capitalize()) for market in markets]

    def facts(self) -> dict[str, Any]:
        """What was filled in, as the service names it."""
        given = {name: value for name, value in self.cleaned_data.items() if name not in ("market", "seen")}
        whole = {
            "built_year": given["built_year"],
            "renovated_year": given["renovated_year"] or 0,
            "waterfront": given["waterfront"],
            "region": given["region"],
            "country": given["country"],
        }
        measured = {name: None if value is None else float(value) for name, value in given.items() if name not in whole}
        return {**measured, "view": measured["view"] or 0.0, **whole}


class EquipmentForm(SeenForm):
    """What a machine or vehicle cost, and how it ages."""

    curve = forms.ChoiceField(label="Ages like")
    new_price = AmountField(label="Price when new")
    bought_date = DayField(label="First used on")

    def __init__(self, *args: Any, curves: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["curve"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(curve, curve.replace("_", " ").capitalize()) for curve in curves]


class HoldingForm(SeenForm):
    """Which paper, and how many of it."""

    isin = forms.CharField(label="ISIN", max_length=12)
    quantity = forms.DecimalField(label="Quantity", max_digits=18, decimal_places=4, widget=forms.TextInput(attrs={"inputmode": "decimal"}))
