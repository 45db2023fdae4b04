"""What is wrong with a policy table as it would be saved, cell by cell."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from risk.domain.facts import CATALOGUE, FactKind, FactType
from risk.domain.policy import Operator, PolicyRule, words
from risk.domain.policy_cells import GRADES, ORDERED, Vocabulary, faults_of_limits
from risk.domain.policy_conditions import KINDS, covers, faults_of_conditions
from risk.domain.policy_cover import Cover

MOST_RULES = 200


@dataclass(frozen=True, slots=True)
class PolicyFault:
    """What is wrong with one cell; `row` counts from 1."""

    row: int
    cell: str
    detail: str


def check_rules(table: Sequence[Mapping[str, Any]], listed: Vocabulary = GRADES) -> list[PolicyFault]:
    """Everything wrong with a table: facts, types and words that do not fit, limits that every value meets, rows that can never refer or be
    reached, rows that bar everybody. `listed` are the words that a fact may have, where they are known.
    """
    if len(table) > MOST_RULES:
        return [PolicyFault(0, "", f"A policy holds at most {MOST_RULES} rules; this one has {len(table):,}.")]
    faults: list[PolicyFault] = []
    sound: list[tuple[int, PolicyRule]] = []
    for place, kept in enumerate(table, start=1):
        found = [PolicyFault(place, cell, detail) for cell, detail in _unreadable(kept)]
        if not found:
            try:
                rule = PolicyRule.from_dict(kept)
            except ValueError as error:
                found = [PolicyFault(place, "soft", f"{str(error).capitalize()}.")]
        if found:
            faults.extend(found)
            continue
        found = [
            PolicyFault(place, cell, detail)
            for cell, detail in (*_faults_of(CATALOGUE[rule.fact], rule, listed), *faults_of_conditions(rule, listed))
        ]
        faults.extend(found)
        if not found:
            faults.extend(PolicyFault(place, cell, detail) for cell, detail in _against(rule, sound))
            sound.append((place, rule))
    faults.extend(_reached_by_none(sound, {fault.row for fault in faults}))
    if not table:
        faults.append(PolicyFault(0, "", "An empty policy tests nothing."))
    return faults


def _unreadable(kept: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    """Cells of a row that name no fact or no comparison."""
    conditions = kept.get("conditions") or ()
    compared = [(kept, "fact", "operator"), *((one, f"where_fact_{n}", f"where_operator_{n}") for n, one in enumerate(conditions))]
    for cells, fact_cell, operator_cell in compared:
        fact = str(cells.get("fact") or "")
        kind = CATALOGUE.get(fact)
        if kind is None or kind.type == FactType.DATE:
            yield fact_cell, f"{fact or 'No fact'} is not in the catalogue of facts."
        elif cells.get("operator") not in set(Operator):
            yield operator_cell, "Choose at most, at least, one of, or is."


def _against(rule: PolicyRule, others: Iterable[tuple[int, PolicyRule]]) -> Iterable[tuple[str, str]]:
    """A row that limits what another one limits already, or that together with another one bars everybody."""
    opposite = {Operator.AT_MOST: Operator.AT_LEAST, Operator.AT_LEAST: Operator.AT_MOST}.get(rule.operator)
    for place, other in others:
        if other.fact != rule.fact:
            continue
        if other.operator == rule.operator and covers(other, rule) and covers(rule, other):
            yield "fact", f"Row {place} already limits this fact the same way; one of them is never reached."
        elif _says_all_of(other, rule):
            yield "fact", f"Row {place} holds for all of these and is at least as strict; this one is never reached."
        elif _says_all_of(rule, other):
            yield "fact", f"It holds for all that row {place} does and is at least as strict; that one is never reached."
        elif covers(other, rule) and _bars_everybody(rule, other):
            yield "hard" if rule.hard is not None else "soft", f"Together with row {place} no value can pass."
        elif other.operator == opposite and covers(other, rule):
            least, most = (other, rule) if rule.operator == Operator.AT_MOST else (rule, other)
            if _limit(least) > _limit(most):
                yield "hard" if rule.hard is not None else "soft", f"Together with row {place} no value can pass."


def _reached_by_none(sound: Sequence[tuple[int, PolicyRule]], told: Collection[int]) -> Iterable[PolicyFault]:
    """Rows of which nothing ever comes beside others together, where no one of these is seen to say all of it."""
    asked_of = []
    for place, (number, rule) in enumerate(sound):
        stricter = [other for other, (_, wide) in enumerate(sound) if other != place and wide.fact == rule.fact and _as_strict(wide, rule)]
        if number not in told and not any(covers(sound[other][1], rule) for other in stricter):
            asked_of.append((place, stricter))
    found = Cover([rule for _, rule in sound]).needed(asked_of)
    for place in sorted(found):
        *rows, last = (str(sound[other][0]) for other in found[place])
        named = f"Rows {', '.join(rows)} and {last} together hold" if rows else f"Row {last} holds"
        are = "are" if rows else "is"
        yield PolicyFault(sound[place][0], "fact", f"{named} for all of these and {are} at least as strict; this one is never reached.")


def _says_all_of(wide: PolicyRule, narrow: PolicyRule) -> bool:
    """Whether one row applies wherever another does, and refers and declines whatever that one would:
    then nothing ever comes of the other.
    """
    return covers(wide, narrow) and _as_strict(wide, narrow)


def _as_strict(wide: PolicyRule, narrow: PolicyRule) -> bool:
    """Whether a row refers and declines whatever another one would, where both apply."""
    if wide.operator != narrow.operator:
        return False
    if wide.operator in ORDERED:
        sign = 1 if wide.operator == Operator.AT_MOST else -1
        declines = narrow.hard is None or (wide.hard is not None and sign * Decimal(wide.hard) <= sign * Decimal(narrow.hard))
        return declines and sign * _limit(wide) <= sign * _limit(narrow)
    declines = narrow.hard is None or (wide.hard is not None and set(words(wide.hard)) <= set(words(narrow.hard)))
    return declines and _passing(wide) <= _passing(narrow)


def _bars_everybody(one: PolicyRule, other: PolicyRule) -> bool:
    """Whether two rows that name words have none in common."""
    named = (Operator.IN, Operator.IS)
    return one.operator in named and other.operator in named and not _passing(one) & _passing(other)


def _passing(rule: PolicyRule) -> set[str]:
    """The words with which a value passes."""
    return set(words(rule.soft if rule.soft is not None else rule.hard or ""))


def _limit(rule: PolicyRule) -> Decimal:
    """Where a value begins or ceases to pass. A row without limits has a fault of its own and is never asked."""
    return Decimal(rule.soft if rule.soft is not None else rule.hard or 0)


def _faults_of(kind: FactKind, rule: PolicyRule, listed: Vocabulary) -> Iterable[tuple[str, str]]:
    limits = [(cell, text) for cell, text in (("soft", rule.soft), ("hard", rule.hard)) if text is not None]
    if not limits:
        yield "soft", "Give a soft limit, a hard limit, or both."
    if not any(set(rule.applies_to) <= marks for marks in KINDS):
        yield "applies_to", "No application is all of this; the row is never reached."
    faults = list(faults_of_limits(kind, rule.operator, limits, listed))
    yield from faults
    if faults or len(limits) < 2:
        return
    if rule.operator in ORDERED:
        room = Decimal(rule.hard or 0) - Decimal(rule.soft or 0)
        if (room if rule.operator == Operator.AT_MOST else -room) < 0:
            yield "hard", "The hard limit is stricter than the soft one, so nothing is ever referred."
    elif rule.operator == Operator.IN:
        extra = [word for word in words(rule.soft or "") if word not in words(rule.hard or "")]
        if extra:
            yield "soft", f"{', '.join(extra)} would pass and fail at once."
    elif rule.soft != rule.hard:
        yield "hard", "With two different words nothing passes; use one of."
