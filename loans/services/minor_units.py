"""Minor units of currencies for set-based SQL: `coalesce((%(units)s::jsonb ->> currency)::int, 2)`."""

from __future__ import annotations

from functools import lru_cache

from babel.core import get_global
from babel.numbers import get_currency_precision


@lru_cache(maxsize=1)
def minor_units_json() -> str:
    """Currencies whose minor unit is not the hundredth, as JSON for SQL."""
    others = {code: get_currency_precision(code) for code in sorted(get_global("all_currencies")) if get_currency_precision(code) != 2}
    return "{" + ", ".join(f'"{code}": {units}' for code, units in others.items()) + "}"
