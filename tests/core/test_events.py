"""The outbox: told if and only if it happened, heard once by each handler, whatever fails or comes twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from threading import Thread

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from core import events, tasks
from core.models import Branch, EventDelivery, OutboxEvent


@dataclass(frozen=True)
class LampLit(events.Event):
    """An event of these tests."""

    lamp_id: int
    colour: str = "white"


Heard = list[tuple[str, int]]


@pytest.fixture
def heard() -> Iterator[Heard]:
    """What the handlers of this test were told; their subscriptions end with it."""
    told: Heard = []
    yield told
    events._handlers.pop("LampLit", None)


def listener(name: str, heard: Heard, *, fails: Callable[[], bool] = lambda: False) -> Callable[[LampLit], None]:
    """A handler that writes a row and notes what it heard."""

    def handle(event: LampLit) -> None:
        Branch.objects.create(code=f"{name}{event.lamp_id}", name=name)
        if fails():
            raise RuntimeError("the lamp fell over")
        heard.append((name, event.lamp_id))

    handle.__qualname__ = name
    events.subscribe(LampLit, handle)
    return handle


@pytest.mark.django_db
class TestPublish:
    def test_writes_the_event_with_the_change(self, heard: Heard) -> None:
        events.publish(LampLit(7))
        row = OutboxEvent.objects.get(name="LampLit")
        assert row.payload == {"lamp_id": 7, "colour": "white"}
        assert row.delivered_at is None
        assert list(events.pending()) == [row]

    def test_leaves_nothing_when_the_change_is_undone(self, heard: Heard) -> None:
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            events.publish(LampLit(7))
            events.publish_all([LampLit(8), LampLit(9)])
            raise ZeroDivisionError
        assert not OutboxEvent.objects.exists()

    def test_of_many_is_one_statement(self, heard: Heard, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
        with django_assert_num_queries(1):
            events.publish_all([LampLit(number) for number in range(50)])
        assert events.pending().count() == 50

    def test_wakes_a_worker_after_the_commit_and_not_before(self, heard: Heard, monkeypatch, django_capture_on_commit_callbacks) -> None:  # type: ignore[no-untyped-def]
        woken: list[dict[str, object]] = []
        monkeypatch.setattr(tasks.deliver_outbox, "apply_async", lambda **how: woken.append(how))
        with django_capture_on_commit_callbacks(execute=True):
            events.publish(LampLit(1))
            assert woken == []
            events.publish(LampLit(2))
            events.publish_all([LampLit(3)])
        assert len(woken) == 1
        with django_capture_on_commit_callbacks(execute=True), events.without_waking():
            events.publish(LampLit(4))
        assert len(woken) == 1
        assert events.pending().count() == 4

    def test_calls_no_second_worker_before_the_first_has_come(self, monkeypatch) -> None:  # type: ignore[no-untyped-def]
        woken: list[dict[str, object]] = []
        monkeypatch.setattr(tasks.deliver_outbox, "apply_async", lambda **how: woken.append(how))
        events.wake()
        events.wake()
        assert len(woken) == 1
        tasks.deliver_outbox()
        events.wake()
        assert len(woken) == 2

    def test_calls_another_worker_after_a_full_turn(self, heard: Heard, monkeypatch) -> None:  # type: ignore[no-untyped-def]
        woken: list[dict[str, object]] = []
        monkeypatch.setattr(tasks.deliver_outbox, "apply_async", lambda **how: woken.append(how))
        monkeypatch.setattr(tasks, "TURN", 2)
        listener("a", heard)
        events.publish_all([LampLit(number) for number in range(3)])
        assert (tasks.deliver_outbox(), len(woken)) == (2, 1)
        assert (tasks.deliver_outbox(), len(woken)) == (1, 1)

    def test_survives_a_broker_that_is_away(self, heard: Heard, monkeypatch, django_capture_on_commit_callbacks) -> None:  # type: ignore[no-untyped-def]
        def gone(**_: object) -> None:
            raise ConnectionError("no broker")

        monkeypatch.setattr(tasks.deliver_outbox, "apply_async", gone)
        with django_capture_on_commit_callbacks(execute=True):
            events.publish(LampLit(1))
        assert events.pending().count() == 1


@pytest.mark.django_db
class TestDelivery:
    def test_reaches_each_handler_once_however_often_it_is_woken(self, heard: Heard) -> None:
        listener("a", heard)
        listener("b", heard)
        events.publish(LampLit(1))
        assert [tasks.deliver_outbox() for _ in range(3)] == [1, 0, 0]
        assert sorted(heard) == [("a", 1), ("b", 1)]
        assert EventDelivery.objects.count() == 2

    def test_takes_at_most_what_it_was_told_to(self, heard: Heard) -> None:
        listener("a", heard)
        events.publish_all([LampLit(number) for number in range(5)])
        assert events.deliver_pending(limit=2) == 2
        assert events.pending().count() == 3

    def test_is_done_for_an_event_that_nobody_waits_for(self, heard: Heard) -> None:
        events.publish(LampLit(1))
        assert events.deliver_pending() == 1
        assert not events.pending().exists()

    def test_tries_a_failing_handler_again_and_lets_the_others_hear(self, heard: Heard) -> None:
        broken = [True]
        listener("bad", heard, fails=lambda: broken[0])
        listener("good", heard)
        events.publish(LampLit(1))
        assert events.deliver_pending() == 0
        row = OutboxEvent.objects.get()
        assert (row.delivered_at, row.attempts) == (None, 1)
        assert "the lamp fell over" in row.last_error
        # What the failing handler had written is gone, what the other wrote stays.
        assert list(Branch.objects.values_list("code", flat=True)) == ["good1"]
        broken[0] = False
        assert events.deliver_pending() == 1
        row.refresh_from_db()
        assert row.delivered_at is not None
        assert (row.last_error, row.attempts) == ("", 2)
        assert heard == [("good", 1), ("bad", 1)]

    def test_gives_up_after_its_attempts_and_keeps_the_reason(self, heard: Heard) -> None:
        listener("bad", heard, fails=lambda: True)
        events.publish(LampLit(1))
        for _ in range(events.MAX_ATTEMPTS + 3):
            events.deliver_pending()
        row = OutboxEvent.objects.get()
        assert (row.attempts, row.delivered_at) == (events.MAX_ATTEMPTS, None)
        assert heard == []

    def test_does_not_stop_at_a_failing_event(self, heard: Heard) -> None:
        calls: list[int] = []
        listener("a", heard, fails=lambda: calls.append(1) or len(calls) == 1)  # type: ignore[func-returns-value]
        events.publish_all([LampLit(1), LampLit(2)])
        assert events.deliver_pending() == 1
        assert len(heard) == 1
        assert events.deliver_pending() == 1
        assert sorted(heard) == [("a", 1), ("a", 2)]

    def test_says_when_an_event_is_not_known_any_more(self, heard: Heard) -> None:
        OutboxEvent.objects.create(name="LampStolen", payload={})
        assert events.deliver_pending() == 0
        assert OutboxEvent.objects.get().last_error == "no such event: LampStolen"

    def test_reads_an_older_form_of_an_event(self, heard: Heard) -> None:
        listener("a", heard)
        OutboxEvent.objects.create(name="LampLit", payload={"lamp_id": 3, "wattage": 60})
        assert events.deliver_pending() == 1
        assert heard == [("a", 3)]


@pytest.mark.django_db
class TestAHandlerOfMany:
    @pytest.fixture
    def calls(self, heard: Heard) -> Iterator[list[list[int]]]:
        """What a handler of many was asked together; it writes a row for each lamp and falls over at the thirteenth."""
        asked: list[list[int]] = []

        def light(told: Sequence[LampLit]) -> None:
            asked.append([event.lamp_id for event in told])
            Branch.objects.bulk_create([Branch(code=f"m{event.lamp_id}", name="many") for event in told])
            if any(event.lamp_id == 13 for event in told):
                raise RuntimeError("thirteen")

        events.subscribe_many(LampLit, light)
        yield asked
        events._many.discard(light)

    def test_is_asked_once_for_all_that_wait_in_a_row_with_as_many_statements(self, calls: list[list[int]]) -> None:
        cost = []
        for count in (3, 30):
            events.publish_all([LampLit(100 * count + number) for number in range(count)])
            with CaptureQueriesContext(connection) as queries:
                assert events.deliver_pending() == count
            cost.append(len(queries))
            assert len(calls[-1]) == count and not events.pending().exists()
        assert cost[0] == cost[1] and len(calls) == 2
        assert EventDelivery.objects.count() == Branch.objects.filter(name="many").count() == 33

    def test_is_asked_for_each_by_itself_where_one_of_them_fails(self, calls: list[list[int]], heard: Heard) -> None:
        listener("single", heard)
        events.publish_all([LampLit(number) for number in (12, 13, 14)])
        assert events.deliver_pending() == 2
        assert calls == [[12, 13, 14], [12], [13], [14]] and [number for _, number in heard] == [12, 13, 14]
        assert OutboxEvent.objects.get(delivered_at=None).payload["lamp_id"] == 13
        assert sorted(Branch.objects.filter(name="many").values_list("code", flat=True)) == ["m12", "m14"]
        # What failed is tried alone, and nobody who was told is told again.
        events.publish(LampLit(15))
        assert events.deliver_pending() == 1 and calls[4:] == [[13], [15]]
        assert len(heard) == 4

    def test_passes_over_nothing_that_was_told_in_between(self, calls: list[list[int]]) -> None:
        events.publish_all([LampLit(1), LampLit(2)])
        OutboxEvent.objects.create(name="LampStolen", payload={})
        events.publish_all([LampLit(3), LampLit(4)])
        assert events.deliver_pending(limit=4) == 3
        assert calls == [[1, 2], [3]]


@pytest.mark.django_db(transaction=True)
class TestTwoWorkersAtOnce:
    def test_share_the_events_and_do_nothing_twice(self, heard: Heard) -> None:
        listener("a", heard)
        events.publish_all([LampLit(number) for number in range(40)])

        def work() -> None:
            try:
                events.deliver_pending()
            finally:
                connection.close()

        workers = [Thread(target=work) for _ in range(4)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        events.deliver_pending()
        assert sorted(heard) == [("a", number) for number in range(40)]
        assert not events.pending().exists()
        assert EventDelivery.objects.count() == 40
