"""Who sees which rows: branch and role, and an absent row that looks like a forbidden one."""

from __future__ import annotations

from uuid import uuid4

import pytest

from core import access
from core.errors import NotFound
from core.models import Proposal, User
from core.roles import BANK_WIDE, Role
from core.selectors import access_user, list_audit_entries, list_users
from tests.core.people import branch, person
from tests.every_role import every_role

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("bank")]


@pytest.fixture
def rows() -> dict[str, Proposal]:
    """One row in each of two branches."""
    return {
        code: Proposal.objects.create(kind="x", target_type="t", target_id=code, title=code, content_hash="0", branch=branch(code))
        for code in ("N", "S")
    }


class TestWithinBranches:
    @every_role([role for role in Role if role not in BANK_WIDE and role != Role.ADMINISTRATOR])
    def test_gives_the_rows_of_one_s_own_branches(self, rows: dict[str, Proposal], role: Role) -> None:
        user = person("ann", role, branches=(branch("N"),))
        assert list(access.within_branches(user, Proposal.objects.all())) == [rows["N"]]

    @every_role(sorted(BANK_WIDE))
    def test_gives_every_row_to_those_who_answer_for_the_bank(self, rows: dict[str, Proposal], role: Role) -> None:
        assert access.within_branches(person("ann", role), Proposal.objects.all()).count() == 2

    def test_gives_nothing_to_administrators_to_people_without_a_role_and_to_the_switched_off(self, rows: dict[str, Proposal]) -> None:
        north = branch("N")
        off = person("off", Role.RISK_MANAGER)
        off.is_active = False
        for user in (person("adm", Role.ADMINISTRATOR, branches=(north,)), person("new", branches=(north,)), off):
            assert access.within_branches(user, Proposal.objects.all()).count() == 0

    def test_gives_nothing_to_somebody_without_a_branch(self, rows: dict[str, Proposal]) -> None:
        assert access.within_branches(person("ann", Role.OFFICER), Proposal.objects.all()).count() == 0


class TestOne:
    def test_says_the_same_of_a_row_that_is_hidden_and_of_one_that_is_not_there(self, rows: dict[str, Proposal]) -> None:
        user = person("ann", Role.OFFICER, branches=(branch("N"),))
        visible = access.within_branches(user, Proposal.objects.all())
        assert access.one(visible, pk=rows["N"].pk) == rows["N"]
        answers = []
        for key in (rows["S"].pk, uuid4(), "no key at all"):
            with pytest.raises(NotFound) as refusal:
                access.one(visible, pk=key)
            answers.append((refusal.value.status, refusal.value.code, refusal.value.detail, refusal.value.params))
        assert len({str(answer) for answer in answers}) == 1
        assert answers[0][0] == 404


class TestPeople:
    @every_role(Role)
    def test_are_read_by_three_roles(self, role: Role) -> None:
        eve, reader = person("eve", Role.OFFICER), person("ann", role)
        allowed = role in (Role.ADMINISTRATOR, Role.AUDITOR, Role.COMPLIANCE)
        assert list_users(reader).count() == (2 if allowed else 0)
        if allowed:
            assert access_user(reader, eve.pk) == eve
        else:
            with pytest.raises(NotFound):
                access_user(reader, eve.pk)


class TestTheAuditTrail:
    @every_role([Role.OFFICER, Role.APPROVER, Role.COLLECTIONS, Role.VALIDATOR])
    def test_is_closed_to_those_who_do_not_answer_for_it(self, role: Role) -> None:
        assert list_audit_entries(person("ann", role)).count() == 0


class TestUser:
    def test_has_no_rights_beside_the_roles(self) -> None:
        ann = person("ann", Role.ADMINISTRATOR)
        assert not ann.has_perm("core.change_user")
        assert not ann.has_module_perms("core")
        assert (ann.is_staff, ann.is_superuser) == (False, False)

    def test_reads_roles_and_branches_once(self, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
        ann = User.objects.get(pk=person("ann", Role.OFFICER, branches=(branch("N"),)).pk)
        with django_assert_num_queries(2):
            for _ in range(3):
                assert ann.roles == {Role.OFFICER}
                assert len(ann.branch_ids) == 1
