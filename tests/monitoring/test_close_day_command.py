"""python manage.py close_day [--until DATE]."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from core.models import BankState
from loans.models import Loan
from monitoring.models import Alert, SweepRun
from monitoring.services.sweep import start_run
from tests.monitoring.conftest import FIRST_DUE, spoil


def run_command(*arguments: str) -> str:
    out = StringIO()
    call_command("close_day", *arguments, stdout=out)
    return out.getvalue()


def test_closes_one_day(bank: BankState, loan: Loan) -> None:
    assert run_command() == "Closed 2026-03-02: 1 loans in 1 shards.\n"
    bank.refresh_from_db()
    assert bank.business_date == date(2026, 3, 3)


def test_closes_every_day_up_to_the_date_in_order(bank: BankState, loan: Loan) -> None:
    out = run_command("--until", "2026-03-06")
    assert [line[7:17] for line in out.splitlines()] == ["2026-03-02", "2026-03-03", "2026-03-04", "2026-03-05"]
    bank.refresh_from_db()
    assert bank.business_date == date(2026, 3, 6)
    assert list(SweepRun.objects.order_by("id").values_list("business_date", flat=True)) == [
        date(2026, 3, 2) + timedelta(days=offset) for offset in range(4)
    ]


@pytest.mark.parametrize("until", ["2026-03-02", "2025-12-31"])
def test_a_date_that_has_passed_is_refused(until: str, bank: BankState) -> None:
    with pytest.raises(CommandError, match="The bank is on 2026-03-02 already"):
        run_command("--until", until)
    assert not SweepRun.objects.exists()


def test_an_interrupted_day_is_finished_first(bank: BankState, loan: Loan) -> None:
    run = start_run(actor=None, actor_name="before")
    run_command("--until", "2026-03-04")
    run.refresh_from_db()
    assert run.state == "DONE"
    assert SweepRun.objects.count() == 2


def test_says_how_to_open_the_bank(db: None) -> None:
    with pytest.raises(CommandError, match="open_bank --date"):
        run_command()


def test_tells_everybody_and_names_what_was_set_aside(loan: Loan, active: Callable[..., Loan], on: Callable[[date], date]) -> None:
    spoil(active())
    on(FIRST_DUE + timedelta(days=1))
    assert run_command().endswith("1 set aside.\n")
    assert Alert.objects.get().loan == loan
