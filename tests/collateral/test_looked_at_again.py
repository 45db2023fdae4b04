"""What nobody would look at again: loans that are late or called have their assets valued anew like any other,
and no asset is forgotten.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from collateral.models import IndexPoint, IndexSeries, Pledge
from collateral.services.computed_values import revalue
from collateral.services.sweep import mark_revaluations_due
from core.events import deliver_pending
from core.models import Branch, OutboxEvent
from loans.selectors.loans import LIVE
from monitoring.models import Alert
from tests.collateral.books import EVERY, Book


@pytest.fixture
def book(branch: Branch, product: Any, today: date) -> Book:
    return Book(branch, product, today)


def told(day: date) -> list[str]:
    """Why assets are told of as due on a day."""
    before = set(OutboxEvent.objects.values_list("pk", flat=True))
    mark_revaluations_due(business_date=day, **EVERY)
    events = OutboxEvent.objects.exclude(pk__in=before).filter(name__endswith="RevaluationDue")
    return [event.payload["reason"] for event in events]


@pytest.mark.parametrize("state", LIVE)
def test_a_value_runs_out_and_follows_its_index_whatever_became_of_the_loan(book: Book, today: date, state: str) -> None:
    asset = book.asset(100_000)
    book.pledge(asset, book.lend(50_000, state=state), 50_000)
    series = IndexSeries.objects.create(code="bis:DE", title="Germany", publisher="bis", country="DE", used=True)
    IndexPoint.objects.bulk_create(
        IndexPoint(series=series, period_end=day, value=value)
        for day, value in ((today - timedelta(days=1), 100), (today + timedelta(days=300), 80))
    )
    assert revalue(business_date=today + timedelta(days=366), **EVERY) == 1
    assert asset.valuations.get(state="ACCEPTED").market_value == 80_000
    assert told(today + timedelta(days=366 + 1095)) == ["EXPIRED"]


def test_an_asset_without_any_value_is_told_of_every_month_until_one_is_on_its_way(book: Book, today: date) -> None:
    asset, lent = book.asset(100_000), book.lend(50_000, state="CALLED")
    book.pledge(asset, lent, 50_000)
    end = today + timedelta(days=1095)
    assert [told(end + timedelta(days=days)) for days in (0, 1, 29, 30, 31, 60)] == [["EXPIRED"], [], [], ["NONE"], [], ["NONE"]]
    while deliver_pending():
        pass
    assert Alert.objects.filter(subject=f"asset:{asset.pk}").exists()
    order = asset.valuations.create(ordered_date=end, currency="EUR", due_date=end)
    assert told(end + timedelta(days=90)) == []
    order.delete()
    Pledge.objects.filter(asset=asset).update(state="RELEASED", ended_date=end)
    assert told(end + timedelta(days=90)) == []


def test_one_that_never_had_a_value_is_counted_from_its_perfection(book: Book, today: date) -> None:
    asset = book.asset(100_000)
    pledge = book.pledge(asset, book.lend(50_000), 50_000)
    asset.valuations.all().delete()
    Pledge.objects.filter(pk=pledge.pk).update(perfected_date=today)
    assert [told(today + timedelta(days=days)) for days in (0, 30, 45)] == [[], ["NONE"], []]
