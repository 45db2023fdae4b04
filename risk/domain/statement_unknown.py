"""Why a figure of statements is not to be had although some are on file, in words, and what to ask for instead. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from risk.domain.statement_gaps import KEPT

ASK_THE_BANK = "Ask the bank for CAMT.053, or for a CSV with the column code."
UNTOLD = f"The statements do not say what each payment is for. {ASK_THE_BANK}"
HOLES = "Days between the statements are missing. Ask for them."
SHORT = "The statements cover less than a month. Ask for more of them."
LESS_THAN_HALF_A_YEAR = "The statements cover less than half a year. Ask for more of them."
NO_BALANCES = "The statements give no balances. Ask the bank for CAMT.053 or MT940, or for a CSV with the column balance."

_OF_MONTHS = frozenset(
    {
        "statement_income",
        "recent_income",
        "statement_received",
        "statement_outgoings",
        "statement_obligations",
        "statement_surplus",
        "income_regularity",
    }
)
_OF_YEAR = "statement_turnover"
_RATIOS = {"income_trend": ("income_trend",), "statement_dsti": ("recent_income", "statement_obligations")}
"""Unknown of who has no income, too, however long the statements are; with the figures of statements that each stands on."""
_COUNTS = frozenset({"returned_count", "penalty_interest_count", "cash_share", "gambling_share", "household_share", "spending_to_income"})
_OF_BALANCES = ("lowest_balance", "last_balance", "average_balance", "balance_volatility", "negative_days")


def why_unknown(code: str, kept: Mapping[str, Any] | None) -> str:
    """Why this figure is unknown by the lines that were read, as an assessment freezes them; empty where nobody kept it, or it is no figure
    of statements.
    """
    if kept is None or "untold" not in kept:
        return ""
    if any(part in kept["untold"] for part in _RATIOS.get(code, (code,))):
        return UNTOLD
    if (
        kept["holes"]
        and code not in KEPT
        and (code in _OF_MONTHS or code == _OF_YEAR or code in _RATIOS or code in _COUNTS or code.startswith(_OF_BALANCES))
    ):
        return HOLES
    if code == _OF_YEAR:
        return LESS_THAN_HALF_A_YEAR
    if code in _OF_MONTHS:
        return SHORT
    return NO_BALANCES if code.startswith(_OF_BALANCES) else ""
