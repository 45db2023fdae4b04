"""What the present default holds and the policy of a bank lacks, and how it is taken in without turning the bank's own examples. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

from risk.domain.default_policy import DEFAULT_EXAMPLES, DEFAULT_RULES, SOUND_STATEMENTS, SOUND_VALUES
from risk.domain.policy import PolicyRule
from risk.domain.policy_engine import PolicyTable
from risk.domain.policy_examples import run_examples


@dataclass(frozen=True)
class Taken:
    """A table with rows of the default taken in, its examples with them, and how many of these had said nothing of what the rows ask."""

    rules: list[dict[str, Any]]
    examples: list[dict[str, Any]]
    filled: int


def lacking(table: Sequence[Mapping[str, Any]]) -> list[PolicyRule]:
    """The rows of the default that a table lacks: no row of it limits their fact the same way for any of the same applications.

    A row with other limits, or for fewer applications, is the bank's own choice and lacks nothing.
    """
    rules = [PolicyRule.from_dict(row) for row in table]
    return [row for row in DEFAULT_RULES if not any(_tests_the_same(own, row) for own in rules)]


def _tests_the_same(own: PolicyRule, row: PolicyRule) -> bool:
    return (own.fact, own.operator) == (row.fact, row.operator) and not {"person", "company"} <= {*own.applies_to, *row.applies_to}


def take_in(table: Sequence[Mapping[str, Any]], examples: Sequence[Mapping[str, Any]]) -> Taken:
    """The table with the rows it lacks behind its own, under codes that are free, and its examples so that they still say what they said:
    one that is silent about a fact the new rows ask gets its sound value. The examples of the default that the new rows decide come along.
    """
    added = lacking(table)
    used = {str(row.get("code", "")) for row in table}
    rules = [dict(row) for row in table]
    for row in added:
        code = row.code if row.code not in used else next(one for n in count(1) if (one := f"P{n:02d}") not in used)
        used.add(code)
        rules.append(replace(row, code=code).to_dict())
    kept = [{**one, "facts": dict(one["facts"]) | _unsaid(one, added)} for one in examples]
    names = {str(one["name"]) for one in kept}
    before = PolicyTable([row for row in DEFAULT_RULES if row not in added])
    decided = [found.example for found in run_examples(before, DEFAULT_EXAMPLES) if not found.passes]
    return Taken(
        rules,
        kept + [one.to_dict() for one in decided if one.name not in names],
        sum(bool(_unsaid(one, added)) for one in examples),
    )


def _unsaid(example: Mapping[str, Any], added: Sequence[PolicyRule]) -> dict[str, str]:
    """Sound values of the facts that these rows ask of an example and that it does not name.
    What statements show is asked only where some are.
    """
    facts, marks = example["facts"], set(example["marks"])
    sound = SOUND_VALUES | (SOUND_STATEMENTS if facts.get("statements_on_file") == "true" else {})
    asked = [fact for row in added if set(row.applies_to) <= marks for fact in row.facts]
    return {fact: sound[fact] for fact in asked if fact not in facts and fact in sound}
