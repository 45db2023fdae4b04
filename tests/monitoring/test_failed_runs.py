"""What a night could not do: a day that did not turn, and loans set aside,
seen on the page and tried again by a person or the next night.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from core.models import AuditEntry, BankState, Branch, User
from core.roles import Role
from loans.ledger.models import Entry
from loans.models import Loan
from monitoring import tasks
from monitoring.models import SetAside, SweepRun
from monitoring.services import sweep
from monitoring.services.set_aside import UnableToTryAgain, try_again
from monitoring.services.sweep import UnableToCloseDay, close_day, drain, run_again, start_run
from tests.every_role import every_role
from tests.loans.servicing.conftest import hire
from tests.monitoring.conftest import FIRST_DUE, mend, spoil

Active = Callable[..., Loan]
Close = Callable[[date], SweepRun]
SignIn = Callable[[User], Client]


@pytest.fixture
def broken_turn(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """The bank-wide steps fail until the patch is undone."""

    def fail(**_: Any) -> None:
        raise RuntimeError("no room for the snapshot")

    with monkeypatch.context() as patch:
        patch.setattr(sweep, "carry_out_turn", fail)
        yield patch


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    messages: list[int] = []
    monkeypatch.setattr(tasks.drain_run, "apply_async", lambda kwargs, **_: messages.append(kwargs["run_id"]))
    return messages


def failed() -> SweepRun:
    """The run of the day after three failed turns."""
    run = start_run(actor=None)
    for _ in range(3):
        run = drain(run.pk)
    return run


class TestADayThatDoesNotTurn:
    def test_is_tried_three_times_then_fails_and_leaves_the_bank_where_it_was(
        self, loan: Loan, bank: BankState, today: date, broken_turn: Any, sent: list[int]
    ) -> None:
        run = start_run(actor=None)
        assert [drain(run.pk).state for _ in range(3)] == ["RUNNING", "RUNNING", "FAILED"]
        run.refresh_from_db()
        bank.refresh_from_db()
        assert (run.turn_attempts, run.error) == (3, "RuntimeError: no room for the snapshot")
        assert (bank.business_date, bank.swept_date, bank.sweep_failed) == (today, None, True)
        assert list(run.chunks.values_list("state", flat=True)) == ["DONE"]
        assert AuditEntry.objects.filter(action="day.close_failed").count() == 1
        assert tasks.pump_sweeps() == 0
        assert sent == []

    def test_says_so_on_its_page_and_in_the_frame(self, loan: Loan, broken_turn: Any, risk_manager: User, sign_in: SignIn) -> None:
        run = failed()
        page = sign_in(risk_manager).get(reverse("monitoring:sweep_detail", args=[run.pk])).text
        assert "The day was not closed." in page
        assert "no room for the snapshot" in page
        assert "the last sweep failed" in page
        assert reverse("monitoring:sweep_again", args=[run.pk]) in page
        assert "Failed" in sign_in(risk_manager).get(reverse("monitoring:sweep_list")).text

    def test_is_not_begun_anew(self, loan: Loan, broken_turn: Any) -> None:
        failed()
        with pytest.raises(UnableToCloseDay, match="failed") as refusal:
            start_run(actor=None)
        assert "try again there" in refusal.value.detail

    def test_goes_on_when_a_risk_manager_tries_again(
        self, loan: Loan, bank: BankState, today: date, broken_turn: Any, risk_manager: User, sign_in: SignIn, sent: list[int]
    ) -> None:
        run = failed()
        done = run.chunks.get().finished_at
        broken_turn.undo()
        sent_again = sign_in(risk_manager).post(reverse("monitoring:sweep_again", args=[run.pk]))
        assert sent_again["Location"] == reverse("monitoring:sweep_detail", args=[run.pk])
        assert set(sent) == {run.pk}
        assert drain(run.pk).state == "DONE"
        run.refresh_from_db()
        bank.refresh_from_db()
        assert (run.error, run.chunks.get().finished_at) == ("", done)
        assert (bank.business_date, bank.sweep_failed) == (today + timedelta(days=1), False)

    def test_is_taken_up_again_by_the_command(self, loan: Loan, bank: BankState, today: date, broken_turn: Any) -> None:
        failed()
        with pytest.raises(CommandError, match="was not closed: RuntimeError: no room for the snapshot"):
            call_command("close_day")
        broken_turn.undo()
        call_command("close_day")
        bank.refresh_from_db()
        assert bank.business_date == today + timedelta(days=1)

    def test_a_run_that_has_not_failed_is_not_resumed(self, loan: Loan, risk_manager: User) -> None:
        run = close_day(actor=None, actor_name="test")
        with pytest.raises(UnableToCloseDay, match="not_failed"):
            run_again(run=run, actor=risk_manager)


class TestALoanSetAside:
    def test_is_resolved_by_the_night_that_takes_it(self, active: Active, close: Close) -> None:
        mended, still = active(), active()
        spoil(mended)
        spoil(still)
        close(FIRST_DUE + timedelta(days=1))
        mend(mended)
        close(FIRST_DUE + timedelta(days=2))
        rows = {(row.loan_id, row.run.business_date.day): row for row in SetAside.objects.select_related("run")}
        assert rows[mended.pk, 3].resolved_by_name == "the night of 04 Apr 2026"
        assert rows[mended.pk, 3].resolved_at is not None
        assert rows[still.pk, 3].resolved_at is rows[still.pk, 4].resolved_at is None
        assert BankState.objects.get().sweep_failed

    def test_is_tried_again_by_a_risk_manager(self, active: Active, close: Close, risk_manager: User, sign_in: SignIn) -> None:
        loan = active()
        spoil(loan)
        run = close(FIRST_DUE + timedelta(days=1))
        aside = SetAside.objects.get()
        client, again = sign_in(risk_manager), reverse("monitoring:set_aside_again", args=[aside.pk])
        page = client.post(again, follow=True).text
        assert "still cannot be processed" in page
        assert "loan_outstanding_not_negative" in page
        mend(loan)
        booked = Entry.objects.count()
        page = client.post(again, follow=True).text
        assert "goes through now" in page
        assert "Rita Risk" in page
        assert again not in page
        aside.refresh_from_db()
        loan.refresh_from_db()
        assert aside.resolved_by_name == "Rita Risk"
        # Measured at once, on the day the bank is open on; booked by the coming night, since a closed day takes no bookings.
        assert loan.days_past_due == (run.next_date - FIRST_DUE).days
        assert Entry.objects.count() == booked
        assert not BankState.objects.get().sweep_failed
        assert AuditEntry.objects.filter(action="sweep.set_aside_resolved", actor=risk_manager).count() == 1
        close_day(actor=None, actor_name="test")
        assert Entry.objects.filter(loan_id=loan.pk, event="due").count() == 1

    def test_that_was_resolved_says_by_whom(self, active: Active, close: Close, risk_manager: User) -> None:
        loan = active()
        spoil(loan)
        close(FIRST_DUE + timedelta(days=1))
        mend(loan)
        aside = SetAside.objects.get()
        try_again(set_aside=aside, actor=risk_manager)
        with pytest.raises(UnableToTryAgain, match="by Rita Risk"):
            try_again(set_aside=aside, actor=risk_manager)

    def test_is_left_to_a_run_that_goes_on(self, active: Active, close: Close, risk_manager: User) -> None:
        spoil(active())
        close(FIRST_DUE + timedelta(days=1))
        start_run(actor=None)
        with pytest.raises(UnableToTryAgain, match="running"):
            try_again(set_aside=SetAside.objects.get(), actor=risk_manager)

    @every_role(sorted(set(Role) - {Role.RISK_MANAGER}))
    def test_is_no_other_role_s_to_try(
        self, role: Role, active: Active, close: Close, branch: Branch, sign_in: SignIn, broken_turn: Any
    ) -> None:
        somebody = hire("somebody", role, branch=branch)
        loan = active()
        spoil(loan)
        run = close(FIRST_DUE + timedelta(days=1))
        aside = SetAside.objects.get()
        assert sign_in(somebody).post(reverse("monitoring:set_aside_again", args=[aside.pk])).status_code == 403
        assert sign_in(somebody).post(reverse("monitoring:sweep_again", args=[run.pk])).status_code == 403
        with pytest.raises(UnableToTryAgain, match="not_entitled"):
            try_again(set_aside=aside, actor=somebody)
        with pytest.raises(UnableToCloseDay, match="not_entitled"):
            run_again(run=run, actor=somebody)
