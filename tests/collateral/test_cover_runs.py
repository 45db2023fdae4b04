"""Other haircuts in force: every cover is measured anew by a worker, range by range, and the list says how far that is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError
from django.urls import reverse

from collateral.domain.revaluation import DEFAULTS, as_document
from collateral.models import Covenant, Cover, CoverRun, MarginCall, ValueSettings
from collateral.services import cover_runs
from collateral.services.margin_calls import watch_covers
from collateral.services.value_settings import decide_value_settings, propose_value_settings
from collateral.tasks import measure_covers
from core.batched_runs import MOST_FAILURES
from core.models import Branch, OutboxEvent, User
from core.roles import Role
from loans.models import Loan, ProductVersion
from tests.collateral.books import EVERY, Book
from tests.collateral.conftest import SignIn, hire
from tests.shared_rows import shared

MACHINES = {**DEFAULTS.haircuts, "MACHINERY": Decimal("0.7")}


@shared
def second(branch: Branch) -> User:
    return hire("rolf_risk", Role.RISK_MANAGER, branch=branch)


@shared
def book(branch: Branch, product: ProductVersion, today: date) -> Book:
    """Five loans, each on a machine worth 100,000 of which half is lent on."""
    book = Book(branch, product, today)
    for _ in range(5):
        book.pledge(book.asset(100_000, kind="MACHINERY"), book.lend(60_000), 60_000)
    book.sweep()
    return book


@pytest.fixture
def change(risk_manager: User, second: User) -> Callable[..., ValueSettings]:
    """Put other settings in force."""

    def make(**changes: Any) -> ValueSettings:
        document = as_document(replace(DEFAULTS, **changes))
        proposed = propose_value_settings(document=document, reason="The market fell", actor=risk_manager)
        return decide_value_settings(proposed=proposed, confirm=True, reason="Seen", actor=second)

    return make


def available() -> list[Decimal]:
    return list(Cover.objects.order_by("loan_id").values_list("available", flat=True))


def test_every_loan_is_measured_by_them_at_once_in_ranges(
    book: Book, change: Callable[..., ValueSettings], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cover_runs, "BATCH", 2)
    before = available()
    change(haircuts=MACHINES)
    run = CoverRun.objects.get()
    assert (run.state, run.total, run.done) == ("WAITING", 5, 0) and available() == before
    assert cover_runs._work_batch(run.pk) == 2
    run.refresh_from_db()
    assert (run.state, run.done) == ("RUNNING", 2)
    assert available() == [Decimal(30_000)] * 2 + before[2:], "what is measured counts, the rest is of before"
    assert measure_covers() == 3
    run.refresh_from_db()
    assert (run.state, run.done, run.measured) == ("DONE", 5, 100) and run.finished_at is not None
    assert available() == [Decimal(30_000)] * 5
    assert measure_covers() == 0, "a doubled message finds nothing to do"


class TestCalls:
    @pytest.fixture
    def agreed(self, book: Book) -> Book:
        """Each borrower promised cover for three quarters of what they owe, and has it."""
        for loan in Loan.objects.all():
            Covenant.objects.create(application=loan.application, min_coverage=Decimal("0.75"), agreed_date=book.today)
        night(book)
        assert not MarginCall.objects.exists()
        return book

    def test_follow_in_the_same_run_and_the_night_makes_none_again(
        self, agreed: Book, change: Callable[..., ValueSettings], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(cover_runs, "BATCH", 2)
        change(haircuts=MACHINES)
        cover_runs._work_batch(CoverRun.objects.get().pk)
        assert MarginCall.objects.count() == 2, "of those that are measured"
        measure_covers()
        assert set(MarginCall.objects.values_list("number", "called", "raised_date")) == {(1, Decimal(15_000), agreed.today)}
        assert MarginCall.objects.count() == 5 and OutboxEvent.objects.filter(name="CoverageFellShort").count() == 5
        assert night(agreed) == 0 and MarginCall.objects.count() == 5

    def test_are_met_by_a_run_and_not_escalated_before_the_night(self, agreed: Book, change: Callable[..., ValueSettings]) -> None:
        change(haircuts=MACHINES)
        measure_covers()
        yesterday = agreed.today - timedelta(days=1)
        MarginCall.objects.update(raised_date=yesterday - timedelta(days=9), due_date=yesterday)
        change(haircuts={**MACHINES, "MACHINERY": Decimal("0.71")})
        measure_covers()
        assert set(MarginCall.objects.values_list("state", flat=True)) == {"OPEN"}
        change(haircuts=DEFAULTS.haircuts)
        measure_covers()
        assert set(MarginCall.objects.values_list("state", "answer")) == {("MET", "VALUE")}


def night(book: Book) -> int:
    book.sweep()
    return watch_covers(business_date=book.today, **EVERY)


def test_what_no_cover_rests_on_measures_nothing(book: Book, change: Callable[..., ValueSettings]) -> None:
    change(order_days=9)
    assert not CoverRun.objects.exists()


def test_other_settings_overtake_those_before(book: Book, change: Callable[..., ValueSettings]) -> None:
    change(haircuts=MACHINES)
    latest = change(haircuts={**MACHINES, "MACHINERY": Decimal("0.6")})
    assert set(CoverRun.objects.values_list("state", "settings__number")) == {("OVERTAKEN", latest.number - 1), ("WAITING", latest.number)}
    measure_covers()
    assert available() == [Decimal(40_000)] * 5
    assert set(CoverRun.objects.values_list("state", flat=True)) == {"OVERTAKEN", "DONE"}


@pytest.mark.django_db
def test_the_database_lets_one_run_at_a_time(book: Book, change: Callable[..., ValueSettings], today: date) -> None:
    settings = change(haircuts=MACHINES)
    with pytest.raises(IntegrityError, match="cover_run_one_at_a_time"):
        CoverRun.objects.create(settings=settings, business_date=today)


class TestThePage:
    @pytest.fixture
    def page(self, sign_in: SignIn, approver: User) -> Callable[[], str]:
        return lambda: sign_in(approver).get(reverse("collateral:cover_list")).text

    def test_says_how_far_it_is_until_all_are_measured(
        self, book: Book, change: Callable[..., ValueSettings], page: Callable[[], str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert "haircuts are in force" not in page()
        monkeypatch.setattr(cover_runs, "BATCH", 2)
        change(haircuts=MACHINES)
        cover_runs._work_batch(CoverRun.objects.get().pk)
        shown = page()
        assert "Other haircuts are in force" in shown and "2 of 5 loans are measured" in shown and reverse("collateral:cover_run") in shown
        measure_covers()
        assert "haircuts are in force" not in page()

    def test_asks_again_for_the_fragment_and_then_offers_the_new_figures(
        self, book: Book, change: Callable[..., ValueSettings], sign_in: SignIn, approver: User
    ) -> None:
        change(haircuts=MACHINES)
        client, url = sign_in(approver), reverse("collateral:cover_run")
        assert "hx-get" in client.get(url, headers={"hx-request": "true"}).text
        measure_covers()
        done = client.get(url, headers={"hx-request": "true"}).text
        assert "hx-get" not in done and "Show the new figures" in done
        assert client.get(url).status_code == 302

    def test_says_that_it_stopped_until_the_night_has_measured_all(
        self, book: Book, change: Callable[..., ValueSettings], page: Callable[[], str], bank: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(**_: object) -> int:
            raise RuntimeError

        change(haircuts=MACHINES)
        monkeypatch.setattr(cover_runs, "refresh_covers", broken)
        for _ in range(MOST_FAILURES):
            measure_covers()
        assert CoverRun.objects.get().state == "FAILED"
        assert "Not all figures are of the settings in force" in page()
        bank.business_date += timedelta(days=1)
        bank.save()
        assert "Not all figures" not in page()
