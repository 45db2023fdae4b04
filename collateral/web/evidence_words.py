"""The figures behind red flags and computed values, as kept by rules, in the words and units of a page."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation

from collateral.domain.value_inputs import Input, inputs_of
from collateral.models import ComputedValue, LandFacts, Valuation
from core.web.formats import day, money, number, percent

# How a figure of a red flag is called. Amounts in the asset's currency; what stands in neither list is shown under its own name.
AMOUNTS = {
    "market_value": "the value", "median": "median of its comparables", "stated_value": "stated by the owner", "previous": "the value before",
    "highest": "highest value", "lowest": "lowest value", "low": "nine of ten from", "middle": "the middle", "high": "nine of ten up to",
    "by_curve": "by its curve", "by_price": "by the market price", "sum_insured": "insured for", "value": "worth", "declared": "declared",
    "registered": "in the registry", "by_inputs": "by its inputs", "nominal": "nominal amount", "evidence": "by the evidence",
    "adds": "said to add", "cost": "cost",
}  # fmt: skip
NAMES = {
    "title": "title number", "elsewhere": "also", "assets": "probably", "judged": "who perfects says", "registrar": "who registered it says", "on_file": "on file",
    "registry": "the registry names", "vin": "vehicle number", "insured_until": "insured until", "now": "now", "before": "before",
    "isin": "ISIN", "counted_isin": "what counts is", "counted_quantity": "of which count",
    "check_digit": "its check digit should be", "policy": "policy number", "compared": "compared values", "valued_area": "square metres valued", "area_on_file": "on file of the asset",
    "area_compared": "compared with sales by", "orders": "about this officer's assets", "of_orderer": "of who ordered it", "number": "receivables in all", "taken_back": "claim of", "latest": "the last one",
}  # fmt: skip
# Fingerprints by which a rule knows what it has told already.
UNSAID = ("marks",)
_PLANS = {"zoning": dict(LandFacts.Zoning.choices), "use": dict(LandFacts.Use.choices)}


def flag_words(evidence: Mapping[str, str], currency: str) -> str:
    """The figures behind a red flag in one line, empty where there are none."""
    return "; ".join(_said(name, str(value), currency) for name, value in evidence.items() if value and name not in UNSAID)


def computed_words(computed: ComputedValue, currency: str) -> str:
    """What a value between two appraisals was worked out from, in one sentence without its end."""
    found = computed.evidence
    try:
        if computed.source == ComputedValue.Source.CURVE:
            left = f"{percent(Decimal(found['left_then']))} of the price left then, {percent(Decimal(found['left_now']))} now"
            return f"Curve “{found['curve'].replace('_', ' ')}”, bought {_day(found['bought'])}: {left}"
        if computed.source == ComputedValue.Source.QUOTE:
            waits = ", a fall that no second person had confirmed" if "waiting" in found else ""
            return f"{number(Decimal(found['quantity']))} of {found['isin']} at {money(Decimal(found['price']), currency)}, {_day(found['day'])}{waits}"
        moved = f"{number(Decimal(found['index_then']), 1)} on {_day(found['then'])}, {number(Decimal(found['index_now']), 1)} on {_day(found['now'])}"
        return f"Index {found['series'].partition(':')[2]} from {moved}{_cap(computed)}"
    except (KeyError, ValueError, InvalidOperation):  # kept by an older rule
        return flag_words(found, currency)


def comparables_of(valuation: Valuation) -> list[tuple[str, str]]:
    """What an appraiser compared with: description, and price in the currency of the value."""
    return [(item["description"], money(Decimal(item["price"]), valuation.currency, 0)) for item in valuation.comparables]


def inputs_of_value(valuation: Valuation) -> list[tuple[str, str]]:
    """What a value was worked out from by its method: label, and figure with its unit."""
    asked = inputs_of(valuation.method, valuation.asset.kind)
    return [
        (one.label, _figure(one, Decimal(valuation.inputs[one.name]), valuation.currency)) for one in asked if one.name in valuation.inputs
    ]


def _figure(one: Input, value: Decimal, currency: str) -> str:
    return (
        money(value, currency, 0) if one.kind == "money" else percent(value / 100) if one.kind == "percent" else f"{value.normalize():,f}"
    )


def _cap(computed: ComputedValue) -> str:
    if not computed.capped:
        return ""
    by_average = computed.evidence.get("cap_source") == "average"
    return "; capped at " + (f"the average of {computed.evidence['years']} years" if by_average else "the value when the money was lent")


def _said(name: str, value: str, currency: str) -> str:
    if name in AMOUNTS:
        return f"{AMOUNTS[name]} {money(Decimal(value), currency, 0)}" if _is_number(value) else f"{AMOUNTS[name]} {value}"
    if name in _PLANS:
        return f"{'zoned as' if name == 'zoning' else 'used for'} {_PLANS[name].get(value, value)}"
    return f"{NAMES.get(name, name.replace('_', ' '))} {_day(value)}"


def _is_number(value: str) -> bool:
    try:
        return Decimal(value).is_finite()
    except InvalidOperation:
        return False


def _day(value: str) -> str:
    """A day as pages write it; anything else as it is."""
    try:
        return day(date.fromisoformat(value))
    except ValueError:
        return value
