"""Valuations from the order to the judgement."""

from collateral.domain.methods import METHODS
from collateral.domain.modifications import Works
from collateral.services.valuations.files import Attachments
from collateral.services.valuations.giving_back import UnableToGiveBack, decline_order, take_back_valuation
from collateral.services.valuations.judging import UnableToJudgeValuation, accept_valuation, challenge_valuation, reject_valuation
from collateral.services.valuations.orders import UnableToOrderValuation, order_another_valuation, order_valuation
from collateral.services.valuations.overdue import UnableToWithdrawOrder, remind_appraiser, remind_overdue, withdraw_order
from collateral.services.valuations.submission import UnableToSubmitValuation, method_refused, submit_valuation, unseal_forgotten

__all__ = [
    "METHODS",
    "Attachments",
    "UnableToGiveBack",
    "UnableToJudgeValuation",
    "UnableToOrderValuation",
    "UnableToSubmitValuation",
    "UnableToWithdrawOrder",
    "Works",
    "accept_valuation",
    "challenge_valuation",
    "decline_order",
    "method_refused",
    "order_another_valuation",
    "order_valuation",
    "reject_valuation",
    "remind_appraiser",
    "remind_overdue",
    "submit_valuation",
    "take_back_valuation",
    "unseal_forgotten",
    "withdraw_order",
]
