"""Files that contradict one another on the panel of field work: each with what it was held against, and the form to say which holds."""

from __future__ import annotations

from typing import Any

from django import forms

from core.web.formats import day
from loans.models import Application
from risk.selectors.statements import contradictions_of
from risk.services.contradictions import Holds
from risk.services.statement_checks import file_words

SHOWN_FAULTS = 3
CHOICES = [
    (Holds.EARLIER.value, "The others hold: leave this file out"),
    (Holds.THIS.value, "This file holds: leave the others out, and send this one again"),
]


class SettleForm(forms.Form):
    """Which side holds, and how that was found out."""

    holds = forms.ChoiceField(
        label="Which holds", choices=CHOICES, widget=forms.RadioSelect, error_messages={"required": "Choose which of them holds."}
    )
    reason = forms.CharField(
        label="How it was found out",
        max_length=400,
        error_messages={"required": "Say how it was found out. Whoever signs the file off reads it."},
    )


def settle_prefix(statement: object) -> str:
    """Under which name the form of one file is sent."""
    return f"settle-{statement}"


def contradiction_parts(application: Application, works: bool, form: Any) -> list[dict[str, Any]]:
    """Each contradiction that nobody settled as it is drawn; the form for whoever works on the file. One query."""
    return [
        {
            "file": one.file,
            "words": file_words(one.file, one.first, one.last),
            "read": day(one.file.read_at),
            "count": one.count,
            "faults": one.file.errors[:SHOWN_FAULTS],
            "earlier": [f"{other.form} file from {other.source}, read {day(other.read_at)}".strip() for other in one.earlier],
            "form": _form(one.file.pk, form) if works else None,
        }
        for one in contradictions_of(application)
    ]


def _form(key: object, sent: Any) -> Any:
    prefix = settle_prefix(key)
    return sent if sent is not None and sent.prefix == prefix else SettleForm(prefix=prefix)
