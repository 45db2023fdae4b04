"""Rows of a policy that hold for some applications only: whom a row covers, what is wrong with its conditions,
and whom a table leaves out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import product

from risk.domain.facts import CATALOGUE, FactGroup, FactKind, FactType
from risk.domain.policy import Condition, Operator, PolicyRule, words
from risk.domain.policy_cells import GRADES, ORDERED, Vocabulary, faults_of_limits, step_of

MOST_CONDITIONS = 6
MOST_CORNERS = 5_000
"""How many combinations a search for gaps looks at. A table with more is not searched to the end."""
ANYTHING_ELSE = "\x00"
KINDS = (frozenset({"person"}), frozenset({"company"}), frozenset({"person", "secured"}), frozenset({"company", "secured"}))
"""What an application is marked as; a row that asks for none of these is never reached."""


def covers(wide: PolicyRule, narrow: PolicyRule) -> bool:
    """Whether a row applies wherever another one does."""
    if not set(wide.applies_to) <= set(narrow.applies_to):
        return False
    return all(any(_follows(asked, given) for given in narrow.conditions) for asked in wide.conditions)


def _follows(asked: Condition, given: Condition) -> bool:
    """Whether a condition holds wherever another one does."""
    if asked.fact != given.fact:
        return False
    if asked.operator in ORDERED or given.operator in ORDERED:
        if asked.operator != given.operator:
            return False
        room = Decimal(asked.value) - Decimal(given.value)
        return (room if asked.operator == Operator.AT_MOST else -room) >= 0
    return named_by(given) <= named_by(asked)


def named_by(condition: Condition) -> set[str]:
    """The words with one of which a condition on words is met."""
    return set(words(condition.value)) if condition.operator == Operator.IN else {condition.value.strip()}


def _applies(rule: PolicyRule, marks: frozenset[str], held: Mapping[str, str]) -> bool:
    return set(rule.applies_to) <= marks and all(_meets(held[one.fact], one) for one in rule.conditions)


def faults_of_conditions(rule: PolicyRule, listed: Vocabulary = GRADES) -> Iterable[tuple[str, str]]:
    """Cell ("where_value_0") and sentence for all that is wrong with the conditions of a row that can be read."""
    if len(rule.conditions) > MOST_CONDITIONS:
        yield "where_fact_0", f"A row has at most {MOST_CONDITIONS} conditions."
        return
    faults: list[tuple[str, str]] = []
    for order, condition in enumerate(rule.conditions):
        kind, cell = CATALOGUE[condition.fact], f"where_value_{order}"
        if condition.fact == rule.fact:
            faults.append((f"where_fact_{order}", f"{kind.title} is what the row limits; set its limits instead."))
        elif not condition.value:
            faults.append((cell, f"Say what {kind.title} has to be for the row to apply."))
        else:
            found = faults_of_limits(kind, condition.operator, [(cell, condition.value)], listed)
            faults += [(f"where_operator_{order}" if where == "operator" else where, words_) for where, words_ in found]
    yield from faults
    if not faults:
        for order, condition in enumerate(rule.conditions):
            if any(_exclude(condition, other) for other in rule.conditions[:order]):
                yield f"where_value_{order}", "Nothing meets this and the condition before it at once; the row is never reached."


def _exclude(one: Condition, other: Condition) -> bool:
    """Whether two conditions can never hold together."""
    if one.fact != other.fact:
        return False
    return not any(_meets(value, one) and _meets(value, other) for value in corners_of(one.fact, [one, other]))


@dataclass(frozen=True, slots=True)
class Gap:
    """A fact that rows limit for some applications, and one that none of them reaches: its marks, and what it is beside."""

    fact: str
    marks: frozenset[str]
    example: Mapping[str, str | None]


def gaps_of(rules: Sequence[PolicyRule]) -> list[Gap]:
    """For each fact that is limited under conditions only, the first kind of application whose value nothing tests.

    Between two thresholds nothing changes, so that the values at and beside each threshold stand for all.
    """
    found = []
    for fact in dict.fromkeys(rule.fact for rule in rules):
        rows = [rule for rule in rules if rule.fact == fact]
        if any(rule.conditions for rule in rows):
            gap = _gap_of(fact, rows)
            if gap is not None:
                found.append(gap)
    return found


def _gap_of(fact: str, rows: Sequence[PolicyRule]) -> Gap | None:
    conditions = [condition for rule in rows for condition in rule.conditions]
    facts = list(dict.fromkeys(condition.fact for condition in conditions))
    corners = [corners_of(code, [one for one in conditions if one.fact == code]) for code in facts]
    # Who no row is meant for at all is left alone: a row for persons says nothing of companies.
    meant = [marks for marks in KINDS if any(set(rule.applies_to) <= marks for rule in rows)]
    for looked_at, (marks, values) in enumerate(product(meant, product(*corners))):
        if looked_at >= MOST_CORNERS:
            return None
        held = dict(zip(facts, values, strict=True))
        if held.get("statements_on_file") == "false" and CATALOGUE[fact].group == FactGroup.STATEMENTS:
            continue  # without statements there is nothing that could be tested
        if not any(_applies(rule, marks, held) for rule in rows):
            return Gap(fact, marks, {code: None if value == ANYTHING_ELSE else value for code, value in held.items()})
    return None


def corners_of(fact: str, conditions: Iterable[Condition]) -> list[str]:
    """Values that tell the conditions on a fact apart: each threshold with its neighbours, each word, and any other word."""
    kind = CATALOGUE[fact]
    found: dict[str, None] = {}
    for condition in conditions:
        if condition.operator in ORDERED:
            limit, step = Decimal(condition.value), step_of(kind)
            found |= dict.fromkeys(format(value, "f") for value in (limit, limit - step, limit + step) if _is_possible(kind, value))
        else:
            found |= dict.fromkeys(sorted(named_by(condition)))
    if any(condition.operator not in ORDERED for condition in conditions):
        found |= {"true": None, "false": None} if kind.type == FactType.FLAG else {ANYTHING_ELSE: None}
    return list(found)


def _is_possible(kind: FactKind, value: Decimal) -> bool:
    return (kind.least is None or kind.least <= value) and (kind.most is None or value <= kind.most)


def _meets(value: str, condition: Condition) -> bool:
    if condition.operator in ORDERED:
        if value == ANYTHING_ELSE:
            return False
        room = Decimal(condition.value) - Decimal(value)
        return (room if condition.operator == Operator.AT_MOST else -room) >= 0
    return value in named_by(condition)
