"""The form of an asset to be pledged: what every class is asked, the facts of its own, where it is, and whose."""

from __future__ import annotations

from typing import Any

from django import forms
from django.forms.boundfield import BoundField

from collateral.domain.asset_facts import numbers_of
from collateral.domain.twins import AssetText
from collateral.models import AssetKind
from collateral.selectors.lapses import INSURED_KINDS
from collateral.services.assets import REGISTRY_KINDS, TITLED_KINDS
from collateral.web.fact_forms import PlaceForm, add_fact_fields
from collateral.web.owner_forms import add_owner_fields, owner_rows, row_name
from collateral.web.read_back import ReadBackForm
from core.web.fields import AmountField, DayField
from loans.models import Borrower

PLACE = tuple(PlaceForm.base_fields)
TITLES = {
    AssetKind.REAL_ESTATE: "Title in the land register",
    AssetKind.LAND: "Title in the land register",
    AssetKind.MACHINERY: "Number of its papers",
    AssetKind.VEHICLE: "Number of its papers",
    AssetKind.RECEIVABLES: "Number of the assignment",
}
# Where the machine's or vehicle's own number stands for the title.
TITLE_HINT = "Only where it is not the number on the thing itself."


class PledgeForm(ReadBackForm):
    """What a registered asset is pledged for."""

    amount = AmountField(label="Amount to be registered", required=False, help_text="Empty for all that is asked for.")
    prior_claims = AmountField(label="Claims of others that are not on file", required=False)


class AssetForm(ReadBackForm):
    """An asset of one class to be pledged."""

    kind = forms.CharField(widget=forms.HiddenInput)
    item = forms.IntegerField(required=False, widget=forms.HiddenInput)
    description = forms.CharField(label="Description", max_length=200)
    stated_value = AmountField(label="Worth as stated")
    amount = AmountField(label="Amount to be registered", required=False, help_text="Empty for all that is asked for.")
    prior_claims = AmountField(label="Claims of others before ours", required=False)
    unlike_reason = forms.CharField(label="Why this is another asset", required=False, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, kind: str, kinds: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.chosen, self.kinds = kind, kinds
        self.facts_names = add_fact_fields(self, kind)
        if kind in TITLES:
            own = kind in (AssetKind.MACHINERY, AssetKind.VEHICLE)
            label, hint = TITLES[AssetKind(kind)], TITLE_HINT if own else ""
            self.fields["title_number"] = forms.CharField(label=label, max_length=60, required=False, help_text=hint)
        if kind in REGISTRY_KINDS:
            self.fields["title_holders"] = forms.CharField(
                label="Whom the registry names",
                required=False,
                widget=forms.Textarea(attrs={"rows": 2}),
                help_text="As its extract names them, one a line. Somebody else looks it up too before the title counts as verified.",
            )
        if kind in INSURED_KINDS:
            self.fields["insured_until"] = DayField(
                label="Insured until", required=False, help_text="As the owner says. It counts for a month; record the policy by then."
            )
        if kind in TITLED_KINDS:
            for name in PLACE:
                self.fields[name] = PlaceForm.base_fields[name]
        add_owner_fields(self)

    def clean_kind(self) -> str:
        kind: str = self.cleaned_data["kind"]
        if kind not in self.kinds:
            raise forms.ValidationError("The product does not take this class of collateral.")
        return kind

    def facts(self) -> dict[str, Any]:
        """What was filled in of the class's own facts."""
        return {name: self.cleaned_data[name] for name in self.facts_names}

    def given(self, *names: str) -> dict[str, Any]:
        """What was filled in of these, where the class asks for them at all."""
        return {name: self.cleaned_data[name] for name in names if name in self.fields and self.cleaned_data.get(name) is not None}

    def holders(self) -> list[str]:
        """Whom the registry names."""
        return [name for name in str(self.cleaned_data.get("title_holders") or "").splitlines() if name.strip()]

    def written(self, borrower: str) -> AssetText:
        """What is written of the asset, for finding it among the registered ones. Without an owner it is the borrower's."""
        data = self.cleaned_data
        names = [data[row[0].name] for row in owner_rows(self) if data.get(row[0].name)]
        numbers = numbers_of(self.chosen, self.facts())
        title = data.get("title_number") or (numbers[0].partition(":")[2] if numbers else "")
        place = (str(data.get("address_line") or ""), str(data.get("city") or ""))
        return AssetText(self.chosen, data["description"], title, *place, ", ".join(names) or borrower, numbers=numbers)

    def groups(self) -> list[tuple[str, list[BoundField]]]:
        """The fields by what they are about, without owners and hidden ones."""
        common = ("description", "stated_value", "amount", "confirmed_amount", "prior_claims", "insured_until")
        return [
            ("The asset", self._those(common)),
            ("What it is", self._those(self.facts_names)),
            ("Its title", self._those(("title_number", "title_holders"))),
            ("Where it is", self._those(PLACE)),
        ]

    def _those(self, names: Any) -> list[BoundField]:
        return [self[name] for name in names if name in self.fields]

    def owners(self) -> list[list[BoundField]]:
        """The rows of owners."""
        return owner_rows(self)


def owner_initial(borrower: Borrower) -> dict[str, str]:
    """The borrower owns all of it until somebody writes otherwise."""
    told = {"name": borrower.name, "share": "1", "kind": borrower.kind, "country": borrower.country}
    return {row_name(0, part): value for part, value in told.items()}
