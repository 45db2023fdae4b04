"""Whether two assets are the same thing under another spelling: comparable words, keys by which twins meet, and the comparison in full."""

from collateral.domain.twins.compare import POSSIBLE, PROBABLE, Comparison, FieldComparison, compare
from collateral.domain.twins.keys import keys_of
from collateral.domain.twins.sightings import TWIN_CODES, Sighting, find_twice_pledged, unseen
from collateral.domain.twins.words import AssetText, Prepared, prepare

__all__ = [
    "POSSIBLE",
    "PROBABLE",
    "TWIN_CODES",
    "AssetText",
    "Comparison",
    "FieldComparison",
    "Prepared",
    "Sighting",
    "compare",
    "find_twice_pledged",
    "keys_of",
    "prepare",
    "unseen",
]
