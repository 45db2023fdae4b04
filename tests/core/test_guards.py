"""What the database refuses, whoever asks."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from core import audit
from core.models import AuditEntry, BankState, User, UserRole
from core.roles import Role


@pytest.mark.django_db
class TestTheAuditLog:
    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE core_auditentry SET action = 'nothing'",
            "DELETE FROM core_auditentry",
            "TRUNCATE core_auditentry CASCADE",
            "ALTER TABLE core_auditentry DISABLE TRIGGER ALL",
            "SET session_replication_role = replica",
        ],
    )
    def test_cannot_be_changed_by_the_application_role(self, bank: BankState, statement: str) -> None:
        audit.record("bank.looked_at", actor=None, target=bank)
        before = list(AuditEntry.objects.values())
        with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
        assert list(AuditEntry.objects.values()) == before

    def test_is_served_by_the_application_role(self, bank: BankState) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_user, rolsuper FROM pg_roles WHERE rolname = current_user")
            assert cursor.fetchone() == ("credence_app", False)


@pytest.mark.django_db
class TestIncompatibleRoles:
    def test_are_refused_by_the_database(self) -> None:
        user = User.objects.create_user("both", full_name="Both Hats")
        UserRole.objects.create(user=user, role=Role.OFFICER)
        with pytest.raises(IntegrityError, match="does not go with"), transaction.atomic():
            UserRole.objects.create(user=user, role=Role.APPROVER)
        assert user.roles == {Role.OFFICER}
