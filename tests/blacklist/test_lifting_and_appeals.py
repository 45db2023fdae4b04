"""The way back: lifting under four eyes, and appeals."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from blacklist.models import BlacklistEntry, EntryAppeal, ScreeningHit
from blacklist.selectors import has_blocking
from blacklist.services import (
    UnableToAppeal,
    UnableToDecideAppeal,
    UnableToLiftEntry,
    confirm_lift,
    decide_appeal,
    file_appeal,
    propose_lift,
    refuse_lift,
    screen_subject,
)
from core.four_eyes import UnableToConfirm, UnableToPropose
from core.models import OutboxEvent, User
from tests.blacklist.conftest import subject
from tests.blacklist.test_entries import snapshot


class TestLiftEntry:
    def test_takes_a_second_person_and_ends_open_hits(
        self, active: BlacklistEntry, collector: User, risk_manager: User, today: date
    ) -> None:
        assert screen_subject(subject=subject(), purpose="submission", business_date=today).blocks
        propose_lift(entry=active, actor=collector, reason="Paid in full on 20 Nov.")
        assert has_blocking("borrower:other")
        confirm_lift(entry=active, actor=risk_manager, business_date=today)
        active.refresh_from_db()
        assert active.state == "LIFTED"
        assert active.history.last().reason == "Paid in full on 20 Nov."
        assert ScreeningHit.objects.get().state == "ENDED"
        assert not has_blocking("borrower:other")
        assert not has_blocking("borrower:dragan")
        assert OutboxEvent.objects.filter(name="EntryLifted").count() == 1
        assert OutboxEvent.objects.get(name="HitDecided").payload["outcome"] == "ENDED"

    def test_refuses_the_person_who_asked_for_it(self, active: BlacklistEntry, risk_manager: User, today: date) -> None:
        propose_lift(entry=active, actor=risk_manager, reason="Paid.")
        before = snapshot(active)
        with pytest.raises(UnableToConfirm, match="own_proposal"):
            confirm_lift(entry=active, actor=risk_manager, business_date=today)
        assert snapshot(active) == before

    def test_does_nothing_without_a_proposal(self, active: BlacklistEntry, risk_manager: User, today: date) -> None:
        before = snapshot(active)
        with pytest.raises(UnableToLiftEntry, match="no_proposal"):
            confirm_lift(entry=active, actor=risk_manager, business_date=today)
        assert snapshot(active) == before

    def test_is_proposed_once(self, active: BlacklistEntry, collector: User, risk_manager: User) -> None:
        propose_lift(entry=active, actor=collector, reason="Paid.")
        with pytest.raises(UnableToPropose, match="already_open"):
            propose_lift(entry=active, actor=risk_manager, reason="Paid.")

    def test_can_be_refused(self, active: BlacklistEntry, collector: User, risk_manager: User, today: date) -> None:
        propose_lift(entry=active, actor=collector, reason="Paid.")
        refuse_lift(entry=active, actor=risk_manager, reason="Nothing was booked.")
        active.refresh_from_db()
        assert active.state == "ACTIVE"
        with pytest.raises(UnableToConfirm, match="already_decided"):
            confirm_lift(entry=active, actor=risk_manager, business_date=today)

    def test_waits_for_an_open_appeal(self, active: BlacklistEntry, collector: User, compliance: User, today: date) -> None:
        file_appeal(entry=active, grounds="It was not me.", actor=collector, business_date=today)
        with pytest.raises(UnableToLiftEntry, match="appeal_open"):
            propose_lift(entry=active, actor=compliance, reason="Paid.")

    def test_is_only_for_entries_in_force(self, proposed: BlacklistEntry, compliance: User) -> None:
        with pytest.raises(UnableToLiftEntry, match="not_in_force"):
            propose_lift(entry=proposed, actor=compliance, reason="Paid.")

    def test_refuses_officers(self, active: BlacklistEntry, officer: User) -> None:
        with pytest.raises(UnableToLiftEntry, match="not_entitled"):
            propose_lift(entry=active, actor=officer, reason="He is nice.")


class TestFileAppeal:
    def test_keeps_the_entry_in_force_with_a_deadline(self, active: BlacklistEntry, officer: User, today: date) -> None:
        appeal = file_appeal(
            entry=active,
            grounds="It was my brother.",
            actor=officer,
            business_date=today,
        )
        assert appeal.decide_by_date == today + timedelta(days=30)
        active.refresh_from_db()
        assert (active.state, active.is_in_force) == ("APPEALED", True)
        assert has_blocking("borrower:dragan")

    def test_voids_a_waiting_lift(self, active: BlacklistEntry, collector: User, risk_manager: User, today: date) -> None:
        propose_lift(entry=active, actor=collector, reason="Paid.")
        file_appeal(
            entry=active,
            grounds="It was my brother.",
            actor=collector,
            business_date=today,
        )
        with pytest.raises(UnableToLiftEntry, match="appeal_open"):
            confirm_lift(entry=active, actor=risk_manager, business_date=today)

    def test_refuses_a_second_one(self, active: BlacklistEntry, officer: User, today: date) -> None:
        file_appeal(
            entry=active,
            grounds="It was my brother.",
            actor=officer,
            business_date=today,
        )
        with pytest.raises(UnableToAppeal, match="already_open"):
            file_appeal(entry=active, grounds="Again.", actor=officer, business_date=today)
        assert EntryAppeal.objects.count() == 1

    def test_refuses_a_proposal_that_bars_nobody(self, proposed: BlacklistEntry, officer: User, today: date) -> None:
        with pytest.raises(UnableToAppeal, match="not_in_force"):
            file_appeal(entry=proposed, grounds="No.", actor=officer, business_date=today)

    def test_wants_grounds(self, active: BlacklistEntry, officer: User, today: date) -> None:
        with pytest.raises(UnableToAppeal, match="grounds_missing"):
            file_appeal(entry=active, grounds=" ", actor=officer, business_date=today)


class TestDecideAppeal:
    def test_granting_lifts_the_entry(self, active: BlacklistEntry, officer: User, risk_manager: User, today: date) -> None:
        file_appeal(
            entry=active,
            grounds="It was my brother.",
            actor=officer,
            business_date=today,
        )
        decide_appeal(
            entry=active,
            granted=True,
            reason="Identity shown.",
            actor=risk_manager,
            business_date=today,
        )
        active.refresh_from_db()
        assert active.state == "LIFTED"
        assert OutboxEvent.objects.filter(name="EntryLifted").count() == 1

    def test_dismissing_leaves_it_in_force(self, active: BlacklistEntry, officer: User, risk_manager: User, today: date) -> None:
        file_appeal(
            entry=active,
            grounds="It was my brother.",
            actor=officer,
            business_date=today,
        )
        decide_appeal(
            entry=active,
            granted=False,
            reason="No proof.",
            actor=risk_manager,
            business_date=today,
        )
        active.refresh_from_db()
        assert active.state == "ACTIVE"
        assert EntryAppeal.objects.get().outcome == "DISMISSED"
        assert not OutboxEvent.objects.filter(name="EntryLifted").exists()

    def test_refuses_who_confirmed_the_entry(self, active: BlacklistEntry, officer: User, compliance: User, today: date) -> None:
        file_appeal(
            entry=active,
            grounds="It was my brother.",
            actor=officer,
            business_date=today,
        )
        before = snapshot(active)
        with pytest.raises(UnableToDecideAppeal, match="own_work"):
            decide_appeal(
                entry=active,
                granted=True,
                reason="Fine.",
                actor=compliance,
                business_date=today,
            )
        assert snapshot(active) == before

    def test_refuses_who_took_it_in(self, active: BlacklistEntry, risk_manager: User, today: date) -> None:
        file_appeal(
            entry=active,
            grounds="It was my brother.",
            actor=risk_manager,
            business_date=today,
        )
        with pytest.raises(UnableToDecideAppeal, match="own_work"):
            decide_appeal(
                entry=active,
                granted=True,
                reason="Fine.",
                actor=risk_manager,
                business_date=today,
            )

    def test_the_database_refuses_one_person_for_both(self, active: BlacklistEntry, risk_manager: User, today: date) -> None:
        appeal = file_appeal(entry=active, grounds="No.", actor=risk_manager, business_date=today)
        with (
            pytest.raises(IntegrityError, match="entry_appeal_four_eyes"),
            transaction.atomic(),
        ):
            EntryAppeal.objects.filter(pk=appeal.pk).update(outcome="GRANTED", decided_by=risk_manager)
