"""The decision model of a policy: the engine decides as the limits say, on one application and on many at once."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from risk.domain.default_policy import DEFAULT_EXAMPLES, DEFAULT_RULES
from risk.domain.policy import Operator, PolicyFact, PolicyRule, Result
from risk.domain.policy_engine import SHOWN, PolicyTable, evaluate, to_jdm
from risk.domain.policy_examples import check_examples, run_examples

DECIMALS = st.decimals(min_value=-1000, max_value=1000, places=4)


def by_hand(operator: Operator, value: Decimal, soft: Decimal, hard: Decimal) -> Result:
    """The same question answered without an engine."""
    keeps_soft, keeps_hard = ((value <= limit) if operator == Operator.AT_MOST else (value >= limit) for limit in (soft, hard))
    if not keeps_hard:
        return Result.FAIL
    return Result.PASS if keeps_soft else Result.SOFT


@settings(max_examples=30)
@given(st.sampled_from([Operator.AT_MOST, Operator.AT_LEAST]), DECIMALS, DECIMALS, DECIMALS)
def test_the_engine_compares_to_the_last_digit(operator: Operator, value: Decimal, soft: Decimal, hard: Decimal) -> None:
    for asked in (value, soft, hard + Decimal("0.00000000000000000001")):
        rule = PolicyRule("dsti", "Debt service", operator, format(soft, "f"), format(hard, "f"))
        found = evaluate([rule], {"dsti": PolicyFact(asked, is_verified=True)}).rows[0].result
        assert found == by_hand(operator, asked, soft, hard)


def test_many_applications_come_out_as_one_by_one() -> None:
    table = PolicyTable(DEFAULT_RULES)
    facts = {fact: {"state": "MISSING", "value": None} for fact in table.facts} | {"dsti": {"state": SHOWN, "value": "0.51"}}
    cases = [{"marks": ["person"], "facts": facts}, {"marks": ["company"], "facts": facts}] * 3
    results = table.results(cases)
    assert results == [table.results([case])[0] for case in cases]
    assert results[0][0] == Result.FAIL and 0 not in results[1]
    assert table.results([]) == []


def test_a_version_is_held_against_the_model_it_was_kept_with() -> None:
    rules = [PolicyRule("dsti", "Debt service", Operator.AT_MOST, "0.40", "0.50")]
    kept = to_jdm([PolicyRule("dsti", "Debt service", Operator.AT_MOST, "0.20", "0.30")])
    fact = {"dsti": PolicyFact(Decimal("0.35"), is_verified=True)}
    assert PolicyTable.stored([rule.to_dict() for rule in rules], kept).evaluate(fact).rows[0].result == Result.FAIL
    assert PolicyTable(rules).evaluate(fact).rows[0].result == Result.PASS


def test_words_with_quotation_marks_are_words() -> None:
    for word in ("farmer's", '"A" class', "back\\slash"):
        rule = PolicyRule("grade", "Grade", Operator.IN, f"{word}, B", None)
        assert evaluate([rule], {"grade": PolicyFact(word, is_verified=True)}).rows[0].result == Result.PASS
        assert evaluate([rule], {"grade": PolicyFact("C", is_verified=True)}).rows[0].result == Result.SOFT


def test_the_first_examples_are_canonical_and_hold() -> None:
    checked, faults = check_examples([one.to_dict() for one in DEFAULT_EXAMPLES])
    assert (faults, [one.to_dict() for one in checked]) == ([], [one.to_dict() for one in DEFAULT_EXAMPLES])
    assert [one.example.name for one in run_examples(PolicyTable(DEFAULT_RULES), DEFAULT_EXAMPLES) if not one.passes] == []
