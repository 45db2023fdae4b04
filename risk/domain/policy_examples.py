"""Examples saved beside a policy: named facts and what has to come out. Run at each save and before the policy is proposed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Self

from risk.domain.facts import CATALOGUE, FactType
from risk.domain.policy import Evaluation, PolicyFact
from risk.domain.policy_engine import PolicyTable
from risk.domain.states import Recommended

KINDS = ("person", "company")
SECURED = "secured"


@dataclass(frozen=True, slots=True)
class PolicyExample:
    """One example. `facts` are canonical text, taken as shown by a document except those in `unverified`."""

    name: str
    expected: Recommended
    marks: tuple[str, ...]
    facts: Mapping[str, str]
    unverified: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "expected": self.expected.value,
            "marks": list(self.marks),
            "facts": dict(self.facts),
            "unverified": list(self.unverified),
        }

    @classmethod
    def from_dict(cls, kept: Mapping[str, Any]) -> Self:
        return cls(
            name=str(kept["name"]),
            expected=Recommended(kept["expected"]),
            marks=tuple(kept["marks"]),
            facts=dict(kept["facts"]),
            unverified=tuple(kept.get("unverified", ())),
        )


@dataclass(frozen=True, slots=True)
class ExampleResult:
    """An example, what the policy says of it, and whether that was expected."""

    example: PolicyExample
    evaluation: Evaluation

    @property
    def passes(self) -> bool:
        return self.evaluation.outcome == self.example.expected


@dataclass(frozen=True, slots=True)
class ExampleFault:
    """What is wrong with one cell of one example; `number` counts from 1. A fact's cell is "fact-" and its code."""

    number: int
    cell: str
    detail: str


def check_examples(table: Sequence[Mapping[str, Any]]) -> tuple[list[PolicyExample], list[ExampleFault]]:
    """The examples with their facts in canonical form, and everything wrong with them:
    names twice, unknown facts, values of another type.
    """
    examples: list[PolicyExample] = []
    faults: list[ExampleFault] = []
    names: set[str] = set()
    for number, kept in enumerate(table, start=1):
        name = " ".join(str(kept.get("name") or "").split())
        found = list(_faults(number, kept, name, names))
        names.add(name)
        facts: dict[str, str] = {}
        for code, value in dict(kept.get("facts") or {}).items():
            kind = CATALOGUE.get(code)
            if kind is None or kind.type == FactType.DATE:
                found.append(ExampleFault(number, f"fact-{code}", f"{code} is not in the catalogue of facts."))
                continue
            try:
                facts[code] = kind.canonical(value)
            except ValueError as error:
                found.append(ExampleFault(number, f"fact-{code}", str(error)))
        faults.extend(found)
        if not found:
            unverified = tuple(sorted(set(kept.get("unverified", ())) & facts.keys()))
            marks = tuple(sorted(kept["marks"]))
            examples.append(PolicyExample(name, Recommended(kept["expected"]), marks, facts, unverified))
    return examples, faults


def _faults(number: int, kept: Mapping[str, Any], name: str, names: set[str]) -> Iterable[ExampleFault]:
    if not name or len(name) > 80:
        yield ExampleFault(number, "name", "Name the example in 1 to 80 characters.")
    elif name in names:
        yield ExampleFault(number, "name", f"{name} is there twice.")
    if kept.get("expected") not in set(Recommended):
        yield ExampleFault(number, "expected", "Choose approve, refer or decline.")
    marks = set(kept.get("marks") or ())
    if len(marks & set(KINDS)) != 1 or not marks <= {*KINDS, SECURED}:
        yield ExampleFault(number, "marks", "Say whether it is a person or a company.")


def run_examples(table: PolicyTable, examples: Iterable[PolicyExample]) -> list[ExampleResult]:
    """Hold each example against the table, without a score."""
    return [ExampleResult(example, table.evaluate(_facts(example), frozenset(example.marks))) for example in examples]


def _facts(example: PolicyExample) -> dict[str, PolicyFact]:
    facts = {}
    for code, stored in example.facts.items():
        value = CATALOGUE[code].typed(stored)
        assert not isinstance(value, date)  # check_examples takes no dates
        facts[code] = PolicyFact(value, is_verified=code not in example.unverified, source="example")
    return facts
