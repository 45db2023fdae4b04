"""Assets that secure credit, who owns them, what they are worth by whose word, and what is wrong with them."""

from collateral.models.assets import Asset, AssetKind
from collateral.models.flags import RedFlag
from collateral.models.pledges import Pledge
from collateral.models.valuations import Valuation

__all__ = ["Asset", "AssetKind", "Pledge", "RedFlag", "Valuation"]
