"""The second person decides on what they were shown: never on what took its place since."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from core.models import BankState, Proposal, User
from loans.models import Application
from risk.models import CommitteeVote, Decision, Investigation, ModelVersion, PolicyVersion
from risk.selectors.terms import priced_rate
from risk.services.decisions import reject_decision
from risk.services.file_work import reopen
from risk.services.investigations import take_back_investigation
from risk.services.policies import draft_policy
from risk.services.policy_activation import propose_policy, reject_policy
from risk.services.putting_up import submit_investigation
from risk.services.sign_off import sign_off_investigation
from tests.risk.conftest import TODAY
from tests.risk.deciding import LARGE, Make, decided, put_another_scorecard_in_force
from tests.risk.test_committee import before_committee, put_up  # noqa: F401 -- a fixture among them
from tests.risk.web.conftest import HTMX, SignIn, world


def shown(page: Any, name: str) -> dict[str, str]:
    """The hidden field of the form on a page, as a browser sends it back."""
    found = re.search(rf'name="{name}" value="([^"]+)"', page.text)
    assert found is not None
    return {name: found[1]}


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "panel"])
def test_a_decision_is_taken_on_the_assessment_that_was_shown(
    headers: dict[str, str], reviewed: Make, approver: User, model: ModelVersion, learnt: dict[str, Any], sign_in: SignIn
) -> None:
    """Another grade has another price: nobody decides on what they did not read, and what was typed stays."""
    application, client = reviewed(), sign_in(approver)
    panel = reverse("risk:decision_panel", args=[application.pk])
    sent = {"outcome": "APPROVED", "rationale": "Carries it with room.", **shown(client.get(panel), "evaluation")}
    letter = "C" if application.grade != "C" else "B"
    put_another_scorecard_in_force(model, learnt, grades=[one | {"letter": letter} for one in learnt["definition"]["grades"]["grades"]])
    answer = client.post(panel, sent, headers=headers)
    assert answer.status_code == 409 and not Decision.objects.exists()
    assert (
        f"the grade became {letter} instead of {application.grade}, at " in answer.text
        and "Carries it with room.</textarea>" in answer.text
    )
    application.refresh_from_db()
    assert application.grade == letter, "what was read last is what the page shows"
    anew = shown(answer, "evaluation")
    assert anew["evaluation"] != sent["evaluation"]
    for nothing in ({}, {"evaluation": "nonsense"}):
        assert client.post(panel, {"outcome": "APPROVED", "rationale": "x"} | nothing).status_code == 409, "a form that names nothing"
    assert client.post(panel, sent | anew).status_code == 302
    rate = Decision.objects.get().annual_rate
    assert rate == priced_rate(application.product_version, letter)  # type: ignore[arg-type]


def test_a_file_investigated_again_is_read_again(
    in_review: Application, investigator: User, second_investigator: User, approver: User, sign_in: SignIn
) -> None:
    """Though policy and score say the same of it."""
    client = sign_in(approver)
    panel = reverse("risk:decision_panel", args=[in_review.pk])
    sent = {"outcome": "APPROVED", "rationale": "Carries it.", **shown(client.get(panel), "evaluation")}
    investigation = Investigation.objects.get()
    reopen(investigation, actor=investigator, business_date=TODAY, reason="Once more.")
    submit_investigation(investigation=investigation, summary="As before.", actor=investigator, business_date=TODAY)
    sign_off_investigation(investigation=investigation, actor=second_investigator, business_date=TODAY)
    answer = client.post(panel, sent)
    assert answer.status_code == 409 and "it was assessed once more" in answer.text
    assert client.post(panel, sent | shown(answer, "evaluation")).status_code == 302


def test_a_day_that_changes_nothing_asks_for_nothing(in_review: Application, approver: User, bank: BankState, sign_in: SignIn) -> None:
    BankState.objects.update(business_date=TODAY + timedelta(days=1))
    client = sign_in(approver)
    panel = reverse("risk:decision_panel", args=[in_review.pk])
    sent = {"outcome": "APPROVED", "rationale": "Carries it.", **shown(client.get(panel), "evaluation")}
    assert client.post(panel, sent).status_code == 302
    assert in_review.evaluations.count() == 2 and Decision.objects.get().decided_date == TODAY + timedelta(days=1)


def put_up_anew(application: Application, actor: User, **changes: Any) -> None:
    reject_decision(application=application, reason="", actor=actor, business_date=TODAY)
    put_up(application, actor, **changes)


@pytest.mark.parametrize("door", ["decision_confirm", "decision_reject"])
def test_a_decision_put_up_anew_is_neither_confirmed_nor_refused_from_the_old_page(
    door: str, reviewed: Make, approver: User, second_approver: User, sign_in: SignIn
) -> None:
    application, client = reviewed(amount=LARGE, term="240"), sign_in(second_approver)
    decided(application, approver, override_code="STRONG_COLLATERAL")
    panel, url = (reverse(f"risk:{name}", args=[application.pk]) for name in ("decision_panel", door))
    old = shown(client.get(panel), "seen") | {"refuse-reason": "Too large."}
    put_up_anew(application, approver, rationale="A lower rate for more.")
    before = world()
    answer = client.post(url, old)
    assert answer.status_code == 422 and f"{approver.full_name} was first: rejected" in answer.text
    assert client.post(url, {"refuse-reason": "x"}).status_code == 422, "a form that names nothing was shown nothing"
    assert world() == before and Proposal.objects.filter(state="OPEN").count() == 1
    assert client.post(url, shown(answer, "seen") | {"refuse-reason": "Too large."}).status_code == 302
    assert Decision.objects.exists() == (door == "decision_confirm")


def test_a_vote_counts_for_what_was_read(
    before_committee: Application,  # noqa: F811 -- the fixture
    approver: User,
    second_approver: User,
    sign_in: SignIn,
) -> None:
    client = sign_in(second_approver)
    panel, url = (reverse(f"risk:{name}", args=[before_committee.pk]) for name in ("decision_panel", "decision_vote"))
    old = shown(client.get(panel), "seen") | {"vote-vote": "for"}
    put_up_anew(before_committee, approver)
    answer = client.post(url, old)
    assert answer.status_code == 422 and not CommitteeVote.objects.exists()
    assert client.post(url, shown(answer, "seen") | {"vote-vote": "for"}).status_code == 302
    assert CommitteeVote.objects.get().member == second_approver


def test_an_investigation_put_up_again_is_read_again(
    to_sign_off: Investigation, investigator: User, second_investigator: User, model: Any, policy: Any, sign_in: SignIn
) -> None:
    investigation, client = to_sign_off, sign_in(second_investigator)
    panel, url = (
        reverse(f"risk:{name}", args=[investigation.application_id]) for name in ("investigation_panel", "investigation_sign_off")
    )
    old = shown(client.get(panel), "sign-seen")
    who: dict[str, Any] = {"actor": investigator, "business_date": TODAY}
    take_back_investigation(investigation=investigation, reason="", **who)
    submit_investigation(investigation=Investigation.objects.get(), summary="On second thoughts.", **who)
    before = world()
    for sent in (old, {}, {"sign-seen": "nonsense"}):
        answer = client.post(url, sent)
        assert answer.status_code == 422 and "put up again after you opened it" in answer.text
    assert world() == before
    assert client.post(url, shown(answer, "sign-seen")).status_code == 302
    assert Investigation.objects.get().state == "SIGNED_OFF"


def test_a_policy_proposed_again_is_not_put_in_force_from_the_old_page(
    policy: PolicyVersion, risk_manager: User, second_risk_manager: User, sign_in: SignIn
) -> None:
    who: dict[str, Any] = {"actor": risk_manager, "business_date": TODAY}
    draft, client = draft_policy(**who), sign_in(second_risk_manager)
    propose_policy(version=draft, **who)
    page, url = (reverse(f"risk:{name}", args=[draft.number]) for name in ("policy_version", "policy_confirm"))
    old = shown(client.get(page), "seen")
    reject_policy(version=draft, reason="", actor=risk_manager, business_date=TODAY)
    propose_policy(version=draft, **who)
    before = world()
    answer = client.post(url, old)
    assert answer.status_code == 422 and "was first: rejected" in answer.text and world() == before
    assert client.post(url, shown(answer, "seen")).status_code == 302
    draft.refresh_from_db()
    assert draft.state == "ACTIVE"
