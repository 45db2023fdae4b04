"""The policy as data: rows of thresholds over named facts, what is known of an application, and what the rows said of it.

A fact that is missing, unverified or stale never approves: its row refers the file to people. `policy_engine` holds facts against a
table and `policy_checks` says what is wrong with one; the same rules and facts give the same bytes (`Evaluation.to_json`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, Self

from risk.domain.canonical import canonical_json
from risk.domain.states import Recommended

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
class Condition:
    """What another fact has to be for a row to apply; `value` is canonical text."""

    fact: str
    operator: Operator
    value: str

    def to_dict(self) -> dict[str, str]:
        return {"fact": self.fact, "operator": self.operator.value, "value": self.value}

    @classmethod
    def from_dict(cls, kept: Mapping[str, Any]) -> Self:
        """Raises KeyError or ValueError for a condition this version cannot read."""
        return cls(str(kept["fact"]), Operator(kept["operator"]), threshold_text(kept["value"]) or "")


@dataclass(frozen=True, slots=True)
class PolicyRule:
    """One row of the table.

    Within `soft` a value passes, between `soft` and `hard` it refers, beyond `hard` it declines; either may be None. Thresholds
    are canonical text. `applies_to` are marks of the application (person, company, secured) that must all be present, `conditions`
    have to hold all as well. Whether one holds is open while its fact is not shown: then the row refers.
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
    conditions: tuple[Condition, ...] = ()

    @property
    def facts(self) -> tuple[str, ...]:
        """Every fact the row reads, the one it limits first."""
        return (self.fact, *(condition.fact for condition in self.conditions))

    def to_dict(self) -> dict[str, Any]:
        """As it is kept. A row without conditions has the bytes of the versions before there were any."""
        kept: dict[str, Any] = {
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
        return kept | _conditions(self)

    @classmethod
    def from_dict(cls, kept: Mapping[str, Any]) -> Self:
        """Raises KeyError or ValueError for a row this version cannot read; `check_rules` says where and in words."""
        return cls(
            fact=str(kept["fact"]),
            title=str(kept.get("title") or kept["fact"]),
            operator=Operator(kept["operator"]),
            soft=threshold_text(kept.get("soft")),
            hard=threshold_text(kept.get("hard")),
            unit=str(kept.get("unit", "")),
            group=str(kept.get("group", "")),
            code=str(kept.get("code", "")),
            applies_to=tuple(kept.get("applies_to", ())),
            conditions=tuple(Condition.from_dict(one) for one in kept.get("conditions", ())),
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
    """One fired row. `headroom` is signed: what is left before the threshold is reached, negative beyond it; None for words.

    `open_condition` is the fact that would tell whether the row applies at all, where nothing or nothing reliable is known of it.
    """

    rule: PolicyRule
    value: FactValue | None
    threshold: str | None
    headroom: Decimal | None
    result: Result
    source: str
    open_condition: str = ""

    def to_dict(self) -> dict[str, Any]:
        told = {
            "code": self.rule.code,
            "fact": self.rule.fact,
            "title": self.rule.title,
            "group": self.rule.group,
            "unit": self.rule.unit,
            "operator": self.rule.operator.value,
            "soft": self.rule.soft,
            "hard": self.rule.hard,
            "value": None if self.value is None else shown(self.value),
            "threshold": self.threshold,
            "headroom": None if self.headroom is None else format(self.headroom, "f"),
            "result": self.result.value,
            "source": self.source,
        }
        return told | _conditions(self.rule) | ({"open_condition": self.open_condition} if self.open_condition else {})


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


def _conditions(rule: PolicyRule) -> dict[str, Any]:
    return {"conditions": [one.to_dict() for one in rule.conditions]} if rule.conditions else {}


def number(value: FactValue, fact: str) -> Decimal:
    """A value as an exact number. Raises ValueError that names the fact."""
    if isinstance(value, (bool, float)):
        raise ValueError(f"{fact}: {value!r} is not an exact number")
    try:
        exact = Decimal(value)
    except InvalidOperation:
        raise ValueError(f"{fact}: {value!r} is not a number") from None
    if not exact.is_finite():
        raise ValueError(f"{fact}: {value!r} is not a number")
    return exact


def shown(value: FactValue) -> str:
    """A value as text, which is how words are compared and evidence is kept."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value, "f")
    return str(value)


def words(threshold: str) -> list[str]:
    """The words of a threshold that lists them."""
    return [word.strip() for word in threshold.split(",")]


def threshold_text(value: Any) -> str | None:
    """A threshold as it is kept, None where there is none. Raises ValueError for a binary float."""
    if isinstance(value, float):
        raise ValueError("a threshold is text, so that it is exact")
    return None if value is None or str(value).strip() == "" else str(value).strip()
