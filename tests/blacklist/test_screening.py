"""Screening subjects, deciding hits, and the index behind them."""

from __future__ import annotations

import json
import threading
from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction

from blacklist.models import BlacklistEntry, Screening, ScreeningHit
from blacklist.selectors import blocked_keys, has_blocking, index
from blacklist.services import (
    UnableToDecideHit,
    confirm_entry,
    confirm_lift,
    decide_hit,
    propose_lift,
    screen_subject,
)
from blacklist.services.sweep import rescreen_against
from core.models import OutboxEvent, User
from tests.blacklist.conftest import Propose, subject


def screen(today: date, **changes: object) -> Screening:
    return screen_subject(subject=subject(**changes), purpose="submission", business_date=today)


class TestScreenSubject:
    def test_finds_a_listed_name_in_another_order_and_spelling(self, active: BlacklistEntry, today: date) -> None:
        screening = screen(today)
        hit = screening.hits.get()
        assert screening.blocks
        assert (hit.entry, hit.state, hit.grade) == (active, "OPEN", "MEDIUM")
        assert has_blocking("borrower:other")
        assert OutboxEvent.objects.get(name="HitOpened").payload["subject_key"] == "borrower:other"

    @pytest.mark.parametrize(
        "name",
        [
            "Драган Петровић",
            "dragan  PETROVIC",
            "Petrovich Dragan",
            "Drаgan Petrovic",
            "D\u200bragan Petrovic",
        ],
    )
    def test_sees_through_script_and_disguise(self, active: BlacklistEntry, today: date, name: str) -> None:
        assert screen(today, names=(name,)).blocks

    @pytest.mark.parametrize("name", ["Milica Jovanović", "Marko Petrovic", "Dr.", "", "🙂", "Petrovic"])
    def test_lets_others_through(self, active: BlacklistEntry, today: date, name: str) -> None:
        screening = screen(today, names=(name,))
        assert screening.result == "CLEAR"
        assert not screening.hits.exists()
        assert not has_blocking("borrower:other")

    def test_raises_the_grade_for_an_equal_identifier(self, active: BlacklistEntry, today: date) -> None:
        assert screen(today, identifiers={"national_id": "0405 9717 10012"}).hits.get().grade == "HIGH"

    def test_finds_an_identifier_behind_another_name(self, active: BlacklistEntry, today: date) -> None:
        hit = screen(
            today,
            names=("Milica Jovanović",),
            identifiers={"national_id": "0405971710012"},
        ).hits.get()
        assert hit.evidence["identifier"] == {"grade": "exact"}

    def test_lowers_the_grade_for_conflicts(self, active: BlacklistEntry, today: date) -> None:
        assert not screen(today, birth_date=date(1990, 1, 1)).blocks
        assert not screen(today, key="borrower:third", identifiers={"national_id": "1111111111111"}).blocks

    def test_knows_the_very_same_subject_without_anybody_s_decision(self, active: BlacklistEntry, today: date) -> None:
        hit = screen(today, key="borrower:dragan", names=("Entirely Different",)).hits.get()
        assert (hit.state, hit.grade) == ("TRUE_MATCH", "HIGH")

    def test_ignores_proposals(self, proposed: BlacklistEntry, today: date) -> None:
        assert not screen(today).blocks
        assert not screen(today, key="borrower:dragan").blocks

    def test_does_not_open_a_hit_twice(self, active: BlacklistEntry, today: date) -> None:
        assert screen(today).blocks
        assert screen(today).blocks
        assert ScreeningHit.objects.count() == 1
        assert OutboxEvent.objects.filter(name="HitOpened").count() == 1

    def test_stores_no_identifier_or_name_in_clear(self, active: BlacklistEntry, today: date) -> None:
        screening = screen(
            today,
            identifiers={"national_id": "0405971710012"},
            phones=("+381645550101",),
        )
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT string_agg(t, ' ') FROM (SELECT s::text AS t FROM blacklist_screening s"
                " UNION ALL SELECT h::text FROM blacklist_screeninghit h"
                " UNION ALL SELECT u::text FROM core_auditentry u"
                " UNION ALL SELECT o::text FROM core_outboxevent o) AS everything"
            )
            dump = cursor.fetchone()[0].casefold()
        for clear in ("petrovi", "dragan p", "0405971710012", "645550101"):
            assert clear not in dump
            assert clear.encode().hex() not in dump
        assert json.loads(Screening.objects.get(pk=screening.pk).snapshot)["names"] == ["Petrović, Dragan"]


class TestDecideHit:
    def test_remembers_a_false_positive_until_the_subject_changes(self, active: BlacklistEntry, compliance: User, today: date) -> None:
        hit = screen(today).hits.get()
        decide_hit(
            hit=hit,
            outcome="FALSE_POSITIVE",
            reason="Other person.",
            actor=compliance,
            business_date=today,
        )
        assert not has_blocking("borrower:other")
        assert not screen(today).blocks
        assert screen(today, phones=("+381 64 555 0101",)).blocks

    def test_forgets_it_when_the_entry_changes(self, active: BlacklistEntry, compliance: User, today: date) -> None:
        hit = screen(today).hits.get()
        decide_hit(
            hit=hit,
            outcome="FALSE_POSITIVE",
            reason="Other person.",
            actor=compliance,
            business_date=today,
        )
        BlacklistEntry.objects.filter(pk=active.pk).update(content_version=2)
        assert screen(today).blocks

    def test_a_true_match_blocks_while_the_entry_is_in_force(
        self,
        active: BlacklistEntry,
        compliance: User,
        collector: User,
        risk_manager: User,
        today: date,
    ) -> None:
        hit = screen(today).hits.get()
        decide_hit(
            hit=hit,
            outcome="TRUE_MATCH",
            reason="Same passport.",
            actor=compliance,
            business_date=today,
        )
        assert has_blocking("borrower:other")
        assert screen(today).blocks
        propose_lift(entry=active, actor=collector, reason="Paid.")
        confirm_lift(entry=active, actor=risk_manager, business_date=today)
        assert not has_blocking("borrower:other")
        assert not screen(today).blocks

    def test_tells_the_second_who_was_first(
        self,
        active: BlacklistEntry,
        compliance: User,
        second_compliance: User,
        today: date,
    ) -> None:
        hit = screen(today).hits.get()
        decide_hit(
            hit=hit,
            outcome="TRUE_MATCH",
            reason="Same person.",
            actor=compliance,
            business_date=today,
        )
        with pytest.raises(UnableToDecideHit, match="already_decided") as refusal:
            decide_hit(
                hit=hit,
                outcome="FALSE_POSITIVE",
                reason="Not him.",
                actor=second_compliance,
                business_date=today,
            )
        assert compliance.full_name in refusal.value.detail
        assert ScreeningHit.objects.get().state == "TRUE_MATCH"

    @pytest.mark.parametrize(("outcome", "reason"), [("", "Why"), ("ENDED", "Why"), ("TRUE_MATCH", " ")])
    def test_wants_an_outcome_and_a_reason(
        self,
        active: BlacklistEntry,
        compliance: User,
        today: date,
        outcome: str,
        reason: str,
    ) -> None:
        hit = screen(today).hits.get()
        with pytest.raises(UnableToDecideHit, match="invalid"):
            decide_hit(
                hit=hit,
                outcome=outcome,
                reason=reason,
                actor=compliance,
                business_date=today,
            )
        assert ScreeningHit.objects.get().state == "OPEN"

    def test_refuses_officers(self, active: BlacklistEntry, officer: User, today: date) -> None:
        hit = screen(today).hits.get()
        with pytest.raises(UnableToDecideHit, match="not_entitled"):
            decide_hit(
                hit=hit,
                outcome="FALSE_POSITIVE",
                reason="Nice man.",
                actor=officer,
                business_date=today,
            )
        assert ScreeningHit.objects.get().state == "OPEN"

    def test_refuses_a_proposer_who_would_undo_their_own_entry(
        self, propose: Propose, risk_manager: User, compliance: User, today: date
    ) -> None:
        confirm_entry(entry=propose(actor=risk_manager), actor=compliance, business_date=today)
        hit = screen(today).hits.get()
        with pytest.raises(UnableToDecideHit, match="own_entry"):
            decide_hit(
                hit=hit,
                outcome="FALSE_POSITIVE",
                reason="Not him.",
                actor=risk_manager,
                business_date=today,
            )

    def test_the_database_refuses_a_false_positive_by_nobody(self, active: BlacklistEntry, today: date) -> None:
        screen(today)
        with (
            pytest.raises(IntegrityError, match="false_positive_by_person"),
            transaction.atomic(),
        ):
            ScreeningHit.objects.update(state="FALSE_POSITIVE")


class TestScreeningIndex:
    def test_follows_each_change_without_a_restart(self, propose: Propose, active: BlacklistEntry, compliance: User, today: date) -> None:
        first = index.current_index()
        assert index.current_index() is first
        other = propose(
            subject_key="borrower:ana",
            names=["Ana Maria Kovács"],
            identifiers={},
            source_reference="LN-2",
        )
        confirm_entry(entry=other, actor=compliance, business_date=today)
        second = index.current_index()
        assert second.names.base is first.names.base
        assert set(second.entries) == {active.pk, other.pk}
        assert screen(today, names=("Kovacs Ana",)).blocks

    def test_does_not_trust_what_was_rolled_back(self, propose: Propose, active: BlacklistEntry, compliance: User, today: date) -> None:
        entry = propose(
            subject_key="borrower:ana",
            names=["Ana Maria Kovács"],
            identifiers={},
            source_reference="LN-2",
        )
        with transaction.atomic():
            confirm_entry(entry=entry, actor=compliance, business_date=today)
            assert entry.pk in index.current_index().entries
            transaction.set_rollback(True)
        assert set(index.current_index().entries) == {active.pk}
        assert not screen(today, names=("Kovacs Ana",)).blocks

    def test_is_polled_with_one_query(self, active: BlacklistEntry, django_assert_num_queries: object) -> None:
        index.current_index()
        with django_assert_num_queries(1):  # type: ignore[operator]  # the list version
            index.current_index()

    @pytest.mark.django_db(transaction=True)
    def test_reads_a_large_change_aside(
        self,
        propose: Propose,
        active: BlacklistEntry,
        compliance: User,
        today: date,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        old = index.current_index()
        entry = propose(
            subject_key="borrower:ana",
            names=["Ana Maria Kovács"],
            identifiers={},
            source_reference="LN-2",
        )
        confirm_entry(entry=entry, actor=compliance, business_date=today)
        monkeypatch.setattr(index, "INLINE_CHANGES", 0)
        assert index.current_index() is old
        for thread in threading.enumerate():
            if thread.name == "screening-index":
                thread.join(timeout=30)
        assert entry.pk in index.current_index().entries


class TestBlockedKeys:
    def test_answers_for_many_with_two_queries(self, active: BlacklistEntry, today: date, django_assert_num_queries: object) -> None:
        screen(today)
        with django_assert_num_queries(2):  # type: ignore[operator]  # hits, then entries of the keys themselves
            keys = blocked_keys(["borrower:other", "borrower:dragan", "borrower:free"])
        assert keys == {"borrower:other", "borrower:dragan"}


class TestRescreenAgainst:
    def test_names_who_is_in_review_because_of_an_entry(self, active: BlacklistEntry, today: date) -> None:
        book = [
            subject(key="borrower:dragan"),
            subject(),
            subject(key="borrower:b", names=("Milica Jovanović",)),
        ]
        found = rescreen_against(entry_ids=[str(active.pk)], subjects=book, business_date=today)
        assert found == {"borrower:dragan", "borrower:other"}

    def test_passes_over_entries_not_in_force(self, proposed: BlacklistEntry, today: date) -> None:
        assert rescreen_against(entry_ids=[proposed.pk], subjects=[subject()], business_date=today) == set()
