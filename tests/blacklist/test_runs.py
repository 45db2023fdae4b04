"""Rescreening the book in pieces: nightly what changed, on demand everybody, with progress and once in effect."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from blacklist.domain.profiles import ScreeningSubject
from blacklist.models import BlacklistEntry, Screening, ScreeningHit, ScreeningRun
from blacklist.services import confirm_entry
from blacklist.services.runs import UnableToRescreen, finish_run, screen_piece, start_book_screening, start_nightly_screening
from core.models import OutboxEvent, User
from tests.blacklist.conftest import Propose, subject

MILICA = ("Milica Jovanović",)


def carry_out(run: ScreeningRun, book: list[ScreeningSubject], *, piece: int = 2) -> ScreeningRun:
    """What the room that keeps the people does: pieces in order, then the end."""
    after = ""
    for start in range(0, len(book), piece):
        part = book[start : start + piece]
        assert screen_piece(run_id=run.pk, subjects=part, after=after, cursor=part[-1].key, total=len(book)) is not None
        after = part[-1].key
    assert finish_run(run_id=run.pk, after=after)
    run.refresh_from_db()
    return run


class TestNightlyRun:
    def test_screens_everybody_against_what_is_new_and_the_changed_against_all(
        self, propose: Propose, active: BlacklistEntry, compliance: User, today: date
    ) -> None:
        book = [subject(key="borrower:a"), subject(key="borrower:b", names=MILICA), subject(key="borrower:c", names=("Ana Kovács",))]
        first = carry_out(start_nightly_screening(business_date=today), book)
        assert (first.subjects, first.changed, first.hits_opened, first.state) == (3, 3, 1, "DONE")
        entry = propose(subject_key="", names=["Milica Jovanovic"], identifiers={}, birth_date=None, addresses=())
        confirm_entry(entry=entry, actor=compliance, business_date=today)
        book[2] = subject(key="borrower:c")  # who now has the name of an entry of yesterday
        second = carry_out(start_nightly_screening(business_date=today + timedelta(days=1)), book)
        assert (second.list_version_from, second.changed) == (first.list_version_to, 1)
        keys = set(ScreeningHit.objects.filter(screening__run=second).values_list("subject_key", flat=True))
        assert keys == {"borrower:b", "borrower:c"}

    def test_begins_once_for_a_date(self, today: date) -> None:
        assert start_nightly_screening(business_date=today) == start_nightly_screening(business_date=today)
        assert OutboxEvent.objects.filter(name="BookScreeningRequested").count() == 1

    def test_a_piece_sent_twice_is_done_once(self, active: BlacklistEntry, today: date) -> None:
        run = start_nightly_screening(business_date=today)
        values = {"run_id": run.pk, "subjects": [subject()], "after": "", "cursor": "borrower:other", "total": 1}
        assert screen_piece(**values) is not None
        assert screen_piece(**values) is None
        assert not finish_run(run_id=run.pk, after="")
        assert ScreeningHit.objects.count() == 1

    def test_writes_nothing_about_the_clear(self, active: BlacklistEntry, today: date) -> None:
        carry_out(start_nightly_screening(business_date=today), [subject(names=MILICA)])
        assert not Screening.objects.exists()


class TestBookRun:
    def test_meets_the_whole_list_and_shows_how_far_it_is(self, active: BlacklistEntry, compliance: User, today: date) -> None:
        carry_out(start_nightly_screening(business_date=today), [subject(names=MILICA)])
        run = start_book_screening(actor=compliance, business_date=today)
        moved = screen_piece(run_id=run.pk, subjects=[subject(key="borrower:x")], after="", cursor="1", total=4)
        assert moved is not None
        assert (moved.subjects, moved.total, moved.state) == (1, 4, "RUNNING")
        with pytest.raises(UnableToRescreen, match="already_running"):
            start_book_screening(actor=compliance, business_date=today)
        assert finish_run(run_id=run.pk, after="1")
        assert start_book_screening(actor=compliance, business_date=today).shard == "book 2"

    def test_refuses_officers(self, officer: User, today: date) -> None:
        with pytest.raises(UnableToRescreen, match="not_entitled"):
            start_book_screening(actor=officer, business_date=today)
        assert not ScreeningRun.objects.exists()
