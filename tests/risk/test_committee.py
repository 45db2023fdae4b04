"""Authority above two people and beyond the appetite: the committee votes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse

from core.four_eyes import UnableToConfirm
from core.models import Branch, Proposal, User, UserBranch, UserRole
from core.roles import Role
from loans.models import Application, ApplicationOutcome
from risk.domain import authority, fraud_settings, limits
from risk.models import CommitteeVote, Decision, LimitSettings, Recommendation
from risk.selectors.conflicts import part_in
from risk.selectors.limits import appetite_in_force, authority_in_force, fraud_rules_held
from risk.selectors.work import decisions_for
from risk.services.committee import UnableToVote, vote_on_decision
from risk.services.decision_steps import AlreadyDecided
from risk.services.decisions import confirm_decision, decide
from risk.services.limit_settings import decide_limits, propose_limits
from risk.services.portfolio import take_snapshot
from risk.services.rules_of_decision import UnableToDecide
from risk.web.limits import MAY_READ, PAGES
from tests.risk.conftest import TODAY
from tests.risk.deciding import did_before
from tests.risk.files import add_document
from tests.shared_rows import shared

Make = Callable[..., Any]
Kind = LimitSettings.Kind


def colleague(username: str, branch: Branch, role: Role) -> User:
    person = User.objects.create(username=username, full_name=username.replace("_", " ").title(), password="!")
    UserRole.objects.create(user=person, role=role)
    UserBranch.objects.create(user=person, branch=branch)
    return person


def put_up(application: Application, actor: User, **changes: Any) -> Decision | Recommendation:
    """Approve as asked for unless told otherwise, with a reason where the system says otherwise."""
    leaves = Application.objects.get(pk=application.pk).recommendation != "APPROVE"
    terms: dict[str, Any] = {
        "outcome": "APPROVED", "amount": None, "term_months": None, "annual_rate": None, "conditions": [], "reasons": [],
        "rationale": "Well covered.", "override_code": "STRONG_COLLATERAL" if leaves else "",
    }  # fmt: skip
    return decide(application=application, actor=actor, business_date=TODAY, **(terms | changes))


def vote(application: Application, actor: User, *, against: str = "") -> Any:
    return vote_on_decision(application=application, in_favour=not against, reason=against, actor=actor, business_date=TODAY)


def in_force(kind: str, document: dict[str, Any], first: User, second: User) -> LimitSettings:
    proposed = propose_limits(kind=kind, document=document, reason="Board of March", actor=first)
    return decide_limits(proposed=proposed, confirm=True, reason="Agreed", actor=second)


def matrix(*rows: authority.AuthorityRow) -> dict[str, Any]:
    return authority.as_document(authority.Authority(rows))


@shared
def before_committee(reviewed: Make, approver: User, risk_manager: User, second_risk_manager: User) -> Application:
    """A file that one approver put up, by a matrix that leaves everything above 10,000 to the committee."""
    in_force(Kind.AUTHORITY, matrix(authority.AuthorityRow(2, "Small", Decimal(10_000))), risk_manager, second_risk_manager)
    application: Application = reviewed()
    made = put_up(application, approver)
    assert isinstance(made, Recommendation) and made.level == authority.COMMITTEE
    return application


class TestVoting:
    def test_decides_when_quorum_manager_and_majority_are_there(
        self, before_committee: Application, second_approver: User, risk_manager: User, second_risk_manager: User
    ) -> None:
        assert isinstance(vote(before_committee, second_approver), CommitteeVote)
        assert isinstance(vote(before_committee, risk_manager, against="Too long a term."), CommitteeVote)
        assert not Decision.objects.exists()
        decision = vote(before_committee, second_risk_manager)
        before_committee.refresh_from_db()
        assert before_committee.state == "OFFERED"
        assert (decision.authority_level, decision.authority["row"]) == (4, "The credit committee")
        assert decision.authority["matrix"] == "authority matrix v1"
        assert [(one["name"], one["in_favour"]) for one in decision.votes] == [
            ("Alex Approver", True), ("Rita Risk", False), ("Rolf Risk", True),
        ]  # fmt: skip
        assert "2 in favour, 1 against" in Proposal.objects.get(kind="decision").reason

    def test_that_a_vote_against_completes_is_signed_by_those_in_favour(
        self, before_committee: Application, second_approver: User, risk_manager: User, second_risk_manager: User
    ) -> None:
        """Its last voter wanted nothing of it; all who voted are those who answered for it."""
        vote(before_committee, second_approver)
        vote(before_committee, second_risk_manager)
        decision = vote(before_committee, risk_manager, against="Too long a term.")
        outcome = ApplicationOutcome.objects.get()
        assert (decision.second_by, outcome.decided_by) == (second_risk_manager, second_risk_manager)
        everybody = {decision.decided_by_id, second_approver.pk, risk_manager.pk, second_risk_manager.pk}
        assert outcome.deciders == everybody
        assert part_in(second_approver, before_committee) == "decided on the application"

    def test_refuses_with_a_majority_against_and_gives_the_file_back(
        self, before_committee: Application, approver: User, second_approver: User, risk_manager: User, second_risk_manager: User
    ) -> None:
        for member in (second_approver, risk_manager):
            vote(before_committee, member, against="No.")
        vote(before_committee, second_risk_manager)
        before_committee.refresh_from_db()
        assert (before_committee.state, before_committee.assigned_to) == ("REVIEW", approver)
        assert Proposal.objects.get(kind="decision").state == "REJECTED" and not Decision.objects.exists()
        client = Client()
        client.force_login(approver)
        page = client.get(reverse("risk:decision_panel", args=[before_committee.pk])).text
        for words in ("Refused by the credit committee", "1 in favour, 2 against", "Alex Approver", "No.", "Submit decision"):
            assert words in page

    def test_is_not_for_everybody_nor_twice_nor_by_one(
        self, before_committee: Application, approver: User, second_approver: User, risk_manager: User, investigator: User, outsider: User
    ) -> None:
        for person, code in ((approver, "own_proposal"), (investigator, "not_entitled"), (outsider, "not_entitled")):
            with pytest.raises(UnableToConfirm, match=code):
                vote(before_committee, person)
        with pytest.raises(UnableToDecide, match="committee_votes"):
            confirm_decision(application=before_committee, actor=second_approver, business_date=TODAY)
        did_before(before_committee, risk_manager)
        with pytest.raises(UnableToConfirm, match="conflict_of_interest"):
            vote(before_committee, risk_manager)
        assert not CommitteeVote.objects.exists()

    def test_is_ended_by_nobody_but_who_put_it_up(
        self, before_committee: Application, branch: Branch, approver: User, second_approver: User, second_investigator: User
    ) -> None:
        address = reverse("risk:decision_reject", args=[before_committee.pk])
        UserRole.objects.create(user=second_investigator, role=Role.RISK_MANAGER)
        on_file = User.objects.get(pk=second_investigator.pk)  # signed the investigation
        seen = {"seen": Proposal.objects.get(kind="decision").pk}
        people = [colleague(f"some_{role.lower()}", branch, role) for role in Role] + [second_approver, on_file]
        for person in people:
            answer = client_of(person).post(address, seen | {"refuse-reason": "I want it gone."})
            assert answer.status_code == (422 if person.has_role(Role.APPROVER, Role.RISK_MANAGER) else 403), person.full_name
            assert Proposal.objects.get(kind="decision").state == "OPEN", person.full_name
        assert "The credit committee decides this" in client_of(second_approver).post(address, seen | {"refuse-reason": "No."}).text
        assert client_of(approver).post(address, seen).status_code == 302
        assert Proposal.objects.get(kind="decision").state == "REJECTED"

    def test_is_void_when_its_facts_passed_their_shelf_life(self, before_committee: Application, second_approver: User) -> None:
        with pytest.raises(UnableToDecide, match="stale_facts"):
            vote_on_decision(
                application=before_committee, in_favour=True, reason="", actor=second_approver, business_date=TODAY + timedelta(days=200)
            )
        assert Proposal.objects.get(kind="decision").state == "VOIDED" and not CommitteeVote.objects.exists()

    def test_is_over_once_it_is_decided(
        self, before_committee: Application, branch: Branch, second_approver: User, risk_manager: User, second_risk_manager: User
    ) -> None:
        for member in (second_approver, risk_manager, second_risk_manager):
            vote(before_committee, member)
        late = colleague("late_member", branch, Role.APPROVER)
        for against in ("", "I was away."):
            with pytest.raises(AlreadyDecided):
                vote(before_committee, late, against=against)
        assert (CommitteeVote.objects.count(), Decision.objects.count()) == (3, 1)

    def test_stands_once_given(self, before_committee: Application, second_approver: User) -> None:
        with pytest.raises(UnableToVote, match="reason_missing"):
            vote(before_committee, second_approver, against=" ")
        vote(before_committee, second_approver)
        assert not decisions_for(second_approver).exists()
        client = Client()
        client.force_login(second_approver)
        page = client.get(reverse("risk:decision_panel", args=[before_committee.pk])).text
        assert "You voted in favour; the other members vote now." in page and "2 of 3 votes are missing" in page
        with pytest.raises(UnableToVote, match="voted"):
            vote(before_committee, second_approver, against="Changed my mind.")
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("UPDATE risk_committeevote SET in_favour = false")

    def test_is_void_when_the_file_changed(self, before_committee: Application, second_approver: User) -> None:
        add_document(before_committee, "late.pdf")
        with pytest.raises(UnableToConfirm, match="changed"):
            vote(before_committee, second_approver)
        assert Proposal.objects.get(kind="decision").state == "VOIDED" and not CommitteeVote.objects.exists()


def client_of(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


class TestPages:
    def test_show_the_vote_and_take_it(
        self, before_committee: Application, approver: User, second_approver: User, risk_manager: User
    ) -> None:
        panel, where = (reverse(f"risk:decision_{name}", args=[before_committee.pk]) for name in ("panel", "vote"))
        assert "Members who did not work on the file vote on it." in client_of(approver).get(panel).text
        client = client_of(second_approver)
        assert "3 of 3 votes are missing" in client.get(panel).text
        seen = {"seen": Proposal.objects.get(kind="decision").pk}
        assert client.post(where, seen | {"vote-vote": "", "vote-reason": ""}).status_code == 422
        refused = client.post(where, seen | {"vote-vote": "against", "vote-reason": ""})
        assert refused.status_code == 422 and "Say why you vote against it." in refused.text
        assert "Your vote is taken." in client.post(where, seen | {"vote-vote": "for", "vote-reason": ""}, follow=True).text
        assert "2 of 3 votes are missing" in client_of(risk_manager).get(panel).text
        assert client_of(risk_manager).post(where, seen | {"vote-vote": "for"}).status_code == 302

    def test_of_limits_show_what_would_change_and_where_the_book_stands(
        self, product: None, branch: Branch, risk_manager: User, second_risk_manager: User
    ) -> None:
        take_snapshot(business_date=TODAY)
        client = client_of(risk_manager)
        for kind in Kind:
            page = client.get(reverse(PAGES[kind]))
            form = page.context["form"]
            sent = {name: form[name].value() for name in form.fields if form[name].value() is not None} | {"reason": "Board"}
            sent = {name: value for name, value in sent.items() if value is not False}
            assert client.post(reverse(PAGES[kind]), sent).status_code == 422  # unchanged
            change = {Kind.AUTHORITY: {"most_exposure_0": "30,000"}, Kind.APPETITE: {"most_0": "55"}, Kind.FRAUD: {"employer_people": "6"}}
            changed = sent | change[kind]
            assert client.post(reverse(PAGES[kind]), changed | {"reason": ""}).status_code == 422
            assert client.post(reverse(PAGES[kind]), changed).status_code == 302, (
                client.post(reverse(PAGES[kind]), changed).context["form"].errors
            )
            page = client.get(reverse(PAGES[kind]))
            assert page.context["changes"] and "It waits for another risk manager." in page.text
            proposed = LimitSettings.objects.get(kind=kind)
            where = reverse("risk:limits_decide", args=[proposed.pk])
            assert client.post(where, {"outcome": "confirm", "reason": "x"}).status_code == 422
            assert client_of(second_risk_manager).post(where, {"outcome": "confirm", "reason": "x"}).status_code == 302
            assert "In force" in client.get(reverse(PAGES[kind])).text
        assert authority_in_force().authority.rows[0].most_exposure == 30_000
        assert appetite_in_force().limit_for("product", "") == Decimal("0.55")
        assert fraud_rules_held().thresholds == replace(fraud_settings.DEFAULTS, employer_people=6)

    def test_each_role_does_only_what_is_its_own(self, before_committee: Application, branch: Branch, risk_manager: User) -> None:
        proposed = propose_limits(
            kind=Kind.APPETITE, document=limits.as_document(replace(limits.DEFAULTS, from_book=Decimal(1))), reason="x", actor=risk_manager
        )
        for role in Role:
            client = client_of(colleague(f"a_{role.lower()}", branch, role))
            for kind in Kind:
                assert client.get(reverse(PAGES[kind])).status_code == (200 if role in MAY_READ[kind] else 403)
                assert client.post(reverse(PAGES[kind]), {}).status_code == (422 if role in MAY_READ[kind] else 403)
            ballot = {"vote-vote": "for", "seen": Recommendation.objects.get().proposal_id}
            voted = client.post(reverse("risk:decision_vote", args=[before_committee.pk]), ballot)
            assert voted.status_code == (302 if role in (Role.APPROVER, Role.RISK_MANAGER) else 403)
            decided = client.post(reverse("risk:limits_decide", args=[proposed.pk]), {"outcome": "refuse", "reason": "x"})
            assert decided.status_code == (302 if role == Role.RISK_MANAGER else 403)
        proposed.refresh_from_db()
        assert proposed.state == "REJECTED" and CommitteeVote.objects.count() == 2
