"""What is wrong with a policy table as it would be saved, cell by cell."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from risk.domain.facts import CATALOGUE, FactKind, FactType
from risk.domain.policy import Operator, PolicyRule, number, words

NUMBERS = (FactType.MONEY, FactType.RATIO, FactType.NUMBER, FactType.INTEGER)
# What the engine's decimals hold exactly, with room for the digits of a value.
MOST_DIGITS = 20
MOST_RULES = 200
MARKS = ({"person"}, {"company"}, {"person", "secured"}, {"company", "secured"})
"""What an application is marked as; a row that asks for none of these is never reached."""
PLAIN = re.compile(r"-?[0-9]+(\.[0-9]+)?")


@dataclass(frozen=True, slots=True)
class PolicyFault:
    """What is wrong with one cell; `row` counts from 1."""

    row: int
    cell: str
    detail: str


def check_rules(table: Sequence[Mapping[str, Any]]) -> list[PolicyFault]:
    """Everything wrong with a table: facts and types that do not fit, rows that can never refer or be reached, rows that bar everybody."""
    if len(table) > MOST_RULES:
        return [PolicyFault(0, "", f"A policy holds at most {MOST_RULES} rules; this one has {len(table):,}.")]
    faults: list[PolicyFault] = []
    sound: list[tuple[int, PolicyRule]] = []
    for place, kept in enumerate(table, start=1):
        fact = str(kept.get("fact") or "")
        kind = CATALOGUE.get(fact)
        if kind is None or kind.type == FactType.DATE:
            faults.append(PolicyFault(place, "fact", f"{fact or 'No fact'} is not in the catalogue of facts."))
            continue
        if kept.get("operator") not in set(Operator):
            faults.append(PolicyFault(place, "operator", "Choose at most, at least, one of, or is."))
            continue
        try:
            rule = PolicyRule.from_dict(kept)
        except ValueError as error:
            faults.append(PolicyFault(place, "soft", f"{str(error).capitalize()}."))
            continue
        found = [PolicyFault(place, cell, detail) for cell, detail in _faults_of(kind, rule)]
        faults.extend(found)
        faults.extend(PolicyFault(place, cell, detail) for cell, detail in _against(rule, sound))
        if not found:
            sound.append((place, rule))
    if not table:
        faults.append(PolicyFault(0, "", "An empty policy tests nothing."))
    return faults


def _against(rule: PolicyRule, others: Iterable[tuple[int, PolicyRule]]) -> Iterable[tuple[str, str]]:
    """A row that limits what another one limits already, or that together with another one bars everybody."""
    opposite = {Operator.AT_MOST: Operator.AT_LEAST, Operator.AT_LEAST: Operator.AT_MOST}.get(rule.operator)
    for place, other in others:
        if other.fact != rule.fact:
            continue
        if other.operator == rule.operator and set(other.applies_to) == set(rule.applies_to):
            yield "fact", f"Row {place} already limits this fact the same way; one of them is never reached."
        elif _says_all_of(other, rule):
            yield "fact", f"Row {place} holds for all of these and is at least as strict; this one is never reached."
        elif _says_all_of(rule, other):
            yield "fact", f"It holds for all that row {place} does and is at least as strict; that one is never reached."
        elif set(other.applies_to) <= set(rule.applies_to) and _bars_everybody(rule, other):
            yield "hard" if rule.hard is not None else "soft", f"Together with row {place} no value can pass."
        elif other.operator == opposite and set(other.applies_to) <= set(rule.applies_to):
            least, most = (other, rule) if rule.operator == Operator.AT_MOST else (rule, other)
            if _limit(least) > _limit(most):
                yield "hard" if rule.hard is not None else "soft", f"Together with row {place} no value can pass."


def _says_all_of(wide: PolicyRule, narrow: PolicyRule) -> bool:
    """Whether one row applies wherever another does, and refers and declines whatever that one would: then nothing ever comes of the other."""
    if wide.operator != narrow.operator or not set(wide.applies_to) <= set(narrow.applies_to):
        return False
    if wide.operator in (Operator.AT_MOST, Operator.AT_LEAST):
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


def _faults_of(kind: FactKind, rule: PolicyRule) -> Iterable[tuple[str, str]]:
    limits = [(cell, text) for cell, text in (("soft", rule.soft), ("hard", rule.hard)) if text is not None]
    if not limits:
        yield "soft", "Give a soft limit, a hard limit, or both."
    if not any(set(rule.applies_to) <= marks for marks in MARKS):
        yield "applies_to", "No application is all of this; the row is never reached."
    if rule.operator in (Operator.AT_MOST, Operator.AT_LEAST):
        yield from _faults_of_numbers(kind, rule, limits)
        return
    for cell, text in limits:
        if "'" in text and '"' in text:
            yield cell, "Use one kind of quotation mark only."
        if kind.type == FactType.FLAG and not set(words(text)) <= {"true", "false"}:
            yield cell, f"{kind.title} is yes or no."
    if rule.operator == Operator.IN and len(limits) == 2:
        extra = [word for word in words(rule.soft or "") if word not in words(rule.hard or "")]
        if extra:
            yield "soft", f"{', '.join(extra)} would pass and fail at once."
    if rule.operator == Operator.IS and len(limits) == 2 and rule.soft != rule.hard:
        yield "hard", "With two different words nothing passes; use one of."


def _faults_of_numbers(kind: FactKind, rule: PolicyRule, limits: Sequence[tuple[str, str]]) -> Iterable[tuple[str, str]]:
    if kind.type not in NUMBERS:
        yield "operator", f"{kind.title} is no number; choose one of, or is."
        return
    found: dict[str, Decimal] = {}
    for cell, text in limits:
        try:
            found[cell] = number(text, rule.fact)
        except ValueError:
            yield cell, f"{text} is not a number."
            continue
        if not PLAIN.fullmatch(text):
            yield cell, f"Write {text[:MOST_DIGITS]} in plain digits, as in 0.40."
            continue
        if len(format(found[cell], "f")) > MOST_DIGITS:
            yield cell, f"Write at most {MOST_DIGITS} digits."
    for cell, limit in found.items():
        if rule.operator == Operator.AT_MOST and kind.least is not None and limit < kind.least:
            yield cell, f"{kind.title} is never below {kind.least}, so no value can pass."
        elif rule.operator == Operator.AT_LEAST and kind.most is not None and limit > kind.most:
            yield cell, f"{kind.title} is never above {kind.most}, so no value can pass."
    if len(found) == 2:
        room = found["hard"] - found["soft"]
        if (room if rule.operator == Operator.AT_MOST else -room) < 0:
            yield "hard", "The hard limit is stricter than the soft one, so nothing is ever referred."
