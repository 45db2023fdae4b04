"""The policy: a table of thresholds over named facts, and what it says about one application.

A fact that is missing, unverified or stale never approves: its row refers the file to people. Nothing here reads a clock or a
database; the same rules and facts give the same bytes (`Evaluation.to_dict` through `canonical_json`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, Self

from risk.domain.canonical import canonical_json
from risk.domain.states import Recommended

__all__ = [
    "Evaluation",
    "Operator",
    "PolicyFact",
    "PolicyFault",
    "PolicyRow",
    "PolicyRule",
    "Result",
    "canonical_json",
    "check_rules",
    "evaluate",
]

FactValue = Decimal | int | bool | str


class Operator(StrEnum):
    """How a value is held against a threshold. IN takes a list of words parted by commas, IS one word or yes/no."""

    AT_MOST = "<="
    AT_LEAST = ">="
    IN = "in"
    IS = "is"


class Result(StrEnum):
    """How one row came out. Only PASS approves and only FAIL declines."""

    PASS = "PASS"
    SOFT = "SOFT"
    FAIL = "FAIL"
    MISSING = "MISSING"
    UNVERIFIED = "UNVERIFIED"
    STALE = "STALE"


@dataclass(frozen=True, slots=True)
class PolicyRule:
    """One row of the table.

    Within `soft` a value passes, between `soft` and `hard` it refers, beyond `hard` it declines; either may be None. Thresholds
    are canonical text. `applies_to` are marks of the application (person, company, secured) that must all be present.
    """

    fact: str
    title: str
    operator: Operator
    soft: str | None
    hard: str | None
    unit: str = ""
    group: str = ""
    code: str = ""
    applies_to: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        return {
            "fact": self.fact,
            "title": self.title,
            "operator": self.operator.value,
            "soft": self.soft,
            "hard": self.hard,
            "unit": self.unit,
            "group": self.group,
            "code": self.code,
            "applies_to": list(self.applies_to),
        }

    @classmethod
    def from_dict(cls, kept: Mapping[str, Any]) -> Self:
        """Raises KeyError or ValueError for a row this version cannot read; `check_rules` says where and in words."""
        return cls(
            fact=str(kept["fact"]),
            title=str(kept.get("title") or kept["fact"]),
            operator=Operator(kept["operator"]),
            soft=_text(kept.get("soft")),
            hard=_text(kept.get("hard")),
            unit=str(kept.get("unit", "")),
            group=str(kept.get("group", "")),
            code=str(kept.get("code", "")),
            applies_to=tuple(kept.get("applies_to", ())),
        )


@dataclass(frozen=True, slots=True)
class PolicyFact:
    """What is known: a value (None where nothing is), whether a document or third party shows it, whether it is past its shelf life."""

    value: FactValue | None
    is_verified: bool = False
    is_stale: bool = False
    source: str = ""


@dataclass(frozen=True, slots=True)
class PolicyRow:
    """One fired row. `headroom` is signed: what is left before the threshold is reached, negative beyond it; None for words."""

    rule: PolicyRule
    value: FactValue | None
    threshold: str | None
    headroom: Decimal | None
    result: Result
    source: str

    def to_dict(self) -> dict[str, Any]:
        return {
            "code": self.rule.code,
            "fact": self.rule.fact,
            "title": self.rule.title,
            "group": self.rule.group,
            "unit": self.rule.unit,
            "operator": self.rule.operator.value,
            "soft": self.rule.soft,
            "hard": self.rule.hard,
            "value": None if self.value is None else _shown(self.value),
            "threshold": self.threshold,
            "headroom": None if self.headroom is None else format(self.headroom, "f"),
            "result": self.result.value,
            "source": self.source,
        }


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All rows that applied, in the order of the table, and what they say together."""

    rows: tuple[PolicyRow, ...]
    outcome: Recommended

    @property
    def fired(self) -> tuple[PolicyRow, ...]:
        """The rows that kept the application from being approved, declining ones first."""
        return tuple(sorted((row for row in self.rows if row.result != Result.PASS), key=lambda row: row.result != Result.FAIL))

    def to_dict(self) -> dict[str, Any]:
        return {"outcome": self.outcome.value, "rows": [row.to_dict() for row in self.rows]}

    def to_json(self) -> str:
        """Canonical text: the same rules and facts give the same bytes."""
        return canonical_json(self.to_dict())


def evaluate(rules: Iterable[PolicyRule], facts: Mapping[str, PolicyFact], marks: AbstractSet[str] = frozenset()) -> Evaluation:
    """Hold facts against the table.

    A row that fails declines; any other row that does not pass refers; a table in which no row applies refers as well, because
    nothing was tested. Raises ValueError when a value has not the form its rule compares (text under "<=").
    """
    rows = tuple(_row(rule, facts.get(rule.fact)) for rule in rules if set(rule.applies_to) <= marks)
    results = {row.result for row in rows}
    if Result.FAIL in results:
        outcome = Recommended.DECLINE
    elif results == {Result.PASS}:
        outcome = Recommended.APPROVE
    else:
        outcome = Recommended.REFER
    return Evaluation(rows, outcome)


def _row(rule: PolicyRule, fact: PolicyFact | None) -> PolicyRow:
    threshold = rule.soft if rule.soft is not None else rule.hard
    if fact is None or fact.value is None:
        return PolicyRow(rule, None, threshold, None, Result.MISSING, "" if fact is None else fact.source)
    result = _compare(rule, fact.value)
    if result == Result.FAIL and rule.hard is not None:
        threshold = rule.hard
    headroom = _headroom(rule, fact.value, threshold)
    # What nobody has shown can neither approve nor decline; people look at it.
    if fact.is_stale:
        result = Result.STALE
    elif not fact.is_verified:
        result = Result.UNVERIFIED
    return PolicyRow(rule, fact.value, threshold, headroom, result, fact.source)


def _compare(rule: PolicyRule, value: FactValue) -> Result:
    if rule.soft is not None and _within(rule.operator, value, rule.soft, rule.fact):
        # A soft limit looser than the hard one must not open a way around it.
        return Result.PASS if rule.hard is None or _within(rule.operator, value, rule.hard, rule.fact) else Result.FAIL
    if rule.hard is None:
        return Result.SOFT
    if not _within(rule.operator, value, rule.hard, rule.fact):
        return Result.FAIL
    return Result.PASS if rule.soft is None else Result.SOFT


def _within(operator: Operator, value: FactValue, threshold: str, fact: str) -> bool:
    match operator:
        case Operator.AT_MOST:
            return _number(value, fact) <= Decimal(threshold)
        case Operator.AT_LEAST:
            return _number(value, fact) >= Decimal(threshold)
        case Operator.IN:
            return _shown(value) in _words(threshold)
        case Operator.IS:
            return _shown(value) == threshold.strip()


def _headroom(rule: PolicyRule, value: FactValue, threshold: str | None) -> Decimal | None:
    if threshold is None or rule.operator in (Operator.IN, Operator.IS):
        return None
    distance = Decimal(threshold) - _number(value, rule.fact)
    # Zero has no sign, so that nobody reads "-0" as a breach.
    return (distance if rule.operator == Operator.AT_MOST else -distance) + Decimal(0)


def _number(value: FactValue, fact: str) -> Decimal:
    if isinstance(value, (bool, float)):
        raise ValueError(f"{fact}: {value!r} is not an exact number")
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise ValueError(f"{fact}: {value!r} is not a number") from None
    if not number.is_finite():
        raise ValueError(f"{fact}: {value!r} is not a number")
    return number


def _shown(value: FactValue) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value, "f")
    return str(value)


def _words(threshold: str) -> list[str]:
    return [word.strip() for word in threshold.split(",")]


def _text(value: Any) -> str | None:
    if isinstance(value, float):
        raise ValueError("a threshold is text, so that it is exact")
    return None if value is None or str(value).strip() == "" else str(value).strip()


@dataclass(frozen=True, slots=True)
class PolicyFault:
    """What is wrong with one cell; `row` counts from 1."""

    row: int
    cell: str
    detail: str


def check_rules(table: Sequence[Mapping[str, Any]], known_facts: AbstractSet[str] | None = None) -> list[PolicyFault]:
    """Everything wrong with a table as it would be saved: unknown facts, type errors, rows that can never refer, double rows."""
    faults: list[PolicyFault] = []
    seen: dict[tuple[Any, ...], int] = {}
    for number, kept in enumerate(table, start=1):
        fact = str(kept.get("fact") or "")
        if not fact or (known_facts is not None and fact not in known_facts):
            faults.append(PolicyFault(number, "fact", f"{fact or 'No fact'} is not in the catalogue of facts."))
            continue
        if kept.get("operator") not in set(Operator):
            faults.append(PolicyFault(number, "operator", "Choose at most, at least, one of, or is."))
            continue
        try:
            rule = PolicyRule.from_dict(kept)
        except ValueError as error:
            faults.append(PolicyFault(number, "soft", f"{str(error).capitalize()}."))
            continue
        faults.extend(_faults_of_thresholds(number, rule))
        key = (rule.fact, rule.operator, frozenset(rule.applies_to))
        if key in seen:
            faults.append(
                PolicyFault(number, "fact", f"Row {seen[key]} already limits this fact the same way; one of them is never reached.")
            )
        seen.setdefault(key, number)
    if not table:
        faults.append(PolicyFault(0, "", "An empty policy tests nothing."))
    return faults


def _faults_of_thresholds(number: int, rule: PolicyRule) -> list[PolicyFault]:
    if rule.soft is None and rule.hard is None:
        return [PolicyFault(number, "soft", "Give a soft limit, a hard limit, or both.")]
    if rule.operator == Operator.IS:
        return []
    if rule.operator == Operator.IN:
        soft, hard = _words(rule.soft or ""), _words(rule.hard or "")
        extra = [word for word in soft if word not in hard] if rule.soft and rule.hard else []
        return [PolicyFault(number, "soft", f"{', '.join(extra)} would pass and fail at once.")] if extra else []
    limits: dict[str, Decimal] = {}
    faults = []
    for cell, threshold in (("soft", rule.soft), ("hard", rule.hard)):
        if threshold is None:
            continue
        try:
            limits[cell] = _number(threshold, rule.fact)
        except ValueError:
            faults.append(PolicyFault(number, cell, f"{threshold} is not a number."))
    if len(limits) == 2 and not faults:
        room = limits["hard"] - limits["soft"] if rule.operator == Operator.AT_MOST else limits["soft"] - limits["hard"]
        if room < 0:
            faults.append(PolicyFault(number, "hard", "The hard limit is stricter than the soft one, so nothing is ever referred."))
    return faults
