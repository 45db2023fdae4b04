"""The policy in the browser: the table, its versions, a draft, and putting it in force with two people."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.models import Branch, Proposal, User
from core.roles import Role
from risk.domain.default_policy import DEFAULT_RULES
from risk.models import PolicyVersion
from risk.selectors.registry import READERS
from risk.services.policies import draft_policy, edit_policy, save_examples
from risk.services.policy_activation import CONFIRMERS, propose_policy
from risk.web.policy import EDITORS
from risk.web.policy_forms import PolicyTable
from tests.risk.conftest import TODAY, make_person
from tests.risk.web.conftest import HTMX, SignIn, world
from tests.shared_rows import shared


@shared
def draft(policy: PolicyVersion, risk_manager: User) -> PolicyVersion:
    return draft_policy(actor=risk_manager, business_date=TODAY, note="Stricter debt service")


@shared
def proposed(draft: PolicyVersion, risk_manager: User) -> PolicyVersion:
    propose_policy(version=draft, actor=risk_manager, business_date=TODAY)
    return draft


def address(name: str, version: PolicyVersion) -> str:
    return reverse(f"risk:policy_{name}", args=[version.number])


def sent(version: PolicyVersion, **changes: str) -> dict[str, str]:
    """The form as a browser sends it back, with some cells changed ("rule-0-soft")."""
    data = {"note": "Stricter", "new-fact": "", "new-operator": "<=", "new-soft": "", "new-hard": "", "new-applies_to": ""}
    for _, form in PolicyTable(version.rules).lines:
        for name in form.fields:
            if name in form.initial and name not in ("fact", "remove"):
                data[form.add_prefix(name)] = form.initial[name]
    return data | {key.replace("__", "-"): value for key, value in changes.items()}


class TestThePolicyInForce:
    def test_is_a_table_of_limits_with_the_authority_beside(self, policy: PolicyVersion, approver: User, sign_in: SignIn) -> None:
        page = sign_in(approver).get(reverse("risk:policy_detail"))
        assert "Policy v1" in page.text and "soft 40.0%, hard 50.0%" in page.text
        assert "One person, small" in page.text
        assert "Begin a new version" not in page.text

    def test_is_missed_in_words(self, bank: Any, approver: User, sign_in: SignIn) -> None:
        assert "No policy yet" in sign_in(approver).get(reverse("risk:policy_detail")).text

    def test_is_exported(self, policy: PolicyVersion, approver: User, sign_in: SignIn) -> None:
        client = sign_in(approver)
        text = client.get(address("version", policy), {"export": "csv"}).content.decode()
        assert "P01,Affordability,Debt service to income,dsti,<=,0.40,0.50,person" in text
        assert client.get(address("version", policy), {"export": "xlsx"}).content[:2] == b"PK"

    def test_is_open_to_all_but_administrators(self, policy: PolicyVersion, branch: Branch, sign_in: SignIn) -> None:
        for role in Role:
            client = sign_in(make_person(f"some_{role.lower()}", branch, role))
            for url in (reverse("risk:policy_detail"), address("version", policy)):
                assert client.get(url).status_code == (200 if role in READERS else 403), role

    def test_of_an_unknown_number_is_not_found(self, policy: PolicyVersion, approver: User, sign_in: SignIn) -> None:
        assert sign_in(approver).get(reverse("risk:policy_version", args=[99])).status_code == 404

    def test_costs_the_same_with_many_versions(
        self, policy: PolicyVersion, validator: User, sign_in: SignIn, django_assert_max_num_queries: Any
    ) -> None:
        client = sign_in(validator)
        for _ in range(12):
            draft_policy(actor=None, business_date=TODAY)
        # session, user, roles, version, bank state, versions, proposal, matrix, who wrote; the frame: bank state.
        with django_assert_max_num_queries(12):
            page = client.get(reverse("risk:policy_detail"))
        assert len(page.context["versions"]) == 13


class TestTheDraft:
    def test_begins_as_a_copy_of_the_one_in_force(self, policy: PolicyVersion, risk_manager: User, sign_in: SignIn) -> None:
        client = sign_in(risk_manager)
        empty = client.post(reverse("risk:policy_draft"), {"draft-note": ""})
        assert empty.status_code == 422 and PolicyVersion.objects.count() == 1
        answer = client.post(reverse("risk:policy_draft"), {"draft-note": "Stricter"}, follow=True)
        draft = PolicyVersion.objects.get(number=2)
        assert draft.rules == policy.rules
        assert 'value="40%"' in answer.text

    def test_costs_the_same_queries_however_long_and_no_template_for_a_cell(
        self, draft: PolicyVersion, risk_manager: User, sign_in: SignIn
    ) -> None:
        client, counts, rules = sign_in(risk_manager), [], draft.rules
        for kept in (rules[:2], rules):
            PolicyVersion.objects.filter(pk=draft.pk).update(rules=kept)
            with CaptureQueriesContext(connection) as queries:
                page = client.get(reverse("risk:policy_edit", args=[draft.number]))
                counts.append(len(queries))
            assert page.text.count('name="rule-') > 4 * len(kept)
            assert not [one.name for one in page.templates if one.name and one.name.startswith("django/forms/widgets/")]
        assert counts[0] == counts[1] <= 10

    def test_begins_from_the_default_table_in_a_new_bank(self, bank: Any, risk_manager: User, sign_in: SignIn) -> None:
        client = sign_in(risk_manager)
        assert client.post(reverse("risk:policy_draft"), {"draft-note": ""}).status_code == 422
        client.post(reverse("risk:policy_draft"), {"draft-note": "First"})
        assert len(PolicyVersion.objects.get().rules) == len(DEFAULT_RULES)

    def test_saved_unchanged_keeps_every_byte(self, draft: PolicyVersion, risk_manager: User, sign_in: SignIn) -> None:
        before = draft.rules
        answer = sign_in(risk_manager).post(address("edit", draft), sent(draft))
        assert answer.status_code == 302
        draft.refresh_from_db()
        assert draft.rules == before

    def test_changes_removes_and_adds_and_shows_it(self, draft: PolicyVersion, risk_manager: User, sign_in: SignIn) -> None:
        client = sign_in(risk_manager)
        changes = {
            "rule__0__soft": "35.5%",
            "rule__3__remove": "on",
            "new__fact": "negative_days",
            "new__soft": "4",
        }
        page = client.post(address("edit", draft), sent(draft, **changes), follow=True)
        draft.refresh_from_db()
        assert (draft.rules[0]["soft"], draft.rules[0]["hard"]) == ("0.355", "0.50")
        assert "P04" not in {rule["code"] for rule in draft.rules}
        assert (draft.rules[-1]["code"], draft.rules[-1]["title"]) == ("P33", "Days below zero")
        assert "was soft 40.0%, hard 50.0%; persons" in page.text
        assert "Rules this version leaves out" in page.text

    def test_a_row_is_kept_for_some_loans_only_and_whom_nothing_tests_then_is_said(
        self, draft: PolicyVersion, risk_manager: User, sign_in: SignIn
    ) -> None:
        client = sign_in(risk_manager)
        large = {"rule__0__where_fact_0": "loan_amount", "rule__0__where_operator_0": ">=", "rule__0__where_value_0": "50,000.00"}
        page = client.post(address("edit", draft), sent(draft, **large), follow=True)
        draft.refresh_from_db()
        assert draft.rules[0]["conditions"] == [{"fact": "loan_amount", "operator": ">=", "value": "50000.00"}]
        assert "where amount of the loan min 50,000 EUR" in page.text
        assert "Debt service to income is not tested for persons with amount of the loan 49,999.99 EUR." in page.text
        before = draft.rules
        client.post(address("edit", draft), sent(draft))
        draft.refresh_from_db()
        assert draft.rules == before  # saved again, every byte is kept
        more = {"rule__0__where_fact_1": "grade", "rule__0__where_operator_1": "in", "rule__0__where_value_1": "C, D"}
        client.post(address("edit", draft), sent(draft, **more))
        client.post(address("edit", draft), sent(draft := PolicyVersion.objects.get(pk=draft.pk), rule__0__where_fact_0=""))
        draft.refresh_from_db()
        assert draft.rules[0]["conditions"] == [{"fact": "grade", "operator": "in", "value": "C, D"}]

    def test_saved_over_by_somebody_else_meanwhile_is_refused_and_what_was_typed_stays(
        self, draft: PolicyVersion, risk_manager: User, second_risk_manager: User, sign_in: SignIn
    ) -> None:
        page = sign_in(second_risk_manager).get(address("edit", draft))
        opened = {"seen": page.context["seen"], "codes": page.context["codes"]}
        sign_in(risk_manager).post(address("edit", draft), sent(draft, rule__0__soft="35%"))
        before = world()
        answer = sign_in(second_risk_manager).post(address("edit", draft), sent(draft, rule__1__soft="3.25") | opened)
        assert answer.status_code == 409 and world() == before
        assert "Rita Risk saved this draft after you opened it" in answer.text and 'value="3.25"' in answer.text
        sign_in(risk_manager).post(address("edit", draft), sent(draft, rule__3__remove="on"))
        answer = sign_in(second_risk_manager).post(address("edit", draft), sent(draft) | opened)
        assert answer.status_code == 409 and "added or removed rows" in answer.text

    @pytest.mark.parametrize(
        ("changes", "target"),
        [
            ({"rule__0__where_fact_0": "loan_amount", "rule__0__where_value_0": "much"}, "id_rule-0-where_value_0"),
            ({"rule__0__where_fact_0": "dsti", "rule__0__where_value_0": "3%"}, "id_rule-0-where_fact_0"),
            ({"rule__0__soft": "forty"}, "id_rule-0-soft"),
            ({"rule__0__soft": "60%"}, "id_rule-0-hard"),
            ({"rule__0__soft": "40"}, "id_rule-0-soft"),
            ({"rule__0__soft": "", "rule__0__hard": ""}, "id_rule-0-soft"),
            ({"rule__3__remove": "on", "rule__4__hard": "adult"}, "id_rule-4-hard"),
            ({"rule__0__operator": "~"}, "id_rule-0-operator"),
            ({"new__fact": "bureau_enquiries"}, "id_new-soft"),
            ({"new__fact": "dsti", "new__soft": "30%", "new__applies_to": "person"}, "id_new-fact"),
            ({"note": ""}, "id_note"),
        ],
    )
    def test_names_the_cell_that_is_wrong_and_keeps_the_rest(
        self, changes: dict[str, str], target: str, draft: PolicyVersion, risk_manager: User, sign_in: SignIn
    ) -> None:
        before = world()
        answer = sign_in(risk_manager).post(address("edit", draft), sent(draft, rule__1__soft="3.25", **changes))
        assert answer.status_code == 422
        assert f'href="#{target}"' in answer.text
        assert 'value="3.25"' in answer.text
        assert world() == before

    def test_is_closed_once_proposed(self, proposed: PolicyVersion, risk_manager: User, sign_in: SignIn) -> None:
        before = world()
        answer = sign_in(risk_manager).post(address("edit", proposed), sent(proposed, rule__0__soft="10%"))
        assert (answer.status_code, answer["Location"]) == (302, address("version", proposed))
        assert world() == before


def seen(version: PolicyVersion) -> dict[str, Any]:
    """What the forms of a second person carry: the proposal that they were shown with."""
    return {"seen": Proposal.objects.get(target_id=version.pk, state="OPEN").pk}


class TestActivation:
    def test_takes_two_people(
        self, draft: PolicyVersion, policy: PolicyVersion, risk_manager: User, validator: User, sign_in: SignIn
    ) -> None:
        sign_in(risk_manager).post(address("propose", draft))
        answer = sign_in(validator).post(address("confirm", draft), seen(draft), follow=True)
        assert "Policy v2 is in force." in answer.text
        draft.refresh_from_db()
        policy.refresh_from_db()
        assert (draft.state, draft.activated_by, policy.state) == ("ACTIVE", validator, "RETIRED")

    def test_answers_htmx_with_the_card_alone(self, draft: PolicyVersion, risk_manager: User, sign_in: SignIn) -> None:
        answer = sign_in(risk_manager).post(address("propose", draft), headers=HTMX)
        assert answer.status_code == 200
        assert "<h1>" not in answer.text and "Take back" in answer.text

    def test_refuses_who_proposed_and_who_drafted(
        self, proposed: PolicyVersion, risk_manager: User, second_risk_manager: User, sign_in: SignIn
    ) -> None:
        before = world()
        answer = sign_in(risk_manager).post(address("confirm", proposed), seen(proposed))
        assert answer.status_code == 422 and "You proposed this yourself" in answer.text
        assert world() == before
        other = draft_policy(actor=second_risk_manager, business_date=TODAY)
        propose_policy(version=other, actor=risk_manager, business_date=TODAY)
        before = world()
        assert sign_in(second_risk_manager).post(address("confirm", other), seen(other)).status_code == 422
        assert world() == before

    @pytest.mark.parametrize("wrote", ["rows", "examples", "draft"])
    def test_refuses_everybody_who_wrote_in_the_draft_whoever_saved_it_last(
        self,
        wrote: str,
        draft: PolicyVersion,
        branch: Branch,
        risk_manager: User,
        second_risk_manager: User,
        validator: User,
        sign_in: SignIn,
    ) -> None:
        third = make_person("third_risk", branch, Role.RISK_MANAGER)
        if wrote == "rows":
            edit_policy(version=draft, rules=draft.rules, note="Mine", actor=second_risk_manager, business_date=TODAY)
        elif wrote == "examples":
            save_examples(version=draft, examples=draft.examples, actor=second_risk_manager, business_date=TODAY)
        else:
            draft = draft_policy(actor=second_risk_manager, business_date=TODAY)
        edit_policy(version=draft, rules=draft.rules, note="Last", actor=risk_manager, business_date=TODAY)
        propose_policy(version=draft, actor=third, business_date=TODAY)
        before = world()
        client = sign_in(second_risk_manager)
        page = client.get(address("version", draft)).text
        assert "You wrote in this draft." in page and "Put in force" not in page
        assert client.post(address("confirm", draft), seen(draft)).status_code == 422
        assert sign_in(risk_manager).post(address("confirm", draft), seen(draft)).status_code == 422
        assert world() == before
        assert sign_in(validator).post(address("confirm", draft), seen(draft)).status_code == 302
        assert {person.full_name for person in draft.editors.all()} == {"Rita Risk", "Rolf Risk"}
        assert "Drafted by Rita Risk and Rolf Risk" in sign_in(validator).get(address("version", draft)).text

    def test_is_refused_with_a_reason(self, proposed: PolicyVersion, validator: User, sign_in: SignIn) -> None:
        client = sign_in(validator)
        before = world()
        assert client.post(address("reject", proposed), {"refuse-reason": ""}).status_code == 422
        assert world() == before
        client.post(address("reject", proposed), seen(proposed) | {"refuse-reason": "Too strict for farmers."})
        proposed.refresh_from_db()
        assert proposed.state == "DRAFT"

    def test_is_closed_to_every_other_role(self, proposed: PolicyVersion, branch: Branch, sign_in: SignIn) -> None:
        before = world()
        doors = {
            reverse("risk:policy_draft"): EDITORS,
            reverse("risk:policy_defaults"): EDITORS,
            address("edit", proposed): EDITORS,
            address("propose", proposed): EDITORS,
            address("confirm", proposed): CONFIRMERS,
            address("reject", proposed): CONFIRMERS,
        }
        for role in Role:
            client = sign_in(make_person(f"some_{role.lower()}", branch, role))
            for url, roles in doors.items():
                if role not in roles:
                    assert client.post(url, {"refuse-reason": "No.", "draft-note": "Mine"}).status_code == 403, (role, url)
        assert world() == before
