"""What sales say a home is worth: a model of log prices with a calibrated range, as plain arrays. Pure: arrays in, figures out."""

from collateral.domain.hedonic.homes import FIELDS, Homes
from collateral.domain.hedonic.measure import measure
from collateral.domain.hedonic.model import Estimate, HedonicModel, OutsideMarket

__all__ = ["FIELDS", "Estimate", "HedonicModel", "Homes", "OutsideMarket", "measure"]
