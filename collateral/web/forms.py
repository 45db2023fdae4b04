"""Forms of collateral. What the fields mean is checked by the services."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms

from collateral.domain.twins import AssetText
from collateral.models import AssetKind, Valuation
from core.web.fields import AmountField, DayField


class AssetForm(forms.Form):
    """An asset to be pledged."""

    kind = forms.ChoiceField(label="Class")
    description = forms.CharField(label="Description", max_length=200)
    stated_value = AmountField(label="Worth as stated")
    owner_name = forms.CharField(label="Owner", max_length=160, required=False)
    title_number = forms.CharField(label="Title or registration number", max_length=60, required=False)
    title_verified = forms.BooleanField(label="Title verified in the registry", required=False)
    address_line = forms.CharField(label="Street and number", max_length=160, required=False)
    city = forms.CharField(label="City", max_length=80, required=False)
    insured_until = DayField(label="Insured until", required=False)
    in_use = forms.BooleanField(label="In use", required=False, initial=True)
    prior_claims = AmountField(label="Claims of others before ours", required=False)
    unlike_reason = forms.CharField(label="Why this is another asset", required=False, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, kinds: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["kind"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(kind, AssetKind(kind).label) for kind in kinds]

    def written(self, borrower: str) -> AssetText:
        """What is written of the asset, for finding it among the registered ones. Without an owner it is the borrower's."""
        data = {**self.cleaned_data, "owner_name": self.cleaned_data["owner_name"] or borrower}
        return AssetText(*(data[name] for name in ("kind", "description", "title_number", "address_line", "city", "owner_name")))


class ValuationForm(forms.Form):
    """What an appraiser hands in, with up to three comparables."""

    market_value = AmountField(label="Market value")
    method = forms.ChoiceField(label="Method", choices=Valuation.Method.choices)
    valued_date = DayField(label="Valued on")
    comparable_1 = forms.CharField(label="First comparable", max_length=120, required=False)
    price_1 = AmountField(label="Its price", required=False)
    comparable_2 = forms.CharField(label="Second comparable", max_length=120, required=False)
    price_2 = AmountField(label="Its price", required=False)
    comparable_3 = forms.CharField(label="Third comparable", max_length=120, required=False)
    price_3 = AmountField(label="Its price", required=False)
    independence_declared = forms.BooleanField(label="I have no interest in this asset, its owner or the borrower", required=False)
    remarks = forms.CharField(label="Remarks", required=False, widget=forms.Textarea(attrs={"rows": 3}))

    def comparables(self) -> list[tuple[str, Decimal]]:
        """The comparables that were filled in."""
        found = []
        for number in (1, 2, 3):
            price = self.cleaned_data.get(f"price_{number}")
            if price is not None:
                found.append((self.cleaned_data.get(f"comparable_{number}") or f"Comparable {number}", price))
        return found


class OrderForm(forms.Form):
    """Whom to ask for a value."""

    third_party = forms.BooleanField(label="By an appraiser of another firm", required=False)


class AnotherForm(OrderForm):
    """Why to ask somebody else too."""

    reason = forms.CharField(label="Why another one", max_length=200, widget=forms.Textarea(attrs={"rows": 2}))


class FirmForm(forms.Form):
    """Whom an appraiser works for."""

    firm = forms.CharField(label="Firm", max_length=120, required=False)


class JudgeForm(forms.Form):
    """Accept, challenge or reject a value."""

    outcome = forms.ChoiceField(
        label="Your judgement", choices=[("accept", "Accept"), ("challenge", "Challenge"), ("reject", "Reject")], widget=forms.RadioSelect
    )
    reason = forms.CharField(label="Reason", required=False, widget=forms.Textarea(attrs={"rows": 2}))


class FlagForm(forms.Form):
    """Clear or uphold a red flag."""

    outcome = forms.ChoiceField(label="Your judgement", choices=[("clear", "Clear"), ("uphold", "Uphold")], widget=forms.RadioSelect)
    reason = forms.CharField(label="Reason", widget=forms.Textarea(attrs={"rows": 2}))


class PerfectForm(forms.Form):
    """The registry's word for the lien."""

    registry_reference = forms.CharField(label="Registry reference", max_length=60)


class AssetFilter(forms.Form):
    """Filters of the register."""

    text = forms.CharField(required=False, label="Description, owner or reference")
    kind = forms.ChoiceField(required=False, label="Class", choices=[("", "All classes"), *AssetKind.choices])
