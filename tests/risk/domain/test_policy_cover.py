"""Rows that leave nothing to another one: found among many, named without those that have no part in it, and not looked for without end."""

from __future__ import annotations

from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from risk.domain import policy_cover
from risk.domain.policy import Condition, Operator, PolicyRule
from risk.domain.policy_checks import check_rules
from risk.domain.policy_cover import MOST_LOOKS, Cover

KINDS = ({"person"}, {"company"}, {"person", "secured"}, {"company", "secured"})


def row(*conditions: Condition, soft: str = "0.40", marks: tuple[str, ...] = ()) -> PolicyRule:
    return PolicyRule("dsti", "Debt service", Operator.AT_MOST, soft, None, applies_to=marks, conditions=conditions)


def band(fact: str, least: int, most: int) -> tuple[Condition, Condition]:
    return Condition(fact, Operator.AT_LEAST, str(least)), Condition(fact, Operator.AT_MOST, str(most))


def strip(place: int) -> PolicyRule:
    """One of many rows of two bands each, of which no two say the same; each is laxer than the one before."""
    bands = *band("loan_amount", 1_000 + place * 100, 1_150 + place * 100), *band("loan_months", 6 + place, 9 + place)
    return row(*bands, soft=f"0.{3000 + place}")


SPLIT = row(*band("loan_amount", 90_000, 95_000), *band("loan_months", 300, 320), soft="0.9")
SHORT = row(*band("loan_amount", 80_000, 99_000), *band("loan_months", 300, 310), soft="0.8")
LONG = row(*band("loan_amount", 85_000, 97_000), *band("loan_months", 311, 330), soft="0.8")
BESIDE = row(*band("loan_amount", 92_000, 93_000), *band("loan_months", 305, 315), soft="0.7")
MANY = [SPLIT, *map(strip, range(186)), BESIDE, SHORT, LONG]


def test_two_of_many_rows_are_found_and_they_alone_are_named() -> None:
    [fault] = check_rules([one.to_dict() for one in MANY])
    assert fault.row == 1 and fault.detail.startswith("Rows 189 and 190 together hold for all of these")


def test_a_row_of_other_words_for_the_same_is_found_alone() -> None:
    narrow = row(Condition("loan_months", Operator.IN, "12, 24"), soft="0.5")
    [fault] = check_rules([one.to_dict() for one in (narrow, row(Condition("loan_months", Operator.AT_MOST, "36")))])
    assert fault.row == 1 and fault.detail.startswith("Row 2 holds for all of these and is at least as strict")


def test_a_wider_row_is_told_once() -> None:
    rows = [row(*band("loan_amount", 10, 20), soft="0.5"), row(*band("loan_amount", 5, 30)), row(*band("loan_amount", 15, 40))]
    assert [fault.row for fault in check_rules([one.to_dict() for one in rows])] == [2]


def asked_of(rules: list[PolicyRule]) -> list[tuple[int, list[int]]]:
    return [(place, [other for other in range(len(rules)) if other != place]) for place in range(len(rules))]


def test_many_rows_that_leave_something_take_few_looks() -> None:
    cover = Cover(MANY)
    assert cover.needed(asked_of(MANY)) == {0: [188, 189], 187: [0]}
    assert cover.looks < 1_000, "rows that never meet are not held against one another"


def test_bands_without_a_gap_take_no_more_looks_than_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    bands = [row(*band("loan_amount", 1_000 + place * 100, 1_100 + place * 100)) for place in range(188)]
    rules = [row(*band("loan_amount", 1_000, 19_800), soft="0.5"), *bands, row(*band("loan_amount", 500, 1_500), soft="0.3")]
    cover = Cover(rules)
    found = cover.needed(asked_of(rules))
    assert found[0] == [*range(6, 189), 189], "the first five bands are within the last row"
    assert 0 < cover.looks <= MOST_LOOKS
    monkeypatch.setattr(policy_cover, "MOST_LOOKS", 500)
    short = Cover(rules)
    assert 0 not in short.needed(asked_of(rules)) and 0 < short.looks <= 500


AMOUNT = st.sets(st.integers(1, 5), min_size=2, max_size=2).map(lambda ends: band("loan_amount", min(ends), max(ends)))
CONDITIONS = st.tuples(
    st.one_of(st.just(()), AMOUNT),
    st.one_of(st.just(()), st.sampled_from(["1", "2", "1, 2"]).map(lambda words: (Condition("loan_months", Operator.IN, words),))),
).map(lambda parts: (*parts[0], *parts[1]))
ROWS = st.builds(lambda conditions, marks: row(*conditions, marks=marks), CONDITIONS, st.sampled_from([(), ("person",), ("secured",)]))


# Limits are whole amounts, so that the halves stand for all that lies between two of them.
EVERYWHERE = list(product(KINDS, (Decimal(half) / 2 for half in range(13)), (1, 2, 3)))


def where(rule: PolicyRule) -> set[int]:
    """The places of `EVERYWHERE` with which a row applies."""
    held = set()
    for place, (kind, amount, months) in enumerate(EVERYWHERE):
        values = {"loan_amount": amount, "loan_months": Decimal(months)}
        if set(rule.applies_to) <= kind and all(_meets(values[one.fact], one) for one in rule.conditions):
            held.add(place)
    return held


def _meets(value: Decimal, condition: Condition) -> bool:
    if condition.operator == Operator.IN:
        return str(value) in condition.value.split(", ")
    return value <= Decimal(condition.value) if condition.operator == Operator.AT_MOST else value >= Decimal(condition.value)


@settings(max_examples=200, deadline=None)
@given(st.lists(ROWS, min_size=2, max_size=6))
def test_it_is_what_looking_everywhere_finds(rules: list[PolicyRule]) -> None:
    reached = [where(rule) for rule in rules]
    found = Cover(rules).needed(asked_of(rules))
    for place, others in asked_of(rules):
        assert (place in found) == (reached[place] <= set().union(*(reached[other] for other in others)))
        for left_out in found.get(place, ()):
            named = (reached[other] for other in found[place] if other != left_out)
            assert not reached[place] <= set().union(*named), "each that is named is needed"
