"""One proposes, another confirms: through no door the same person, an unentitled one, or one with a conflict."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from core import four_eyes
from core.four_eyes import UnableToConfirm, UnableToPropose
from core.models import AuditEntry, BankState, Branch, Proposal, User
from core.roles import Role
from tests.core.people import branch, person
from tests.every_role import every_role

pytestmark = pytest.mark.django_db

CONTENT = {"limit": "25000.00", "grades": ["A", "B"]}


@pytest.fixture
def north(bank: BankState) -> Branch:
    return branch("N")


@pytest.fixture
def proposer(north: Branch) -> User:
    return person("pia", Role.RISK_MANAGER)


@pytest.fixture
def second(north: Branch) -> User:
    return person("sam", Role.RISK_MANAGER)


@pytest.fixture
def proposal(north: Branch, proposer: User) -> Proposal:
    return ask(north, proposer)


def ask(target: Branch, actor: User | None, **changes: Any) -> Proposal:
    values: dict[str, Any] = {"kind": "limit_change", "title": "Raise the limit", "roles": (Role.RISK_MANAGER,), "content": CONTENT}
    return four_eyes.propose(target=target, actor=actor, **{**values, **changes})


def world() -> tuple[list[dict[str, Any]], int]:
    """All that a confirmation could change."""
    return list(Proposal.objects.order_by("id").values()), AuditEntry.objects.count()


class TestPropose:
    def test_keeps_what_is_proposed_with_its_fingerprint(self, proposal: Proposal, north: Branch, proposer: User) -> None:
        assert (proposal.state, proposal.proposed_by, proposal.content) == ("OPEN", proposer, CONTENT)
        assert proposal.content_hash == four_eyes.fingerprint({"grades": ["A", "B"], "limit": "25000.00"})
        assert four_eyes.open_proposal(kind="limit_change", target=north) == proposal
        assert AuditEntry.objects.filter(action="limit_change.proposed", actor=proposer, target_id=str(north.pk)).count() == 1

    def test_is_refused_while_the_same_waits(self, proposal: Proposal, north: Branch, second: User) -> None:
        before = world()
        with pytest.raises(UnableToPropose, match="already_open"):
            ask(north, second)
        assert world() == before

    def test_may_be_done_again_once_the_first_is_decided(self, proposal: Proposal, north: Branch, second: User) -> None:
        four_eyes.reject(proposal, actor=second, reason="Not now.")
        assert ask(north, second).state == "OPEN"


class TestConfirm:
    def test_takes_effect_by_another_entitled_person(self, proposal: Proposal, second: User) -> None:
        confirmed = four_eyes.confirm(proposal, actor=second, content=CONTENT, reason="Agreed.")
        assert (confirmed.state, confirmed.decided_by, confirmed.reason) == ("CONFIRMED", second, "Agreed.")
        assert confirmed.decided_at is not None
        assert AuditEntry.objects.filter(action="limit_change.confirmed", actor=second).count() == 1

    def test_is_refused_to_the_proposer(self, proposal: Proposal, proposer: User) -> None:
        refuse(proposal, proposer, "own_proposal")

    @every_role([role for role in Role if role != Role.RISK_MANAGER])
    def test_is_refused_to_every_other_role(self, proposal: Proposal, role: Role) -> None:
        refuse(proposal, person("otto", role), "not_entitled")

    def test_is_refused_to_somebody_without_a_role_or_switched_off(self, proposal: Proposal, second: User) -> None:
        refuse(proposal, person("nora"), "not_entitled")
        second.is_active = False
        second.save()
        refuse(proposal, second, "not_entitled")

    def test_is_refused_outside_the_branch(self, north: Branch, proposer: User) -> None:
        local = ask(north, proposer, roles=(Role.APPROVER,), branch_id=north.pk)
        refuse(local, person("away", Role.APPROVER, branches=(branch("S"),)), "not_entitled")
        assert four_eyes.confirm(local, actor=person("here", Role.APPROVER, branches=(north,))).state == "CONFIRMED"

    def test_is_refused_to_those_with_a_conflict(self, proposal: Proposal, second: User) -> None:
        refuse(proposal, second, "conflict_of_interest", barred=frozenset({second.pk}))

    @pytest.mark.parametrize("content", [{"limit": "25000.01", "grades": ["A", "B"]}, {"limit": "25000.00"}, {}])
    def test_is_refused_when_the_content_changed(self, proposal: Proposal, second: User, content: dict[str, Any]) -> None:
        refuse(proposal, second, "changed", content=content)

    def test_tells_the_second_who_was_first(self, proposal: Proposal, second: User) -> None:
        four_eyes.confirm(proposal, actor=second)
        with pytest.raises(UnableToConfirm) as refusal:
            four_eyes.confirm(proposal, actor=person("late", Role.RISK_MANAGER))
        assert refusal.value.code == "already_decided"
        assert refusal.value.detail.startswith("Sam was first: confirmed at")

    def test_of_the_machine_s_proposal_needs_one_person(self, north: Branch, second: User) -> None:
        assert four_eyes.confirm(ask(north, None), actor=second).state == "CONFIRMED"


class TestReject:
    def test_is_open_to_the_entitled_and_to_the_proposer(self, north: Branch, proposer: User, second: User) -> None:
        assert four_eyes.reject(ask(north, proposer), actor=second, reason="No.").decided_by == second
        assert four_eyes.reject(ask(north, proposer), actor=proposer, reason="Taken back.").state == "REJECTED"

    def test_is_refused_to_others(self, proposal: Proposal) -> None:
        before = world()
        stranger = person("otto", Role.APPROVER)
        counted = (before[0], AuditEntry.objects.count())
        with pytest.raises(UnableToConfirm, match="not_entitled"):
            four_eyes.reject(proposal, actor=stranger, reason="No.")
        assert world() == counted


class TestVoid:
    def test_ends_what_lost_its_ground(self, proposal: Proposal, north: Branch, second: User) -> None:
        assert four_eyes.void(kind="limit_change", target=north, reason="The limit was edited.")
        with pytest.raises(UnableToConfirm, match="already_decided"):
            four_eyes.confirm(proposal, actor=second)
        assert not four_eyes.void(kind="limit_change", target=north, reason="Again.")

    def test_of_many_holds_them_first_and_tells_only_of_those_it_ended(self, proposal: Proposal, north: Branch, second: User) -> None:
        south = branch("S")
        ask(south, None)
        four_eyes.confirm(proposal, actor=second)
        with CaptureQueriesContext(connection) as queries:
            assert four_eyes.void_all(kind="limit_change", targets=[north, south], reason="Edited.") == 1
        first = next(one["sql"] for one in queries if 'FROM "core_proposal"' in one["sql"])
        assert "FOR UPDATE" in first
        assert AuditEntry.objects.get(action="limit_change.voided").target_id == str(south.pk)
        assert four_eyes.void_all(kind="limit_change", targets=[], reason="Edited.") == 0


class TestTheDatabase:
    def test_refuses_the_proposer_as_the_second_person(self, proposal: Proposal, proposer: User) -> None:
        with pytest.raises(IntegrityError, match="proposal_four_eyes"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("UPDATE core_proposal SET state = 'CONFIRMED', decided_by_id = proposed_by_id WHERE id = %s", [proposal.pk])
        proposal.refresh_from_db()
        assert proposal.state == "OPEN"

    def test_refuses_a_confirmation_by_nobody(self, proposal: Proposal) -> None:
        with pytest.raises(IntegrityError, match="proposal_four_eyes"), transaction.atomic():
            Proposal.objects.filter(pk=proposal.pk).update(state="CONFIRMED")

    def test_refuses_a_second_open_one(self, proposal: Proposal) -> None:
        with pytest.raises(IntegrityError, match="proposal_one_open"), transaction.atomic():
            Proposal.objects.create(
                kind=proposal.kind, target_type=proposal.target_type, target_id=proposal.target_id, title="Twice", content_hash="0" * 64
            )


def refuse(proposal: Proposal, actor: User, code: str, **changes: Any) -> None:
    """The confirmation is refused for this reason, and nothing has changed."""
    before = world()
    with pytest.raises(UnableToConfirm) as refusal:
        four_eyes.confirm(proposal, actor=actor, **changes)
    assert refusal.value.code == code
    assert world() == before
