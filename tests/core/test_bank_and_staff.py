"""The bank's state and its people: opened once, one day at a time; no one with two hats, no one lifting themselves."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from core.business_date import get_bank, get_business_date
from core.models import AuditEntry, BankState, User, UserRole
from core.roles import INCOMPATIBLE, Role
from core.services.bank import UnableToOpenBank, open_bank
from core.services.staff import UnableToChangeRoles, confirm_roles, hire_user, propose_roles, set_active
from tests.core.people import branch, person
from tests.every_role import every_role

pytestmark = pytest.mark.django_db


class TestOpenBank:
    def test_writes_its_state_and_says_so(self) -> None:
        bank = open_bank(name="Test Bank", currency="CZK", business_date=date(1993, 1, 1))
        assert (get_business_date(), get_bank()) == (date(1993, 1, 1), bank)
        assert AuditEntry.objects.get().action == "bank.opened"

    def test_is_done_once(self, bank: BankState) -> None:
        with pytest.raises(UnableToOpenBank, match="already_open"):
            open_bank(name="Another", currency="USD", business_date=date(2030, 1, 1))
        assert (BankState.objects.get().name, get_business_date()) == ("Test Bank", bank.business_date)

    def test_is_refused_a_second_time_by_the_database_as_well(self, bank: BankState) -> None:
        with pytest.raises(IntegrityError, match="bank_state_single_row"), transaction.atomic():
            BankState.objects.create(id=2, business_date=date(2030, 1, 1))

    def test_is_a_command_too(self, capsys: pytest.CaptureFixture[str]) -> None:
        call_command("open_bank", "--date", "2026-01-02")
        assert "is open on 2026-01-02 in EUR" in capsys.readouterr().out
        with pytest.raises(CommandError, match="open already, on business date 2026-01-02"):
            call_command("open_bank", "--date", "2026-01-03")


class TestIncompatibleRoles:
    @pytest.mark.parametrize(("first", "second"), [*INCOMPATIBLE, *((b, a) for a, b in INCOMPATIBLE)], ids=lambda role: role.value)
    def test_are_refused_by_the_database_in_either_order(self, first: Role, second: Role) -> None:
        ann = User.objects.create_user("ann", full_name="Ann")
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO core_userrole (user_id, role) VALUES (%s, %s)", [ann.pk, first.value])
            with pytest.raises(Exception, match="does not go with another role"), transaction.atomic():
                cursor.execute("INSERT INTO core_userrole (user_id, role) VALUES (%s, %s)", [ann.pk, second.value])
        assert ann.roles == {first}

    def test_are_refused_when_a_role_is_changed_in_place(self, bank: BankState) -> None:
        ann = person("ann", Role.COLLECTIONS, Role.APPROVER)
        with pytest.raises(IntegrityError, match="does not go with"), transaction.atomic():
            UserRole.objects.filter(user=ann, role=Role.COLLECTIONS).update(role=Role.OFFICER)

    def test_that_are_compatible_go_together(self, bank: BankState) -> None:
        assert person("ann", Role.APPROVER, Role.RISK_MANAGER).roles == {Role.APPROVER, Role.RISK_MANAGER}

    def test_that_nobody_knows_are_refused(self) -> None:
        with pytest.raises(IntegrityError, match="user_role_known"), transaction.atomic():
            UserRole.objects.create(user=User.objects.create_user("ann", full_name="Ann"), role="EMPEROR")


class TestHireUser:
    def test_makes_an_account_with_roles_and_branches(self, bank: BankState) -> None:
        ann = person("ann", Role.OFFICER, branches=(branch("N"), branch("S")))
        assert (ann.roles, len(ann.branch_ids)) == ({Role.OFFICER}, 2)
        assert not ann.has_usable_password()
        assert AuditEntry.objects.get().details == {"roles": ["OFFICER"], "branches": ["N", "S"]}

    def test_leaves_nobody_behind_when_the_roles_do_not_go_together(self, bank: BankState) -> None:
        with pytest.raises(UnableToChangeRoles, match="incompatible"):
            hire_user(username="ann", full_name="Ann", roles=(Role.OFFICER, Role.APPROVER), branches=[], password=None, actor=None)
        assert not User.objects.exists()
        assert not AuditEntry.objects.exists()


class TestRoles:
    @every_role([role for role in Role if role != Role.ADMINISTRATOR])
    def test_are_proposed_by_administrators_alone(self, bank: BankState, role: Role) -> None:
        ann, eve = person("ann", role), person("eve", Role.OFFICER)
        with pytest.raises(UnableToChangeRoles, match="not_entitled"):
            propose_roles(user=eve, roles={Role.APPROVER}, actor=ann)
        assert User.objects.get(pk=eve.pk).roles == {Role.OFFICER}

    def test_are_never_one_s_own_to_propose_or_confirm(self, bank: BankState) -> None:
        ann, bob = person("ann", Role.ADMINISTRATOR), person("bob", Role.COMPLIANCE)
        with pytest.raises(UnableToChangeRoles, match="own_roles"):
            propose_roles(user=ann, roles={Role.APPROVER}, actor=ann)
        propose_roles(user=bob, roles={Role.RISK_MANAGER}, actor=ann)
        with pytest.raises(Exception, match="conflict_of_interest"):
            confirm_roles(user=bob, actor=bob)
        assert User.objects.get(pk=bob.pk).roles == {Role.COMPLIANCE}

    def test_that_stay_the_same_are_not_proposed(self, bank: BankState) -> None:
        eve = person("eve", Role.OFFICER)
        with pytest.raises(UnableToChangeRoles, match="unchanged"):
            propose_roles(user=eve, roles={Role.OFFICER}, actor=person("ann", Role.ADMINISTRATOR))


class TestSetActive:
    def test_is_an_administrator_s_act_on_somebody_else(self, bank: BankState) -> None:
        ann, eve = person("ann", Role.ADMINISTRATOR), person("eve", Role.OFFICER)
        assert not set_active(user=eve, is_active=False, actor=ann).is_active
        assert AuditEntry.objects.filter(action="user.switched_off", target_id=str(eve.pk)).count() == 1
        with pytest.raises(UnableToChangeRoles, match="own_roles"):
            set_active(user=ann, is_active=False, actor=ann)
        with pytest.raises(UnableToChangeRoles, match="not_entitled"):
            set_active(user=ann, is_active=False, actor=person("bob", Role.COMPLIANCE))
        assert User.objects.get(pk=ann.pk).is_active
