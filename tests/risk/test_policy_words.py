"""A policy is saved with no word that never comes, no limit that every value meets and no row that others leave nothing of."""

from __future__ import annotations

from typing import Any

import pytest

from core.models import User
from loans.models import Product
from risk.domain.policy import Condition, Operator, PolicyRule
from risk.domain.policy_checks import check_rules
from risk.models import PolicyVersion
from risk.services.policies import UnableToChangePolicy, draft_policy, edit_policy
from tests.risk.conftest import TODAY


def row(
    fact: str, operator: str, soft: str | None, hard: str | None = None, *where: tuple[str, str, str], marks: tuple[str, ...] = ()
) -> dict[str, Any]:
    conditions = tuple(Condition(code, Operator(how), value) for code, how, value in where)
    return PolicyRule(fact, fact, Operator(operator), soft, hard, applies_to=marks, conditions=conditions).to_dict()


def told(*rows: dict[str, Any]) -> list[tuple[int, str, str]]:
    return [(fault.row, fault.cell, fault.detail) for fault in check_rules(rows, LISTED)]


LISTED = {"grade": "ABCDE", "product": ("personal", "auto"), "purpose": ("car", "roof repair")}


class TestWords:
    @pytest.mark.parametrize(
        ("wrong", "cell", "words"),
        [
            (row("grade", "in", "a, B", "A, B, C"), "soft", "Grade is never a. Did you mean A?"),
            (row("grade", "in", "A, B", "A, B, Q"), "hard", "Grade is never Q. There are A, B, C, D, E."),
            (row("grade", "in", "A, B,"), "soft", "There is no word before or after one of the commas."),
            (row("grade", "is", "A, B"), "soft", "Grade is never A, B."),
            (row("purpose", "in", "Roof-repair"), "soft", "Purpose is never Roof-repair. Did you mean roof repair?"),
            (row("dsti", "<=", "0.4", None, ("product", "is", "no-such")), "where_value_0", "Product is never no-such. There are auto, personal."),
        ],
    )  # fmt: skip
    def test_that_never_come_are_named_with_the_nearest(self, wrong: dict[str, Any], cell: str, words: str) -> None:
        [(place, marked, detail), *_] = told(wrong)
        assert (place, marked) == (1, cell) and detail.startswith(words)

    def test_of_which_nothing_is_known_are_taken_as_they_are(self) -> None:
        assert check_rules([row("purpose", "in", "anything"), row("dsti", "<=", "0.4", None, ("product", "is", "any"))]) == []

    @pytest.mark.parametrize(
        ("wrong", "cell"),
        [
            (row("age", "<=", "500"), "soft"),
            (row("age", "<=", "80", "130"), "hard"),
            (row("age", ">=", "0"), "soft"),
            (row("dsti", ">=", None, "0"), "hard"),
            (row("identity_verified", "in", "true, false"), "soft"),
            (row("grade", "in", "A, B", "A, B, C, D, E"), "hard"),
            (row("dsti", "<=", "0.4", None, ("loan_amount", ">=", "0")), "where_value_0"),
        ],
    )
    def test_a_limit_that_every_value_meets_is_marked(self, wrong: dict[str, Any], cell: str) -> None:
        [(_, marked, detail)] = told(wrong)
        assert marked == cell and "every value passes" in detail

    def test_a_limit_just_within_is_none(self) -> None:
        assert told(row("age", "<=", "80", "129"), row("dsti", ">=", "0.0001"), row("grade", "in", "A, B, C, D")) == []


MONTHS = (("loan_months", "<=", "24"), ("loan_months", ">=", "24"))


class TestTogether:
    PERSON, COMPANY = row("dsti", "<=", "0.4", "0.5", marks=("person",)), row("dsti", "<=", "0.4", "0.5", marks=("company",))
    SMALL = row("dsti", "<=", "0.4", None, ("loan_amount", "<=", "10000"))
    LARGE = row("dsti", "<=", "0.3", None, ("loan_amount", ">=", "10000"))

    @pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1)])
    def test_rows_leave_nothing_to_another(self, order: tuple[int, ...]) -> None:
        rows = [self.PERSON, self.COMPANY, row("dsti", "<=", "0.45", "0.6")]
        [(place, cell, detail)] = told(*(rows[number] for number in order))
        assert (place, cell) == (order.index(2) + 1, "fact")
        first, second = sorted((order.index(0) + 1, order.index(1) + 1))
        assert detail.startswith(f"Rows {first} and {second} together hold for all of these")

    def test_amounts_leave_nothing_between_them(self) -> None:
        [(place, _, _)] = told(self.SMALL, self.LARGE, row("dsti", "<=", "0.45"))
        assert place == 3
        beyond = row("dsti", "<=", "0.3", None, ("loan_amount", ">=", "10000.01"))
        assert [fault[0] for fault in told(self.SMALL, beyond, row("dsti", "<=", "0.45"))] == [3], "an amount has whole cents"

    def test_rows_are_found_and_named_among_many_that_have_no_part_in_it(self) -> None:
        bands = [
            row("dsti", "<=", "0.4", None, ("loan_amount", ">=", str(1000 * one)), ("loan_amount", "<=", str(1000 * one + 1500)), ("loan_months", ">=", str(one)))
            for one in range(2, 62)
        ]  # fmt: skip
        small, large = (row("dsti", "<=", "0.4", None, ("loan_amount", ">=", "900000"), months) for months in MONTHS)
        [(place, _, detail)] = told(*bands, small, large, row("dsti", "<=", "0.45", None, ("loan_amount", ">=", "900000")))
        assert place == 63 and detail.startswith("Rows 61 and 62 together")

    @pytest.mark.parametrize(
        "others",
        [
            (PERSON, row("dsti", "<=", "0.4", "0.7", marks=("company",))),
            (PERSON, row("dsti", "<=", "0.4", "0.5", marks=("secured",))),
            (SMALL, row("dsti", "<=", "0.3", None, ("loan_amount", ">=", "10001"))),
            (row("dsti", "<=", "0.4", "0.5", ("employment_months", "<=", "12")), row("dsti", "<=", "0.4", "0.5", ("employment_months", ">=", "12"))),
        ],
    )  # fmt: skip
    def test_a_row_that_something_comes_of_is_kept(self, others: tuple[dict[str, Any], ...]) -> None:
        """One is laxer, one leaves some out, a gap lies between them, or whether they apply may be unknown."""
        assert told(*others, row("dsti", "<=", "0.45", "0.6")) == []


@pytest.mark.django_db
class TestSaved:
    def test_with_the_words_of_the_bank(self, product: None, policy: PolicyVersion, risk_manager: User) -> None:
        code = Product.objects.get().code
        who: dict[str, Any] = {"actor": risk_manager, "business_date": TODAY}
        draft = draft_policy(**who)
        rows = [*draft.rules, row("loan_amount", "<=", "1000", None, ("product", "is", code))]
        edit_policy(version=draft, rules=rows, note="One product", **who)
        rows[-1]["conditions"][0]["value"] = code.upper()
        with pytest.raises(UnableToChangePolicy) as refused:
            edit_policy(version=draft, rules=rows, note="One product", **who)
        [fault] = refused.value.faults
        assert fault.field == f"row-{len(rows)}-where_value_0" and f"Did you mean {code}?" in fault.detail

    def test_a_copy_of_what_is_in_force_may_be_begun(self, policy: PolicyVersion, risk_manager: User) -> None:
        """What it says is told when it is saved: nobody could mend it otherwise."""
        idle = [*policy.rules, row("age", "<=", "500")]
        PolicyVersion.objects.filter(pk=policy.pk).update(rules=idle)
        draft = draft_policy(actor=risk_manager, business_date=TODAY)
        assert draft.rules == idle
        with pytest.raises(UnableToChangePolicy, match="invalid"):
            edit_policy(version=draft, rules=idle, note="", actor=risk_manager, business_date=TODAY)
