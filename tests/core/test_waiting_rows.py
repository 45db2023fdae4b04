"""Rows that wait are tried in turn, each a limited number of times, and one bad row stops no other."""

from __future__ import annotations

from threading import Event, Thread
from uuid import UUID

import pytest
from django.db import connection
from django.utils import timezone

from core.models import OutboxEvent
from core.turns import turn
from core.waiting_rows import MAX_ATTEMPTS, try_each


@pytest.fixture
def rows(db: None) -> list[UUID]:
    """Three rows of a table that counts attempts, oldest first."""
    return [OutboxEvent.objects.create(name=f"row {number}", payload={}).pk for number in range(3)]


class Worker:
    """Settles rows, all but those it falls over; and gives up."""

    def __init__(self, *bad: UUID) -> None:
        self.bad = bad
        self.tried: list[UUID] = []
        self.given_up: list[UUID] = []

    def work(self, key: UUID) -> int:
        self.tried.append(key)
        if key in self.bad:
            raise RuntimeError("fell over")
        return self.settle(key)

    def give_up(self, key: UUID) -> int:
        self.given_up.append(key)
        return self.settle(key)

    def settle(self, key: UUID) -> int:
        return OutboxEvent.objects.filter(pk=key).update(delivered_at=timezone.now())

    def go(self, **begun: object) -> int:
        return try_each(OutboxEvent.objects.filter(delivered_at=None), self.work, self.give_up, **begun)


class TestWaitingRows:
    def test_are_done_oldest_first_and_once(self, rows: list[UUID]) -> None:
        worker = Worker()
        assert (worker.go(last_error="begun"), worker.go()) == (3, 0)
        assert worker.tried == rows
        assert set(OutboxEvent.objects.values_list("attempts", "last_error")) == {(1, "begun")}

    def test_are_given_up_after_their_attempts_while_the_others_go_on(self, rows: list[UUID]) -> None:
        worker = Worker(rows[0])
        settled = [worker.go() for _ in range(MAX_ATTEMPTS + 2)]
        assert settled == [2, *[0] * (MAX_ATTEMPTS - 1), 1, 0]
        assert worker.tried.count(rows[0]) == MAX_ATTEMPTS
        assert worker.given_up == [rows[0]]

    def test_that_another_worker_is_at_are_left_to_it(self, rows: list[UUID]) -> None:
        worker = Worker()
        began, over = Event(), Event()

        def other() -> None:
            with turn(rows[1]) as mine:
                assert mine
                began.set()
                over.wait(timeout=30)
            connection.close()

        thread = Thread(target=other)
        thread.start()
        assert began.wait(timeout=30)
        try:
            assert worker.go() == 2
        finally:
            over.set()
            thread.join()
        assert worker.tried == [rows[0], rows[2]]
        assert OutboxEvent.objects.get(pk=rows[1]).attempts == 0
        assert worker.go() == 1
