"""Where the bank is at home: what is taken where nobody says otherwise."""

from __future__ import annotations

from babel.core import get_global
from django.conf import settings

from core.business_date import get_bank


def home_country() -> str:
    """The country the bank works in, by its two letters (CREDENCE_COUNTRY); empty where it names none."""
    country: str = settings.CREDENCE_COUNTRY
    return country


def is_country(code: str) -> bool:
    """Whether this is a country by its two letters, as babel's data of CLDR knows them."""
    return code in get_global("territory_languages")


def home_currency() -> str:
    """The currency of the bank's own books."""
    return get_bank().currency
