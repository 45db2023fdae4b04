"""What statements show is asked by the default policy; a bank whose policy is older is told which rows it lacks and
takes them in by a version of its own.
"""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from core.models import User
from loans.models import Application, StatementLine
from risk.domain.default_policy import DEFAULT_EXAMPLES, DEFAULT_RULES
from risk.domain.lacking_rows import lacking, take_in
from risk.domain.policy import PolicyRule
from risk.domain.policy_checks import check_rules
from risk.domain.policy_conditions import gaps_of
from risk.domain.policy_engine import PolicyTable, to_jdm
from risk.domain.policy_examples import PolicyExample, run_examples
from risk.models import PolicyVersion
from risk.selectors.policy_runs import past_cases
from risk.services.assessment import assess_application
from risk.services.policies import UnableToChangePolicy
from risk.services.policy_activation import confirm_policy, propose_policy
from risk.services.policy_defaults import draft_with_defaults
from risk.services.policy_runs import try_policy, work_runs
from tests.risk.conftest import TODAY
from tests.risk.deciding import receive_statement

NEW = ("P22", "P23", "P24", "P25", "P26", "P27", "P31", "P32")
ASKED_OF_STATEMENTS = {"returned_count", "gambling_share", "cash_share", "income_regularity", "lowest_balance"}


def older() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The default as it was before it asked statements, with its examples of then."""
    rules = [row.to_dict() for row in DEFAULT_RULES if row.code not in NEW]
    examples = [one.to_dict() for one in DEFAULT_EXAMPLES if "statement_months" not in one.facts]
    for one in examples:
        one["facts"].pop("statements_on_file")
    return rules, examples


def held(rules: list[dict[str, Any]], examples: list[dict[str, Any]]) -> list[str]:
    table = PolicyTable([PolicyRule.from_dict(row) for row in rules])
    return [one.example.name for one in run_examples(table, [PolicyExample.from_dict(kept) for kept in examples]) if not one.passes]


class TestRowsOfStatements:
    def test_say_nothing_of_a_file_without_statements(self, in_review: Application) -> None:
        evaluation = assess_application(application=in_review, business_date=TODAY)
        assert evaluation.facts["statements_on_file"]["value"] == "false"
        assert evaluation.outcome == "APPROVE" and not ASKED_OF_STATEMENTS & {row["fact"] for row in evaluation.rows}

    def test_refer_what_a_short_statement_shows_and_what_it_leaves_open(self, in_review: Application) -> None:
        receive_statement(in_review, TODAY.replace(day=1))
        evaluation = assess_application(application=in_review, business_date=TODAY)
        found = {row["code"]: row["result"] for row in evaluation.rows if row["code"] in NEW}
        assert found == {
            "P22": "PASS",
            "P23": "SOFT",
            "P25": "PASS",
            "P26": "MISSING",
            "P27": "MISSING",
            "P31": "MISSING",
            "P32": "MISSING",
        }
        assert evaluation.outcome == "REFER", "one line of gambling declines nobody"

    def test_say_nothing_of_an_account_on_which_only_loans_are_paid(self, in_review: Application) -> None:
        receive_statement(in_review, TODAY.replace(day=1))
        StatementLine.objects.update(category="LOAN")
        evaluation = assess_application(application=in_review, business_date=TODAY)
        assert (evaluation.facts["statement_lines"]["value"], evaluation.facts["statements_on_file"]["value"]) == ("1", "false")
        assert not [row for row in evaluation.rows if row["code"] in NEW]

    def test_leave_nobody_untested(self) -> None:
        assert gaps_of(DEFAULT_RULES) == []

    def test_are_tried_on_assessments_that_kept_no_such_fact(self, in_review: Application) -> None:
        cases = past_cases("EUR", ["statements_on_file", "returned_count"], day=TODAY, after=None, limit=5)
        assert [case.facts["statements_on_file"]["value"] for _, case in cases] == ["false"]


class TestLacking:
    def test_names_the_rows_that_test_nothing_yet(self) -> None:
        rules, _ = older()
        assert [row.code for row in lacking(rules)] == list(NEW)
        own = [row for row in rules if row["fact"] != "dsti"] + [
            next(row for row in rules if row["fact"] == "dsti") | {"code": "X9", "soft": "0.30"}
        ]
        assert "P01" not in [row.code for row in lacking(own)], "another limit is the bank's own"
        assert lacking([row.to_dict() for row in DEFAULT_RULES]) == []

    def test_turns_no_example_of_the_bank(self) -> None:
        rules, examples = older()
        rules[0]["code"], rules[-1]["code"] = "P22", "P01"
        assert held(rules, examples) == []
        taken = take_in(rules, examples)
        assert check_rules(taken.rules) == [] and len({row["code"] for row in taken.rules}) == len(taken.rules)
        assert taken.filled == len(examples) and held(taken.rules, taken.examples) == []
        new = {one["name"] for one in taken.examples} - {one["name"] for one in examples}
        assert {"Payments returned every month", "Account overdrawn"} <= new

    @pytest.fixture
    def old_policy(self, policy: PolicyVersion) -> PolicyVersion:
        rules, examples = older()
        model = to_jdm([PolicyRule.from_dict(row) for row in rules])
        PolicyVersion.objects.filter(pk=policy.pk).update(rules=rules, jdm=model, examples=examples)
        policy.refresh_from_db()
        return policy

    def test_is_told_on_the_page_and_taken_in_by_one_action_and_two_people(
        self, old_policy: PolicyVersion, risk_manager: User, second_risk_manager: User, auditor: User
    ) -> None:
        client, reader = Client(), Client()
        client.force_login(risk_manager)
        reader.force_login(auditor)
        page = client.get(reverse("risk:policy_detail")).text
        assert (
            "In the present default, not in this policy" in page and "Returned items" in page and "Begin a version with these rows" in page
        )
        assert "A risk manager takes them into a new version." in reader.get(reverse("risk:policy_detail")).text
        assert reader.post(reverse("risk:policy_defaults")).status_code == 403
        answer = client.post(reverse("risk:policy_defaults"), follow=True)
        draft = PolicyVersion.objects.get(state="DRAFT")
        assert "examples that said nothing of the new facts" in answer.text
        assert [row["code"] for row in draft.rules][-len(NEW) :] == list(NEW) and draft.drafted_by == risk_manager
        propose_policy(version=draft, actor=risk_manager, business_date=TODAY)
        confirm_policy(version=draft, actor=second_risk_manager, business_date=TODAY)
        assert "In the present default" not in client.get(reverse("risk:policy_detail")).text
        assert "lacks no row" in client.post(reverse("risk:policy_defaults"), follow=True).text

    def test_is_for_risk_managers(self, old_policy: PolicyVersion, auditor: User) -> None:
        with pytest.raises(UnableToChangePolicy, match="not_entitled"):
            draft_with_defaults(actor=auditor, business_date=TODAY)

    def test_is_tried_on_past_applications_first(self, in_review: Application, old_policy: PolicyVersion, risk_manager: User) -> None:
        draft, _ = draft_with_defaults(actor=risk_manager, business_date=TODAY)
        with pytest.raises(UnableToChangePolicy, match="untried"):
            propose_policy(version=draft, actor=risk_manager, business_date=TODAY)
        run = try_policy(version=draft, actor=risk_manager, business_date=TODAY)
        work_runs()
        run.refresh_from_db()
        assert run.state == "DONE" and not run.changes.exists(), "a file without statements comes out as before"
        assert propose_policy(version=draft, actor=risk_manager, business_date=TODAY).state == "OPEN"
