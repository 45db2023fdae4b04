"""What the frame of every page needs, computed only when a frame is drawn: fragments pay nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from core.models import BankState
from core.web.drawn_for import FIELD, stamp
from core.web.navigation import build_navigation, page_url, search_address


@dataclass(frozen=True)
class Freshness:
    """How old the figures are: the business date, when the last sweep ended, and whether that is in order."""

    business_date: date
    swept_date: date | None
    swept_at: datetime | None
    status: str
    words: str


def get_freshness() -> Freshness | None:
    """The freshness mark, by one query; None before the bank is opened.

    The sweep of the day before the business date must have ended: older is late (amber), a failed one is red.
    """
    bank = BankState.objects.filter(id=1).first()
    if bank is None:
        return None
    if bank.sweep_failed:
        status, words = "bad", "the last sweep failed"
    elif bank.swept_date is None:
        status, words = "warn", "no sweep yet"
    elif bank.swept_date < bank.business_date - timedelta(days=1):
        status, words = "warn", "the sweep is late"
    else:
        status, words = "good", "up to date"
    return Freshness(bank.business_date, bank.swept_date, bank.swept_at, status, words)


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context processor: navigation, freshness and the address of the search, each computed on first use."""
    return {
        FIELD: SimpleLazyObject(lambda: stamp(request)),
        "navigation": SimpleLazyObject(lambda: build_navigation(request)),
        "freshness": SimpleLazyObject(get_freshness),
        "search_url": SimpleLazyObject(lambda: search_address(request.user)),
        "theme_url": SimpleLazyObject(lambda: page_url("core:theme")),
    }
