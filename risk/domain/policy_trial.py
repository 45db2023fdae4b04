"""What a policy would have done with past applications: who comes out otherwise than under the one in force, and how their loans went.

Each case is held against two tables on the same facts: the one in force (before) and the one that is tried (after). Totals are kept as
plain JSON between batches, so that a trial can be taken up where it stopped. Amounts are of one currency.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any, Self

from risk.domain.policy import Result
from risk.domain.policy_engine import PolicyTable, asked_of, outcome_of, state_of
from risk.domain.states import Recommended, combine

# The share of the exposure that is lost in default, where nothing better is known (foundation approach, senior and unsecured).
LOSS_GIVEN_DEFAULT = Decimal("0.45")


@dataclass(frozen=True, slots=True)
class PastCase:
    """A past application as it was last assessed.

    `facts` as an evaluation freezes them. `amount` is what was asked for. `pd` None: never scored. `is_bad` None: no money was paid out, so
    nobody knows; else `granted` is what the contracts were about, and `loss` what of it was lost.
    """

    marks: tuple[str, ...]
    facts: Mapping[str, Mapping[str, Any]]
    score_passes: bool | None
    amount: Decimal
    pd: Decimal | None
    is_bad: bool | None
    loss: Decimal = Decimal(0)
    granted: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Held:
    """What both tables say of a case. `codes` are the rules that came out otherwise, in the order of the tables."""

    before: Recommended
    after: Recommended
    codes: tuple[str, ...]


@dataclass
class Cell:
    """The cases of one outcome before and one after: all with the amount asked for, those with a score, and those that became loans."""

    cases: int = 0
    amount: Decimal = Decimal(0)
    scored: int = 0
    scored_amount: Decimal = Decimal(0)
    expected_loss: Decimal = Decimal(0)
    financed: int = 0
    granted: Decimal = Decimal(0)
    bad: int = 0
    loss: Decimal = Decimal(0)

    def __add__(self, other: Cell) -> Cell:
        return Cell(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(Cell)))

    @property
    def bad_rate(self) -> Decimal | None:
        """The share of the loans that went bad; None where no money was paid out."""
        return Decimal(self.bad) / self.financed if self.financed else None

    @property
    def expected_loss_rate(self) -> Decimal | None:
        """The expected loss against the amount asked for by those with a score, of whom alone it is known; None where nobody has one."""
        return self.expected_loss / self.scored_amount if self.scored_amount else None

    @property
    def loss_rate(self) -> Decimal | None:
        """What was lost against what was granted; None where no money was paid out."""
        return self.loss / self.granted if self.granted else None


class Totals:
    """The cases counted by what comes out before and after, and how often each rule keeps one from being approved in either table."""

    def __init__(self) -> None:
        self.cells = {(before, after): Cell() for before in Recommended for after in Recommended}
        self.rules: dict[str, list[int]] = {}

    def add(self, case: PastCase, held: Held) -> None:
        """Count one case."""
        cell = self.cells[held.before, held.after]
        cell.cases += 1
        cell.amount += case.amount
        if case.pd is not None:
            cell.scored += 1
            cell.scored_amount += case.amount
            cell.expected_loss += case.pd * LOSS_GIVEN_DEFAULT * case.amount
        if case.is_bad is not None:
            cell.financed += 1
            cell.bad += case.is_bad
            cell.granted += case.granted
            cell.loss += case.loss

    def count_rules(self, side: int, codes: Iterable[str]) -> None:
        """Count the rules that did not pass a case; `side` 0 is before, 1 after."""
        for code in codes:
            self.rules.setdefault(code, [0, 0])[side] += 1

    def of(self, *, before: Recommended | None = None, after: Recommended | None = None) -> Cell:
        """The cells of one outcome before, or after, or both, added up."""
        wanted = [cell for (first, second), cell in self.cells.items() if before in (None, first) and after in (None, second)]
        return sum(wanted, Cell())

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON without floats."""
        cells = {
            f"{before}-{after}": {one.name: _plain(getattr(cell, one.name)) for one in fields(Cell)}
            for (before, after), cell in self.cells.items()
        }
        return {"cells": cells, "rules": dict(sorted(self.rules.items()))}

    @classmethod
    def from_dict(cls, kept: Mapping[str, Any]) -> Self:
        """Totals as they were kept; nothing kept is nothing counted."""
        totals = cls()
        for key, values in kept.get("cells", {}).items():
            before, after = key.split("-")
            found: dict[str, Any] = {name: Decimal(value) if isinstance(value, str) else value for name, value in values.items()}
            totals.cells[Recommended(before), Recommended(after)] = Cell(**found)
        totals.rules = {code: list(counts) for code, counts in kept.get("rules", {}).items()}
        return totals


def facts_of(*tables: PolicyTable) -> list[str]:
    """The facts that any of the tables looks at."""
    return sorted({fact for table in tables for fact in table.facts})


def hold_cases(cases: Sequence[PastCase], before: PolicyTable, after: PolicyTable, totals: Totals) -> list[Held]:
    """Hold all cases against both tables, count them, and say what came out for each. Rows that both tables share are asked once."""
    if not cases:
        return []
    codes = facts_of(before, after)
    asked = asked_of([{"marks": case.marks, "facts": {code: _seen(case.facts.get(code)) for code in codes}} for case in cases])
    shared = {place: rule.code for place, rule in enumerate(before.rules) if rule in after.rules}
    changed = PolicyTable([rule for rule in after.rules if rule not in before.rules])
    held = []
    for case, first, second in zip(cases, before.results(asked), changed.results(asked), strict=True):
        sides = (
            {before.rules[place].code: result for place, result in first.items()},
            {shared[place]: result for place, result in first.items() if place in shared}
            | {changed.rules[place].code: result for place, result in second.items()},
        )
        outcome, other = (combine(outcome_of(side.values()), score_passes=case.score_passes) for side in sides)
        one = Held(outcome, other, _differing(*sides))
        for number, side in enumerate(sides):
            totals.count_rules(number, (code for code, result in side.items() if result != Result.PASS))
        totals.add(case, one)
        held.append(one)
    return held


def _differing(before: Mapping[str, Result], after: Mapping[str, Result]) -> tuple[str, ...]:
    return tuple(code for code in dict.fromkeys([*before, *after]) if before.get(code) != after.get(code))


def _seen(fact: Mapping[str, Any] | None) -> dict[str, Any]:
    if fact is None:
        return {"state": Result.MISSING.value, "value": None}
    shown = fact["authenticity"] in ("DOCUMENT", "THIRD_PARTY")
    return {"state": state_of(is_verified=shown, is_stale=bool(fact["stale"])), "value": fact["value"]}


def _plain(value: Decimal | int) -> str | int:
    return format(value, "f") if isinstance(value, Decimal) else value
