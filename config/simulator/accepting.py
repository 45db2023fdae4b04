"""How the simulated bank's second person accepts a value."""

from __future__ import annotations

from datetime import date

from collateral.models import Valuation
from collateral.selectors.evidence import needs_reason
from collateral.services.valuations import accept_valuation
from config.simulator.bank import House


def take_value(house: House, value: Valuation, day: date) -> None:
    """Take a value that an appraiser handed in, of a home that nothing can be compared with for want of a market."""
    reason = "NO_MARKET" if needs_reason(value.asset) else ""
    accept_valuation(valuation=value, actor=house.people["investigator2"], business_date=day, no_evidence=reason)
