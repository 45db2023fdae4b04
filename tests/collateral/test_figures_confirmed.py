"""What was on record before anybody's steps were added up is what the next figures are measured by."""

from __future__ import annotations

from datetime import date
from importlib import import_module

from django.db import connection

from collateral.models import IndexPoint, SecurityPrice, ValueFile
from core.models import BankState
from tests.collateral.test_computed_values import index_of


def test_prices_and_points_alike(bank: BankState, today: date) -> None:
    index_of({2025: "100"})
    taken = ValueFile.objects.create(kind="PRICES", file_name="p.csv", fingerprint="0" * 64, business_date=today)
    SecurityPrice.objects.create(isin="DE0007236101", price_date=today, price=100, currency="EUR", source=taken)
    moved = import_module("collateral.migrations.0039_figures_confirmed")
    with connection.cursor() as cursor:
        for statement in (moved.PRICES, moved.POINTS):
            cursor.execute(statement)
    assert SecurityPrice.objects.get().confirmed and IndexPoint.objects.filter(confirmed=False).count() == 0
