"""Which reasons may be told to an applicant: those that are true of the file, and those a person answers for with a code of their own.
Pure.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from risk.domain.overrides import ABOVE_PRICE, title_of

REASONS = {
    "AFFORDABILITY": "The payments are too high for the income.",
    "INCOME_UNVERIFIED": "The income could not be verified.",
    "CREDIT_HISTORY": "Earlier credit was not paid on time.",
    "ACCOUNT_CONDUCT": "The account statements speak against the loan.",
    "COLLATERAL": "The collateral does not cover the loan.",
    "TIME_IN_BUSINESS": "The business has not been running long enough.",
    "INCOMPLETE": "Documents are missing.",
    "SCORE": "The overall credit score is below our limit.",
    "KNOWLEDGE": "Other information about the ability to repay speaks against the loan.",
    "PORTFOLIO": "At present we lend no more of this kind.",
    "PRICE": "The risk of the loan asks for more than our usual rate.",
}
BY_PEOPLE = {"KNOWLEDGE": "ADVERSE_KNOWLEDGE", "PORTFOLIO": "PORTFOLIO_LIMIT", "PRICE": "RISK_BEYOND_GRADE"}
"""What a person says, with the coded reason (`overrides`) that says the same to the bank."""
OF_JUDGEMENT = ("KNOWLEDGE", "PORTFOLIO")
"""These need no such reason on a counter-offer, nor where the system leaves a decline to people: neither leaves a recommendation, and both
are themselves a person's word. Where the system declines, its reasons are the principal ones and are told (12 CFR 1002.9(b)(2)).
"""
OF_RETURNS = ("INCOMPLETE", "INCOME_UNVERIFIED")
"""What a file is sent back for is what its applicant is asked for."""

_BEYOND = ("FAIL", "SOFT")
_IN_DOUBT = ("MISSING", "UNVERIFIED", "CONFLICTING", "STALE")
_INCOME = (
    "monthly_income", "statement_income", "dsti", "statement_dsti", "dti", "disposable_income", "stressed_dsti", "stressed_disposable_income", "turnover",
    "ebitda", "dscr", "stressed_dscr",
)  # fmt: skip
_BURDEN = (
    "dsti", "statement_dsti", "dti", "disposable_income", "new_instalment", "stressed_dsti", "stressed_disposable_income", "stressed_instalment", "dscr",
    "stressed_dscr", "accounts_dscr",
)  # fmt: skip
_TIES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "AFFORDABILITY": (_BURDEN, _BEYOND),
    "INCOME_UNVERIFIED": (_INCOME, _IN_DOUBT),
    "CREDIT_HISTORY": (("own_history_worst_dpd", "own_history_defaults", "bureau_worst_dpd"), _BEYOND),
    "ACCOUNT_CONDUCT": (
        ("returned_count", "gambling_share", "cash_share", "income_regularity", "income_trend", "lowest_balance", "negative_days"),
        _BEYOND,
    ),
    "COLLATERAL": (("ltv", "collateral_coverage"), (*_BEYOND, *_IN_DOUBT)),
    "TIME_IN_BUSINESS": (("years_in_business",), _BEYOND),
    "SCORE": (("score", "grade"), _BEYOND),
}
"""Which facts of a policy row, with which of its results, make a reason true."""


def true_of(rows: Sequence[Mapping[str, Any]], *, score_passes: bool | None) -> list[str]:
    """The coded reasons that the rows of an evaluation and its score bear out. `score_passes` is None where no scorecard was in force."""
    found = {code for code, (facts, results) in _TIES.items() if any(row["fact"] in facts and row["result"] in results for row in rows)}
    if any(row["result"] == "MISSING" for row in rows):
        found.add("INCOMPLETE")
    if score_passes is False:
        found.add("SCORE")
    return [code for code in REASONS if code in found]


def untrue_among(codes: Sequence[str], true: Collection[str], *, outcome: str, system: str, said: Collection[str]) -> list[str]:
    """Those of the codes that may not be told: neither borne out by the file nor said by a person, with the coded reasons `said` or where
    the `system` asks for their judgement.
    """
    judged = outcome == "COUNTER_OFFERED" or (outcome, system) == ("DECLINED", "REFER")
    told = {code for code, reason in BY_PEOPLE.items() if reason in said}
    told |= set(OF_JUDGEMENT if judged else OF_RETURNS if outcome == "RETURNED" else ())
    return [code for code in codes if code not in true and code not in told]


def what_it_takes(code: str, *, outcome: str, system: str) -> str:
    """Why a reason may not be told, and what may be done, in words that follow the reason."""
    override = BY_PEOPLE.get(code)
    if override is None:
        return "is not true of this file: no check that did not pass says so. Choose another reason."
    if override in ABOVE_PRICE:
        return f"is told only with the reason \u201c{title_of(override)}\u201d for another price."
    if (outcome, system) == ("DECLINED", "APPROVE"):
        return f"is told only with the reason \u201c{title_of(override)}\u201d for leaving the recommendation."
    if outcome == "DECLINED":
        return "is not told where the system declines: what speaks against the file is. Choose among those reasons."
    return "is told only of a decline or a counter-offer. Choose another reason."
