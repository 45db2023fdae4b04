"""The form of a class's facts, made from their list, and forms of an asset's place and its receivables."""

from __future__ import annotations

from typing import Any

from django import forms

from collateral.domain.asset_facts import FACTS, Fact
from collateral.selectors.asset_facts import choices_of
from collateral.web.seen_forms import SeenForm
from core.web.fields import AmountField, DayField

_NUMERIC = {"inputmode": "decimal", "autocomplete": "off"}


def fact_field(fact: Fact) -> forms.Field:
    """The control of one fact. What it may be is checked by the service alone."""
    shared: dict[str, Any] = {"label": fact.label, "required": fact.required, "help_text": fact.hint}
    if fact.kind == "choice":
        return forms.ChoiceField(**shared, choices=[("", "Choose"), *choices_of(fact)])
    if fact.kind == "day":
        return DayField(**shared)
    if fact.kind == "yes":
        return forms.BooleanField(**shared)
    if fact.kind == "money":
        return AmountField(**shared)
    if fact.kind == "whole" and not fact.name.endswith("_year"):
        return AmountField(**shared, decimal_places=0, is_money=False)
    if fact.kind == "whole":
        return forms.IntegerField(**shared, widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}))
    if fact.kind == "number":
        return forms.DecimalField(**shared, max_digits=18, decimal_places=4, widget=forms.TextInput(attrs=_NUMERIC))
    return forms.CharField(**shared, max_length=fact.limit, widget=forms.TextInput(attrs={"autocomplete": "off"}))


def add_fact_fields(form: forms.Form, kind: str) -> list[str]:
    """Give a form the fields of a class's facts. Returns their names."""
    for fact in FACTS.get(kind, ()):
        form.fields[fact.name] = fact_field(fact)
    return [fact.name for fact in FACTS.get(kind, ())]


class FactsForm(SeenForm):
    """What an asset is by its class; with `dated` from which day on."""

    def __init__(self, *args: Any, kind: str, dated: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.names = add_fact_fields(self, kind)
        if dated:
            self.fields["valid_from"] = DayField(
                label="Holds from", help_text="The day since which it is so. What held before stays on file."
            )

    def facts(self) -> dict[str, Any]:
        """What was filled in, as the service names it."""
        return {name: self.cleaned_data[name] for name in self.names}


class MarkForm(forms.Form):
    """What became of a receivable, and when."""

    mark = forms.ChoiceField(
        choices=[("disputed", "Disputed"), ("undisputed", "No longer disputed"), ("settled", "Settled")], label="It is"
    )
    on = DayField(label="Since")


class PlaceForm(forms.Form):
    """Where an asset is."""

    address_line = forms.CharField(label="Street and number", max_length=160, required=False)
    postcode = forms.CharField(label="Postcode", max_length=16, required=False, help_text="Inspections go round by its area.")
    city = forms.CharField(label="City", max_length=80, required=False)
    country = forms.CharField(label="Country", max_length=2, required=False, help_text="By two letters.")
    latitude = forms.DecimalField(
        label="Latitude",
        required=False,
        max_digits=10,
        decimal_places=6,
        widget=forms.TextInput(attrs=_NUMERIC),
        help_text="Degrees, north above zero.",
    )
    longitude = forms.DecimalField(
        label="Longitude",
        required=False,
        max_digits=10,
        decimal_places=6,
        widget=forms.TextInput(attrs=_NUMERIC),
        help_text="Degrees, east above zero.",
    )


class SeenPlaceForm(SeenForm, PlaceForm):
    """Where an asset is, beside where the page said that it is."""
