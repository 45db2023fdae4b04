"""The red flag of a submitted value that the bank's own evidence does not carry: sales, a curve, or market prices."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db import transaction

from collateral.domain.evidence import find_against_curve, find_against_quote, find_against_range, find_other_area, is_decided
from collateral.domain.modifications import find_above_cost
from collateral.domain.red_flags import Finding
from collateral.models import Asset, AssetKind, HomeFacts, Modification, RedFlag, Valuation
from collateral.selectors.asset_facts import facts_now
from collateral.selectors.evidence import Evidence, evidence_of
from collateral.selectors.holdings import curve_evidence, quote_evidence
from collateral.selectors.value_settings import settings_in_force
from collateral.services.flags import raise_findings


def expected_value(asset: Asset, business_date: date) -> Decimal | None:
    """What the bank's own evidence says an asset is worth, in its currency; None when there is none."""
    if curve := curve_evidence(asset, business_date=business_date):
        return curve.expected or None
    if (quote := quote_evidence(asset, business_date=business_date)) and not quote.stale:
        return quote.value
    found = evidence_of(asset, business_date=business_date)
    return found.middle if isinstance(found, Evidence) and found.middle > 0 else None


def find_about(valuation: Valuation, business_date: date) -> list[Finding]:
    """What the bank's own evidence, the facts on file and the cost of its works say against a value that was handed in."""
    if valuation.market_value is None:
        return []
    asset, tolerance = valuation.asset, settings_in_force().area_tolerance
    return [
        *find_against_evidence(asset, valuation.market_value, business_date),
        *find_other_area(_areas_of(asset, valuation), tolerance),
        *_find_in_works(valuation),
    ]


def _find_in_works(valuation: Valuation) -> list[Finding]:
    """What the cost of works says against what they add, as long as they lift the cap of their value or may lift it."""
    lifting = Modification.objects.filter(valuation=valuation)
    if valuation.state != Valuation.State.SUBMITTED:
        lifting = lifting.filter(counts=True)
    return [found for one in lifting for found in find_above_cost(one.adds, one.cost, valuation.currency)]


def _areas_of(asset: Asset, valuation: Valuation) -> dict[str, Decimal]:
    """Square metres of one asset by where they were read: of a building its floors, of land its plot."""
    facts, home = facts_now(asset), HomeFacts.objects.filter(asset=asset).first()
    found = {
        "valued_area": valuation.valued_area,
        "area_on_file": facts.get("floor_area" if asset.kind == AssetKind.REAL_ESTATE else "area"),
        "area_compared": home.living_area if home is not None else None,
    }
    return {name: Decimal(str(area)) for name, area in found.items() if area is not None}


@transaction.atomic
def look_at_values(asset: Asset, *, business_date: date, alone: Valuation | None = None) -> list[RedFlag]:
    """Hold the values of an asset that wait for somebody's judgement or are in force, or one `alone`, against what is known now. What
    somebody has decided about a value already is not raised again. Returns the flags opened.
    """
    rows = asset.valuations.filter(state__in=[Valuation.State.SUBMITTED, Valuation.State.ACCEPTED], sealed=False)
    raised = []
    for one in rows.filter(pk=alone.pk) if alone else rows:
        one.asset = asset
        decided = list(one.flags.exclude(state=RedFlag.State.OPEN).values_list("code", "evidence"))
        findings = [
            found
            for found in find_about(one, business_date)
            if not any(code == found.code and is_decided(found, evidence) for code, evidence in decided)
        ]
        raised += raise_findings(asset=asset, findings=findings, business_date=business_date, valuation=one)
    return raised


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
