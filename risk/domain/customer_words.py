"""The reasons of a decision in words for the customer: full sentences that name the factor,
with the figure and the limit where there is one. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from risk.domain.facts import CATALOGUE, FactKind, FactType
from risk.domain.parting import USUAL, parting_places, rounded

MOST_REASONS = 4
"""More than four reasons help nobody (12 CFR 1002, supplement I, 9(b)(2))."""

# A rule of the policy, by its fact. Never more than the customer may be told: what stands behind a check is not said.
_RULES = {
    "dsti": "The payments on all loans, the new one included, would take {value} of the income. Our limit is {limit}.",
    "statement_dsti": "By the account statements the payments on all loans, the new one included, would take {value} of the income. Our limit is {limit}.",
    "dti": "All debts, the new loan included, would be {value} the yearly income. Our limit is {limit}.",
    "disposable_income": "After all payments and living costs too little would be left each month: {value}. We ask for at least {limit}.",
    "stressed_dsti": "If rates rose and the income fell, the payments on all loans would take {value} of the income. Our limit is {limit}.",
    "stressed_disposable_income": "If rates rose and the income fell, too little would be left each month: {value}. We ask for at least {limit}.",
    "employment_months": "The present employment has lasted {value}. We ask for at least {limit}.",
    "age": "We may not yet lend at the applicant's age.",
    "age_at_maturity": "At the end of the loan the applicant would be {value} old. Our limit is {limit}.",
    "dscr": "The business earns {value} its interest and repayments, the new loan included. We ask for at least {limit}.",
    "stressed_dscr": "If rates rose and earnings fell, the business would earn {value} its interest and repayments. We ask for at least {limit}.",
    "years_in_business": "The business has been running for {value}. We ask for at least {limit}.",
    "equity_ratio": "The equity of the business is {value} of its balance sheet. We ask for at least {limit}.",
    "own_history_worst_dpd": "Payments on earlier loans with us were up to {value} late.",
    "own_history_defaults": "An earlier loan with us was not repaid as agreed.",
    "bureau_worst_dpd": "The report of the credit bureau shows payments up to {value} late.",
    "grade": "The overall credit score is below our limit.",
    "ltv": "The loan would be {value} of the value of the collateral. Our limit is {limit}.",
    "collateral_coverage": "The collateral would cover {value} of the loan. We ask for at least {limit}.",
    "open_red_flags": "Questions about the collateral are not settled.",
    "valuation_age_days": "The valuation of the collateral is {value} old. We ask for one of at most {limit}.",
    "address_registered": "The address could not be confirmed by a register.",
    "bureau_enquiries": "The report of the credit bureau shows {value} for credit in six months. Our limit is {limit}.",
    "returned_count": "The account statements show {value} that came back unpaid. Our limit is {limit}.",
    "gambling_share": "On the account statements {value} of the spending went to gambling. Our limit is {limit}.",
    "cash_share": "On the account statements {value} of the turnover was in cash. Our limit is {limit}.",
    "income_regularity": "The usual income came in {value} of the months on the account statements. We ask for at least {limit}.",
    "income_trend": "On the account statements the income of the last three months is {value} that of a usual month. We ask for at least {limit}.",
    "lowest_balance": "The lowest balance on the account statements was {value}. We ask for at least {limit}.",
    "identity_verified": "The identity could not be verified.",
    "screening_clear": "Not all checks that we have to make could be completed.",
    "failed_checks": "Some of what was stated could not be confirmed.",
}
# What is known of others than the applicant is told by one code in one sentence, whatever it is: nobody hears how another pays.
OTHERS = "OTHER_PARTIES"
_OF_OTHERS = frozenset({"parties_worst_dpd", "parties_defaults"})
_OTHERS_SAID = "With the co-borrowers and guarantors named for it the loan does not meet our terms."
_OTHERS_UNKNOWN = "What we have to know of the co-borrowers and guarantors could not be established."
_OTHERS_FACTOR = "Who answers for the loan with the applicant"
_SCORE = "SCORE_"
# A factor of the scorecard: what it is called to the customer.
_FACTORS = {
    "dsti": "The share of income that loan payments take",
    "dti": "The debts compared with the yearly income",
    "employment_months": "The length of the present employment",
    "amount": "The amount asked for",
    "term_months": "The term asked for",
    "amount_to_income": "The amount asked for compared with the income",
    "purpose": "The purpose of the loan",
    "industry": "The industry of the business",
    "bureau_enquiries": "The number of recent credit enquiries",
    "bureau_worst_dpd": "Late payments in the report of the credit bureau",
    "own_history_worst_dpd": "Late payments on earlier loans with us",
    "own_history_defaults": "Earlier loans with us that were not repaid as agreed",
    "lowest_balance": "The lowest balance of the account",
    "lowest_balance_180d": "The lowest balance of the account in six months",
    "negative_days": "The days on which the account was overdrawn",
    "returned_count": "Payments that were returned",
    "years_in_business": "The time the business has been running",
}


def rule_sentence(row: Mapping[str, Any], currency: str) -> str:
    """Why a rule of the policy speaks against the loan: the value and the limit it passed. `row` as an evaluation keeps it."""
    if row["fact"] in _OF_OTHERS:
        return _OTHERS_SAID
    sentence = _RULES.get(row["fact"])
    if sentence is None:
        return f"{row['title']} is outside our limit."
    kind = CATALOGUE.get(row["fact"])
    limit = row["hard"] if row["result"] == "FAIL" and row["hard"] is not None else row["soft"] if row["soft"] is not None else row["hard"]
    if "{value}" in sentence and (row["value"] is None or limit is None):
        return f"{row['title']} is outside our limit."
    # A value just beyond its limit must not read as the limit.
    places = parting_places(kind, row["value"], limit)
    return sentence.format(value=said(kind, row["value"], currency, places), limit=said(kind, limit, currency, places))


def score_sentence(code: str, text: str) -> str:
    """Why a factor lowered the score. `code` is SCORE_ and the factor's name, `text` the factor's title with its value."""
    factor = code.removeprefix(_SCORE).lower()
    if factor in _OF_OTHERS:
        return f"{_OTHERS_FACTOR} lowered the credit score."
    return f"{_FACTORS.get(factor) or text.split(':', maxsplit=1)[0]} lowered the credit score."


def factor_code(code: str) -> str:
    """The code of a factor of the score as the customer is told it."""
    return f"{_SCORE}{OTHERS}" if code.removeprefix(_SCORE).lower() in _OF_OTHERS else code


def reasons_against(rows: Sequence[Mapping[str, Any]], scored: Sequence[Mapping[str, Any]], currency: str) -> list[dict[str, str]]:
    """Reasons from the stage that refused: rows of the policy beyond the hard limit, the factors of the score that failed, rows beyond the
    soft limit; else what nobody could establish. A row about the score itself follows the factors that lowered it.
    """
    factors = [{"code": factor_code(one["code"]), "text": score_sentence(one["code"], one["text"])} for one in scored[:MOST_REASONS]]
    fired = [*_ending_with_score(rows, "FAIL"), *_ending_with_score(rows, "SOFT")]
    if not fired and not factors:
        unknown = [row for row in rows if row["result"] in ("MISSING", "UNVERIFIED", "CONFLICTING", "STALE")]
        return _each_once([{"code": _code(row), "text": _unknown(row)} for row in unknown])
    # The factors stand before the first row that is soft or about the score.
    at = next((place for place, row in enumerate(fired) if row["result"] == "SOFT" or names_score(row)), len(fired))
    told = [{"code": _code(row), "text": rule_sentence(row, currency)} for row in fired]
    return _each_once([*told[:at], *factors, *told[at:]])


def told_of(outcome: str, reasons: Sequence[Mapping[str, str]]) -> tuple[list[Mapping[str, str]], list[Mapping[str, str]]]:
    """The reasons of a decision that its letter tells, and those that it does not: an older house kept more than it told. Whoever is asked
    for what is missing is told all of it.
    """
    most = len(reasons) if outcome == "RETURNED" else MOST_REASONS
    return list(reasons[:most]), list(reasons[most:])


def _each_once(reasons: Sequence[dict[str, str]]) -> list[dict[str, str]]:
    """Without what several rows say alike; two rows of one code that say different things are both told."""
    return [reason for place, reason in enumerate(reasons) if reason not in reasons[:place]]


def _unknown(row: Mapping[str, Any]) -> str:
    return _OTHERS_UNKNOWN if row["fact"] in _OF_OTHERS else f"{row['title']} could not be established."


def names_score(row: Mapping[str, Any]) -> bool:
    """Whether a row says no more than that the score is too low, which is no reason by itself (12 CFR 1002.9(b)(2))."""
    return row["fact"] in ("score", "grade")


def _ending_with_score(rows: Sequence[Mapping[str, Any]], result: str) -> list[Mapping[str, Any]]:
    return sorted((row for row in rows if row["result"] == result), key=names_score)


def _code(row: Mapping[str, Any]) -> str:
    return OTHERS if row["fact"] in _OF_OTHERS else str(row["code"] or row["fact"])


def said(kind: FactKind | None, stored: str | None, currency: str, places: int | None = None) -> str:
    """A stored value for the customer: "51.0%", "1,284 EUR", "14 months", "1.25 times"; with the usual decimals unless told otherwise."""
    if stored is None:
        return "not shown"
    if kind is None or kind.type in (FactType.WORDS, FactType.FLAG, FactType.DATE):
        return stored
    places = USUAL[kind.type] if places is None else places
    number = rounded(Decimal(stored) * (100 if kind.type == FactType.RATIO else 1), places)
    words = f"{number:,.{places}f}".replace("-", "\u2212")
    match kind.type:
        case FactType.RATIO:
            return f"{words}%"
        case FactType.MONEY:
            return f"{words} {currency}"
        case FactType.INTEGER:
            return f"{words} {kind.unit}".rstrip()
    return words.rstrip("0").rstrip(".") + f" {kind.unit}".rstrip()


def written_amount(amount: Decimal) -> str:
    """An amount that somebody signs for: whole where it is, else to the cent, or to the last decimal of a currency that has more."""
    places = max(2, -int(amount.normalize().as_tuple().exponent))
    return f"{amount:,.0f}" if amount == amount.to_integral_value() else f"{amount:,.{places}f}"


def written_rate(annual_rate: Decimal) -> str:
    """A yearly rate that somebody signs for, in percent with every decimal it has and two at least."""
    percent = (annual_rate * 100).normalize()
    return f"{percent:.{max(2, -int(percent.as_tuple().exponent))}f}%"
