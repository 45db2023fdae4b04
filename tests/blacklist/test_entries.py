"""Proposing, confirming, rejecting and expiring entries."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from blacklist.models import (
    BlacklistEntry,
    EntryHistory,
    EntryIdentifier,
    EntryName,
    ListVersion,
)
from blacklist.services import (
    UnableToConfirmEntry,
    UnableToProposeEntry,
    confirm_entry,
    expire_entries,
    reject_entry,
)
from core.four_eyes import UnableToConfirm
from core.models import AuditEntry, OutboxEvent, User
from core.roles import Role
from tests.blacklist.conftest import Propose, make_person


def snapshot(entry: BlacklistEntry) -> tuple[object, ...]:
    """All that an action on an entry could have changed."""
    row = BlacklistEntry.objects.values("state", "confirmed_by", "list_version", "valid_until").get(pk=entry.pk)
    return (
        tuple(row.values()),
        EntryHistory.objects.count(),
        OutboxEvent.objects.count(),
        ListVersion.objects.count(),
        AuditEntry.objects.count(),
    )


class TestProposeEntry:
    def test_bars_nobody_yet_and_asks_a_second_person(self, proposed: BlacklistEntry) -> None:
        assert proposed.state == "PROPOSED"
        assert proposed.reference.startswith("BL-")
        assert [row.to_state for row in proposed.history.all()] == ["PROPOSED"]
        assert list(OutboxEvent.objects.values_list("name", flat=True)) == ["EntryProposed"]
        assert not BlacklistEntry.objects.in_force().exists()

    def test_keeps_names_and_identifiers_only_encrypted(self, proposed: BlacklistEntry) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT string_agg(t::text, ' ') FROM (SELECT n::text AS t FROM blacklist_entryname n"
                " UNION ALL SELECT i::text FROM blacklist_entryidentifier i"
                " UNION ALL SELECT a::text FROM blacklist_entryaddress a"
                " UNION ALL SELECT e::text FROM blacklist_blacklistentry e"
                " UNION ALL SELECT p::text FROM core_proposal p"
                " UNION ALL SELECT u::text FROM core_auditentry u"
                " UNION ALL SELECT o::text FROM core_outboxevent o) AS everything"
            )
            dump = cursor.fetchone()[0]
        for clear in (
            "Petrovic",
            "Dragan P",
            "0405971710012",
            "5550101",
            "Nemanjina",
            "1971-05-04",
        ):
            assert clear not in dump
            assert clear.encode().hex() not in dump
        assert EntryName.objects.get(entry=proposed).name == "Dragan Petrovic"
        assert {row.value for row in proposed.identifiers.all()} == {
            "0405971710012",
            "+381 64 555 0101",
        }

    def test_equal_identifiers_meet_through_their_blind_index(self, propose: Propose) -> None:
        propose()
        propose(
            subject_key="borrower:twin",
            names=["Somebody Else"],
            identifiers={"national_id": "0405-9717-10012"},
        )
        values = EntryIdentifier.objects.filter(kind="national_id").values_list("value_index", flat=True)
        assert len({bytes(value) for value in values}) == 1

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"names": []}, "names"),
            ({"names": ["Dr. Prof."]}, "names"),
            ({"names": ["\u200b\u202e"]}, "names"),
            ({"names": ["x" * 501]}, "names"),
            ({"names": ["🙂🙂"]}, "names"),
            ({"names": ["GmbH"], "subject_kind_code": "company"}, "names"),
            ({"birth_date": "1971-02-31"}, "birth_date"),
            ({"birth_date": date(2031, 1, 1)}, "birth_date"),
            ({"evidence": "   "}, "evidence"),
            ({"reason_code": "dislike"}, "reason_code"),
            ({"country": "Serbia"}, "country"),
            ({"identifiers": {"horoscope": "leo-1234"}}, "identifiers"),
            ({"identifiers": {"national_id": "12"}}, "national_id"),
            ({"valid_until": date(2026, 3, 2)}, "valid_until"),
            ({"subject_kind_code": "ship"}, "subject_kind"),
        ],
    )
    def test_refuses_what_cannot_be_used_at_its_field(self, propose: Propose, changes: dict[str, object], field: str) -> None:
        with pytest.raises(UnableToProposeEntry, match="invalid") as refusal:
            propose(**changes)
        assert field in {fault.field for fault in refusal.value.faults}
        assert not BlacklistEntry.objects.exists()

    def test_accepts_a_birth_year_alone(self, propose: Propose) -> None:
        assert propose(birth_date="1971").birth_date_text == "1971"

    def test_refuses_the_same_ground_twice(self, propose: Propose, proposed: BlacklistEntry) -> None:
        before = snapshot(proposed)
        with pytest.raises(UnableToProposeEntry, match="already_listed"):
            propose()
        assert snapshot(proposed) == before

    def test_allows_a_rule_without_a_person(self, propose: Propose) -> None:
        entry = propose(source="rule", actor=None)
        assert entry.proposed_by is None
        assert entry.history.get().actor_name == "rule"

    def test_refuses_a_person_s_entry_without_the_person(self, propose: Propose) -> None:
        with pytest.raises(UnableToProposeEntry, match="invalid"):
            propose(source="person", actor=None)

    @pytest.mark.parametrize(
        "role",
        [role for role in Role if role not in ("COLLECTIONS", "RISK_MANAGER", "COMPLIANCE")],
    )
    def test_refuses_other_roles(self, propose: Propose, role: Role) -> None:
        with pytest.raises(UnableToProposeEntry, match="not_entitled"):
            propose(actor=make_person("somebody", role))
        assert not BlacklistEntry.objects.exists()


class TestConfirmEntry:
    def test_puts_the_entry_into_force_and_tells_the_world(self, proposed: BlacklistEntry, compliance: User, today: date) -> None:
        confirm_entry(entry=proposed, actor=compliance, business_date=today)
        proposed.refresh_from_db()
        assert (proposed.state, proposed.confirmed_by, proposed.valid_from) == (
            "ACTIVE",
            compliance,
            today,
        )
        event = OutboxEvent.objects.get(name="EntryActivated")
        assert event.payload == {
            "entry_id": str(proposed.pk),
            "subject_key": "borrower:dragan",
        }
        assert [row.to_state for row in proposed.history.all()] == [
            "PROPOSED",
            "ACTIVE",
        ]
        assert ListVersion.objects.count() == 1
        assert AuditEntry.objects.filter(action="blacklist_entry.activated", actor=compliance).exists()

    def test_refuses_the_person_who_proposed_it(self, propose: Propose, risk_manager: User, today: date) -> None:
        entry = propose(actor=risk_manager)
        before = snapshot(entry)
        with pytest.raises(UnableToConfirm, match="own_proposal"):
            confirm_entry(entry=entry, actor=risk_manager, business_date=today)
        assert snapshot(entry) == before

    def test_refuses_roles_that_may_not_confirm(self, proposed: BlacklistEntry, officer: User, today: date) -> None:
        before = snapshot(proposed)
        with pytest.raises(UnableToConfirm, match="not_entitled"):
            confirm_entry(entry=proposed, actor=officer, business_date=today)
        assert snapshot(proposed) == before

    def test_tells_the_second_who_was_first(
        self,
        active: BlacklistEntry,
        second_compliance: User,
        compliance: User,
        today: date,
    ) -> None:
        before = snapshot(active)
        with pytest.raises(UnableToConfirm, match="already_decided") as refusal:
            confirm_entry(entry=active, actor=second_compliance, business_date=today)
        assert compliance.full_name in refusal.value.detail
        assert snapshot(active) == before

    def test_refuses_what_changed_since_it_was_proposed(self, proposed: BlacklistEntry, compliance: User, today: date) -> None:
        EntryName.objects.create(entry=proposed, name="Somebody Else")
        before = snapshot(proposed)
        with pytest.raises(UnableToConfirm, match="changed"):
            confirm_entry(entry=proposed, actor=compliance, business_date=today)
        assert snapshot(proposed) == before

    def test_the_database_refuses_one_person_for_both(self, proposed: BlacklistEntry, collector: User) -> None:
        with (
            pytest.raises(IntegrityError, match="blacklist_entry_four_eyes"),
            transaction.atomic(),
        ):
            BlacklistEntry.objects.filter(pk=proposed.pk).update(state="ACTIVE", confirmed_by=collector)

    def test_the_database_refuses_force_without_a_confirmation(self, proposed: BlacklistEntry) -> None:
        with (
            pytest.raises(IntegrityError, match="blacklist_entry_in_force_confirmed"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(
                "UPDATE blacklist_blacklistentry SET state = 'ACTIVE' WHERE id = %s",
                [proposed.pk],
            )


class TestRejectEntry:
    def test_ends_the_proposal_with_its_reason(self, proposed: BlacklistEntry, compliance: User, today: date) -> None:
        reject_entry(
            entry=proposed,
            actor=compliance,
            reason="Paid yesterday.",
            business_date=today,
        )
        assert proposed.state == "REJECTED"
        assert proposed.history.last().reason == "Paid yesterday."
        assert not ListVersion.objects.exists()

    def test_lets_the_proposer_take_it_back(self, proposed: BlacklistEntry, collector: User, today: date) -> None:
        reject_entry(
            entry=proposed,
            actor=collector,
            reason="Wrong borrower.",
            business_date=today,
        )
        assert proposed.state == "REJECTED"

    def test_wants_a_reason(self, proposed: BlacklistEntry, compliance: User, today: date) -> None:
        before = snapshot(proposed)
        with pytest.raises(UnableToConfirmEntry, match="reason_missing"):
            reject_entry(entry=proposed, actor=compliance, reason=" ", business_date=today)
        assert snapshot(proposed) == before

    def test_frees_the_ground_for_a_new_proposal(self, propose: Propose, proposed: BlacklistEntry, compliance: User, today: date) -> None:
        reject_entry(entry=proposed, actor=compliance, reason="Paid.", business_date=today)
        assert propose().state == "PROPOSED"


class TestExpireEntries:
    def test_ends_entries_at_their_last_day_once(self, propose: Propose, compliance: User, today: date) -> None:
        entry = propose(valid_until=today + timedelta(days=30))
        confirm_entry(entry=entry, actor=compliance, business_date=today)
        assert expire_entries(business_date=today + timedelta(days=29)) == 0
        assert expire_entries(business_date=today + timedelta(days=30)) == 1
        assert expire_entries(business_date=today + timedelta(days=30)) == 0
        entry.refresh_from_db()
        assert entry.state == "EXPIRED"
        assert OutboxEvent.objects.filter(name="EntryExpired").count() == 1

    def test_leaves_proposals_alone(self, propose: Propose, today: date) -> None:
        entry = propose(valid_until=today + timedelta(days=30))
        assert expire_entries(business_date=today + timedelta(days=60)) == 0
        entry.refresh_from_db()
        assert entry.state == "PROPOSED"


class TestEntryHistory:
    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE blacklist_entryhistory SET reason = 'nothing happened'",
            "DELETE FROM blacklist_entryhistory",
        ],
    )
    def test_cannot_be_rewritten(self, active: BlacklistEntry, statement: str) -> None:
        before = list(EntryHistory.objects.values())
        with (
            pytest.raises(DatabaseError),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)
        assert list(EntryHistory.objects.values()) == before
