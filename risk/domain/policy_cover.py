"""Which rows of a policy leave nothing to another one together.

Between two thresholds nothing changes, so that the values at and beside each threshold stand for all. A row is a box: of each fact the
values with which it applies, a bit each. A row is reached by what is left of its box when those of the others are cut out of it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Sequence
from decimal import Decimal
from math import prod

from risk.domain.facts import CATALOGUE, FactGroup
from risk.domain.policy import Condition, Operator, PolicyRule
from risk.domain.policy_cells import ORDERED
from risk.domain.policy_conditions import ANYTHING_ELSE, KINDS, corners_of, named_by

MOST_LOOKS = 400_000
"""How often a row is looked at for a whole table. What is not found by then is not found: saving must not wait for it."""
Box = tuple[int, ...]


class Cover:
    """The rows of a table as boxes. `looks` is how often one was held against what was left of another."""

    def __init__(self, rules: Sequence[PolicyRule]) -> None:
        self.looks = 0
        asked: dict[str, list[Condition]] = {}
        for rule in rules:
            for condition in rule.conditions:
                asked.setdefault(condition.fact, []).append(condition)
        values = {fact: _Values(fact, conditions) for fact, conditions in asked.items()}
        self._facts = list(values)
        self._asked = [{condition.fact for condition in rule.conditions} for rule in rules]
        self._boxes = [(_kinds(rule), *(values[fact].met(rule.conditions) for fact in self._facts)) for rule in rules]

    def needed(self, asked_of: Sequence[tuple[int, Sequence[int]]]) -> dict[int, list[int]]:
        """For each row, by its place, of which nothing ever comes beside some of the others given with it: those that this takes.

        Rows with few others come first and leave the looks they did not need to those with many.
        """
        near = sorted(((place, self._meeting(place, others)) for place, others in asked_of), key=lambda one: len(one[1]))
        found = {}
        for done, (place, others) in enumerate(near):
            most = self.looks + (MOST_LOOKS - self.looks) // (len(near) - done)
            if used := self._covering(place, others, most):
                found[place] = sorted(used)
        return found

    def _meeting(self, narrow: int, others: Collection[int]) -> list[int]:
        """Those that can apply where a row does. Whether one applies is open while a fact it asks for is not shown, so that only what is
        always known of a request, or what the row asks for itself, parts them.
        """
        known = {fact for fact in self._facts if CATALOGUE[fact].group == FactGroup.REQUEST} | self._asked[narrow]
        box = self._boxes[narrow]
        return [one for one in others if self._asked[one] <= known and all(map(int.__and__, box, self._boxes[one]))]

    def _covering(self, narrow: int, others: Collection[int], most: int) -> set[int]:
        """Rows that leave nothing of a row, each of them needed; none where something is left, or where it takes too long to tell."""
        facts = set().union(*(self._asked[one] for one in (narrow, *others)))
        parts = [0, *(place for place, fact in enumerate(self._facts, start=1) if fact in facts)]
        boxes = {one: tuple(self._boxes[one][part] for part in parts) for one in (narrow, *others)}
        whole = boxes[narrow]
        used = self._cut_out(whole, {one: boxes[one] for one in others}, most) if all(whole) else set()
        for one in sorted(used):
            if self._cut_out(whole, {other: boxes[other] for other in used - {one}}, most):
                used = used - {one}
        return used

    def _cut_out(self, whole: Box, boxes: dict[int, Box], most: int) -> set[int]:
        """The boxes with which nothing of a box is left, the one that takes most of the rest first; none where something is left."""
        used: set[int] = set()
        rest = [(whole, list(boxes))]
        while rest:
            left, others = rest.pop()
            if self.looks + len(others) > most:
                return set()
            self.looks += len(others)
            met = []
            for one in others:
                common = tuple(map(int.__and__, left, boxes[one]))
                if all(common):
                    met.append((prod(map(int.bit_count, common)), -one, common))
            if not met:
                return set()
            _, taken, common = max(met)
            used.add(-taken)
            others = [-one for _, one, _ in met if one != taken]
            for part, (had, gone) in enumerate(zip(left, common, strict=True)):
                if kept := had & ~gone:
                    rest.append(((*common[:part], kept, *left[part + 1 :]), others))
        return used


class _Values:
    """The values that tell the conditions on a fact apart, numbers first and in their order."""

    def __init__(self, fact: str, conditions: Sequence[Condition]) -> None:
        texts = corners_of(fact, conditions)
        if any(one.operator in ORDERED for one in conditions):
            texts = sorted((text for text in texts if text != ANYTHING_ELSE), key=Decimal) + [
                text for text in texts if text == ANYTHING_ELSE
            ]
            self._numbers = [Decimal(text) for text in texts if text != ANYTHING_ELSE]
        self._fact, self._all = fact, (1 << len(texts)) - 1
        self._bits = {text: 1 << place for place, text in enumerate(texts)}

    def met(self, conditions: Sequence[Condition]) -> int:
        """The values that meet all conditions on the fact."""
        bits = self._all
        for condition in conditions:
            if condition.fact == self._fact:
                bits &= self._met(condition)
        return bits

    def _met(self, condition: Condition) -> int:
        if condition.operator == Operator.AT_MOST:
            return (1 << bisect_right(self._numbers, Decimal(condition.value))) - 1
        if condition.operator == Operator.AT_LEAST:
            below = (1 << bisect_left(self._numbers, Decimal(condition.value))) - 1
            return ((1 << len(self._numbers)) - 1) & ~below
        return sum(self._bits[word] for word in named_by(condition))


def _kinds(rule: PolicyRule) -> int:
    return sum(1 << place for place, marks in enumerate(KINDS) if set(rule.applies_to) <= marks)
