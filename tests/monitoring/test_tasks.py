"""What beat and the workers call: closing when the calendar has passed, in order, and waking what was left behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine

from core.models import BankState
from loans.models import Loan
from monitoring import tasks
from monitoring.models import SweepRun
from monitoring.services.sweep import start_run


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The runs that were sent to the workers."""
    messages: list[int] = []
    monkeypatch.setattr(tasks.drain_run, "apply_async", lambda kwargs, **_: messages.append(kwargs["run_id"]))
    return messages


@pytest.fixture
def nightfall(today: date) -> Iterator[Callable[[int], None]]:
    """Put the calendar some days after the bank's day, shortly after midnight."""
    with time_machine.travel(datetime(2026, 3, 2, 12, tzinfo=UTC), tick=False) as clock:

        def move(days: int) -> None:
            clock.move_to(datetime.combine(today + timedelta(days=days), datetime.min.time(), UTC) + timedelta(minutes=30))

        yield move


def work_off(sent: list[int]) -> None:
    """What workers do with the messages, each of which may come more than once."""
    for run_id in [sent.pop(0) for _ in range(len(sent))]:
        tasks.drain_run(run_id=run_id)


def test_nothing_is_closed_before_midnight(bank: BankState, sent: list[int], nightfall: Any) -> None:
    tasks.close_day_when_due()
    assert not SweepRun.objects.exists()
    assert sent == []


def test_a_bank_that_is_not_open_closes_nothing(db: None, sent: list[int]) -> None:
    tasks.close_day_when_due()
    assert sent == []


def test_the_day_is_closed_once_the_calendar_has_passed_it(bank: BankState, loan: Loan, sent: list[int], nightfall: Any) -> None:
    nightfall(1)
    tasks.close_day_when_due()
    tasks.close_day_when_due()
    run = SweepRun.objects.get()
    assert (run.business_date, run.started_by_name) == (bank.business_date, "schedule")
    assert set(sent) == {run.pk}
    work_off(sent)
    tasks.close_day_when_due()
    bank.refresh_from_db()
    assert bank.business_date == date(2026, 3, 3)
    assert SweepRun.objects.count() == 1


def test_missed_days_follow_in_order(bank: BankState, loan: Loan, sent: list[int], nightfall: Any) -> None:
    nightfall(4)
    for _ in range(6):
        tasks.close_day_when_due()
        work_off(sent)
    assert list(SweepRun.objects.order_by("id").values_list("business_date", "state")) == [
        (date(2026, 3, 2) + timedelta(days=offset), "DONE") for offset in range(4)
    ]


def test_a_finished_day_calls_the_next_missed_one_at_once(
    bank: BankState, loan: Loan, sent: list[int], nightfall: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[date] = []
    monkeypatch.setattr(tasks.close_day_when_due, "apply_async", lambda **_: calls.append(BankState.objects.get().business_date))
    nightfall(3)
    tasks.close_day_when_due()
    work_off(sent)
    assert set(calls) == {date(2026, 3, 3)}


def test_a_day_closed_by_hand_calls_no_other(
    bank: BankState, risk_manager: Any, sent: list[int], nightfall: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []
    monkeypatch.setattr(tasks.close_day_when_due, "apply_async", lambda **_: calls.append(1))
    nightfall(3)
    tasks.drain_run(run_id=start_run(actor=risk_manager).pk)
    assert calls == []


def test_a_bank_far_behind_is_left_to_people(bank: BankState, sent: list[int], nightfall: Any) -> None:
    nightfall(tasks.MAX_CATCH_UP_DAYS + 1)
    tasks.close_day_when_due()
    assert not SweepRun.objects.exists()


def test_the_pump_sends_again_what_is_not_finished(bank: BankState, loan: Loan, sent: list[int]) -> None:
    run = start_run(actor=None)
    assert tasks.pump_sweeps() == 1
    assert set(sent) == {run.pk}
    work_off(sent)
    assert tasks.pump_sweeps() == 0
    assert sent == []
