"""The red flag of a submitted value that the bank's own evidence does not carry: sales, a curve, or market prices."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from collateral.domain.evidence import find_against_curve, find_against_quote, find_against_range
from collateral.domain.red_flags import Finding
from collateral.models import Asset
from collateral.selectors.evidence import Evidence, evidence_of
from collateral.selectors.holdings import curve_evidence, quote_evidence


def expected_value(asset: Asset, business_date: date) -> Decimal | None:
    """What the bank's own evidence says an asset is worth, in its currency; None when there is none."""
    if curve := curve_evidence(asset, business_date=business_date):
        return curve.expected or None
    if (quote := quote_evidence(asset, business_date=business_date)) and not quote.stale:
        return quote.value
    found = evidence_of(asset, business_date=business_date)
    return found.middle if isinstance(found, Evidence) and found.middle > 0 else None


def find_against_evidence(asset: Asset, value: Decimal, business_date: date) -> list[Finding]:
    """What speaks against a value; nothing when there is no evidence."""
    if curve := curve_evidence(asset, business_date=business_date):
        return find_against_curve(value, curve.expected, curve=curve.equipment.curve) if curve.expected else []
    if (quote := quote_evidence(asset, business_date=business_date)) and not quote.stale:
        return find_against_quote(value, quote.value, isin=quote.isin, day=quote.price_date.isoformat())
    found = evidence_of(asset, business_date=business_date)
    if not isinstance(found, Evidence):
        return []
    return find_against_range(value, found.low, found.middle, found.high, source=found.source)
