"""Forms of collateral. What the fields mean is checked by the services."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.forms.boundfield import BoundField

from collateral.domain.asset_facts import ACCOUNT_KINDS
from collateral.domain.methods import METHODS
from collateral.domain.value_inputs import Input, inputs_of
from collateral.models import Asset, AssetDocument, AssetKind, Modification, Valuation
from collateral.services.valuations import Attachments, Works, method_refused
from collateral.web.asset_document_forms import ProvedForm
from collateral.web.read_back import ReadBackForm
from collateral.web.seen_forms import SeenForm
from core.web.fields import AmountField, DayField
from loans.models import DeclaredInterest

# What is valued by its area: that of its floors, of land that of the plot.
WITH_AREA = (AssetKind.REAL_ESTATE, AssetKind.LAND)
# What is asked of works on such an asset.
WORKS = ("works_kind", "works_done", "works_cost", "works_adds", "works_words", "works_paper")


class SeveralFiles(forms.FileInput):
    """A file field that takes more than one."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Any number of files, as a list."""

    widget = SeveralFiles

    def clean(self, data: Any, initial: Any = None) -> Any:
        return [super(FilesField, self).clean(one, initial) for one in data] if data else super().clean(None, initial) or []


class ValuationForm(ReadBackForm):
    """What an appraiser hands in, with up to three comparables and the files. `kind`: the class of the asset; `outside`: an appraiser of
    another firm, whose report is asked for.
    """

    confirming, meant = "confirmed_value", "I mean {amount} {currency}"

    market_value = AmountField(label="Market value")
    method = forms.ChoiceField(label="Method")
    valued_date = DayField(label="Valued on")
    valued_area = forms.DecimalField(
        label="Area that it is of, m²", max_digits=10, decimal_places=2, widget=forms.TextInput(attrs={"inputmode": "decimal"})
    )
    comparable_1 = forms.CharField(label="First comparable", max_length=120, required=False)
    price_1 = AmountField(label="Its price", required=False)
    comparable_2 = forms.CharField(label="Second comparable", max_length=120, required=False)
    price_2 = AmountField(label="Its price", required=False)
    comparable_3 = forms.CharField(label="Third comparable", max_length=120, required=False)
    price_3 = AmountField(label="Its price", required=False)
    independence_declared = forms.BooleanField(label="I have no interest in this asset, its owner or the borrower", required=False)
    remarks = forms.CharField(label="Remarks", required=False, widget=forms.Textarea(attrs={"rows": 3}))
    report = forms.FileField(
        label="Report, PDF",
        required=False,
        widget=forms.FileInput(attrs={"accept": "application/pdf"}),
        error_messages={"required": "An appraiser of another firm hands in the report as PDF."},
    )
    comparable_files = FilesField(label="Comparables as files", required=False)
    photos = FilesField(label="Photos of the asset", required=False, widget=SeveralFiles(attrs={"accept": "image/jpeg,image/png"}))
    works_stated = forms.BooleanField(label="Works raised its value beyond doubt", required=False)
    works_kind = forms.ChoiceField(label="What kind of works", required=False, choices=[("", "Choose"), *Modification.Kind.choices])
    works_done = DayField(label="Finished on", required=False)
    works_cost = AmountField(label="What they cost", required=False)
    works_adds = AmountField(label="What they add to its value", required=False)
    works_words = forms.CharField(
        label="What was done, and why it raises the value", max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    works_paper = forms.FileField(
        label="What shows the works: invoice, permit, certificate",
        required=False,
        widget=forms.FileInput(attrs={"accept": "application/pdf,image/jpeg,image/png"}),
    )

    def __init__(self, *args: Any, kind: str, outside: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["report"].required = outside
        if kind not in WITH_AREA:
            for name in ("valued_area", "works_stated", *WORKS):
                del self.fields[name]
        method = self.fields["method"]
        assert isinstance(method, forms.ChoiceField)
        method.choices = [(name, Valuation.Method(name).label) for name in METHODS[kind]]
        self.kind = kind
        for one in self._inputs():
            self.fields[one.name] = (
                AmountField(label=one.label, required=False)
                if one.kind == "money"
                else forms.DecimalField(label=one.label, required=False, widget=forms.TextInput(attrs={"inputmode": "decimal"}))
            )
        sent = str(self.data.get("method", ""))
        method.error_messages["invalid_choice"] = method.error_messages["required"] = method_refused(kind, sent)

    def _inputs(self) -> list[Input]:
        return [one for name in METHODS[self.kind] for one in inputs_of(name, self.kind)]

    def head(self) -> list[BoundField]:
        """The fields before those of a method."""
        return [self[name] for name in ("market_value", "confirmed_value", "method", "valued_date", "valued_area") if name in self.fields]

    def by_method(self) -> list[tuple[str, list[BoundField]]]:
        """Each method with the fields that it asks for."""
        found = [(name, [self[one.name] for one in inputs_of(name, self.kind)]) for name in METHODS[self.kind]]
        return [(name, fields) for name, fields in found if fields]

    def rest(self) -> list[BoundField]:
        """The fields after those of a method."""
        shown = {bound.name for bound in self.head()} | {one.name for one in self._inputs()} | {"works_stated", *WORKS}
        return [self[name] for name in self.fields if name not in shown]

    def of_works(self) -> list[BoundField]:
        """The fields that say what was done to a property; none for other classes."""
        return [self[name] for name in WORKS if name in self.fields]

    def works_wrong(self) -> bool:
        """Whether something about works has to be put right, and so has to be seen."""
        return any(name in self.errors for name in WORKS)

    def works(self) -> Works | None:
        """What was stated of works, also where only the box was left empty."""
        kept = {name.removeprefix("works_"): self.cleaned_data.get(name) for name in WORKS}
        if not any((self.cleaned_data.get("works_stated"), *kept.values())):
            return None
        return Works(kept["kind"] or "", kept["done"], kept["cost"], kept["words"] or "", kept["adds"])

    def inputs(self) -> dict[str, Decimal | None]:
        """What was filled in of the inputs, as the service takes them."""
        return {one.name: self.cleaned_data.get(one.name) for one in self._inputs()}

    def attachments(self) -> Attachments:
        """The files, as the service takes them."""
        data = self.cleaned_data
        return Attachments(
            report=data["report"], comparables=data["comparable_files"], photos=data["photos"], works=data.get("works_paper")
        )

    def comparables(self) -> list[tuple[str, Decimal]]:
        """The comparables that were filled in."""
        found = []
        for number in (1, 2, 3):
            price = self.cleaned_data.get(f"price_{number}")
            if price is not None:
                found.append((self.cleaned_data.get(f"comparable_{number}") or f"Comparable {number}", price))
        return found


class GiveBackForm(forms.Form):
    """Why a value is taken back, or an order given back."""

    reason = forms.CharField(label="Reason", max_length=500, widget=forms.Textarea(attrs={"rows": 2}))


class OwnInterestForm(forms.Form):
    """In which owner, what it is, and what connects."""

    owner = forms.ChoiceField(label="In whom")
    kind = forms.ChoiceField(label="What it is", choices=[("", "Choose"), *DeclaredInterest.Kind.choices])
    reason = forms.CharField(label="What connects you", max_length=1000, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, owners: Sequence[tuple[UUID, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["owner"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(str(key), name) for key, name in owners]


class OrderForm(forms.Form):
    """Whom to ask for a value."""

    third_party = forms.BooleanField(label="By an appraiser of another firm", required=False)
    outside_reason = forms.ChoiceField(
        label="Why another firm", required=False, choices=[("", "It is not asked for"), *Valuation.Outside.choices]
    )


class AnotherForm(forms.Form):
    """Why to ask somebody else too, and whether of another firm."""

    third_party = forms.BooleanField(label="By an appraiser of another firm", required=False)
    reason = forms.CharField(label="Why another one", max_length=200, widget=forms.Textarea(attrs={"rows": 2}))


class CompareForm(forms.Form):
    """Which two of an asset's appraised values stand side by side."""

    first = forms.ChoiceField(label="One valuation")
    second = forms.ChoiceField(label="Beside it")

    def __init__(self, *args: Any, values: Sequence[tuple[UUID, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("first", "second"):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [(str(key), words) for key, words in values]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("first") and data.get("first") == data.get("second"):
            self.add_error("second", "Choose two different valuations.")
        return data

    def chosen(self) -> list[str] | None:
        """The two, once both were chosen."""
        return [self.cleaned_data[name] for name in ("first", "second")] if self.is_bound and self.is_valid() else None


class FirmForm(forms.Form):
    """Whom an appraiser works for."""

    firm = forms.CharField(label="Firm", max_length=120, required=False)


class JudgeForm(forms.Form):
    """Accept, challenge or reject a value. `unproved`: why the bank has nothing to hold a value of its class, `kind`, against; empty where
    it has. `works`: what may be said of the works stated with it, none where nothing is asked.
    """

    outcome = forms.ChoiceField(
        label="Your judgement", choices=[("accept", "Accept"), ("challenge", "Challenge"), ("reject", "Reject")], widget=forms.RadioSelect
    )
    no_evidence = forms.ChoiceField(label="Accepted without comparable evidence, because", required=False)
    works = forms.ChoiceField(label="Do the works raise its value beyond doubt?", required=False, widget=forms.RadioSelect)
    reason = forms.CharField(label="Reason", required=False, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, unproved: str, kind: str, works: Sequence[tuple[str, str]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        asked = self.fields["works"]
        assert isinstance(asked, forms.ChoiceField)
        asked.choices = list(works)
        if not works:
            del self.fields["works"]
        if not unproved:
            del self.fields["no_evidence"]
            return
        field = self.fields["no_evidence"]
        assert isinstance(field, forms.ChoiceField)
        codes = [Valuation.NoEvidence(code) for code in Valuation.UNPROVED.get(kind, ())]
        field.choices = [("", "Not so: what is missing gets recorded first"), *((code.value, code.label) for code in codes)]
        field.help_text = unproved


class FlagForm(SeenForm):
    """Clear or uphold a red flag, as it was read."""

    outcome = forms.ChoiceField(label="Your judgement", choices=[("clear", "Clear"), ("uphold", "Uphold")], widget=forms.RadioSelect)
    reason = forms.CharField(label="Reason", widget=forms.Textarea(attrs={"rows": 2}))


class PerfectForm(ProvedForm):
    """The registry's word for the lien; of what lies on an account its custodian's that they block it, and since when."""

    registry_reference = forms.CharField(label="Registry reference", max_length=60)

    def __init__(self, *args: Any, asset: Asset, **kwargs: Any) -> None:
        blocked = asset.kind in ACCOUNT_KINDS
        self.proving = AssetDocument.Kind.BLOCK if blocked else AssetDocument.Kind.LIEN_REGISTRATION
        super().__init__(*args, asset=asset, **kwargs)
        if blocked:
            self.fields["registry_reference"].label = "The custodian's reference"
            self.fields["blocked_date"] = DayField(label="Blocked since")
            self.order_fields(["registry_reference", "blocked_date"])


class AssetFilter(forms.Form):
    """Filters of the register."""

    text = forms.CharField(required=False, label="Description, owner or reference")
    kind = forms.ChoiceField(required=False, label="Class", choices=[("", "All classes"), *AssetKind.choices])
