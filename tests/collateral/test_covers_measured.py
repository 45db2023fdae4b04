"""What a loan's page says of its cover is of one measure, and a value accepted in the day is in it at once."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from collateral.models import Cover, Valuation
from collateral.services.valuations import accept_valuation
from collateral.web.asset_words import valuation_state
from core.models import Branch, User
from core.roles import Role
from tests.collateral.books import Book, Lent
from tests.collateral.conftest import hire
from tests.shared_rows import shared


@shared
def book(branch: Branch, product: Any, today: date) -> Book:
    return Book(branch, product, today)


@shared
def covered(book: Book) -> Lent:
    """A loan secured by a house, measured last night."""
    lent = book.lend(100_000)
    book.pledge(book.asset(200_000), lent, 100_000)
    book.sweep()
    return lent


def test_head_and_picture_are_of_the_same_values_as_the_table(book: Book, covered: Lent, risk_manager: User) -> None:
    Cover.objects.update(status_date=book.today - timedelta(days=1))
    client = Client()
    client.force_login(risk_manager)
    url = reverse("collateral:loan_cover", args=[covered.loan.public_id])
    assert client.get(url).context["cover"].status_date == book.today - timedelta(days=1), "nothing changed since the night"
    book.value(covered.application.pledges.get().asset, 50_000)
    context = client.get(url).context
    (holding,), cover = context["holdings"], context["cover"]
    assert (cover.market_value, cover.lending_value, cover.available) == (holding.market_value, holding.lending_value, holding.available)
    assert cover.market_value == 50_000 and cover.status_date == book.today
    steps = [bar.value for bar in context["chart"].rows]
    assert steps == sorted(steps, reverse=True), "no step is higher than the one before"


def test_a_value_accepted_in_the_day_is_measured_at_once(
    book: Book, covered: Lent, branch: Branch, risk_manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    asset, appraiser = covered.application.pledges.get().asset, hire("anna_values", Role.APPRAISER, branch=branch)
    given = book.value(asset, 60_000)
    Valuation.objects.filter(pk=given.pk).update(state="SUBMITTED", appraiser=appraiser)
    asset.valuations.exclude(pk=given.pk).update(state="ACCEPTED")
    asset.flags.update(state="CLEARED")
    given.refresh_from_db()
    monkeypatch.setattr("collateral.services.valuations.judging.look_at_values", lambda *_, **__: None)
    monkeypatch.setattr("collateral.services.valuations.judging.missing_evidence", lambda *_, **__: "")
    accept_valuation(valuation=given, actor=risk_manager, business_date=book.today)
    assert Cover.objects.get(loan=covered.loan).market_value == 60_000


def test_a_value_whose_period_still_runs_was_replaced(today: date) -> None:
    now, year = timezone.now(), timedelta(days=365)

    def value(state: str, *, decided: int, ends: int) -> Valuation:
        return Valuation(state=state, decided_at=now + timedelta(days=decided), expires_date=timezone.localdate(now) + timedelta(days=ends))

    day = timezone.localdate(now)
    before, after = value("EXPIRED", decided=-300, ends=65), value("ACCEPTED", decided=0, ends=365)
    assert valuation_state(before, [before, after], day)[1] == "Replaced"
    assert valuation_state(before, [before, after], day + year)[1] == "Replaced", "it stays so when its period has passed"
    ran_out = value("EXPIRED", decided=-400, ends=-35)
    assert valuation_state(ran_out, [ran_out, after], day)[1] == "Expired"
    assert valuation_state(after, [before, after], day)[1] == "Accepted"
