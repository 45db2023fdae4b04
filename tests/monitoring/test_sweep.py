"""The close of day: once per date, in order, shard by shard, and never held up by one bad loan."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from core.models import AuditEntry, BankState, OutboxEvent, User
from loans.ledger import chart
from loans.ledger.models import Entry
from loans.ledger.services import EntryDraft, post
from loans.models import Instalment, Loan
from monitoring.domain.shards import MAX_ATTEMPTS, halves
from monitoring.models import Alert, SetAside, SweepChunk, SweepRun
from monitoring.services import sweep
from monitoring.services.sweep import UnableToCloseDay, close_day, drain, finish_if_drained, start_run
from tests.loans.delinquency_rule import bucket_for, days_past_due
from tests.loans.servicing.books import snapshot
from tests.monitoring.conftest import FIRST_DUE, hear, mend, spoil

Active = Callable[..., Loan]
Close = Callable[[date], SweepRun]


@pytest.fixture
def small_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two loans to a shard."""
    monkeypatch.setattr(sweep, "SHARD_LOANS", 2)


def due_entries(loan: Loan) -> int:
    return Entry.objects.filter(loan_id=loan.pk, event="due").count()


class TestOneDay:
    def test_moves_the_bank_to_the_next_day(self, bank: BankState, loan: Loan, today: date) -> None:
        run = close_day(actor=None, actor_name="test")
        bank.refresh_from_db()
        assert (run.state, run.business_date, run.loans) == ("DONE", today, 1)
        assert (bank.business_date, bank.swept_date, bank.sweep_failed) == (today + timedelta(days=1), today, False)
        assert AuditEntry.objects.get(action="day.closed").actor_name == "test"
        assert OutboxEvent.objects.get(name="DayClosed").payload == {"business_date": "2026-03-02", "next_date": "2026-03-03"}

    def test_closes_a_day_without_any_loan(self, bank: BankState) -> None:
        run = close_day(actor=None, actor_name="test")
        assert (run.state, run.chunks.count()) == ("DONE", 0)

    def test_books_what_fell_due_and_counts_the_days(self, loan: Loan, close: Close) -> None:
        close(FIRST_DUE + timedelta(days=3))
        loan.refresh_from_db()
        first = loan.instalments.get(number=1)
        assert first.due_booked
        assert due_entries(loan) == 1
        assert (loan.days_past_due, loan.bucket, loan.arrears) == (3, "1-30", first.principal + first.interest)
        assert loan.oldest_due_date == FIRST_DUE

    def test_a_date_is_closed_once(self, loan: Loan, today: date) -> None:
        close_day(actor=None, actor_name="test")
        before = snapshot()
        with pytest.raises(UnableToCloseDay, match="already_closed"):
            start_run(actor=None, business_date=today)
        assert SweepRun.objects.count() == 1
        assert snapshot() == before

    def test_a_second_run_of_the_day_is_refused_while_the_first_goes_on(self, loan: Loan, bank: BankState) -> None:
        start_run(actor=None)
        with pytest.raises(UnableToCloseDay, match="already_running"):
            start_run(actor=None)
        bank.refresh_from_db()
        assert SweepRun.objects.count() == 1
        assert bank.business_date == SweepRun.objects.get().business_date

    def test_says_that_the_bank_is_not_open(self, db: None) -> None:
        with pytest.raises(UnableToCloseDay, match="bank_not_open"):
            start_run(actor=None)

    @pytest.mark.parametrize("who", ["officer", "approver", "collector", "compliance"])
    def test_only_risk_managers_close_by_hand(self, who: str, bank: BankState, request: pytest.FixtureRequest) -> None:
        with pytest.raises(UnableToCloseDay, match="not_entitled"):
            start_run(actor=request.getfixturevalue(who))
        assert not SweepRun.objects.exists()

    def test_a_risk_manager_closes_by_hand(self, risk_manager: User, loan: Loan) -> None:
        run = close_day(actor=risk_manager)
        assert (run.state, run.started_by, run.started_by_name) == ("DONE", risk_manager, "Rita Risk")


class TestShards:
    def test_every_loan_stands_in_exactly_one(self, active: Active, small_shards: None) -> None:
        loans = [active() for _ in range(5)]
        run = start_run(actor=None)
        ranges = list(run.chunks.values_list("first_loan_id", "last_loan_id"))
        assert len(ranges) == 3
        for loan in loans:
            assert sum(first <= loan.pk <= last for first, last in ranges) == 1

    def test_the_day_turns_only_when_all_are_done(self, active: Active, small_shards: None, bank: BankState, today: date) -> None:
        for _ in range(3):
            active()
        run = start_run(actor=None)
        sweep._carry_out(sweep._begin_attempt(run.pk))  # type: ignore[arg-type]
        assert not finish_if_drained(run.pk)
        bank.refresh_from_db()
        assert bank.business_date == today
        assert drain(run.pk).state == "DONE"
        assert set(run.chunks.values_list("state", flat=True)) == {"DONE"}

    @pytest.mark.parametrize(("first", "last"), [(1, 2), (1, 3), (7, 20), (5, 6)])
    def test_halves_cover_the_range_once(self, first: int, last: int) -> None:
        (a, b), (c, d) = halves(first, last)
        assert (a, d) == (first, last)
        assert b + 1 == c
        assert a <= b
        assert c <= d


class TestRepeats:
    def test_a_message_that_comes_three_times_has_one_effect(self, active: Active, on: Callable[[date], date], small_shards: None) -> None:
        loans = [active() for _ in range(3)]
        on(FIRST_DUE + timedelta(days=1))
        run = start_run(actor=None)
        first = drain(run.pk)
        hear()
        before = snapshot() | {"alerts": list(Alert.objects.order_by("id").values()), "bank": list(BankState.objects.values())}
        again, third = drain(run.pk), drain(run.pk)
        hear()
        after = snapshot() | {"alerts": list(Alert.objects.order_by("id").values()), "bank": list(BankState.objects.values())}
        assert after == before
        assert [first.state, again.state, third.state] == ["DONE"] * 3
        assert [due_entries(loan) for loan in loans] == [1, 1, 1]
        assert Alert.objects.filter(kind="OVERDUE").count() == 3
        assert OutboxEvent.objects.filter(name="DayClosed").count() == 1

    def test_steps_run_again_for_the_day_change_nothing(self, loan: Loan, close: Close) -> None:
        day = FIRST_DUE + timedelta(days=1)
        run = close(day)
        before = snapshot()
        events = OutboxEvent.objects.count()
        sweep._run_steps(run.chunks.get())
        assert snapshot() == before
        assert OutboxEvent.objects.count() == events

    def test_a_milestone_is_told_once_and_again_after_a_cure(self, loan: Loan, close: Close) -> None:
        for days in (1, 2, 3, 31, 32):
            close(FIRST_DUE + timedelta(days=days))
        told = [row.payload["milestone"] for row in OutboxEvent.objects.filter(name="LoanPassedMilestone").order_by("id")]
        assert told == [1, 31]
        Instalment.objects.filter(loan=loan, number__lte=2).update(paid_principal=_column("principal"), paid_interest=_column("interest"))
        close(FIRST_DUE + timedelta(days=33))
        loan.refresh_from_db()
        assert (loan.days_past_due, loan.announced_days) == (0, 0)
        close(FIRST_DUE + timedelta(days=65))
        told = [row.payload["milestone"] for row in OutboxEvent.objects.filter(name="LoanPassedMilestone").order_by("id")]
        assert told == [1, 31, 1]


class TestResume:
    def test_goes_on_where_it_was_interrupted(self, active: Active, small_shards: None, on: Callable[[date], date]) -> None:
        loans = [active() for _ in range(5)]
        on(FIRST_DUE + timedelta(days=1))
        run = start_run(actor=None)
        sweep._carry_out(sweep._begin_attempt(run.pk))  # type: ignore[arg-type]
        done = run.chunks.get(state="DONE")
        resumed = close_day(actor=None, actor_name="another process")
        assert (resumed.pk, resumed.state, resumed.loans) == (run.pk, "DONE", 5)
        assert run.chunks.get(pk=done.pk).finished_at == done.finished_at
        assert [due_entries(loan) for loan in loans] == [1] * 5

    def test_an_attempt_that_never_came_back_is_counted(self, loan: Loan) -> None:
        run = start_run(actor=None)
        assert sweep._begin_attempt(run.pk) is not None
        assert drain(run.pk).state == "DONE"
        assert run.chunks.get().attempts == 2


class TestOneBadLoan:
    def test_is_set_aside_with_its_reason_and_blocks_nobody(self, active: Active, close: Close) -> None:
        loans = [active() for _ in range(6)]
        bad = loans[3]
        spoil(bad)
        run = close(FIRST_DUE + timedelta(days=1))
        aside = SetAside.objects.get()
        assert (run.state, run.loans) == ("DONE", 5)
        assert (aside.run_id, aside.loan_id, aside.resolved_at) == (run.pk, bad.pk, None)
        assert "loan_outstanding_not_negative" in aside.reason
        for loan in loans:
            loan.refresh_from_db()
            assert loan.days_past_due == (0 if loan == bad else 1)
            assert due_entries(loan) == (0 if loan == bad else 1)
        assert BankState.objects.get().sweep_failed

    def test_is_found_by_halving(self, active: Active, close: Close) -> None:
        loans = [active() for _ in range(6)]
        spoil(loans[0])
        run = close(FIRST_DUE + timedelta(days=1))
        states = list(run.chunks.order_by("number").values_list("state", "attempts"))
        assert states[0] == ("SPLIT", MAX_ATTEMPTS)
        only = run.chunks.get(state="SET_ASIDE")
        assert only.first_loan_id == only.last_loan_id == loans[0].pk
        # Between them the shards that ended cover every loan once.
        ended = list(run.chunks.exclude(state="SPLIT").values_list("first_loan_id", "last_loan_id"))
        assert [sum(first <= loan.pk <= last for first, last in ended) for loan in loans] == [1] * 6

    def test_comes_back_when_it_is_mended(self, active: Active, close: Close) -> None:
        loan = active()
        spoil(loan)
        close(FIRST_DUE + timedelta(days=1))
        mend(loan)
        close(FIRST_DUE + timedelta(days=2))
        loan.refresh_from_db()
        assert (loan.days_past_due, due_entries(loan)) == (2, 1)
        assert not BankState.objects.get().sweep_failed

    def test_an_entry_of_the_books_that_stands_already_is_not_doubled(
        self, active: Active, close: Close, on: Callable[[date], date]
    ) -> None:
        good, bad = active(), active()
        day = on(FIRST_DUE + timedelta(days=1))
        first = bad.instalments.get(number=1)
        postings = [(chart.INTEREST_RECEIVABLE, first.interest, "EUR"), (chart.INTEREST_INCOME, -first.interest, "EUR")]
        post(
            EntryDraft(
                booking_date=day,
                value_date=FIRST_DUE,
                text="By hand",
                source_type="instalment",
                source_id=str(first.pk),
                event="due",
                loan_id=bad.pk,
                postings=postings,
            ),
            actor=None,
        )
        close(day)
        assert SetAside.objects.get().loan_id == bad.pk
        assert (due_entries(good), due_entries(bad)) == (1, 1)


class TestFiguresAgree:
    def test_with_the_rule_in_plain_python(self, active: Active, close: Close) -> None:
        """The SQL of the sweep against the rule, over a year of nothing being paid."""
        loan = active()
        for offset in (0, 1, 30, 31, 61, 91, 181, 271, 361):
            day = FIRST_DUE + timedelta(days=offset)
            close(day)
            loan.refresh_from_db()
            unpaid = [(row.due_date, row.principal + row.interest) for row in loan.instalments.all()]
            days = days_past_due(unpaid, day, tolerance=loan.tolerance_amount)
            assert (loan.days_past_due, loan.bucket) == (days, bucket_for(days)), day
            assert loan.arrears == sum((amount for due, amount in unpaid if due < day), Decimal(0))


def _column(name: str) -> Any:
    from django.db.models import F

    return F(name)


def test_ready_shards_only_are_taken(loan: Loan) -> None:
    run = start_run(actor=None)
    SweepChunk.objects.filter(run=run).update(state="DONE")
    assert sweep._begin_attempt(run.pk) is None
