"""Which way the risk goes with a fact, where that is known beforehand: proposed to whoever trains a scorecard, and held against each reason
before a customer is told it. Pure."""

from __future__ import annotations

from collections.abc import Iterable

RISING = (
    "dsti",
    "dti",
    "amount_to_income",
    "monthly_obligations",
    "total_debt",
    "statement_obligations",
    "own_history_worst_dpd",
    "own_history_defaults",
    "parties_worst_dpd",
    "parties_defaults",
    "bureau_worst_dpd",
    "bureau_enquiries",
    "negative_days",
    "penalty_interest_count",
    "returned_count",
    "gambling_share",
    "spending_to_income",
    "debt_to_equity",
    "net_debt_to_ebitda",
    "ltv",
    "open_red_flags",
    "failed_checks",
)
"""The risk may only rise with these: burden, delays, debts."""
FALLING = (
    "monthly_income",
    "disposable_income",
    "employment_months",
    "statement_income",
    "recent_income",
    "statement_surplus",
    "income_regularity",
    "income_trend",
    "lowest_balance",
    "lowest_balance_180d",
    "last_balance",
    "average_balance_30d",
    "average_balance_90d",
    "average_balance_180d",
    "average_balance_360d",
    "years_in_business",
    "ebitda",
    "ebitda_margin",
    "net_margin",
    "equity_ratio",
    "current_ratio",
    "interest_cover",
    "accounts_dscr",
    "dscr",
    "collateral_coverage",
)
"""And only fall with these: income, time, reserves, cover."""
SIGNS = dict.fromkeys(RISING, 1) | dict.fromkeys(FALLING, -1)


def proposed_for(columns: Iterable[str]) -> dict[str, list[str]]:
    """The directions proposed for a sample with these columns, as the options of a training name them."""
    known = list(columns)
    return {"rising": [name for name in known if name in RISING], "falling": [name for name in known if name in FALLING]}
