"""Whether two assets are the same thing under another spelling: comparable words, keys by which twins meet, and the comparison in full."""

from collateral.domain.twins.compare import POSSIBLE, PROBABLE, Comparison, FieldComparison, compare
from collateral.domain.twins.keys import keys_of
from collateral.domain.twins.words import AssetText, Prepared, prepare

__all__ = ["POSSIBLE", "PROBABLE", "AssetText", "Comparison", "FieldComparison", "Prepared", "compare", "keys_of", "prepare"]
