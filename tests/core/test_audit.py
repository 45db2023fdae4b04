"""The audit log: what an entry says, and that it stands or falls with the change it tells of."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pytest
import structlog
from django.db import ProgrammingError, connection, transaction

from core import audit
from core.models import AuditEntry, BankState, Branch
from core.roles import Role
from tests.core.people import branch, person

pytestmark = pytest.mark.django_db


class TestRecord:
    def test_says_who_did_what_to_which_row_on_which_business_date(self, bank: BankState, today: date) -> None:
        north, ann = branch("N"), person("ann", Role.OFFICER)
        entry = audit.record("branch.visited", actor=ann, target=north, branch=north, label="N", found="all well")
        assert (entry.actor, entry.actor_name, entry.action, entry.business_date) == (ann, "Ann", "branch.visited", today)
        assert (entry.target_type, entry.target_id, entry.target_label, entry.branch) == ("core.branch", str(north.pk), "N", north)
        assert entry.details == {"found": "all well"}
        assert audit.entries_about(north).get() == entry

    def test_names_the_machine_when_nobody_acted(self, bank: BankState) -> None:
        assert audit.record("x.done", actor=None, target=bank).actor_name == "system"
        assert audit.record("x.done", actor=None, target=bank, actor_name="sweep").actor_name == "sweep"

    def test_keeps_the_request_it_came_from(self, bank: BankState) -> None:
        with structlog.contextvars.bound_contextvars(request_id="r-4711"):
            assert audit.record("x.done", actor=None, target=bank).request_id == "r-4711"

    def test_keeps_money_exact(self, bank: BankState) -> None:
        entry = audit.record("x.done", actor=None, target=bank, amount=Decimal("0.10"), parts=[Decimal("1.00")], day=date(2026, 3, 2))
        entry.refresh_from_db()
        assert entry.details == {"amount": "0.10", "parts": ["1.00"], "day": "2026-03-02"}

    def test_falls_with_the_change_it_tells_of(self, bank: BankState) -> None:
        before = AuditEntry.objects.count()
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            Branch.objects.create(code="X", name="Never")
            audit.record("branch.opened", actor=None, target=bank)
            raise ZeroDivisionError
        assert AuditEntry.objects.count() == before
        assert not Branch.objects.filter(code="X").exists()


class TestPlain:
    def test_gives_each_value_a_form_that_json_keeps(self, bank: BankState) -> None:
        key = UUID("018f0000-0000-7000-8000-000000000001")
        value = {"id": key, 1: (Decimal("2.50"), {key}), "at": datetime(2026, 3, 2, 10, tzinfo=UTC), "row": bank, "none": None}
        assert audit.plain(value) == {
            "id": str(key),
            "1": ["2.50", [str(key)]],
            "at": "2026-03-02T10:00:00+00:00",
            "row": "1",
            "none": None,
        }


class TestTheLog:
    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE core_auditentry SET actor_name = 'somebody else' WHERE id = %s",
            "DELETE FROM core_auditentry WHERE id = %s",
            "INSERT INTO core_auditentry SELECT * FROM core_auditentry WHERE id = %s ON CONFLICT (id) DO UPDATE SET action = 'x'",
            "DROP TRIGGER append_only ON core_auditentry",
            "ALTER TABLE core_auditentry OWNER TO credence_app",
        ],
    )
    def test_is_only_added_to_by_the_application(self, bank: BankState, statement: str) -> None:
        entry = audit.record("x.done", actor=None, target=bank)
        before = list(AuditEntry.objects.order_by("id").values())
        with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, [entry.pk] if "%s" in statement else None)
        assert list(AuditEntry.objects.order_by("id").values()) == before

    def test_is_changed_by_no_bulk_update_either(self, bank: BankState) -> None:
        audit.record("x.done", actor=None, target=bank)
        with pytest.raises(ProgrammingError), transaction.atomic():
            AuditEntry.objects.update(action="x.undone")
        with pytest.raises(ProgrammingError), transaction.atomic():
            AuditEntry.objects.all().delete()
        assert set(AuditEntry.objects.values_list("action", flat=True)) == {"x.done"}


@pytest.mark.django_db(transaction=True)
class TestTheOwner:
    def test_is_stopped_by_the_trigger_too(self, bank: BankState, owner_connection) -> None:  # type: ignore[no-untyped-def]
        audit.record("x.done", actor=None, target=bank)
        with owner_connection.cursor() as cursor:
            for statement in ("UPDATE core_auditentry SET action = 'x'", "DELETE FROM core_auditentry"):
                with pytest.raises(Exception, match="append-only"):
                    cursor.execute(statement)
        assert AuditEntry.objects.get().action == "x.done"
