"""Scorecards in the browser: the list, one version, and putting it in force with two people."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.urls import reverse

from core.four_eyes import UnableToConfirm
from core.models import Branch, Proposal, User, UserRole
from core.roles import Role
from risk.models import ModelVersion
from risk.selectors.registry import READERS
from risk.services.models import CONFIRMERS, PROPOSERS, confirm_activation, propose_activation, register_model
from tests.risk.conftest import ALL_THE_SAME, OPINION, TODAY, make_person
from tests.risk.web.conftest import HTMX, SignIn, world

ANSWERED = {f"propose-{ground}": reason for ground, reason in ALL_THE_SAME.items()}


@pytest.fixture
def draft(learnt: dict[str, Any], model: ModelVersion) -> ModelVersion:
    """A second version beside the one in force."""
    return register_model(name="retail", actor=None, business_date=TODAY, **learnt)


@pytest.fixture
def proposed(draft: ModelVersion, risk_manager: User) -> ModelVersion:
    propose_activation(version=draft, actor=risk_manager, business_date=TODAY, reasons=ALL_THE_SAME)
    return draft


def address(name: str, model: ModelVersion) -> str:
    return reverse(f"risk:model_{name}", args=[model.pk])


class TestModelList:
    def test_shows_versions_with_their_measures(self, draft: ModelVersion, validator: User, sign_in: SignIn) -> None:
        page = sign_in(validator).get(reverse("risk:model_list"))
        assert "Retail v2" in page.text and "Retail v1" in page.text
        assert f"{draft.metrics['mean']['auc']:.3f}" in page.text

    def test_says_so_when_there_is_none(self, bank: Any, validator: User, sign_in: SignIn) -> None:
        assert "No scorecard yet" in sign_in(validator).get(reverse("risk:model_list")).text

    def test_exports_csv_and_excel(self, draft: ModelVersion, validator: User, sign_in: SignIn) -> None:
        client = sign_in(validator)
        text = client.get(reverse("risk:model_list"), {"export": "csv"}).content.decode()
        assert draft.data_fingerprint in text and text.count("retail") == 2
        assert client.get(reverse("risk:model_list"), {"export": "xlsx"}).content[:2] == b"PK"

    @pytest.mark.parametrize("number", [1, 12])
    def test_costs_the_same_at_any_length(
        self, number: int, learnt: dict[str, Any], validator: User, sign_in: SignIn, bank: Any, django_assert_num_queries: Any
    ) -> None:
        for _ in range(number):
            register_model(name="retail", actor=None, business_date=TODAY, **learnt)
        client = sign_in(validator)
        # session, user, roles, count, versions with their people, newest trainings; the frame: bank state.
        with django_assert_num_queries(7):
            page = client.get(reverse("risk:model_list"))
        assert len(page.context["rows"]) == number


class TestModelDetail:
    def test_shows_measures_card_and_fingerprint(self, model: ModelVersion, validator: User, sign_in: SignIn) -> None:
        page = sign_in(validator).get(address("detail", model))
        assert model.data_fingerprint in page.text
        assert "Debt service to income" in page.text and "tells most" in page.text
        assert "Measures per fold" in page.text

    def test_is_open_to_all_but_administrators(self, model: ModelVersion, branch: Branch, sign_in: SignIn) -> None:
        for role in Role:
            client = sign_in(make_person(f"some_{role.lower()}", branch, role))
            for url in (reverse("risk:model_list"), address("detail", model)):
                assert client.get(url).status_code == (200 if role in READERS else 403), role

    def test_is_not_found_when_absent(self, validator: User, sign_in: SignIn) -> None:
        assert sign_in(validator).get(reverse("risk:model_detail", args=[uuid4()])).status_code == 404


class TestActivation:
    def test_takes_two_people(self, draft: ModelVersion, model: ModelVersion, risk_manager: User, validator: User, sign_in: SignIn) -> None:
        sign_in(risk_manager).post(address("propose", draft), ANSWERED)
        answer = sign_in(validator).post(address("confirm", draft), {"confirm-statement": OPINION}, follow=True)
        assert "The scorecard is in force." in answer.text
        draft.refresh_from_db()
        model.refresh_from_db()
        assert (draft.state, draft.activated_by, model.state) == ("ACTIVE", validator, "RETIRED")

    def test_answers_htmx_with_the_card_alone(self, draft: ModelVersion, risk_manager: User, sign_in: SignIn) -> None:
        answer = sign_in(risk_manager).post(address("propose", draft), ANSWERED, headers=HTMX)
        assert answer.status_code == 200
        assert "<h1>" not in answer.text and "Take back" in answer.text

    def test_is_confirmed_by_nobody_of_the_team_that_develops(
        self, proposed: ModelVersion, risk_manager: User, second_risk_manager: User, validator: User, sign_in: SignIn
    ) -> None:
        """Not by who proposed it, nor by another risk manager, not even of a proposal from before, which names them."""
        Proposal.objects.update(roles=["VALIDATOR", "RISK_MANAGER"])
        before = world()
        for person in (risk_manager, second_risk_manager):
            client = sign_in(person)
            assert client.post(address("confirm", proposed)).status_code == 403
            assert "Put in force" not in client.get(address("detail", proposed)).text
            with pytest.raises(UnableToConfirm, match="not_entitled"):
                confirm_activation(version=proposed, actor=person, business_date=TODAY, statement=OPINION)
        assert world() == before
        assert "Put in force" in sign_in(validator).get(address("detail", proposed)).text

    def test_refuses_the_one_who_trained_it_whatever_they_are_now(
        self, learnt: dict[str, Any], risk_manager: User, second_risk_manager: User, sign_in: SignIn
    ) -> None:
        mine = register_model(name="retail", actor=second_risk_manager, business_date=TODAY, **learnt)
        propose_activation(version=mine, actor=risk_manager, business_date=TODAY, reasons=ALL_THE_SAME)
        UserRole.objects.filter(user=second_risk_manager).update(role=Role.VALIDATOR)
        before = world()
        answer = sign_in(User.objects.get(pk=second_risk_manager.pk)).post(address("confirm", mine), {"confirm-statement": OPINION})
        assert answer.status_code == 422
        assert world() == before

    def test_is_taken_back_by_who_proposed_it(self, proposed: ModelVersion, risk_manager: User, sign_in: SignIn) -> None:
        sign_in(risk_manager).post(address("reject", proposed), {"refuse-reason": "Another sample comes."})
        proposed.refresh_from_db()
        assert proposed.state == "DRAFT"

    def test_is_refused_with_a_reason_and_keeps_what_was_typed(self, proposed: ModelVersion, validator: User, sign_in: SignIn) -> None:
        client = sign_in(validator)
        empty = client.post(address("reject", proposed), {"refuse-reason": ""})
        assert empty.status_code == 422 and "There is a problem" in empty.text
        long = client.post(address("reject", proposed), {"refuse-reason": "x" * 401})
        assert long.status_code == 422 and "x" * 401 in long.text
        client.post(address("reject", proposed), {"refuse-reason": "The folds differ too much."})
        proposed.refresh_from_db()
        assert proposed.state == "DRAFT"

    def test_says_so_when_nothing_is_proposed(self, draft: ModelVersion, validator: User, sign_in: SignIn) -> None:
        answer = sign_in(validator).post(address("confirm", draft), {"confirm-statement": OPINION})
        assert answer.status_code == 422 and "There is no open proposal" in answer.text

    def test_is_closed_to_every_other_role(self, proposed: ModelVersion, branch: Branch, sign_in: SignIn) -> None:
        before = world()
        doors = {"propose": PROPOSERS, "confirm": CONFIRMERS, "reject": (*CONFIRMERS, *PROPOSERS)}
        for role in Role:
            client = sign_in(make_person(f"some_{role.lower()}", branch, role))
            for name, roles in doors.items():
                if role not in roles:
                    assert client.post(address(name, proposed), {"refuse-reason": "No."}).status_code == 403, (role, name)
        assert world() == before
