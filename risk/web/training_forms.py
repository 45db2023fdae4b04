"""What people fill in to have a scorecard trained."""

from __future__ import annotations

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
    file = forms.FileField(label="File", required=False, help_text="CSV with a header, one row per past loan, up to 50 MB")
    target = forms.CharField(label="Column of the outcome", required=False, max_length=120)
    positive = forms.CharField(label="Value of a bad outcome", required=False, max_length=120, help_text="Empty: 1, or the rarer value")
    date_column = forms.CharField(
        label="Column of the day granted", required=False, max_length=120, help_text="Year-month-day; the newest quarter is held back"
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
        needed = {OWN: ("first", "last", "window"), FILE: ("file", "target")}.get(asked.get("source", ""), ())
        for name in needed:
            if asked.get(name) in (None, "") and name not in self.errors:
                self.add_error(name, "This is needed.")
        first, last = asked.get("first"), asked.get("last")
        if asked.get("source") == OWN and first and last:
            if last < first:
                self.add_error("last", "The last day lies before the first.")
            elif last > self.business_date:
                self.add_error("last", "This day has not come yet.")
        both = set(asked.get("rising") or ()) & set(asked.get("falling") or ())
        if both:
            self.add_error("falling", f"{', '.join(sorted(both))}: the risk can rise or fall, not both.")
        return asked

    def order(self) -> dict[str, Any]:
        """The arguments of `order_training` as filled in."""
        asked = self.cleaned_data
        options = {name: asked[name] for name in ("rising", "falling", "left_out")}
        if asked["source"] == OWN:
            options |= {"first": asked["first"].isoformat(), "last": asked["last"].isoformat(), "window": asked["window"]}
            return {"population": asked["population"], "options": options}
        options |= {name: asked[name].strip() for name in ("target", "positive", "date_column")}
        return {"population": asked["population"], "options": options, "upload": asked["file"], "file_name": asked["file"].name}
