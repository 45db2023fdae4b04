"""Examples of a policy, its decision model and the comparison of two versions, in the browser."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from core.models import Branch, User
from core.roles import Role
from risk.domain.default_policy import DEFAULT_EXAMPLES, DEFAULT_RULES
from risk.domain.policy import Condition, Operator, PolicyRule
from risk.domain.policy_engine import PolicyTable
from risk.domain.policy_examples import PolicyExample, run_examples
from risk.domain.states import Recommended
from risk.models import PolicyVersion
from risk.selectors.registry import READERS
from risk.services.policies import (
    DraftChangedMeanwhile,
    UnableToChangePolicy,
    draft_policy,
    edit_policy,
    examples_revision_of,
    save_examples,
)
from risk.services.policy_activation import propose_policy
from risk.web.policy_examples import EDITORS, line_of
from tests.risk.conftest import TODAY, make_person
from tests.risk.web.conftest import SignIn, world
from tests.shared_rows import shared


@shared
def draft(policy: PolicyVersion, risk_manager: User) -> PolicyVersion:
    """A draft with a tighter debt service, a row less and a row more."""
    version = draft_policy(actor=risk_manager, business_date=TODAY, note="Stricter debt service")
    first, *rest = version.rules
    added = {"fact": "returned_count", "title": "Returned items", "operator": "<=", "soft": "4", "hard": None, "code": "P40"}
    rules = [first | {"soft": "0.25"}, *(rule for rule in rest if rule["code"] != "P04"), added]
    return edit_policy(version=version, rules=rules, note="Stricter debt service", actor=risk_manager, business_date=TODAY)


def address(name: str, version: PolicyVersion) -> str:
    return reverse(f"risk:policy_{name}", args=[version.number])


def test_a_draft_whose_examples_fail_or_are_missing_is_not_proposed(draft: PolicyVersion, risk_manager: User, sign_in: SignIn) -> None:
    before = world()
    answer = sign_in(risk_manager).post(address("propose", draft))
    assert answer.status_code == 422 and "The table does not hold these examples: Sound salary earner" in answer.text
    assert world() == before
    save_examples(version=draft, examples=[], actor=risk_manager, business_date=TODAY)
    with pytest.raises(UnableToChangePolicy, match="at least one example"):
        propose_policy(version=draft, actor=risk_manager, business_date=TODAY)


def test_examples_are_shown_with_what_comes_out_changed_and_taken_out(draft: PolicyVersion, risk_manager: User, sign_in: SignIn) -> None:
    client = sign_in(risk_manager)
    page = client.get(address("examples", draft)).text
    assert "Do not all hold" in page and "Debt service to income 30.0%: soft limit" in page
    edit = address("example", draft)
    assert 'value="30%"' in client.get(edit, {"place": "1"}).text
    sent: dict[str, str] = {
        "name": "Low  debt",
        "expected": "REFER",
        "kind": "person",
        "fact-dsti": "20%",
        "fact-age": "44",
        "unverified-age": "on",
    }

    def post(place: int, data: dict[str, str]) -> Any:
        draft.refresh_from_db()
        return client.post(f"{edit}?place={place}" if place else edit, {"seen": examples_revision_of(draft)} | data)

    untold = world()
    assert client.post(f"{edit}?place=1", sent).status_code == 409 and world() == untold  # nothing says what was looked at
    post(1, sent)
    post(0, sent | {"name": "Another", "secured": "on"})
    draft.refresh_from_db()
    assert draft.examples[0] == {
        "name": "Low debt",
        "expected": "REFER",
        "marks": ["person"],
        "facts": {"dsti": "0.2000", "age": "44"},
        "unverified": ["age"],
    }
    assert (draft.examples[-1]["name"], draft.examples[-1]["marks"], len(draft.examples)) == (
        "Another",
        ["person", "secured"],
        len(DEFAULT_EXAMPLES) + 1,
    )
    post(len(DEFAULT_EXAMPLES) + 1, {"remove": "1"})
    draft.refresh_from_db()
    assert [one["name"] for one in draft.examples][-1] != "Another"
    before = world()
    wrong = post(0, sent | {"fact-dsti": "much", "kind": "person"})
    assert wrong.status_code == 422 and 'href="#id_fact-dsti"' in wrong.text and 'value="much"' in wrong.text
    assert "is there twice" in post(0, sent).text
    assert client.get(edit, {"place": "99"}).status_code == 404
    assert world() == before


class TestSavedMeanwhile:
    """Two people change the examples of a draft at once."""

    def opened(self, client: Client, draft: PolicyVersion, place: int) -> dict[str, Any]:
        """What the form of an example sends when nothing is touched."""
        context = client.get(address("example", draft), {"place": str(place)}).context
        return {"seen": context["seen"], "named": context["named"]} | {bound.html_name: bound.value() or "" for bound in context["form"]}

    def test_nobody_overwrites_another_example(
        self, draft: PolicyVersion, risk_manager: User, second_risk_manager: User, sign_in: SignIn
    ) -> None:
        where, client = address("example", draft), sign_in(risk_manager)
        _, second, third, *rest = draft.examples
        mine = self.opened(client, draft, 2) | {"expected": "REFER", "fact-age": "61"}
        save_examples(version=draft, examples=[second, third, *rest], actor=second_risk_manager, business_date=TODAY)
        before = world()
        answer = client.post(f"{where}?place=2", mine)
        assert (answer.status_code, world()) == (409, before)
        assert "Rolf Risk changed the examples after you opened this one" in answer.text
        assert 'value="61"' in answer.text and f'action="{where}?place=1"' in answer.text
        again = mine | {"seen": answer.context["seen"], "named": answer.context["named"]}
        assert client.post(f"{where}?place=1", again).status_code == 302
        draft.refresh_from_db()
        assert [one["name"] for one in draft.examples] == [one["name"] for one in [second, third, *rest]]
        assert (draft.examples[0]["expected"], draft.examples[0]["facts"]["age"], draft.examples[1]) == ("REFER", "61", third)

    def test_what_was_taken_out_is_offered_as_a_new_one(
        self, draft: PolicyVersion, risk_manager: User, second_risk_manager: User, sign_in: SignIn
    ) -> None:
        where, client = address("example", draft), sign_in(risk_manager)
        last = len(draft.examples)
        mine = self.opened(client, draft, last) | {"fact-age": "61"}
        save_examples(version=draft, examples=draft.examples[:-1], actor=second_risk_manager, business_date=TODAY)
        before = world()
        for sent in (mine, mine | {"remove": "1"}):
            answer = client.post(f"{where}?place={last}", sent)
            assert (answer.status_code, world()) == (409, before)
            assert "it is added anew" in answer.text and f'action="{where}"' in answer.text and 'value="61"' in answer.text

    def test_the_service_asks_again_under_its_lock(self, draft: PolicyVersion, risk_manager: User) -> None:
        seen = examples_revision_of(draft)
        who: dict[str, Any] = {"actor": risk_manager, "business_date": TODAY}
        save_examples(version=draft, examples=draft.examples[1:], seen=seen, **who)
        with pytest.raises(DraftChangedMeanwhile, match="examples_changed"):
            save_examples(version=draft, examples=draft.examples[2:], seen=seen, **who)


def test_two_versions_are_compared_row_by_row(draft: PolicyVersion, policy: PolicyVersion, approver: User, sign_in: SignIn) -> None:
    client = sign_in(approver)
    page = client.get(address("compare", draft))
    assert [(row.code, row.change) for row in page.context["changed"]] == [("P01", "changed"), ("P40", "new"), ("P04", "out")]
    assert "soft 40.0%, hard 50.0%; persons" in page.text and f"3 rows differ, {len(DEFAULT_RULES) - 2} the same" in page.text
    back = client.get(address("compare", policy), {"base": str(draft.number)})
    assert {row.change for row in back.context["changed"]} == {"changed", "new", "out"}
    exported = client.get(f"{address('compare', draft)}?base={policy.number}&export=csv").content.decode()
    assert "P40,Returned items,,max 4 items; everybody,New" in exported


def test_the_pages_are_open_to_readers_and_changes_to_risk_managers(draft: PolicyVersion, branch: Branch, sign_in: SignIn) -> None:
    before = world()
    for role in Role:
        client = sign_in(make_person(f"some_{role.lower()}", branch, role))
        for name in ("examples", "compare", "model"):
            assert client.get(address(name, draft)).status_code == (200 if role in READERS else 403), (role, name)
        if role not in EDITORS:
            assert client.post(address("example", draft), {"name": "Mine"}).status_code == 403, role
    assert world() == before


def test_an_open_condition_names_the_fact_that_would_tell() -> None:
    condition = Condition("loan_amount", Operator.AT_LEAST, "15000.00")
    table = PolicyTable([PolicyRule("dsti", "Debt service to income", Operator.AT_MOST, "0.30", None, conditions=(condition,))])
    (result,) = run_examples(table, [PolicyExample("Somebody", Recommended.APPROVE, ("person",), {"dsti": "0.2000"})])
    assert line_of(1, result, "EUR").fired == "Amount of the loan: missing, asked by a row about debt service to income"
