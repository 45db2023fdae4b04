"""What people fill in on the pages of this room."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from core.web.document_field import DocumentField
from core.web.fields import AmountField, DayField, PercentField, in_currency
from loans.models import Document
from risk.domain.affordability import step_of
from risk.domain.facts import CATALOGUE, recordable
from risk.domain.overrides import ABOVE_PRICE, BELOW_PRICE, overrides_by_way
from risk.domain.states import APPROVALS
from risk.models import Fact
from risk.services.rules_of_decision import CONDITIONS, OUTCOMES


class ItemForm(forms.Form):
    """What was found at one check."""

    result = forms.ChoiceField(label="Result", choices=[("yes", "In order"), ("no", "Not in order")], widget=forms.RadioSelect)
    note = forms.CharField(label="What was found", max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))
    evidence = DocumentField(label="Document that shows it", required=False)

    def __init__(self, *args: Any, documents: Sequence[Document], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["evidence"].offer(documents)  # type: ignore[attr-defined]


class FactForm(forms.Form):
    """One fact with where it comes from."""

    code = forms.ChoiceField(label="Fact")
    value = forms.CharField(label="Value", max_length=80, help_text="Amounts in the loan's currency, ratios in percent (41.3%), yes or no")
    source = forms.CharField(label="Source", max_length=80)
    authenticity = forms.ChoiceField(label="Verified by", choices=Fact.Authenticity.choices)
    evidence = DocumentField(label="Document", required=False)
    as_of_date = DayField(label="True as of")

    def __init__(self, *args: Any, documents: Sequence[Document], currency: str, **options: Any) -> None:
        super().__init__(*args, **options)
        self.step = step_of(currency)
        groups: dict[str, list[tuple[str, str]]] = {}
        for kind in recordable():
            groups.setdefault(kind.group.value, []).append((kind.code, kind.title))
        self.fields["code"].choices = [("", "Choose a fact"), *groups.items()]  # type: ignore[attr-defined]
        self.fields["evidence"].offer(documents)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        kind, value = CATALOGUE.get(self.cleaned_data.get("code") or ""), self.cleaned_data.get("value")
        if kind is not None and value:
            try:
                self.cleaned_data["value"] = kind.written(value, self.step)
            except ValueError as error:
                self.add_error("value", str(error))
        return self.cleaned_data


class SubmitForm(forms.Form):
    """The investigator's summary."""

    summary = forms.CharField(
        label="Summary",
        max_length=8000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Goes to the person who signs off, and into the file",
    )


class ReasonForm(forms.Form):
    """A reason in words."""

    reason = forms.CharField(label="Reason", max_length=400)


class VoteForm(forms.Form):
    """A member's vote; against it takes a reason, which the service asks for."""

    vote = forms.ChoiceField(
        label="Your vote",
        choices=[("for", "In favour"), ("against", "Against")],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose how you vote."},
    )
    reason = forms.CharField(label="Reason", required=False, max_length=400, help_text="Needed when you vote against")

    def vote_given(self) -> dict[str, Any]:
        """The arguments of `vote_on_decision` as filled in."""
        return {"in_favour": self.cleaned_data["vote"] == "for", "reason": self.cleaned_data["reason"]}


class TermsForm(forms.Form):
    """The terms of a grant; what is left empty is as asked for, at the price of the grade."""

    amount = AmountField(label="Amount", required=False)
    term_months = forms.IntegerField(label="Term", required=False, widget=forms.TextInput(attrs={"inputmode": "numeric"}))
    annual_rate = PercentField(label="Rate per year", required=False)

    def __init__(self, *args: Any, currency: str, **options: Any) -> None:
        super().__init__(*args, **options)
        in_currency(self, currency)


class DecisionForm(TermsForm):
    """The decision rail: nothing is chosen beforehand."""

    field_order = ("outcome",)
    outcome = forms.ChoiceField(
        label="Outcome", choices=list(OUTCOMES.items()), widget=forms.RadioSelect, error_messages={"required": "Choose what to decide."}
    )
    override_code = forms.ChoiceField(
        label="Reason for leaving the recommendation",
        required=False,
        choices=[("", "Choose a reason"), *((f"A reason {way}", rows) for way, rows in overrides_by_way().items())],
    )
    price_code = forms.ChoiceField(
        label="Reason for another price",
        required=False,
        choices=[("", "Choose a reason"), ("Below the price", list(BELOW_PRICE.items())), ("Above it", list(ABOVE_PRICE.items()))],
    )
    conditions = forms.MultipleChoiceField(
        label="Conditions before payout", required=False, choices=list(CONDITIONS.items()), widget=forms.CheckboxSelectMultiple
    )
    other_condition = forms.CharField(label="Another condition", required=False, max_length=200)
    reasons = forms.MultipleChoiceField(
        label="Reasons told to the applicant",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": "A reason you chose is not true of this file. Choose among those that are."},
    )
    rationale = forms.CharField(
        label="Rationale",
        max_length=8000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Goes into the audit trail",
        error_messages={"required": "Write why. It goes into the audit trail."},
    )

    def __init__(self, *args: Any, reasons: list[dict[str, str]] | None = None, held: bool = False, **options: Any) -> None:
        """`held`: something stops the file, so that granting is not offered."""
        super().__init__(*args, **options)
        if held:
            offered = [(code, words) for code, words in OUTCOMES.items() if code not in APPROVALS]
            self.fields["outcome"].choices = offered  # type: ignore[attr-defined]
        self.told = {row["code"]: row["text"] for row in reasons or []}
        self.fields["reasons"].choices = list(self.told.items())  # type: ignore[attr-defined]

    def terms(self) -> dict[str, Any]:
        """The arguments of `decide` as filled in."""
        asked = self.cleaned_data
        # What was ticked before another outcome was chosen is out of sight with it; a plain approval is asked about it.
        granted = asked["outcome"] in APPROVALS
        conditions = [{"code": code, "text": CONDITIONS[code]} for code in asked["conditions"] if granted]
        if asked["other_condition"] and granted:
            conditions.append({"code": "other", "text": asked["other_condition"]})
        return {
            "outcome": asked["outcome"],
            "amount": asked["amount"],
            "term_months": asked["term_months"],
            "annual_rate": asked["annual_rate"],
            "conditions": conditions,
            "reasons": [{"code": code, "text": self.told[code]} for code in asked["reasons"]],
            "rationale": asked["rationale"],
            "override_code": asked["override_code"],
            "price_code": asked["price_code"] if granted else "",
        }
