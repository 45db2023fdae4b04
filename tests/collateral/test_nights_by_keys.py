"""What a night asks about all that is pledged for a range of loans costs the same in a book of any size."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import connection

from collateral.services.computed_values import revalue
from collateral.services.counting import refresh_counted
from collateral.services.covers import refresh_covers
from collateral.services.inspection_plans import plan_inspections
from collateral.services.insurance import watch_insurance
from collateral.services.sweep import mark_revaluations_due
from core.models import Branch
from loans.models import ProductVersion
from tests.collateral.books import EVERY, Book

pytestmark = pytest.mark.django_db
STEPS = (revalue, mark_revaluations_due, watch_insurance, refresh_counted, refresh_covers, plan_inspections)


@pytest.fixture
def book(branch: Branch, product: ProductVersion, today: date) -> Book:
    return Book(branch, product, today)


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.__name__)
def test_no_question_hashes_the_book(step: Callable[..., int], book: Book, today: date) -> None:
    book.pledge(book.asset(10_000), book.lend(5_000), 10_000)
    hashing: list[str] = []

    def note(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        if "collateral_pledge" in sql and "BETWEEN %(first)s" in sql:
            with context["connection"].cursor() as cursor:
                cursor.execute("SHOW enable_hashjoin")
                hashing.append(cursor.fetchone()[0])
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        step(business_date=today, **EVERY)
    assert set(hashing) == {"off"}
