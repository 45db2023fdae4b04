"""Forms of the blacklist: they only translate; the services decide."""

from __future__ import annotations

from typing import Any

from django import forms

from blacklist.domain.states import HitState
from blacklist.models import IdentifierKind, ReasonCode, SubjectKindChoice
from core.web.fields import DayField


class ProposeForm(forms.Form):
    """A new entry. Names and addresses stand one per line."""

    subject_kind = forms.ChoiceField(label="Who is it", choices=SubjectKindChoice.choices, widget=forms.RadioSelect)
    names = forms.CharField(
        label="Names",
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off"}),
        help_text="One per line, the main one first. Any script.",
        max_length=5000,
    )
    birth_date = forms.CharField(
        label="Birth date",
        required=False,
        max_length=10,
        help_text="2026-11-23, or only the year when no more is known.",
    )
    country = forms.CharField(
        label="Country",
        required=False,
        max_length=2,
        help_text="Two letters, such as DE.",
    )
    national_id = forms.CharField(label="National id", required=False, max_length=60)
    tax_id = forms.CharField(label="Tax id", required=False, max_length=60)
    registration_number = forms.CharField(label="Registration number", required=False, max_length=60)
    passport = forms.CharField(label="Passport", required=False, max_length=60)
    iban = forms.CharField(label="Account number", required=False, max_length=60)
    phone = forms.CharField(label="Phone", required=False, max_length=60)
    addresses = forms.CharField(
        label="Addresses",
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="One per line.",
        max_length=2000,
    )
    reason_code = forms.ChoiceField(label="Reason", choices=[("", "Choose a reason"), *ReasonCode.choices])
    source_reference = forms.CharField(
        label="File or loan",
        required=False,
        max_length=100,
        help_text="Where the evidence lies, such as LN-20417.",
    )
    evidence = forms.CharField(
        label="Evidence",
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="What happened, when, and how it is known.",
        max_length=5000,
    )
    valid_until = DayField(label="Ends on", required=False, help_text="Leave empty when no end is set.")

    def service_arguments(self) -> dict[str, Any]:
        """The cleaned form as `propose_entry` takes it."""
        data = self.cleaned_data
        return {
            "subject_kind_code": data["subject_kind"],
            "names": data["names"].splitlines(),
            "birth_date": data["birth_date"].strip() or None,
            "country": data["country"].strip(),
            "identifiers": {kind: data[kind] for kind in IdentifierKind.values if data.get(kind)},
            "addresses": data["addresses"].splitlines(),
            "reason_code": data["reason_code"],
            "source_reference": data["source_reference"].strip(),
            "evidence": data["evidence"],
            "valid_until": data["valid_until"],
        }


class ReasonForm(forms.Form):
    """Why: one text that stays on record."""

    reason = forms.CharField(label="Reason", widget=forms.Textarea(attrs={"rows": 3}), max_length=2000)


class AppealForm(forms.Form):
    """What the subject brings forward."""

    grounds = forms.CharField(
        label="Grounds of the appeal",
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=5000,
    )


class AppealDecisionForm(forms.Form):
    """Granted or dismissed, and why."""

    outcome = forms.ChoiceField(
        label="Outcome",
        choices=[
            ("granted", "Grant, lift the entry"),
            ("dismissed", "Dismiss, the entry stays"),
        ],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(label="Reason", widget=forms.Textarea(attrs={"rows": 3}), max_length=2000)


class LiftDecisionForm(forms.Form):
    """The second person about a proposed lift."""

    outcome = forms.ChoiceField(
        label="Your decision",
        choices=[("lift", "Lift the entry"), ("keep", "Keep the entry")],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label="Reason",
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=2000,
        help_text="Needed to keep it.",
    )


class HitForm(forms.Form):
    """Is it the same one?"""

    outcome = forms.ChoiceField(
        label="Is it the same subject",
        choices=[
            (HitState.TRUE_MATCH.value, "True match"),
            (HitState.FALSE_POSITIVE.value, "False positive"),
            ("NEEDS_MORE", "Needs more"),
        ],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label="What decided it",
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2000,
    )


class EntryFilter(forms.Form):
    """The filters of the entry list."""

    reference = forms.CharField(required=False, label="Reference", max_length=20)
    reason = forms.ChoiceField(
        required=False,
        label="Reason",
        choices=[("", "Any reason"), *ReasonCode.choices],
    )


class LookUpForm(forms.Form):
    """A name to look up in the list in force."""

    name = forms.CharField(label="Name", max_length=500)
    birth_date = forms.CharField(
        label="Birth date",
        required=False,
        max_length=10,
        help_text="A date, or only the year.",
    )
    identifier = forms.CharField(label="National id", required=False, max_length=60)
