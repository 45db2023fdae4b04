"""Where the bank is at home: what is taken where nobody says otherwise."""

from __future__ import annotations

from django.conf import settings

from core.business_date import get_bank


def home_country() -> str:
    """The country the bank works in, by its two letters (CREDENCE_COUNTRY); empty where it names none."""
    country: str = settings.CREDENCE_COUNTRY
    return country


def home_currency() -> str:
    """The currency of the bank's own books."""
    return get_bank().currency
