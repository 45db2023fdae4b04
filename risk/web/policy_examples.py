"""The examples beside a policy: what the table says of each, and the form that a draft's examples are written with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.forms import BoundField
from django.http import HttpResponse
from django.shortcuts import redirect, render

from core.business_date import get_bank, get_business_date
from core.errors import DomainError, NotFound
from core.roles import Role
from core.web.access import role_required
from core.web.http import HtmxRequest
from risk.domain.facts import CATALOGUE
from risk.domain.policy import PolicyRow, PolicyRule
from risk.domain.policy_examples import SECURED, ExampleResult
from risk.models import PolicyVersion
from risk.models.scoring import VersionState
from risk.selectors.registry import READERS, access_policy
from risk.services.policies import DraftChangedMeanwhile, examples_revision_of, last_writer_of, save_examples, try_examples
from risk.web.policy_forms import add_percent_fault, threshold_of, threshold_words
from risk.web.wording import OUTCOMES, RESULTS, value_words

EDITORS = (Role.RISK_MANAGER,)


@dataclass(frozen=True)
class ExampleLine:
    """One example as drawn: who it is about, what is expected and what comes out, and the rows that kept it from being approved."""

    place: int
    name: str
    about: str
    expected: tuple[str, str]
    found: tuple[str, str]
    holds: bool
    fired: str


@role_required(*READERS)
def policy_examples(request: HtmxRequest, number: int) -> HttpResponse:
    """All examples of a version, each held against its table."""
    version = access_policy(request.user, number)
    currency = get_bank().currency
    lines = [line_of(place, result, currency) for place, result in enumerate(try_examples(version), start=1)]
    edits = request.user.has_role(*EDITORS) and version.state == VersionState.DRAFT
    context = {"version": version, "lines": lines, "failing": sum(not line.holds for line in lines), "may_edit": edits}
    return render(request, "risk/policy_examples.html", context)


@role_required(*EDITORS)
def policy_example(request: HtmxRequest, number: int) -> HttpResponse:
    """Write an example of a draft, or change or take out the one at `place`."""
    version = access_policy(request.user, number)
    if version.state != VersionState.DRAFT:
        return redirect("risk:policy_examples", number)
    seen = request.POST.get("seen", "")
    # A place counts in the list that was looked at. Whether that still stands when it is written, the service says.
    if request.method == "POST" and seen != examples_revision_of(version):
        return _changed_since(request, version)
    place = _place(request, version)
    form = ExampleForm(request.POST or None, version=version, kept=version.examples[place - 1] if place else None)
    status = 422 if form.is_bound else 200
    if request.method == "POST" and (request.POST.get("remove") or form.is_valid()):
        examples = list(version.examples)
        changed = [] if request.POST.get("remove") else [form.example()]
        examples[place - 1 if place else len(examples) : place or len(examples)] = changed
        try:
            save_examples(version=version, examples=examples, seen=seen, actor=request.user, business_date=get_business_date())
        except DraftChangedMeanwhile:
            return _changed_since(request, access_policy(request.user, number))
        except DomainError as refusal:
            form.take(refusal)
        else:
            messages.success(request, "The examples are saved.")
            return redirect("risk:policy_examples", number)
    return _form(request, version, form, place, status)


def _changed_since(request: HtmxRequest, version: PolicyVersion) -> HttpResponse:
    """What was typed, kept on the example it began from, wherever that stands in the list by now; on a new one where it is gone."""
    named = request.POST.get("named", "")
    place = next((number for number, one in enumerate(version.examples, start=1) if one["name"] == named), 0)
    form = ExampleForm(request.POST, version=version, kept=version.examples[place - 1] if place else None)
    refusal = DraftChangedMeanwhile("example_gone" if named and not place else "examples_changed", who=last_writer_of(version))
    form.take(refusal)
    return _form(request, version, form, place, refusal.status)


def _form(request: HtmxRequest, version: PolicyVersion, form: ExampleForm, place: int, status: int) -> HttpResponse:
    context = {
        "version": version,
        "form": form,
        "place": place,
        "seen": examples_revision_of(version),
        "named": version.examples[place - 1]["name"] if place else "",
    }
    return render(request, "risk/policy_example.html", context, status=status)


def line_of(place: int, result: ExampleResult, currency: str) -> ExampleLine:
    """An example in words."""
    example, evaluation = result.example, result.evaluation
    kind = "Company" if "company" in example.marks else "Person"
    fired = [_why(row, currency) for row in evaluation.fired]
    return ExampleLine(
        place=place,
        name=example.name,
        about=f"{kind}, secured" if SECURED in example.marks else kind,
        expected=OUTCOMES[example.expected],
        found=OUTCOMES[evaluation.outcome],
        holds=result.passes,
        fired="; ".join(fired) or "Every row passes",
    )


def _place(request: HtmxRequest, version: PolicyVersion) -> int:
    """Which example is asked for, counted from 1; 0 is a new one. Raises NotFound."""
    asked = request.GET.get("place", "0")
    if not asked.isdecimal() or int(asked) > len(version.examples):
        raise NotFound
    return int(asked)


class ExampleForm(forms.Form):
    """One example: each fact that the table reads, empty or with a value, ratios in percent."""

    name = forms.CharField(label="Name", max_length=80)
    expected = forms.ChoiceField(label="What has to come out", choices=[(code, words) for code, (_, words) in OUTCOMES.items()])
    kind = forms.ChoiceField(label="Applicant", choices=[("person", "Person"), ("company", "Company")])
    secured = forms.BooleanField(label="Secured by collateral", required=False)

    def __init__(self, data: Any, *, version: PolicyVersion, kept: Mapping[str, Any] | None) -> None:
        super().__init__(data, initial=_initial(kept) if kept else None)
        facts = kept["facts"] if kept else {}
        read = (code for rule in version.rules for code in PolicyRule.from_dict(rule).facts)
        self.codes = list(dict.fromkeys([*read, *facts]))
        for code in self.codes:
            kind = CATALOGUE[code]
            hint = {"RATIO": "in percent", "FLAG": "yes or no"}.get(kind.type.value, kind.unit)
            self.fields[f"fact-{code}"] = forms.CharField(
                label=kind.title, required=False, max_length=80, help_text=hint, initial=threshold_words(kind, facts.get(code))
            )
            self.fields[f"unverified-{code}"] = forms.BooleanField(
                label=f"{kind.title}: nobody has shown it", required=False, initial=bool(kept and code in kept["unverified"])
            )

    def clean(self) -> dict[str, Any]:
        for code in self.codes:
            add_percent_fault(self, f"fact-{code}", CATALOGUE[code])
        return self.cleaned_data

    def rows(self) -> list[tuple[BoundField, BoundField]]:
        """The fields of each fact: its value, and that nobody has shown it."""
        return [(self[f"fact-{code}"], self[f"unverified-{code}"]) for code in self.codes]

    def example(self) -> dict[str, Any]:
        """The example as the service takes it."""
        cells = self.cleaned_data
        written = {code: threshold_of(CATALOGUE[code], cells[f"fact-{code}"]) for code in self.codes}
        return {
            "name": cells["name"],
            "expected": cells["expected"],
            "marks": [cells["kind"], *([SECURED] if cells["secured"] else [])],
            "facts": {code: value for code, value in written.items() if value is not None},
            "unverified": [code for code in self.codes if cells[f"unverified-{code}"]],
        }

    def take(self, refusal: DomainError) -> None:
        """Put the service's faults at the fields they name ("example-2-fact-dsti"), and the rest above."""
        for fault in refusal.faults:
            cell = fault.field.split("-", 2)[2]
            self.add_error(cell if cell in self.fields else None, fault.detail)
        if not refusal.faults:
            self.add_error(None, refusal.detail)


def _initial(kept: Mapping[str, Any]) -> dict[str, Any]:
    kind = "company" if "company" in kept["marks"] else "person"
    return {"name": kept["name"], "expected": kept["expected"], "kind": kind, "secured": SECURED in kept["marks"]}


def _why(row: PolicyRow, currency: str) -> str:
    """What kept the example from being approved; where a condition is open, the fact that would tell."""
    if row.open_condition:
        return f"{CATALOGUE[row.open_condition].title}: {RESULTS[row.result][1].lower()}, asked by a row about {row.rule.title.lower()}"
    return f"{row.rule.title} {value_words(CATALOGUE[row.rule.fact], row.to_dict()['value'], currency)}: {RESULTS[row.result][1].lower()}"
