"""How the simulated bank's second person accepts a value."""

from __future__ import annotations

from datetime import date

from collateral.models import Valuation
from collateral.selectors.evidence import missing_evidence
from collateral.selectors.value_settings import class_in_calendar
from collateral.services.valuations import accept_valuation
from config.simulator.bank import House


def take_value(house: House, value: Valuation, day: date) -> None:
    """Take a value that an appraiser handed in, also where the bank can hold nothing against it."""
    reason = Valuation.UNPROVED[class_in_calendar(value.asset)][0] if missing_evidence(value.asset, business_date=day) else ""
    accept_valuation(valuation=value, actor=house.people["investigator2"], business_date=day, no_evidence=reason)
