"""What was stated beside what was seen, in words; addresses stay out of sight."""

from __future__ import annotations

from typing import Any

from django import forms

from core.crypto import mask
from core.web import formats
from risk.domain.cross_checks import ADDRESS_SEEN_REGISTERED, ADDRESSES, FACT_OF, HIDDEN, SHOWN_IN_CLEAR, TYPED, Verdict
from risk.domain.facts import CATALOGUE, FactType
from risk.domain.parting import parting_places
from risk.services.cross_checks import CrossCheck
from risk.web.wording import value_words

VERDICTS = {Verdict.AGREES: ("good", "Agrees"), Verdict.DIFFERS: ("bad", "Differs"), Verdict.OPEN: ("neutral", "Not seen yet")}


class ExplanationForm(forms.Form):
    """Why something differs: by its kind, and in words."""

    code = forms.ChoiceField(
        label="Why", choices=[("", "Choose a reason"), *TYPED.items()], error_messages={"required": "Choose why they differ."}
    )
    reason = forms.CharField(label="What was found out", max_length=400, error_messages={"required": "Say in words what was found out."})


class SeenForm(forms.Form):
    """What the second person says to have looked at: one explanation for each difference."""

    explanations = forms.MultipleChoiceField(
        label="I have looked at each difference and its explanation", required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, differing: list[CrossCheck], currency: str, **options: Any) -> None:
        super().__init__(*args, **options)
        offered = [(str(row.explanation.pk), sentence(row, currency)) for row in differing if row.explanation]
        self.fields["explanations"].choices = offered  # type: ignore[attr-defined]


def both_sides(check: CrossCheck, currency: str) -> tuple[str, str]:
    """Both sides in words. What is hidden everywhere stays hidden here."""
    if check.code in ADDRESSES:
        stated = "not provided" if not check.stated else mask(check.stated) if check.code == ADDRESS_SEEN_REGISTERED else "on file"
        alike = "as registered" if check.code == ADDRESS_SEEN_REGISTERED else "as on file"
        return stated, "not yet" if check.seen is None else mask(check.seen) if check.verdict != Verdict.AGREES else alike
    if check.code.startswith(HIDDEN):
        return mask(check.stated or ""), mask(check.seen or "")
    if check.code.startswith(SHOWN_IN_CLEAR):
        return check.stated or "not stated", check.seen or "not on record"
    kind = CATALOGUE[FACT_OF[check.code]]
    written = [
        missing
        if not value
        else formats.money(value, currency, places=0)
        if kind.type == FactType.MONEY
        else value_words(kind, value, currency, parting_places(kind, check.stated, check.seen))
        for value, missing in ((check.stated, "not stated"), (check.seen, "not yet"))
    ]
    return written[0], written[1]


def sentence(check: CrossCheck, currency: str) -> str:
    """One difference with its explanation: "Income, 4,200 EUR stated against 2,100 EUR (account statements). Stated wrongly: …"."""
    stated, seen = both_sides(check, currency)
    told = f"{check.title}: {stated} against {seen} ({check.seen_by})."
    why = check.explanation
    if why is None:
        return f"{told} Not explained."
    said = f"{why.get_code_display()}: {why.reason}" if why.code else why.reason
    return f"{told} {said.rstrip('.')}. {why.author.full_name}, {formats.moment(why.recorded_at)}"
