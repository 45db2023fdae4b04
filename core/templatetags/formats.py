"""Filters that write money, rates and dates. Pages format nothing themselves."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from core.web import formats

register = template.Library()


def _local(value: date | datetime | None) -> date | datetime | None:
    if isinstance(value, datetime) and timezone.is_aware(value):
        return timezone.localtime(value)
    return value or None


@register.filter
def money(value: Any, currency: str = "") -> str:
    """`{{ loan.principal|money:"EUR" }}` → "312,000.00 EUR"; without an argument only the number."""
    return formats.money(value, currency or "")


@register.filter
def money0(value: Any, currency: str = "") -> str:
    """Whole units, for lists: "312,000 EUR"."""
    return formats.money(value, currency or "", places=0)


@register.filter
def compact(value: Any, currency: str = "") -> str:
    """Large totals: "400.3 M EUR"."""
    return formats.compact(value, currency or "")


@register.filter
def count(value: Any) -> str:
    """A whole number with thousands separators."""
    return formats.number(value)


@register.filter
def decimals(value: Any, places: int = 2) -> str:
    """A number with a given count of places: `{{ psi|decimals:2 }}`."""
    return formats.number(value, int(places))


@register.filter
def percent(value: Any, places: int = 1) -> str:
    """A fraction as a percentage, one decimal unless told: `{{ dti|percent }}` → "41.3%"."""
    return formats.percent(value, int(places))


@register.filter
def ratio(value: Any) -> str:
    """A fraction as a percentage with two decimals, for NPL and ratios: "3.07%"."""
    return formats.percent(value, 2)


@register.filter
def signed(value: Any, places: int = 0) -> str:
    """Always signed, true minus: "+384", "−16"."""
    return formats.signed(value, int(places))


@register.filter
def points(value: Any, places: int = 2) -> str:
    """A change of a rate given as a fraction, in percentage points: "+0.09 pp"."""
    return formats.signed_points(value, int(places))


@register.filter
def change(value: Any, places: int = 1) -> str:
    """A relative change given as a fraction: "+1.8%"."""
    return formats.signed_percent(value, int(places))


@register.filter
def day(value: date | datetime | None) -> SafeString | str:
    """ "23 Nov 2026" in a <time> element; "not yet" when absent."""
    local = _local(value)
    if local is None:
        return formats.day(None)
    iso = local.date().isoformat() if isinstance(local, datetime) else local.isoformat()
    return format_html('<time datetime="{}" class="nowrap">{}</time>', iso, formats.day(local))


register.filter("business_date", day)


@register.filter
def short_day(value: date | None, today: date | None = None) -> str:
    """ "23 Nov", with the year when it is not the year of `today` (default: the machine's)."""
    return formats.short_day(value, today or timezone.localdate())


@register.filter
def moment(value: datetime | None) -> SafeString | str:
    """ "23 Nov 2026, 02:14 UTC" in a <time> element; "not yet" when absent."""
    local = _local(value)
    if not isinstance(local, datetime):
        return formats.moment(None)
    return format_html('<time datetime="{}" class="nowrap">{}</time>', local.isoformat(timespec="minutes"), formats.moment(local))


@register.filter
def clock(value: datetime | None) -> str:
    """Only the time of the day, "02:14"."""
    local = _local(value)
    return f"{local:%H:%M}" if isinstance(local, datetime) else "not yet"


@register.filter
def missing(value: Any, words: str = formats.MISSING) -> Any:
    """The value, or words for its absence: `{{ borrower.employer|missing:"not yet" }}`. Zero is a value."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return format_html('<span class="muted">{}</span>', words)
    return value
