"""Which version of the revaluation calendar and the curves is in force."""

from __future__ import annotations

from decimal import Decimal

from collateral.domain.calendar import BUSINESS_USES, BUSINESS_ZONES, COMMERCIAL, calendar_class
from collateral.domain.curves import left_of
from collateral.domain.revaluation import DEFAULTS, Settings, from_document
from collateral.models import Asset, AssetKind, ValueSettings
from core.business_date import get_bank

__all__ = ["BUSINESS_LAND", "CALENDAR_CLASSES", "COMMERCIAL_USE", "blind_from", "class_in_calendar", "left_of", "settings_in_force"]

# The classes of the calendar in words.
CALENDAR_CLASSES: dict[str, str] = {**{kind.value: kind.label for kind in AssetKind}, COMMERCIAL: "Commercial property"}


# The same of `f`, an asset's property facts, and of `plot`, its land facts, in a query: what held before counts too until a second person
# saw what is recorded now.
COMMERCIAL_USE = """(
  f.use <> ALL(%(homes)s) OR EXISTS (SELECT FROM jsonb_array_elements(f.held) AS was WHERE was->>'use' <> ALL(%(homes)s))
)"""
BUSINESS_LAND = f"""(
  plot.zoning IN {BUSINESS_ZONES} OR plot.use IN {BUSINESS_USES} OR EXISTS (
    SELECT FROM jsonb_array_elements(plot.held) AS was WHERE was->>'zoning' IN {BUSINESS_ZONES} OR was->>'use' IN {BUSINESS_USES}
  )
)"""


def class_in_calendar(asset: Asset) -> str:
    """The class by which an asset is valued again: commercial property and land for business are looked at more often than homes."""
    facts = getattr(asset, "landfacts" if asset.kind == AssetKind.LAND else "propertyfacts", None)
    known = [{name: getattr(facts, name, None) for name in ("use", "zoning")}, *getattr(facts, "held", ())]
    classes = [calendar_class(asset.kind, one.get("use"), one.get("zoning")) for one in known]
    return COMMERCIAL if COMMERCIAL in classes else classes[0]


def settings_in_force() -> Settings:
    """The settings that hold now: the version in force, or the defaults of the code."""
    version = ValueSettings.objects.filter(state=ValueSettings.State.ACTIVE).first()
    return from_document(version.document) if version else DEFAULTS


def blind_from(currency: str) -> Decimal | None:
    """From which value on two appraise blind in a currency; None where nothing is set for it and they always do."""
    return settings_in_force().blind_from_in(currency, get_bank().currency)
