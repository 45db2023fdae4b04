"""A figure just beyond its limit never reads as the limit: in the letter, on the panel, in the memo."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from risk.domain.customer_words import rule_sentence
from risk.domain.facts import CATALOGUE
from risk.domain.parting import parting_places, telling_places
from risk.domain.states import Recommended
from risk.domain.what_if import Need
from risk.web.otherwise import need_line
from risk.web.wording import policy_groups

FACTS = ("dsti", "disposable_income", "dscr", "lowest_balance", "employment_months")


def row(fact: str, value: str, hard: str, operator: str, **more: Any) -> dict[str, Any]:
    """A row of an evaluation that failed, as it is kept."""
    distance = Decimal(value) - Decimal(hard)
    headroom = format(-distance if operator == "<=" else distance, "f")
    kept = {"code": "P", "title": "Row", "fact": fact, "operator": operator, "soft": None, "hard": hard, "value": value}
    return kept | {"headroom": headroom, "result": "FAIL", "group": "Affordability", "source": "system"} | more


CASES = [
    (("dsti", "0.5003", "0.50", "<="), ("50.03%", "50.00%", "max 50.00%", "−0.03 pp")),
    (("disposable_income", "299.60", "300", ">="), ("299.60 EUR", "300.00 EUR", "min 300.00 EUR / mo", "−0.40 EUR")),
    (("dscr", "1.2498", "1.25", ">="), ("1.2498 times", "1.25 times", "min 1.2500×", "−0.0002×")),
    (("lowest_balance", "-0.30", "0", ">="), ("−0.30 EUR", "0.00 EUR", "min 0.00 EUR", "−0.30 EUR")),
    # Where they read apart anyway nothing is written longer.
    (("dsti", "0.5312", "0.50", "<="), ("53.1%", "50.0%", "max 50.0%", "−3.1 pp")),
    (("disposable_income", "250.40", "300", ">="), ("250 EUR", "300 EUR", "min 300 EUR / mo", "−50 EUR")),
]


@pytest.mark.parametrize(("asked", "words"), CASES)
def test_letter_panel_and_memo_write_both_with_the_places_that_part_them(asked: Any, words: tuple[str, ...]) -> None:
    value, limit, policy, headroom = words
    kept = row(*asked)
    sentence = rule_sentence(kept, "EUR")
    assert value in sentence and limit in sentence.replace(value, "", 1)
    [group] = policy_groups([kept], "EUR")
    [line] = group.lines
    assert line.value.split()[0].rstrip("×") == value.split()[0] and (line.policy, line.headroom) == (policy, headroom)


def test_soft_and_hard_limit_are_parted_from_the_value_alike() -> None:
    [group] = policy_groups([row("dsti", "0.4001", "0.50", "<=", soft="0.40", result="SOFT")], "EUR")
    assert (group.lines[0].value, group.lines[0].policy) == ("40.01%", "soft 40.00%, hard 50.00%")


def test_exactly_at_the_limit_is_said_of_nothing_else() -> None:
    [group] = policy_groups([row("dscr", "1.25", "1.25", ">=", result="PASS")], "EUR")
    assert (group.lines[0].value, group.lines[0].headroom) == ("1.25×", "at limit")


def test_what_would_change_it_says_it_alike() -> None:
    line = need_line(Need(row("dsti", "0.5003", "0.50", "<="), "0.50", Recommended.APPROVE), "EUR")
    assert line.value == "50.03%" and "50.00%" in line.takes


@given(fact=st.sampled_from(FACTS), one=st.integers(-(10**9), 10**9), other=st.integers(-(10**9), 10**9))
def test_two_that_differ_never_read_alike(fact: str, one: int, other: int) -> None:
    kind = CATALOGUE[fact]
    mine, theirs = (str(Decimal(number).scaleb(0 if kind.unit == "months" else -4)) for number in (one, other))
    words = [rule_sentence(row(fact, value, theirs, ">="), "EUR") for value in (mine, theirs)]
    assert (words[0] == words[1]) == (one == other)
    assert telling_places(kind, mine) >= (parting_places(kind, mine) or 0)
