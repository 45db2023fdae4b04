"""Covers measured by other settings while somebody changes an asset: assets are locked before the covers that rest on them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from threading import Barrier
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction

from collateral.domain.haircuts import HAIRCUTS
from collateral.models import Covenant, Cover, CoverRun, MarginCall
from collateral.services import cover_runs, margin_calls
from collateral.services.counting import refresh_waiting
from core.models import Branch, User
from loans.models import ProductVersion
from tests.collateral.books import EVERY, Book


def covers_are_free() -> bool:
    """Whether somebody else can write the covers now."""
    try:
        with transaction.atomic():
            return bool(list(Cover.objects.select_for_update(nowait=True)))
    except OperationalError:
        return False
    finally:
        connection.close()


@pytest.mark.django_db(transaction=True)
def test_no_cover_is_held_while_assets_that_secure_no_loan_yet_are_locked(
    branch: Branch, product: ProductVersion, officer: User, risk_manager: User, today: date, monkeypatch: pytest.MonkeyPatch
) -> None:
    book, free = Book(branch, product, today), []
    book.pledge(book.asset(100_000, kind="MACHINERY"), book.lend(60_000), 60_000)
    book.sweep()
    settings = book.settle(haircuts={kind: str(share) for kind, share in HAIRCUTS.items()} | {"MACHINERY": "0.7"})
    run = CoverRun.objects.create(settings=settings, total=1, business_date=today)

    def refresh(*, business_date: date) -> int:
        with ThreadPoolExecutor(1) as other:
            free.append(other.submit(covers_are_free).result())
        return refresh_waiting(business_date=business_date)

    monkeypatch.setattr(cover_runs, "refresh_waiting", refresh)
    assert cover_runs.work_runs() == 1
    run.refresh_from_db()
    assert (free, run.state, run.attempts, run.done) == ([True], "DONE", 0, 1)
    assert Cover.objects.get().available == Decimal(30_000), "it was written"


@pytest.mark.django_db
def test_a_run_that_failed_behind_its_last_loan_goes_on_there(
    branch: Branch, product: ProductVersion, officer: User, risk_manager: User, today: date, monkeypatch: pytest.MonkeyPatch
) -> None:
    book, measured = Book(branch, product, today), []
    book.pledge(book.asset(100_000, kind="MACHINERY"), book.lend(60_000), 60_000)
    book.sweep()
    run = CoverRun.objects.create(settings=book.settle(), total=1, business_date=today)

    def broken(*, business_date: date) -> int:
        raise RuntimeError(business_date)

    with monkeypatch.context() as patch:
        patch.setattr(cover_runs, "refresh_waiting", broken)
        assert cover_runs.work_runs() == 0
    run.refresh_from_db()
    assert (run.state, run.attempts, run.done) == ("RUNNING", 1, 1)
    monkeypatch.setattr(cover_runs, "refresh_covers", lambda **loans: measured.append(loans))
    assert cover_runs.work_runs() == 0 and measured == []
    run.refresh_from_db()
    assert (run.state, run.attempts, run.done) == ("DONE", 0, 1)


@pytest.mark.django_db(transaction=True)
def test_a_run_and_the_night_at_the_same_moment_call_once(
    branch: Branch, product: ProductVersion, officer: User, risk_manager: User, today: date, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = Book(branch, product, today)
    lent = book.lend(60_000)
    book.pledge(book.asset(50_000, kind="MACHINERY"), lent, 60_000)
    Covenant.objects.create(application=lent.application, min_coverage=1, agreed_date=today)
    book.sweep()
    run = CoverRun.objects.create(settings=book.settle(), total=1, business_date=today)
    found, both = margin_calls.read_batches, Barrier(2, timeout=20)

    def read(query: str, asked: Any) -> Any:
        rows = list(found(query, asked))
        if query is margin_calls.SHORT and rows:
            # Each has found the loan short before either calls.
            both.wait()
        return rows

    def close() -> None:
        try:
            with transaction.atomic():
                margin_calls.watch_covers(business_date=today, **EVERY)
        finally:
            connection.close()

    monkeypatch.setattr(margin_calls, "read_batches", read)
    with ThreadPoolExecutor(1) as other:
        closing = other.submit(close)
        cover_runs.work_runs()
        closing.result()
    run.refresh_from_db()
    assert MarginCall.objects.count() == 1 and (run.state, run.attempts) == ("DONE", 0)
