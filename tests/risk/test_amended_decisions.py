"""A record amended after a file was decided and before its contract:
held and told in the same transaction, and let go when others carry it.
"""
# ruff: noqa: F811 -- fixtures are asked for by the names they are imported under

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from django.urls import reverse
from django.utils import timezone

from core.events import deliver_pending
from core.models import AuditEntry, BankState, Branch, OutboxEvent, Proposal, User
from core.roles import Role
from loans.models import Application, ApplicationHold, Loan
from loans.services.contracts import UnableToMakeContract, make_contract
from loans.services.offers import UnableToAcceptOffer, accept_offer, refuse_offer
from monitoring.models import Alert
from risk.models import ExposureSignature, PolicyEvaluation
from risk.services.amended_decisions import UnableToCarryDecision, carry_amended_decision
from risk.services.payout_authority import UnableToCarryExposure
from risk.services.rules_of_decision import UnableToDecide
from tests.risk.conftest import TODAY, make_person
from tests.risk.deciding import decided
from tests.risk.test_judged_anew import OLD, amend, amend_quietly
from tests.risk.test_payout_authority import confirm, matrix, payout_of  # noqa: F401 -- a fixture among them
from tests.risk.web.conftest import HTMX, SignIn, sign_in, world  # noqa: F401 -- a fixture among them
from tests.shared_rows import shared

pytestmark = pytest.mark.django_db
NAME = {"name": "Freya Lindquist"}


@pytest.fixture(autouse=True)
def _today(bank: BankState) -> None:
    BankState.objects.update(business_date=TODAY)


@shared
def offered(matrix: None, in_review: Application, approver: User) -> Application:
    """12,000 that one person approved, on offer, and everybody told of it."""
    decided(in_review, approver)
    while deliver_pending():
        pass
    return Application.objects.get(pk=in_review.pk)


def shown(application: Application) -> UUID:
    """The assessment that a page shows."""
    return PolicyEvaluation.objects.filter(application=application).order_by("-id")[0].pk


def carry(application: Application, actor: User, **changes: Any) -> Any:
    given: dict[str, Any] = {"seen": shown(application), "reason": "A slip in the spelling.", "business_date": TODAY}
    return carry_amended_decision(application=application, actor=actor, **given | changes)


def is_held(application: Application) -> bool:
    return ApplicationHold.objects.filter(application=application, reason="AMENDED", released_at=None).exists()


def desks(application: Application, state: str = "OPEN") -> set[User | None]:
    rows = Alert.objects.filter(kind="AMENDED", subject__startswith=f"decided:{application.pk}:", state=state)
    return {alert.owner for alert in rows.select_related("owner")}


def state_of(application: Application) -> str:
    return Application.objects.get(pk=application.pk).state


class TestToldAtOnce:
    def test_in_the_transaction_that_amends(self, offered: Application, officer: User, risk_manager: User) -> None:
        """Before any worker has heard of it."""
        amend_quietly(offered, officer, risk_manager, **NAME)
        assert is_held(offered)
        told = Proposal.objects.get(kind="amended_decision")
        assert told.state == "OPEN" and set(told.roles) == {Role.APPROVER, Role.RISK_MANAGER} and told.branch_id == offered.branch_id
        assert "was amended (name) on 02 Mar 2026" in told.title and told.path == f"/applications/{offered.pk}/#decision"
        assert OutboxEvent.objects.filter(name="DecisionAmended", delivered_at=None).count() == 1
        with pytest.raises(UnableToAcceptOffer, match="in_review"):
            accept_offer(application=offered, actor=officer, business_date=TODAY)

    def test_each_of_those_who_decided_and_the_officer(
        self, offered: Application, officer: User, approver: User, risk_manager: User, sign_in: SignIn
    ) -> None:
        amend(offered, officer, risk_manager, **NAME)
        assert desks(offered) == {approver, officer}
        alert = Alert.objects.get(kind="AMENDED", owner=officer)
        assert offered.reference in alert.title and alert.details["decided by"] == approver.full_name
        assert offered.reference in sign_in(officer).get(reverse("monitoring:alert_list"), {"view": "mine"}).text
        page = sign_in(officer).get(reverse("monitoring:alert_detail", args=[alert.pk])).text
        assert reverse("loans:application_detail", args=[offered.pk]) in page
        page = sign_in(officer).get(reverse("loans:application_detail", args=[offered.pk])).text
        assert "Customer record amended since the decision" in page

    def test_nobody_of_what_was_settled_before_it_was_heard(self, offered: Application, officer: User, risk_manager: User) -> None:
        amend_quietly(offered, officer, risk_manager, **NAME)
        refuse_offer(application=offered, actor=officer, business_date=TODAY)
        heard = OutboxEvent.objects.filter(name="DecisionAmended", delivered_at=None)
        assert heard.count() == 1
        ApplicationHold.objects.filter(application=offered).update(released_at=timezone.now())
        while deliver_pending():
            pass
        assert not heard.exists() and not Alert.objects.filter(kind="AMENDED").exists()

    def test_refuses_the_contract_of_an_offer_accepted_before(self, offered: Application, officer: User, risk_manager: User) -> None:
        accept_offer(application=offered, actor=officer, business_date=TODAY)
        amend_quietly(offered, officer, risk_manager, **NAME)
        with pytest.raises(UnableToMakeContract, match="on_hold"):
            make_contract(application=offered, actor=officer, business_date=TODAY)
        assert not Loan.objects.exists()

    def test_of_any_party_of_the_file(self, matrix: None, reviewed: Any, officer: User, approver: User, risk_manager: User) -> None:
        first, second = reviewed(), reviewed(number="L01X00T48")
        assert second.borrower is not None
        first.parties.create(borrower=second.borrower, part="GUARANTOR")
        decided(first, approver)
        amend_quietly(second, officer, risk_manager, **NAME)
        assert is_held(first) and not is_held(second), "who guarantees it is part of what was decided"

    def test_nothing_of_what_nobody_is_judged_by(self, offered: Application, officer: User, risk_manager: User) -> None:
        amend(offered, officer, risk_manager, phone="+49 40 999")
        assert not is_held(offered) and not Alert.objects.exists() and not Proposal.objects.filter(kind="amended_decision").exists()

    def test_nothing_of_what_was_declined(self, in_review: Application, officer: User, approver: User, risk_manager: User) -> None:
        reason = [{"code": "KNOWLEDGE", "text": "x"}]
        decided(in_review, approver, outcome="DECLINED", reasons=reason, override_code="ADVERSE_KNOWLEDGE")
        amend(in_review, officer, risk_manager, **NAME)
        assert not is_held(in_review) and not Alert.objects.filter(kind="AMENDED").exists()


class TestCarried:
    def test_by_somebody_else_who_read_the_new_assessment(
        self, offered: Application, officer: User, approver: User, second_approver: User, risk_manager: User
    ) -> None:
        amend_quietly(offered, officer, risk_manager, **NAME)
        with pytest.raises(UnableToCarryDecision, match="not_assessed"):
            carry(offered, second_approver)
        before = shown(offered)
        while deliver_pending():
            pass
        for actor, changes, error in (
            (second_approver, {"seen": before}, "assessed_anew"),
            (second_approver, {"seen": None}, "assessed_anew"),
            (second_approver, {"reason": " "}, "reason_missing"),
            (approver, {}, "own_decision"),
            (officer, {}, "not_entitled"),
        ):
            with pytest.raises((UnableToCarryDecision, UnableToCarryExposure), match=error):
                carry(offered, actor, **changes)
        assert is_held(offered) and not ExposureSignature.objects.exists()
        assert not carry(offered, second_approver).beyond
        assert not is_held(offered) and Proposal.objects.get(kind="amended_decision").decided_by == second_approver
        assert AuditEntry.objects.get(action="exposure.signed").actor == second_approver
        while deliver_pending():
            pass
        assert desks(offered) == set() and desks(offered, "RESOLVED") == {approver, officer}
        with pytest.raises(UnableToCarryDecision, match="not_needed"):
            carry(offered, risk_manager)
        # The same word carries the payout: nobody is asked twice.
        payout = payout_of(offered, officer)
        while deliver_pending():
            pass
        assert not Proposal.objects.filter(kind="payout_exposure").exists()
        assert confirm(payout, approver).state == "PAID"

    def test_by_two_where_the_system_declines_it_now(
        self, offered: Application, officer: User, second_approver: User, risk_manager: User, second_risk_manager: User
    ) -> None:
        amend(offered, officer, risk_manager, **OLD)
        assert carry(offered, second_approver).beyond and is_held(offered)
        with pytest.raises(UnableToCarryExposure, match="signed"):
            carry(offered, second_approver)
        assert not carry(offered, second_risk_manager).beyond and not is_held(offered)

    def test_no_longer_after_another_amendment(
        self, offered: Application, officer: User, second_approver: User, risk_manager: User
    ) -> None:
        amend(offered, officer, risk_manager, **NAME)
        carry(offered, second_approver)
        amend(offered, officer, risk_manager, national_id="L01X00T49")
        assert is_held(offered) and Proposal.objects.filter(kind="amended_decision", state="OPEN").count() == 1
        with pytest.raises(UnableToAcceptOffer):
            accept_offer(application=offered, actor=officer, business_date=TODAY)
        assert not carry(offered, second_approver).beyond and not is_held(offered)

    def test_by_nobody_once_the_offer_has_ended(
        self, offered: Application, officer: User, second_approver: User, risk_manager: User
    ) -> None:
        amend(offered, officer, risk_manager, **NAME)
        refuse_offer(application=offered, actor=officer, business_date=TODAY, reason="Bought elsewhere")
        while deliver_pending():
            pass
        assert Proposal.objects.get(kind="amended_decision").state == "VOIDED" and desks(offered) == set() and not is_held(offered)
        with pytest.raises(UnableToCarryDecision, match="not_needed"):
            carry(offered, second_approver)


def test_nobody_approves_on_facts_signed_before_the_amendment(
    in_review: Application, officer: User, approver: User, risk_manager: User
) -> None:
    """Word of it has not come yet, and the file is still signed off: it is not decided in between."""
    amend_quietly(in_review, officer, risk_manager, **NAME)
    with pytest.raises(UnableToDecide, match="amended") as refusal:
        decided(in_review, approver)
    assert "was amended (name) on 02 Mar 2026" in refusal.value.detail and state_of(in_review) == "REVIEW"


class TestPanel:
    def at(self, application: Application, name: str = "decision_panel") -> str:
        return reverse(f"risk:{name}", args=[application.pk])

    @pytest.fixture
    def amended(self, offered: Application, officer: User, risk_manager: User) -> Application:
        amend(offered, officer, risk_manager, **OLD)
        return offered

    def test_tells_what_turned_and_takes_a_word(
        self, amended: Application, approver: User, second_approver: User, second_risk_manager: User, sign_in: SignIn
    ) -> None:
        page = sign_in(approver).get(self.at(amended), headers=HTMX).text
        assert "A record was amended after the decision" in page and "say decline instead of approve" in page
        assert "You decided the application" in page and "The decision stands" not in page
        client = sign_in(second_approver)
        page = client.get(self.at(amended), headers=HTMX)
        assert "2 of them missing" in page.text and 'name="carry-reason"' in page.text
        empty = client.post(self.at(amended, "decision_carry"), {"evaluation": shown(amended), "carry-reason": ""}, headers=HTMX)
        assert empty.status_code == 422 and is_held(amended)
        old = client.post(self.at(amended, "decision_carry"), {"evaluation": "x", "carry-reason": "Two slips"}, headers=HTMX)
        assert old.status_code == 422 and "Read it again" in old.text and 'value="Two slips"' in old.text
        for person in (client, sign_in(second_risk_manager)):
            sent = {"evaluation": shown(amended), "carry-reason": "Two slips"}
            answer = person.post(self.at(amended, "decision_carry"), sent, headers=HTMX)
            assert answer.status_code == 200 and answer.headers["HX-Trigger"] == '{"file-moved": {}}'
        assert not is_held(amended) and "The decision stands on the amended record" in answer.text
        assert "A record was amended" not in answer.text and answer.text.count("Two slips") == 2

    @pytest.mark.parametrize("role", [role for role in Role if role not in (Role.APPROVER, Role.RISK_MANAGER)])
    def test_takes_no_word_of_others(self, amended: Application, branch: Branch, sign_in: SignIn, role: Role) -> None:
        client, before = sign_in(make_person("somebody", branch, role)), world()
        sent = {"evaluation": shown(amended), "carry-reason": "Mine"}
        assert client.post(self.at(amended, "decision_carry"), sent).status_code in (302, 403, 404)
        assert world() == before and not ExposureSignature.objects.exists()

    def test_says_nothing_where_nothing_turned(
        self, offered: Application, second_approver: User, sign_in: SignIn, django_assert_max_num_queries: Any
    ) -> None:
        client = sign_in(second_approver)
        client.get(self.at(offered), headers=HTMX)
        with django_assert_max_num_queries(40):
            page = client.get(self.at(offered), headers=HTMX)
        assert "amended" not in page.text
