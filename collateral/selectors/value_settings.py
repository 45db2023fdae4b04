"""Which version of the revaluation calendar and the curves is in force."""

from __future__ import annotations

from decimal import Decimal

from collateral.domain.curves import left_of
from collateral.domain.revaluation import COMMERCIAL, DEFAULTS, Settings, calendar_class, from_document
from collateral.models import Asset, AssetKind, ValueSettings
from core.business_date import get_bank

__all__ = ["CALENDAR_CLASSES", "COMMERCIAL_USE", "blind_from", "class_in_calendar", "left_of", "settings_in_force"]

# The classes of the calendar in words.
CALENDAR_CLASSES: dict[str, str] = {**{kind.value: kind.label for kind in AssetKind}, COMMERCIAL: "Commercial property"}


# The same of `f`, an asset's property facts, in a query: what held before counts too until a second person saw what is recorded now.
COMMERCIAL_USE = """(
  f.use <> ALL(%(homes)s) OR EXISTS (SELECT FROM jsonb_array_elements(f.held) AS was WHERE was->>'use' <> ALL(%(homes)s))
)"""


def class_in_calendar(asset: Asset) -> str:
    """The class by which an asset is valued again: commercial property is looked at more often than homes."""
    facts = getattr(asset, "propertyfacts", None)
    uses = [getattr(facts, "use", None), *(held.get("use") for held in getattr(facts, "held", ()))]
    classes = [calendar_class(asset.kind, use) for use in uses]
    return COMMERCIAL if COMMERCIAL in classes else classes[0]


def settings_in_force() -> Settings:
    """The settings that hold now: the version in force, or the defaults of the code."""
    version = ValueSettings.objects.filter(state=ValueSettings.State.ACTIVE).first()
    return from_document(version.document) if version else DEFAULTS


def blind_from(currency: str) -> Decimal | None:
    """From which value on two appraise blind in a currency; None where nothing is set for it and they always do."""
    return settings_in_force().blind_from_in(currency, get_bank().currency)
