"""What people fill in to have a scorecard trained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django import forms

from core.web.fields import DayField
from risk.domain.directions import FALLING, RISING
from risk.services.scoring import BUSINESS, RETAIL

OWN, FILE = "own", "file"


class ColumnsField(forms.CharField):
    """Names of columns, parted by commas; cleaned to a list without blanks and doubles."""

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, max_length=2000, **options)

    def to_python(self, value: Any) -> Any:
        names = (name.strip() for name in str(value or "").split(","))
        return list(dict.fromkeys(name for name in names if name))

    def run_validators(self, value: Any) -> None:
        super().run_validators(", ".join(value))


class TrainingForm(forms.Form):
    """What to learn from: loans of the bank by the day they were paid out, or a file; and what is known beforehand."""

    population = forms.ChoiceField(label="Scorecard for", choices=[(RETAIL, "Persons"), (BUSINESS, "Companies")])
    source = forms.ChoiceField(label="Learn from", choices=[(OWN, "Loans of this bank"), (FILE, "A file")], widget=forms.RadioSelect)
    first = DayField(label="Paid out from", required=False)
    last = DayField(label="Paid out until", required=False)
    window = forms.IntegerField(
        label="Months watched",
        required=False,
        min_value=3,
        max_value=60,
        help_text="Younger loans are left out",
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )
    file = forms.FileField(
        label="File",
        required=False,
        help_text="CSV in UTF-8 with the names of the columns in its first row, one row per past loan, up to 50 MB. Which column tells the outcome is chosen next",
    )
    rising = ColumnsField(
        label="Risk may only rise with",
        initial=", ".join(RISING),
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Names of columns, parted by commas. Proposed is what is known of the facts of a file; a name that the sample lacks says nothing",
    )
    falling = ColumnsField(label="Risk may only fall with", initial=", ".join(FALLING), widget=forms.Textarea(attrs={"rows": 4}))
    left_out = ColumnsField(label="Columns left out")

    def __init__(self, *args: Any, business_date: date, **options: Any) -> None:
        super().__init__(*args, **options)
        self.business_date = business_date

    def clean(self) -> dict[str, Any]:
        """Each source has fields of its own that must be filled."""
        asked = super().clean() or {}
        needed = {OWN: ("first", "last", "window"), FILE: ("file",)}.get(asked.get("source", ""), ())
        for name in needed:
            if asked.get(name) in (None, "") and name not in self.errors:
                self.add_error(name, "This is needed.")
        first, last = asked.get("first"), asked.get("last")
        if asked.get("source") == OWN and first and last:
            if last < first:
                self.add_error("last", "The last day lies before the first.")
            elif last > self.business_date:
                self.add_error("last", "This day has not come yet.")
        if asked.get("source") == OWN:
            _part(self)
        return asked

    def order(self) -> dict[str, Any]:
        """The arguments of `order_training` as filled in."""
        asked = self.cleaned_data
        options = {name: asked[name] for name in ("rising", "falling", "left_out")}
        options |= {"first": asked["first"].isoformat(), "last": asked["last"].isoformat(), "window": asked["window"]}
        return {"population": asked["population"], "options": options}


class ColumnsForm(forms.Form):
    """What the columns of a file are: the outcome and the day among them, chosen from their names, and what is known of the others."""

    target = forms.ChoiceField(label="Column of the outcome", error_messages={"required": "Choose the column that tells good from bad."})
    positive = forms.CharField(label="Value of a bad outcome", required=False, max_length=120, help_text="Empty: 1, or the rarer value")
    date_column = forms.ChoiceField(
        label="Column of the day granted", required=False, help_text="Year-month-day; the newest quarter is held back"
    )
    rising = ColumnsField(
        label="Risk may only rise with", help_text="Names of columns, parted by commas. Proposed is what is known of them"
    )
    falling = ColumnsField(label="Risk may only fall with")
    left_out = forms.MultipleChoiceField(label="Columns left out", required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, columns: Sequence[Mapping[str, Any]], **options: Any) -> None:
        super().__init__(*args, **options)
        names = [(one["name"], one["name"]) for one in columns]
        # What has two values may tell good from bad; the others are offered after them, and refused in words.
        two = [(one["name"], f"{one['name']}: {' or '.join(one['values'])}") for one in columns if one["distinct"] == 2]
        rest = [pair for pair in names if pair[0] not in dict(two)]
        groups = [("Two values", two), ("Others", rest)]
        self.fields["target"].choices = [("", "Choose a column"), *((title, pairs) for title, pairs in groups if pairs)]  # type: ignore[attr-defined]
        self.fields["date_column"].choices = [("", "None"), *names]  # type: ignore[attr-defined]
        self.fields["left_out"].choices = names  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """No direction both ways."""
        _part(self)
        return self.cleaned_data


def _part(form: forms.Form) -> None:
    """A column that is named both ways is wrong."""
    both = set(form.cleaned_data.get("rising") or ()) & set(form.cleaned_data.get("falling") or ())
    if both:
        form.add_error("falling", f"{', '.join(sorted(both))}: the risk can rise or fall, not both.")
