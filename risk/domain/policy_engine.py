"""The policy as a decision model in the open JDM format, and facts held against it by the zen engine.

Each rule of the table becomes up to four rows of one decision table that collects: within the limits, between soft and hard, beyond
the hard one, and not shown; and one more for each of its conditions that nobody can tell. Exactly one of them fires for an application
to which the rule applies or may apply. Values go in as text and are compared as decimals. The model takes many applications at once: a list
of {"marks", "facts": {code: {"state", "value"}}}.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from decimal import Decimal
from functools import lru_cache
from typing import Any

import zen

from risk.domain.policy import (
    Condition,
    Evaluation,
    FactValue,
    Operator,
    PolicyFact,
    PolicyRow,
    PolicyRule,
    Result,
    number,
    shown,
    words,
)
from risk.domain.states import Recommended

SHOWN = "SHOWN"
FORMAT = "application/vnd.gorules.decision"
_COLUMNS = (("applies", "Applies to"), ("where", "Only where"), ("state", "Shown"), ("value", "Value"))
_RESULTS = (("row", "Row"), ("code", "Code"), ("result", "Result"))
_ORDERED = (Operator.AT_MOST, Operator.AT_LEAST)

Case = Mapping[str, Any]


def to_jdm(rules: Sequence[PolicyRule]) -> dict[str, Any]:
    """The decision model of a table, ready for any engine or editor that reads JDM. The same rules give the same model."""
    table = {
        "hitPolicy": "collect",
        "executionMode": "loop",
        "inputField": "applications",
        "outputPath": "applications",
        "passThrough": False,
        "inputs": [{"id": name, "name": title} for name, title in _COLUMNS],
        "outputs": [{"id": name, "field": name, "name": title} for name, title in _RESULTS],
        "rules": [row for place, rule in enumerate(rules) for row in _rows(place, rule)],
    }
    nodes = [
        ("facts", "inputNode", "Facts", {}),
        ("policy", "decisionTableNode", "Policy", table),
        ("results", "outputNode", "Results", {}),
    ]
    return {
        "contentType": FORMAT,
        "nodes": [
            {"id": name, "type": kind, "name": title, "position": {"x": 240 * place, "y": 0}, "content": content}
            for place, (name, kind, title, content) in enumerate(nodes)
        ],
        "edges": [
            {"id": f"{source}-{target}", "type": "edge", "sourceId": source, "targetId": target}
            for source, target in (("facts", "policy"), ("policy", "results"))
        ],
    }


def _rows(place: int, rule: PolicyRule) -> Iterator[dict[str, str]]:
    state = f"facts.{rule.fact}.state"
    soft, hard = (None if limit is None else _within(rule.fact, rule.operator, limit) for limit in (rule.soft, rule.hard))
    passing = [one for one in (soft, hard) if one]
    rows = [(Result.PASS, " and ".join(passing))]
    if soft:
        # A soft limit looser than the hard one must not open a way around it.
        rows.append((Result.SOFT, " and ".join([f"not ({soft})", *([hard] if hard else [])])))
    if hard:
        rows.append((Result.FAIL, f"not ({hard})"))
    common = {
        "applies": " and ".join(f"{_quoted(mark)} in marks" for mark in rule.applies_to),
        "row": str(place),
        "code": _quoted(rule.code),
    }
    for order, condition in enumerate(rule.conditions):
        # Nobody can tell whether the row applies, unless another condition says that it does not.
        unknown = f"facts.{condition.fact}.state"
        told = " and ".join(
            [
                f"{unknown} != '{SHOWN}'",
                *(_holds(one) for one in rule.conditions[:order]),
                *(_may_hold(one) for one in rule.conditions[order + 1 :]),
            ]
        )
        yield common | {"_id": f"{place}-open-{order}", "where": told, "state": "", "value": "", "result": unknown}
    common["where"] = " and ".join(_holds(condition) for condition in rule.conditions)
    for result, test in rows:
        yield common | {"_id": f"{place}-{result.value}", "state": f"{state} == '{SHOWN}'", "value": test, "result": f"'{result.value}'"}
    # What nobody has shown can neither approve nor decline; people look at it.
    yield common | {"_id": f"{place}-other", "state": f"{state} != '{SHOWN}'", "value": "", "result": state}


def _holds(condition: Condition) -> str:
    return f"(facts.{condition.fact}.state == '{SHOWN}' and {_within(condition.fact, condition.operator, condition.value)})"


def _may_hold(condition: Condition) -> str:
    return f"(facts.{condition.fact}.state != '{SHOWN}' or {_within(condition.fact, condition.operator, condition.value)})"


def _within(fact: str, operator: Operator, limit: str) -> str:
    value = f"facts.{fact}.value"
    if operator in _ORDERED:
        return f"number({value}) {operator.value} {format(Decimal(limit), 'f')}"
    allowed = words(limit) if operator == Operator.IN else [limit.strip()]
    return f"{value} in [{', '.join(_quoted(word) for word in allowed)}]"


def _quoted(word: str) -> str:
    """A word in the engine's language, which knows no escapes: such a word has one kind of quotation mark at most."""
    return f'"{word}"' if "'" in word else f"'{word}'"


class PolicyTable:
    """A table with its decision model, read once and held against many."""

    def __init__(self, rules: Iterable[PolicyRule], model: Mapping[str, Any] | None = None) -> None:
        self.rules = tuple(rules)
        # Read beforehand: as mere text the engine would read the expressions anew for each case.
        content = zen.ZenDecisionContent(json.dumps(model or to_jdm(self.rules)))
        self._decision = zen.ZenEngine().create_decision(content)
        self.facts = tuple(dict.fromkeys(fact for rule in self.rules for fact in rule.facts))
        compared: list[PolicyRule | Condition] = [*self.rules, *(one for rule in self.rules for one in rule.conditions)]
        self._ordered = frozenset(one.fact for one in compared if one.operator in _ORDERED)

    @staticmethod
    def stored(rules: Sequence[Mapping[str, Any]], model: Mapping[str, Any]) -> PolicyTable:
        """A version as it was kept: its own model, not one made from the rules anew. Remembered."""
        # Both come from the database, as plain as they were kept: nothing is left to be made canonical.
        return _remembered(json.dumps(rules), json.dumps(model))

    def evaluate(self, facts: Mapping[str, PolicyFact], marks: AbstractSet[str] = frozenset()) -> Evaluation:
        """Hold facts against the table.

        A row that fails declines; any other row that does not pass refers; a table in which no row applies refers as well, because
        nothing was tested. Raises ValueError when a value has not the form its rule compares (text under "<=").
        """
        known = {code: self._seen(code, facts.get(code)) for code in self.facts}
        (found,) = self.results([{"marks": sorted(marks), "facts": known}])
        rows = tuple(_row(self.rules[place], facts, result) for place, result in found.items())
        return Evaluation(rows, outcome_of(found.values()))

    def results(self, cases: Sequence[Case] | str) -> list[dict[int, Result]]:
        """For each case the result of every row that applied, by its place in the table. A case names every fact of the table; the
        cases may come as `asked_of` wrote them.
        """
        try:
            asked = cases if isinstance(cases, str) else asked_of(cases)
            answer: Any = self._decision.evaluate(asked)["result"]["applications"] if cases else []
        except RuntimeError as error:
            raise ValueError(f"the policy cannot be held against these facts: {str(error).splitlines()[0]}") from error
        return [{row["row"]: _RESULT[row["result"]] for row in rows} for rows in answer]

    def _seen(self, code: str, fact: PolicyFact | None) -> dict[str, str | None]:
        if fact is None or fact.value is None:
            return {"state": Result.MISSING, "value": None}
        if code in self._ordered:
            number(fact.value, code)
        return {"state": state_of(is_verified=fact.is_verified, is_stale=fact.is_stale), "value": shown(fact.value)}


def asked_of(cases: Sequence[Case]) -> str:
    """Cases as the engine reads them, written once for several tables."""
    return json.dumps({"applications": cases})


_RESULT = {result.value: result for result in Result}


@lru_cache(maxsize=32)
def _remembered(rules: str, model: str) -> PolicyTable:
    return PolicyTable([PolicyRule.from_dict(row) for row in json.loads(rules)], json.loads(model))


@lru_cache(maxsize=32)
def _of(rules: tuple[PolicyRule, ...]) -> PolicyTable:
    return PolicyTable(rules)


def evaluate(rules: Iterable[PolicyRule], facts: Mapping[str, PolicyFact], marks: AbstractSet[str] = frozenset()) -> Evaluation:
    """Hold facts against rules that were never kept. Raises ValueError as `PolicyTable.evaluate`."""
    return _of(tuple(rules)).evaluate(facts, marks)


def state_of(*, is_verified: bool, is_stale: bool) -> str:
    """How far a value that is there may be relied on, as the model reads it."""
    return Result.STALE.value if is_stale else SHOWN if is_verified else Result.UNVERIFIED.value


def outcome_of(results: Iterable[Result]) -> Recommended:
    """What the rows say together."""
    found = set(results)
    if Result.FAIL in found:
        return Recommended.DECLINE
    return Recommended.APPROVE if found == {Result.PASS} else Recommended.REFER


def _row(rule: PolicyRule, facts: Mapping[str, PolicyFact], result: Result) -> PolicyRow:
    fact = facts.get(rule.fact)
    threshold = rule.soft if rule.soft is not None else rule.hard
    open_condition = next((one.fact for one in rule.conditions if not _is_shown(facts.get(one.fact))), "")
    if fact is None or fact.value is None:
        return PolicyRow(rule, None, threshold, None, result, "" if fact is None else fact.source, open_condition)
    if rule.hard is not None and _is_beyond(rule, fact.value):
        threshold = rule.hard
    return PolicyRow(rule, fact.value, threshold, _headroom(rule, fact.value, threshold), result, fact.source, open_condition)


def _is_shown(fact: PolicyFact | None) -> bool:
    return fact is not None and fact.value is not None and fact.is_verified and not fact.is_stale


def _is_beyond(rule: PolicyRule, value: FactValue) -> bool:
    """Whether the value lies beyond the hard limit, which is then the one to show, also where the value is not relied on."""
    assert rule.hard is not None
    if rule.operator not in _ORDERED:
        return shown(value) not in (words(rule.hard) if rule.operator == Operator.IN else [rule.hard.strip()])
    headroom = _headroom(rule, value, rule.hard)
    return headroom is not None and headroom < 0


def _headroom(rule: PolicyRule, value: FactValue, threshold: str | None) -> Decimal | None:
    if threshold is None or rule.operator not in _ORDERED:
        return None
    distance = Decimal(threshold) - number(value, rule.fact)
    # Zero has no sign, so that nobody reads "-0" as a breach.
    return (distance if rule.operator == Operator.AT_MOST else -distance) + Decimal(0)
