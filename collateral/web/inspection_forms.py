"""Forms of inspections: what was seen at a stop, handing a round over, and the settings as rows of days."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.forms.boundfield import BoundField

from collateral.domain.inspections import NUMBERS, InspectionRules
from collateral.models import AssetKind, Inspection
from collateral.services.inspections import Place
from core.uuids import uuid7
from core.web.field_work import PlaceForm
from core.web.fields import DayField, FilesField, FilesInput

# So many sendings of one draft are told of; no answer of an older one is awaited any more.
MOST_SENDINGS = 50
LEVELS = (("ordinary", "Ordinary, days"), ("raised", "Raised, days"), ("high", "High, days"))
LABELS = {
    "large_from": "A large value begins at",
    "raised_dpd": "Days past due that raise the level",
    "high_dpd": "Days past due that make it high",
    "ahead_days": "Taken along when due within, days",
    "round_days": "Time for a round, days",
    "high_round_days": "Time with a high one in it, days",
    "stops": "Assets in a round",
    "most_stops": "Open assets per inspector",
    "again_days": "Again after a closed door, days",
    "added_days": "Pledged after the money left, seen within days",
}


class InspectionForm(PlaceForm):
    """What was seen at one stop. `client_key` is made anew by the phone for each sending, and `earlier` are those of the sendings before;
    without its script the page's own serves."""

    client_key = forms.UUIDField(widget=forms.HiddenInput)
    earlier = forms.CharField(required=False, widget=forms.HiddenInput)
    after = forms.UUIDField(required=False, widget=forms.HiddenInput)
    presence = forms.ChoiceField(
        label="Is it there?",
        choices=Inspection.Presence.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Say whether it is there."},
    )
    number_seen = forms.CharField(label="Serial or registration number, read off it", max_length=60, required=False)
    condition = forms.ChoiceField(label="Condition", choices=Inspection.Condition.choices, required=False, widget=forms.RadioSelect)
    use = forms.ChoiceField(label="Use", choices=Inspection.Use.choices, required=False, widget=forms.RadioSelect)
    photos = FilesField(
        label="Photos",
        required=False,
        widget=FilesInput(attrs={"accept": "image/jpeg,image/png", "multiple": True, "capture": "environment"}),
    )
    place_words = forms.CharField(label="Place in words", max_length=200, required=False)
    remarks = forms.CharField(label="Remarks", max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 3}))
    valuation_asked = forms.BooleanField(label="Ask for another valuation", required=False)
    seen_date = DayField(label="Day")

    def __init__(self, *args: Any, **options: Any) -> None:
        options["initial"] = {"client_key": uuid7(), **options.get("initial", {})}
        super().__init__(*args, **options)
        # The device fills them in. What is sent without its accuracy counts as typed.
        for name in PlaceForm.base_fields:
            self.fields[name].widget.attrs["readonly"] = True
        self.fields["number_seen"].widget.attrs.update(autocapitalize="characters", autocomplete="off", spellcheck="false")

    def clean_earlier(self) -> list[UUID]:
        """The keys of the last sendings of this draft."""
        try:
            return [UUID(key) for key in self.cleaned_data["earlier"].split()[-MOST_SENDINGS:]]
        except ValueError as fault:
            raise forms.ValidationError("The page is damaged. Load it again; what you wrote stays on this device.") from fault

    def sent(self) -> dict[str, Any]:
        """As the service takes it."""
        place = self.place()
        return {**self.besides(), "place": Place(place[0], place[1], place[2] or None) if place else None}


class HandOverForm(forms.Form):
    """Why somebody else goes."""

    reason = forms.CharField(label="Reason", max_length=500, widget=forms.Textarea(attrs={"rows": 2}))


class InspectionSettingsForm(forms.Form):
    """Days by class and level, the numbers, and why they should change."""

    reason = forms.CharField(label="Reason", max_length=1000, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, sent: Any = None, *, rules: InspectionRules) -> None:
        self.kinds = [one.kind for one in rules.intervals]
        initial: dict[str, Any] = {name: getattr(rules, name) for name in NUMBERS}
        for one in rules.intervals:
            initial |= {f"{level}_{one.kind}": getattr(one, level) for level, _ in LEVELS}
        super().__init__(sent, initial=initial)
        labels = {f"{level}_{kind}": words for kind in self.kinds for level, words in LEVELS} | LABELS
        for name, label in labels.items():
            self.fields[name] = forms.IntegerField(label=label, min_value=0, widget=forms.TextInput(attrs={"inputmode": "numeric"}))

    def rows(self) -> list[tuple[str, list[BoundField]]]:
        """Each class with its fields."""
        return [(AssetKind(kind).label, [self[f"{level}_{kind}"] for level, _ in LEVELS]) for kind in self.kinds]

    def numbers(self) -> list[BoundField]:
        """The fields that are no days of a class."""
        return [self[name] for name in LABELS]

    def document(self) -> dict[str, Any]:
        """What was filled in, as the service reads it."""
        data = self.cleaned_data
        intervals = [{"kind": kind, **{level: data[f"{level}_{kind}"] for level, _ in LEVELS}} for kind in self.kinds]
        return {"intervals": intervals, **{name: data[name] for name in NUMBERS}}
