"""How numbers, money and dates are written for people. Pure: values and the present moment come in, text goes out.

True minus sign (U+2212), thousands separated by commas, ISO currency after the value, dates as "23 Nov 2026".
What is absent is said in words, never shown as blank, zero or N/A.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

MINUS = "\u2212"
MISSING = "not provided"
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_SCALES = ((Decimal("1e9"), "B"), (Decimal("1e6"), "M"), (Decimal("1e3"), "k"))


def decimal_of(value: Any) -> Decimal | None:
    """The value as a Decimal; None when it is absent or no number. A Money gives its amount."""
    value = getattr(value, "amount", value)
    if value is None or value == "" or isinstance(value, bool):
        return None
    try:
        return value if isinstance(value, Decimal) else Decimal(str(value))
    except InvalidOperation:
        return None


def number(value: Any, places: int = 0) -> str:
    """Thousands separated, rounded half up to `places`, true minus: 1234.5 → "1,235"."""
    amount = decimal_of(value)
    if amount is None:
        return MISSING
    rounded = amount.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    if rounded == 0:
        rounded = abs(rounded)
    return f"{rounded:,.{places}f}".replace("-", MINUS)


def money(value: Any, currency: str = "", places: int = 2) -> str:
    """ "312,000.00 EUR"; the currency is left out when it stands in the column head."""
    if decimal_of(value) is None:
        return MISSING
    unit = currency or getattr(value, "currency", "")
    return f"{number(value, places)} {unit}".rstrip()


def compact(value: Any, currency: str = "") -> str:
    """A large total in four digits or so: 400312000 → "400.3 M EUR"."""
    amount = decimal_of(value)
    if amount is None:
        return MISSING
    for scale, letter in _SCALES:
        if abs(amount) >= scale:
            return f"{number(amount / scale, 1)} {letter} {currency}".rstrip()
    return f"{number(amount)} {currency}".rstrip()


def percent(value: Any, places: int = 1) -> str:
    """A fraction as a percentage: 0.413 → "41.3%"."""
    amount = decimal_of(value)
    return MISSING if amount is None else f"{number(amount * 100, places)}%"


def signed(value: Any, places: int = 0) -> str:
    """Always with its sign: "+1,284", "−16", "0"."""
    amount = decimal_of(value)
    if amount is None:
        return MISSING
    text = number(amount, places)
    return f"+{text}" if amount > 0 and text.strip("0.,") else text


def signed_points(value: Any, places: int = 2) -> str:
    """A change of a rate, given as a fraction, in percentage points: 0.0009 → "+0.09 pp"."""
    amount = decimal_of(value)
    return MISSING if amount is None else f"{signed(amount * 100, places)} pp"


def signed_percent(value: Any, places: int = 1) -> str:
    """A change of an amount, given as a fraction: 0.018 → "+1.8%"."""
    amount = decimal_of(value)
    return MISSING if amount is None else f"{signed(amount * 100, places)}%"


def day(value: date | datetime | None) -> str:
    """ "23 Nov 2026"."""
    return f"{value.day} {_MONTHS[value.month - 1]} {value.year}" if value else "not yet"


def short_day(value: date | None, today: date) -> str:
    """ "23 Nov" within the year of `today`, else with the year."""
    if value and value.year == today.year:
        return f"{value.day} {_MONTHS[value.month - 1]}"
    return day(value)


def moment(value: datetime | None) -> str:
    """ "23 Nov 2026, 02:14 UTC": 24 hours, with the zone of the value as given."""
    if value is None:
        return "not yet"
    zone = value.tzname() or ""
    return f"{day(value)}, {value:%H:%M} {zone}".rstrip()


def span(length: timedelta) -> str:
    """A length of time in its two largest units: "55 min", "1 h 35 min", "3 d 4 h"."""
    minutes = int(abs(length.total_seconds()) // 60)
    days, rest = divmod(minutes, 24 * 60)
    hours, minutes = divmod(rest, 60)
    if days:
        return f"{days} d {hours} h" if hours and days < 10 else f"{days} d"
    if hours:
        return f"{hours} h {minutes:02d} min"
    return f"{minutes} min"


def time_left(deadline: datetime, now: datetime) -> tuple[str, str]:
    """What is left until a deadline and how pressing it is: ("55 min", "warn"), ("1 h 35 min overdue", "bad"), ("7 h
    00 min", "").
    """
    left = deadline - now
    if left < timedelta(0):
        return f"{span(left)} overdue", "bad"
    return span(left), "warn" if left <= timedelta(hours=1) else ""
