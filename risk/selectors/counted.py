"""Which facts stand behind what a scorecard looked at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from risk.domain.request_parts import PARTS
from risk.models import Fact
from risk.selectors.facts import KnownFact


def counted_in(row: Mapping[str, str | None], known: Mapping[str, KnownFact]) -> Iterator[tuple[str, str]]:
    """Codes of the facts that what the scorecard looked at came from, each with the code whose shelf life it has there beside its own: a
    part has that of the figure it went into. The request itself, and the instalment that follows from it alone, are the bank's own.
    """
    usable = {code for code, fact in known.items() if fact.row.authenticity != Fact.Authenticity.CONFLICTING}
    for name in (name for name, value in row.items() if value is not None and name != "new_instalment"):
        if name == "amount_to_income":
            yield from [(code, code) for code in ("monthly_income", "turnover") if code in usable and Decimal(known[code].row.value)][:1]
        else:
            parts = [part for part in PARTS.get(name, ()) if part in usable] or ([name] if name in usable else [])
            yield from ((part, name) for part in parts)
