"""The table of a draft policy as people edit it: a line per rule, one more to add, ratios written in percent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import forms

from core.errors import DomainError
from core.web.fields import Listed
from core.written_number import plain_digits, read_share
from risk.domain.facts import CATALOGUE, FactKind, FactType
from risk.domain.policy import Operator
from risk.domain.policy_conditions import MOST_CONDITIONS

OPERATORS = {"<=": "at most", ">=": "at least", "in": "one of", "is": "is"}
MARKS = {
    "": "Everybody",
    "person": "Persons",
    "company": "Companies",
    "secured": "Secured loans",
    "person,secured": "Secured loans of persons",
    "company,secured": "Secured loans of companies",
}

_FACTS = [(code, kind.title) for code, kind in CATALOGUE.items() if kind.type != FactType.DATE]
FACTS, CONDITIONS = Listed([("", "Choose a fact"), *_FACTS]), Listed([("", "No condition"), *_FACTS])
COMPARED, APPLIES = Listed(OPERATORS.items()), Listed(MARKS.items())


def threshold_words(kind: FactKind | None, stored: str | None) -> str:
    """A stored threshold as people write it: "40%" for 0.40, else as it is."""
    if stored is None:
        return ""
    if kind is not None and kind.type == FactType.RATIO:
        return f"{(Decimal(stored) * 100).normalize():f}%"
    if kind is not None and kind.type == FactType.FLAG:
        return {"true": "yes", "false": "no"}.get(stored, stored)
    return stored


def threshold_of(kind: FactKind | None, written: str) -> str | None:
    """What is stored for a written threshold. What cannot be read stays as written, for the service to refuse in words."""
    text = plain_digits(written)
    if not text:
        return None
    if kind is None or kind.type in (FactType.WORDS, FactType.DATE):
        return text
    if kind.type == FactType.FLAG:
        return {"yes": "true", "no": "false"}.get(text.lower(), text)
    if text.endswith("%") and kind.type == FactType.RATIO:
        share = read_share(text)
        return text if share is None else format(share, "f")
    return text


def add_percent_fault(form: forms.Form, name: str, kind: FactKind | None) -> None:
    """A share without its sign is refused: neither 0.4 nor 40 alone says what is meant."""
    text = str(form.cleaned_data.get(name) or "").strip()
    if kind is not None and kind.lacks_sign(text):
        form.add_error(name, "Write it in percent with its sign, such as 40%.")


class RuleForm(forms.Form):
    """One line of the table, with its conditions and an empty one to add."""

    fact = forms.ChoiceField(label="Fact", choices=FACTS, required=False)
    operator = forms.ChoiceField(label="Must be", choices=COMPARED)
    soft = forms.CharField(label="Soft limit", required=False, max_length=80)
    hard = forms.CharField(label="Hard limit", required=False, max_length=80)
    applies_to = forms.ChoiceField(label="Applies to", choices=APPLIES, required=False)
    remove = forms.BooleanField(label="Remove", required=False)

    def __init__(self, *args: Any, conditions: int = 0, **options: Any) -> None:
        super().__init__(*args, **options)
        self.places = range(min(conditions + 1, MOST_CONDITIONS))
        for place in self.places:
            self.fields[f"where_fact_{place}"] = forms.ChoiceField(label="Fact", choices=CONDITIONS, required=False)
            self.fields[f"where_operator_{place}"] = forms.ChoiceField(label="Is", choices=COMPARED, required=False)
            self.fields[f"where_value_{place}"] = forms.CharField(label="Value", required=False, max_length=80)

    def clean(self) -> dict[str, Any]:
        kind = CATALOGUE.get(self.cleaned_data.get("fact") or self.initial.get("fact") or "")
        add_percent_fault(self, "soft", kind)
        add_percent_fault(self, "hard", kind)
        for place in self.places:
            add_percent_fault(self, f"where_value_{place}", CATALOGUE.get(self.cleaned_data.get(f"where_fact_{place}") or ""))
        return self.cleaned_data

    @property
    def has_conditions(self) -> bool:
        """Whether the conditions are worth opening: there are some, or what is written there needs attention."""
        return bool(self.initial.get("where_fact_0")) or any(name.startswith("where") for name in self.errors)

    def where(self) -> Iterator[tuple[forms.BoundField, ...]]:
        """The cells of each condition."""
        for place in self.places:
            yield tuple(self[f"where_{name}_{place}"] for name in ("fact", "operator", "value"))

    def conditions(self) -> list[tuple[int, dict[str, str]]]:
        """Each written condition with its place in the form. One without a fact is none."""
        found = []
        for place in self.places:
            fact, operator, written = (self.cleaned_data[f"where_{name}_{place}"] for name in ("fact", "operator", "value"))
            if fact:
                kept = written == self.initial.get(f"where_value_{place}") and fact == self.initial.get(f"where_fact_{place}")
                value = self.initial[f"where_stored_{place}"] if kept else threshold_of(CATALOGUE[fact], written) or ""
                found.append((place, {"fact": fact, "operator": operator or Operator.AT_MOST.value, "value": value}))
        return found


class PolicyTable:
    """The forms of all rules of a draft, and one empty line to add a rule with."""

    def __init__(self, rules: Sequence[Mapping[str, Any]], data: Any = None) -> None:
        self.rules = list(rules)
        self.lines = [
            (
                rule.get("title") or rule["fact"],
                RuleForm(data, prefix=f"rule-{number}", initial=_initial(rule), conditions=len(rule.get("conditions", ()))),
            )
            for number, rule in enumerate(self.rules)
        ]
        self.new = RuleForm(data, prefix="new", empty_permitted=True, use_required_attribute=False)
        self.faults: list[tuple[str, str]] = []
        self._sent: list[RuleForm] = []

    def is_valid(self) -> bool:
        """Whether each cell can be read; what they say together is the service's to judge."""
        found = [form.is_valid() for form in (*(form for _, form in self.lines), self.new)]
        self._list_faults()
        return all(found)

    def table(self) -> list[dict[str, Any]]:
        """The rules as the service takes them."""
        kept, self._sent = [], []
        for rule, (_, form) in zip(self.rules, self.lines, strict=True):
            if not form.cleaned_data["remove"]:
                kept.append(dict(rule) | _cells(form, rule["fact"]) | _untouched(form, rule))
                self._sent.append(form)
        fact = self.new.cleaned_data.get("fact")
        if fact:
            kind = CATALOGUE[fact]
            added = {"fact": fact, "title": kind.title, "group": kind.group.value, "unit": kind.unit, "code": _next_code(self.rules)}
            kept.append(added | _cells(self.new, fact))
            self._sent.append(self.new)
        return kept

    def take(self, refusal: DomainError) -> None:
        """Put the service's faults at the cells they name ("row-3-soft"); the rest above the table."""
        for fault in refusal.faults:
            _, number, cell = fault.field.split("-")
            position = int(number) - 1
            form = self._sent[position] if 0 <= position < len(self._sent) else self.new
            if cell.startswith("where"):
                # The service counts the conditions that are written, the form also those left empty.
                name, _, order = cell.rpartition("_")
                cell = f"{name}_{form.conditions()[int(order)][0]}"
            form.add_error(cell if cell in form.fields else None, fault.detail)
        self._list_faults()
        if not refusal.faults:
            self.faults.append(("", refusal.detail))

    def _list_faults(self) -> None:
        self.faults = [
            (form[name].auto_id if name in form.fields else form["fact"].auto_id, str(words))
            for form in [*(form for _, form in self.lines), self.new]
            for name, errors in form.errors.items()
            for words in errors
        ]


def _initial(rule: Mapping[str, Any]) -> dict[str, Any]:
    kind = CATALOGUE.get(rule["fact"])
    marks = ",".join(sorted(rule.get("applies_to", ())))
    return {
        "fact": rule["fact"],
        "operator": rule["operator"],
        "soft": threshold_words(kind, rule["soft"]),
        "hard": threshold_words(kind, rule["hard"]),
        "applies_to": marks,
    } | {
        f"where_{name}_{place}": value
        for place, condition in enumerate(rule.get("conditions", ()))
        for name, value in (
            ("fact", condition["fact"]),
            ("operator", condition["operator"]),
            ("value", threshold_words(CATALOGUE.get(condition["fact"]), condition["value"])),
            ("stored", condition["value"]),
        )
    }


def _cells(form: RuleForm, fact: str) -> dict[str, Any]:
    cells = form.cleaned_data
    kind = CATALOGUE.get(fact)
    return {
        "operator": cells["operator"],
        "soft": threshold_of(kind, cells["soft"]),
        "hard": threshold_of(kind, cells["hard"]),
        "applies_to": [mark for mark in cells["applies_to"].split(",") if mark],
        "conditions": [condition for _, condition in form.conditions()],
    }


def _untouched(form: RuleForm, rule: Mapping[str, Any]) -> dict[str, Any]:
    """Thresholds nobody changed keep their bytes, so that 0.40 does not become 0.4."""
    return {name: rule[name] for name in ("soft", "hard") if form.cleaned_data[name] == form.initial[name]}


def _next_code(rules: Sequence[Mapping[str, Any]]) -> str:
    """The code after the highest of the table: P19 after P18."""
    numbers = [int(code[1:]) for rule in rules if (code := str(rule.get("code", ""))).startswith("P") and code[1:].isdigit()]
    return f"P{max(numbers, default=0) + 1:02d}"


class NoteForm(forms.Form):
    """What the new version is for."""

    note = forms.CharField(label="What changes and why", max_length=200)
