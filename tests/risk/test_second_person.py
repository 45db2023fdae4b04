"""The second person to a decision: confirms it on the same ground to the byte, refuses it, or finds it void."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from collateral.models import Asset, Pledge
from core.errors import Conflict
from core.events import deliver_pending
from core.four_eyes import UnableToConfirm
from core.models import Proposal, User
from loans.models import (
    Application,
    ApplicationHold,
)
from loans.services.withdrawals import withdraw_application
from risk.domain import authority
from risk.domain.policy import Condition, Operator, PolicyRule
from risk.models import Decision, ModelVersion, PolicyVersion, Recommendation
from risk.selectors.files import latest_evaluation
from risk.services import rules_of_decision
from risk.services.decisions import confirm_decision, reject_decision
from risk.services.facts import record_fact
from risk.services.policies import draft_policy, edit_policy
from risk.services.rules_of_decision import UnableToDecide
from tests.risk.conftest import TODAY
from tests.risk.deciding import LARGE, Make, decided, did_before, receive_statement
from tests.risk.files import add_document
from tests.risk.test_committee import in_force, matrix


class TestConfirmDecision:
    @pytest.fixture
    def waiting(self, reviewed: Make, approver: User) -> Application:
        """A large loan that one approver put up."""
        application: Application = reviewed(amount=LARGE, term="240")
        recommendation = decided(application, approver, override_code="STRONG_COLLATERAL")
        assert isinstance(recommendation, Recommendation)
        application.refresh_from_db()
        assert application.state == "REVIEW"
        return application

    def test_takes_effect_with_both_names(self, waiting: Application, approver: User, second_approver: User) -> None:
        decision = confirm_decision(application=waiting, actor=second_approver, business_date=TODAY)
        waiting.refresh_from_db()
        assert waiting.state == "OFFERED"
        assert (decision.decided_by, decision.second_by, decision.authority_level) == (approver, second_approver, 3)

    @pytest.mark.parametrize(
        ("who", "code"),
        [("approver", "own_proposal"), ("officer", "not_entitled"), ("investigator", "not_entitled"), ("outsider", "not_entitled")],
    )
    def test_refuses(self, who: str, code: str, waiting: Application, request: pytest.FixtureRequest) -> None:
        with pytest.raises(UnableToConfirm, match=code):
            confirm_decision(application=waiting, actor=request.getfixturevalue(who), business_date=TODAY)
        assert not Decision.objects.exists()
        assert Proposal.objects.get().state == "OPEN"

    def test_refuses_somebody_who_worked_on_the_file(self, waiting: Application, second_approver: User) -> None:
        did_before(waiting, second_approver)
        with pytest.raises(UnableToConfirm, match="conflict_of_interest"):
            confirm_decision(application=waiting, actor=second_approver, business_date=TODAY)
        assert not Decision.objects.exists()

    def test_is_void_after_a_fact_was_added(self, waiting: Application, investigator: User, second_approver: User) -> None:
        record_fact(
            application=waiting,
            code="monthly_income",
            value="4100",
            source="Employer",
            authenticity="UNVERIFIED",
            as_of_date=TODAY,
            actor=investigator,
            business_date=TODAY,
        )
        with pytest.raises((UnableToConfirm, Conflict)):
            confirm_decision(application=waiting, actor=second_approver, business_date=TODAY)
        assert Proposal.objects.get().state == "VOIDED"
        assert not Decision.objects.exists()

    def test_is_void_after_a_document_came_in(self, waiting: Application, approver: User, second_approver: User) -> None:
        add_document(waiting, "late.pdf")
        with pytest.raises(UnableToConfirm, match="changed"):
            confirm_decision(application=waiting, actor=second_approver, business_date=TODAY)
        assert Proposal.objects.get().state == "VOIDED"
        assert not Decision.objects.exists()
        assert isinstance(decided(waiting, approver, override_code="STRONG_COLLATERAL"), Recommendation)

    @pytest.mark.parametrize(("limit", "later", "ends"), [(None, "0.6", False), ("2", "0.6", True), (None, "0.7", True)])
    def test_stands_overnight_unless_the_policy_minds_the_age_of_a_value(
        self,
        limit: str | None,
        later: str,
        ends: bool,
        policy: PolicyVersion,
        reviewed: Make,
        approver: User,
        second_approver: User,
        risk_manager: User,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        if limit:
            PolicyVersion.objects.filter(pk=policy.pk).update(state="RETIRED")
            age = PolicyRule("valuation_age_days", "Age of the value", Operator.AT_MOST, limit, None, "days", "Collateral", "P99")
            draft = draft_policy(actor=risk_manager, business_date=TODAY)
            others = [rule for rule in draft.rules if rule["fact"] != age.fact]
            edit_policy(version=draft, rules=[*others, age.to_dict()], note="Age", actor=risk_manager, business_date=TODAY)
            PolicyVersion.objects.filter(pk=draft.pk).update(state="ACTIVE", activated_date=TODAY)
        secured = {"ltv": Decimal("0.6"), "collateral_coverage": Decimal(1), "open_red_flags": 0}
        monkeypatch.setattr(
            "risk.services.fact_parts.facts_of",
            lambda *_, business_date: secured | {"valuation_age_days": (business_date - TODAY).days + 1},
        )
        application: Application = reviewed(amount=LARGE, term="240")
        decided(application, approver, override_code="STRONG_COLLATERAL")
        secured["ltv"] = Decimal(later)
        then = TODAY + timedelta(days=9)
        if ends:
            with pytest.raises(UnableToConfirm, match="changed"):
                confirm_decision(application=application, actor=second_approver, business_date=then)
        else:
            assert confirm_decision(application=application, actor=second_approver, business_date=then).second_by == second_approver

    def test_is_void_when_a_screening_hit_came_up(self, waiting: Application, second_approver: User) -> None:
        ApplicationHold.objects.create(application=waiting, reason="SCREENING", source="hit:1")
        with pytest.raises(UnableToConfirm, match="changed"):
            confirm_decision(application=waiting, actor=second_approver, business_date=TODAY)
        assert not Decision.objects.exists()

    def test_is_refused_when_facts_went_stale_meanwhile(self, waiting: Application, second_approver: User) -> None:
        with pytest.raises(UnableToDecide, match="stale_facts"):
            confirm_decision(application=waiting, actor=second_approver, business_date=TODAY + timedelta(days=200))
        assert not Decision.objects.exists()
        assert Proposal.objects.get().state == "VOIDED", "it could never be confirmed, and would bar every other decision"

    def test_is_refused_when_the_fact_of_a_condition_went_stale_meanwhile(
        self, policy: PolicyVersion, reviewed: Make, approver: User, second_approver: User, risk_manager: User
    ) -> None:
        """A row that does not apply is known not to apply only while its condition is fresh."""
        short = Condition("employment_months", Operator.AT_MOST, "1")
        row = PolicyRule("loan_amount", "Amount", Operator.AT_MOST, "1.00", None, code="P99", conditions=(short,))
        PolicyVersion.objects.filter(pk=policy.pk).update(state="RETIRED")
        draft = draft_policy(actor=risk_manager, business_date=TODAY, rules=[row.to_dict()])
        PolicyVersion.objects.filter(pk=draft.pk).update(state="ACTIVE", activated_date=TODAY)
        application: Application = reviewed(amount=LARGE, term="240")
        decided(application, approver, override_code="STRONG_COLLATERAL")
        assert latest_evaluation(application).rows == []  # type: ignore[union-attr]
        with pytest.raises(UnableToDecide, match="stale_facts") as refusal:
            confirm_decision(application=application, actor=second_approver, business_date=TODAY + timedelta(days=200))
        assert "Months with the present employer" in refusal.value.detail

    def test_is_void_once_something_is_pledged_that_was_not_assessed(self, waiting: Application, second_approver: User) -> None:
        asset = Asset.objects.create(
            branch=waiting.branch, kind="MACHINERY", description="Lathe", currency="EUR", stated_value=1, registered_date=TODAY
        )
        Pledge.objects.create(asset=asset, application=waiting, rank=1, amount=1)
        with pytest.raises(UnableToConfirm, match="changed"):
            confirm_decision(application=waiting, actor=second_approver, business_date=TODAY)
        assert not Decision.objects.exists()

    def test_bars_no_other_decision_once_its_facts_went_stale(self, waiting: Application, second_approver: User) -> None:
        then = TODAY + timedelta(days=200)
        reasons = [{"code": "INCOMPLETE", "text": "Documents are missing."}]
        made = decided(waiting, second_approver, outcome="RETURNED", reasons=reasons, business_date=then)
        assert isinstance(made, Decision)
        assert (Proposal.objects.get().state, Proposal.objects.get().reason) == (
            "VOIDED",
            "Facts passed their shelf life after the decision was put up.",
        )

    @pytest.mark.parametrize("versions", [PolicyVersion, ModelVersion])
    def test_is_void_under_a_policy_or_scorecard_out_of_force(
        self, versions: type[PolicyVersion] | type[ModelVersion], waiting: Application, approver: User, second_approver: User
    ) -> None:
        versions.objects.update(state="RETIRED")
        with pytest.raises(UnableToConfirm, match="changed"):
            confirm_decision(application=waiting, actor=second_approver, business_date=TODAY)
        assert Proposal.objects.get().state == "VOIDED" and not Decision.objects.exists()

    def test_stands_anew_on_the_policy_in_force(self, waiting: Application, policy: PolicyVersion, second_approver: User) -> None:
        PolicyVersion.objects.filter(pk=policy.pk).update(state="RETIRED")
        newer = draft_policy(actor=None, business_date=TODAY)
        PolicyVersion.objects.filter(pk=newer.pk).update(state="ACTIVE", activated_date=TODAY)
        made = decided(waiting, second_approver, override_code="STRONG_COLLATERAL")
        assert isinstance(made, Recommendation), "the one put up under the retired policy ended"
        assert waiting.evaluations.order_by("-id")[0].policy_version == newer

    def test_is_void_after_a_statement_came_in(self, waiting: Application, second_approver: User) -> None:
        receive_statement(waiting, TODAY - timedelta(days=3))
        with pytest.raises(UnableToConfirm, match="changed"):
            confirm_decision(application=waiting, actor=second_approver, business_date=TODAY)
        assert Proposal.objects.get().state == "VOIDED" and not Decision.objects.exists()

    def test_is_refused_by_nobody_on_the_file(self, waiting: Application, risk_manager: User) -> None:
        did_before(waiting, risk_manager)
        with pytest.raises(UnableToConfirm, match="conflict_of_interest"):
            reject_decision(application=waiting, reason="No.", actor=risk_manager, business_date=TODAY)
        assert Proposal.objects.get().state == "OPEN"

    def test_ends_with_a_file_that_is_withdrawn(self, waiting: Application, second_approver: User) -> None:
        deliver_pending()
        assert Proposal.objects.get().state == "OPEN"
        withdraw_application(application=waiting, actor=None, business_date=TODAY, reason="Found a cheaper loan.", actor_name="Applicant")
        deliver_pending()
        proposal = Proposal.objects.get()
        assert (proposal.state, proposal.reason) == ("VOIDED", "The application left review after the decision was put up.")

    def test_bars_a_second_decision_beside_the_one_that_waits(self, waiting: Application, second_approver: User) -> None:
        with pytest.raises(UnableToDecide, match="waits_for_second"):
            decided(waiting, second_approver, override_code="STRONG_COLLATERAL")
        assert Recommendation.objects.count() == 1

    def test_happens_once(self, waiting: Application, second_approver: User, risk_manager: User) -> None:
        confirm_decision(application=waiting, actor=second_approver, business_date=TODAY)
        with pytest.raises(Conflict):
            confirm_decision(application=waiting, actor=risk_manager, business_date=TODAY)
        assert Decision.objects.count() == 1

    def test_can_be_refused_with_a_reason_and_taken_back_without(self, waiting: Application, approver: User, second_approver: User) -> None:
        with pytest.raises(UnableToDecide, match="invalid"):
            reject_decision(application=waiting, reason="", actor=second_approver, business_date=TODAY)
        reject_decision(application=waiting, reason="", actor=approver, business_date=TODAY)
        assert Proposal.objects.get().state == "REJECTED"
        waiting.refresh_from_db()
        assert waiting.state == "REVIEW"


def test_ends_what_an_older_house_put_up_with_a_reason_for_nothing(
    in_review: Application,
    approver: User,
    second_approver: User,
    risk_manager: User,
    second_risk_manager: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    two = matrix(authority.AuthorityRow(2, "Small", Decimal(10_000)), authority.AuthorityRow(3, "Two people", Decimal(100_000)))
    in_force("AUTHORITY", two, risk_manager, second_risk_manager)
    with monkeypatch.context() as older:
        older.setattr(rules_of_decision, "leaves_recommendation", lambda *_: True)
        assert isinstance(decided(in_review, approver, override_code="LONG_RELATIONSHIP"), Recommendation)
    with pytest.raises(UnableToDecide, match="override_needless"):
        confirm_decision(application=in_review, actor=second_approver, business_date=TODAY)
    proposal = Proposal.objects.get(kind="decision")
    assert proposal.state == "VOIDED" and "names a reason for leaving" in proposal.reason and not Decision.objects.exists()
