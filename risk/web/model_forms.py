"""What people fill in to put a scorecard in force."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from risk.domain.activation_grounds import Ground

LABELS = {
    "no_later_trial": "No trial on later loans",
    "adverse_impact": "Adverse impact by age",
    "impact_unknown": "Adverse impact not tested",
}


class ProposeForm(forms.Form):
    """A reason for each thing that stands against the scorecard; no field where nothing does."""

    def __init__(self, *args: Any, grounds: Sequence[Ground], **options: Any) -> None:
        super().__init__(*args, **options)
        for one in grounds:
            choices = [("", "Choose why it may be in force all the same"), *one.reasons.items()]
            self.fields[one.code] = forms.ChoiceField(label=LABELS[one.code], help_text=one.words, choices=choices, required=False)

    def reasons(self) -> dict[str, str]:
        """The reasons chosen, by ground; the service says which are missing or unknown."""
        return {name: str(self.data.get(self.add_prefix(name), "")) for name in self.fields}


class ValidationForm(forms.Form):
    """What a validator looked at and found."""

    statement = forms.CharField(
        label="Your opinion",
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="What you looked at, what you found, and under which conditions it may be used. The document prints it",
    )
