"""The business date: state of the bank, read here and passed into services; only the close of day moves it."""

from __future__ import annotations

from collections.abc import Container
from datetime import date
from functools import cache

import holidays
from django.conf import settings

from core.models import BankState
from core.written_queries import WrittenQuery

_dates: WrittenQuery[date] = WrittenQuery(lambda: BankState.objects.filter(id=1).values_list("business_date", flat=True))


def get_bank() -> BankState:
    """The bank's single row of state."""
    return BankState.objects.get(id=1)


def get_business_date() -> date:
    """The current business date."""
    found = _dates.first()
    if found is None:
        raise BankState.DoesNotExist
    return found


def lock_bank() -> BankState:
    """The bank's row, locked until the transaction ends: what the close of day holds while it turns the day."""
    return BankState.objects.select_for_update().get(id=1)


def closed_days() -> Container[date]:
    """The holidays of the country the bank works in (CREDENCE_COUNTRY); weekends are counted by `core.workdays`."""
    return _holidays(settings.CREDENCE_COUNTRY)


@cache
def _holidays(country: str) -> Container[date]:
    return holidays.country_holidays(country) if country else holidays.HolidayBase()
