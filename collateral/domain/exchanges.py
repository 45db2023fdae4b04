"""On which days an exchange does not trade, by its market identifier code (MIC, ISO 10383). Pure."""

from __future__ import annotations

import re
from datetime import date
from functools import cache, lru_cache

import holidays

_MIC = re.compile(r"[A-Z0-9]{4}")


def is_mic(code: str) -> bool:
    """Whether a code is written as a MIC is: four capital letters or digits."""
    return _MIC.fullmatch(code) is not None


@cache
def is_known(mic: str) -> bool:
    """Whether the days of trading of an exchange are known."""
    return mic in holidays.list_supported_financial()


@lru_cache(maxsize=50_000)
def rests(mic: str, day: date) -> bool:
    """Whether a known exchange does not trade on a day: its weekend, or a holiday of its own."""
    return not _calendar(mic).is_working_day(day)


@cache
def _calendar(mic: str) -> holidays.HolidayBase:
    return holidays.financial_holidays(mic)
