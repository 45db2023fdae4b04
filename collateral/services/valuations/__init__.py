"""Valuations from the order to the judgement."""

from collateral.services.valuations.judging import UnableToJudgeValuation, accept_valuation, challenge_valuation, reject_valuation
from collateral.services.valuations.orders import UnableToOrderValuation, order_another_valuation, order_valuation
from collateral.services.valuations.submission import UnableToSubmitValuation, submit_valuation

__all__ = [
    "UnableToJudgeValuation",
    "UnableToOrderValuation",
    "UnableToSubmitValuation",
    "accept_valuation",
    "challenge_valuation",
    "order_another_valuation",
    "order_valuation",
    "reject_valuation",
    "submit_valuation",
]
