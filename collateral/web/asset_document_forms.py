"""Forms of papers about an asset, and the fields by which another form names the paper that proves it."""

from __future__ import annotations

from typing import Any

from django import forms

from collateral.models import Asset, AssetDocument
from collateral.selectors.asset_documents import papers_for
from collateral.services.asset_documents import Proof
from core.web.fields import DayField, in_currency

MOST_OFFERED = 10
ACCEPTED = {"accept": ".pdf,.png,.jpg,.jpeg"}


class PaperForm(forms.Form):
    """One paper."""

    kind = forms.ChoiceField(label="What it is", choices=AssetDocument.Kind.choices)
    paper_date = DayField(label="Day written on it")
    note = forms.CharField(label="Note", max_length=200, required=False)
    paper = forms.FileField(label="Paper, PDF or picture", widget=forms.FileInput(attrs=ACCEPTED))


class ProvedForm(forms.Form):
    """What is recorded with a paper that proves it: one of those on file, or one that is sent with it. `proving`: the kind of paper."""

    proving: AssetDocument.Kind
    # Whether it proves a claim of somebody else.
    of_others = False
    # One of the two is needed, so that neither is called optional.
    asked_for = ("document", "paper")

    def __init__(self, *args: Any, asset: Asset, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        in_currency(self, asset.currency)
        self.papers = self.offer(asset, self.proving, document="document", paper="paper")

    def offer(self, asset: Asset, kind: AssetDocument.Kind, *, document: str, paper: str) -> dict[str, AssetDocument]:
        """Add the fields of a paper of a kind, by these names: one of those on file, where there are any, or another.
        Returns those on file by key.
        """
        known = {str(one.pk): one for one in papers_for(asset, kind, of_others=self.of_others)[:MOST_OFFERED]}
        if known:
            choices = [
                ("", "None of them"),
                *((key, f"{one.paper_date:%-d %b %Y}, {one.name}, added by {one.uploaded_by_name}") for key, one in known.items()),
            ]
            field = forms.ChoiceField(label=f"{kind.label} on file", choices=choices, required=False)
            field.initial = next(iter(known))
            self.fields[document] = field
        label = "Or another one, PDF or picture" if known else f"{kind.label}, PDF or picture"
        self.fields[paper] = forms.FileField(label=label, required=False, widget=forms.FileInput(attrs=ACCEPTED))
        return known

    def proof(self) -> Proof | None:
        """The paper that proves it; None without one."""
        return self.cleaned_data["paper"] or self.papers.get(self.cleaned_data.get("document", ""))

    def written(self) -> dict[str, Any]:
        """What was typed, without the paper."""
        return {name: value for name, value in self.cleaned_data.items() if name not in ("paper", "document")}
