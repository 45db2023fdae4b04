"""Who put a decision up or voted on it stays free of conflict until it is taken: what they do for the file meanwhile undoes it."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from core.four_eyes import UnableToConfirm
from core.models import Branch, Proposal, User, UserBranch, UserRole
from core.roles import Role
from loans.models import Application
from loans.services.interests import declare_interest
from risk.models import CommitteeVote, Decision, FraudSignal, Recommendation
from risk.services.committee import vote_on_decision
from risk.services.decisions import confirm_decision
from risk.services.file_audits import UnableToAudit, order_audit, record_audit
from risk.services.fraud import UnableToJudgeSignal, judge_signal
from tests.risk.conftest import TODAY, make_person
from tests.risk.deciding import LARGE, Make, decided
from tests.risk.files import add_document
from tests.risk.test_committee import before_committee  # noqa: F401 -- a fixture
from tests.risk.web.conftest import sign_in
from tests.shared_rows import shared

__all__ = ["sign_in"]


def signal_on(application: Application, **changes: Any) -> FraudSignal:
    return FraudSignal.objects.create(
        application=application, rule="PHONE", finding="ab" * 32, evidence={"words": "Shared.", "others": []}, raised_date=TODAY, **changes
    )


@shared
def waiting(reviewed: Make, risk_manager: User) -> Application:
    """A large loan that a risk manager put up."""
    application: Application = reviewed(amount=LARGE, term="240")
    assert isinstance(decided(application, risk_manager, override_code="STRONG_COLLATERAL"), Recommendation)
    return application


def test_clears_nothing_that_holds_the_file(waiting: Application, risk_manager: User, second_risk_manager: User, sign_in: Any) -> None:
    signal = signal_on(waiting)
    who: dict[str, Any] = {"actor": risk_manager, "business_date": TODAY}
    with pytest.raises(UnableToJudgeSignal, match="own_decision"):
        judge_signal(signal=signal, state="EXPLAINED", reason="Known.", **who)
    made = order_audit(application=waiting, auditor="P", reason="x", **who)
    with pytest.raises(UnableToAudit, match="own_file"):
        record_audit(found=made, clean=True, result="Seen.", report=add_document(waiting, "audit.pdf"), **who)
    pages = {one: sign_in(one) for one in (risk_manager, second_risk_manager)}
    for name, button in (("signals_panel", "Save judgement"), ("field_panel", "report-clean_report")):
        url = reverse(f"risk:{name}", args=[waiting.pk])
        assert [button in client.get(url).text for client in pages.values()] == [False, True], name
    judge_signal(signal=signal, state="EXPLAINED", reason="Known.", actor=second_risk_manager, business_date=TODAY)


def test_who_came_to_work_on_the_file_has_put_up_nothing(waiting: Application, risk_manager: User, approver: User) -> None:
    signal_on(waiting, state="EXPLAINED", decided_by=risk_manager, reason="Known.", decided_at="2026-03-02T10:00Z")
    with pytest.raises(UnableToConfirm, match="changed"):
        confirm_decision(application=waiting, actor=approver, business_date=TODAY)
    assert Proposal.objects.get().state == "VOIDED" and not Decision.objects.exists()


def test_a_member_who_declares_an_interest_has_no_vote_any_more(
    before_committee: Application,  # noqa: F811 -- the fixture
    second_approver: User,
    risk_manager: User,
    second_risk_manager: User,
    sign_in: Any,
) -> None:
    ballot: dict[str, Any] = {"application": before_committee, "in_favour": True, "reason": "", "business_date": TODAY}
    vote_on_decision(actor=second_approver, **ballot)
    vote_on_decision(actor=risk_manager, **ballot)
    with pytest.raises(UnableToJudgeSignal, match="own_decision"):
        judge_signal(signal=signal_on(before_committee), state="EXPLAINED", reason="Known.", actor=risk_manager, business_date=TODAY)
    FraudSignal.objects.all().delete()
    interest: dict[str, Any] = {"kind": "FRIEND", "reason": "One choir.", "borrower": before_committee.borrower}
    declare_interest(application=before_committee, actor=second_approver, business_date=TODAY, **interest)
    panel = reverse("risk:decision_panel", args=[before_committee.pk])
    assert "2 of 3 votes are missing" in sign_in(second_risk_manager).get(panel).text
    assert isinstance(vote_on_decision(actor=second_risk_manager, **ballot), CommitteeVote), "two of three count"
    assert not Decision.objects.exists()


@pytest.mark.parametrize("gone", ["suspended", "moved on", "in another branch"])
def test_what_somebody_put_up_who_decides_no_more_ends(reviewed: Make, approver: User, second_approver: User, gone: str) -> None:
    application = reviewed(amount=LARGE, term="240")
    decided(application, approver, override_code="STRONG_COLLATERAL")
    go(approver, gone)
    with pytest.raises(UnableToConfirm, match="changed"):
        confirm_decision(application=application, actor=second_approver, business_date=TODAY)
    assert Proposal.objects.get().state == "VOIDED" and not Decision.objects.exists()


@pytest.mark.parametrize("gone", ["suspended", "moved on"])
def test_a_member_who_decides_no_more_has_no_vote(
    before_committee: Application,  # noqa: F811 -- the fixture
    second_approver: User,
    risk_manager: User,
    branch: Branch,
    gone: str,
    sign_in: Any,
) -> None:
    """And who is a risk manager no more votes as none."""
    others = [make_person(f"member_{number}", branch, Role.APPROVER) for number in range(3)]
    ballot: dict[str, Any] = {"application": before_committee, "in_favour": True, "reason": "", "business_date": TODAY}
    vote_on_decision(actor=second_approver, **ballot)
    vote_on_decision(actor=risk_manager, **ballot)
    go(second_approver, gone)
    panel = reverse("risk:decision_panel", args=[before_committee.pk])
    assert "2 of 3 votes are missing" in sign_in(others[0]).get(panel).text
    UserRole.objects.filter(user=risk_manager).update(role=Role.APPROVER)
    for member in others[:2]:
        assert isinstance(vote_on_decision(actor=User.objects.get(pk=member.pk), **ballot), CommitteeVote)
    assert not Decision.objects.exists(), "three of four count, none of a risk manager"
    UserRole.objects.filter(user=others[2]).update(role=Role.RISK_MANAGER)
    made = vote_on_decision(actor=User.objects.get(pk=others[2].pk), **ballot)
    assert isinstance(made, Decision)
    assert [(one["name"], one["by_manager"]) for one in made.votes] == [
        ("Rita Risk", False), ("Member 0", False), ("Member 1", False), ("Member 2", True),
    ]  # fmt: skip


def go(person: User, how: str) -> None:
    """Let somebody leave, lose the role, or move."""
    if how == "suspended":
        User.objects.filter(pk=person.pk).update(is_active=False)
    elif how == "moved on":
        UserRole.objects.filter(user=person).update(role=Role.COLLECTIONS)
    else:
        UserBranch.objects.filter(user=person).update(branch=Branch.objects.create(code="B9", name="Elsewhere"))
