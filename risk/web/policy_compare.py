"""Two versions of the policy beside each other, row by row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpResponseBase
from django.shortcuts import render

from core.business_date import get_bank
from core.web.access import role_required
from core.web.export import export_rows, wanted
from core.web.http import HtmxRequest
from core.written_number import read_number
from risk.models import PolicyVersion
from risk.models.scoring import VersionState
from risk.selectors.registry import READERS, access_policy, list_policies
from risk.web.policy_words import whole_words

CHANGES = {"same": ("neutral", "The same"), "changed": ("warn", "Changed"), "new": ("info", "New"), "out": ("bad", "Left out")}
SEEN = ("fact", "operator", "soft", "hard", "applies_to", "conditions", "title")


@dataclass(frozen=True)
class ComparedRow:
    """One rule in both versions, by its code; empty words where a version has no such rule."""

    code: str
    title: str
    before: str
    after: str
    change: str

    @property
    def mark(self) -> tuple[str, str]:
        return CHANGES[self.change]


COLUMNS: list[tuple[str, Callable[[ComparedRow], Any]]] = [
    ("Code", lambda row: row.code),
    ("Check", lambda row: row.title),
    ("Before", lambda row: row.before),
    ("After", lambda row: row.after),
    ("Change", lambda row: row.mark[1]),
]


class WithForm(forms.Form):
    """Which version to hold this one against."""

    base = forms.TypedChoiceField(label="Compared with", coerce=int)

    def __init__(self, data: Any, versions: list[PolicyVersion]) -> None:
        super().__init__(data)
        self.fields["base"].choices = [(one.number, f"{one}, {one.get_state_display().lower()}") for one in versions]  # type: ignore[attr-defined]


@role_required(*READERS)
def policy_compare(request: HtmxRequest, number: int) -> HttpResponseBase:
    """A version against another one: the one in force where none is chosen, else the one before it."""
    version = access_policy(request.user, number)
    others = [one for one in list_policies(request.user) if one.pk != version.pk]
    form = WithForm(request.GET if "base" in request.GET else None, others)
    base = _chosen(form, version, others)
    rows = compare_rules(base.rules, version.rules, get_bank().currency) if base else []
    if wanted(request):
        return export_rows(request, COLUMNS, rows, f"policy-v{base.number if base else 0}-v{version.number}")
    changed = [row for row in rows if row.change != "same"]
    context = {
        "version": version,
        "base": base,
        "changed": changed,
        "same": [row for row in rows if row.change == "same"],
        "with_form": form,
    }
    return render(request, "risk/policy_compare.html", context)


def _chosen(form: WithForm, version: PolicyVersion, others: list[PolicyVersion]) -> PolicyVersion | None:
    if form.is_bound and form.is_valid():
        base = next(one for one in others if one.number == form.cleaned_data["base"])
    else:
        before = [one for one in others if one.number < version.number]
        base_or_none = next((one for one in others if one.state == VersionState.ACTIVE), None) or next(iter(before or others), None)
        if base_or_none is None:
            return None
        base = base_or_none
    form.initial["base"] = base.number
    return base


def compare_rules(before: list[dict[str, Any]], after: list[dict[str, Any]], currency: str) -> list[ComparedRow]:
    """All rules of both tables, those of the newer one in its order first, then those it leaves out."""
    old, new = ({rule["code"]: rule for rule in rules} for rules in (before, after))
    return [_row(code, old.get(code), new.get(code), currency) for code in dict.fromkeys([*new, *old])]


def _row(code: str, old: Mapping[str, Any] | None, new: Mapping[str, Any] | None, currency: str) -> ComparedRow:
    if old is None or new is None:
        change = "new" if old is None else "out"
    else:
        change = "same" if all(_plain(old.get(name)) == _plain(new.get(name)) for name in SEEN) else "changed"
    before, after = (whole_words(rule, currency) if rule else "" for rule in (old, new))
    present = new or old or {}
    if old is not None and new is not None and old["title"] != new["title"]:
        before = f"{old['title']}: {before}"
    return ComparedRow(code, present["title"], before, after, change)


def _plain(cell: Any) -> Any:
    """A cell to compare: 0.4 and 0.40 are one threshold."""
    number = read_number(cell) if isinstance(cell, str) else None
    return cell if number is None else number
