"""Coded reasons for leaving what the system says and what a grade costs: each speaks for one way of leaving it and for no other. Pure."""

from __future__ import annotations

from enum import StrEnum

from risk.domain.states import APPROVALS


class Way(StrEnum):
    """Where a decision goes against the recommendation."""

    UP = "for granting what the system does not"
    DOWN = "for refusing what the system grants"


OVERRIDES = {
    "COMPENSATING_INCOME": "Further income outside the calculation",
    "STRONG_COLLATERAL": "Collateral well above the loan",
    "LONG_RELATIONSHIP": "Long relationship without delays",
    "SHORT_TERM_CAUSE": "The cause is temporary and shown",
    "NEW_EVIDENCE": "Evidence the policy does not see",
    "ADVERSE_KNOWLEDGE": "Knowledge against the borrower the policy does not see",
    "PORTFOLIO_LIMIT": "Portfolio limit reached",
}
_DOWN = frozenset({"ADVERSE_KNOWLEDGE", "PORTFOLIO_LIMIT"})

BELOW_PRICE = {
    "WHOLE_RELATIONSHIP": "What else the borrower does with us",
    "COMPETING_OFFER": "Another lender offers less, and it is shown",
    "COVERED_TWICE": "Collateral well above the loan",
}
ABOVE_PRICE = {
    "RISK_BEYOND_GRADE": "Risk that the grade does not see",
    "COSTLY_LOAN": "The loan costs us more than others of its grade",
}

_NO_LONGER_CHOSEN = {"PRICING": "Price outside the grade"}


def overrides_by_way() -> dict[Way, list[tuple[str, str]]]:
    """The reasons for leaving the recommendation, under the way they speak for."""
    return {way: [(code, words) for code, words in OVERRIDES.items() if (code in _DOWN) == (way == Way.DOWN)] for way in Way}


def title_of(code: str) -> str:
    """A reason in words, also one that nobody chooses any more; empty for none."""
    return (OVERRIDES | BELOW_PRICE | ABOVE_PRICE | _NO_LONGER_CHOSEN).get(code, code)


def fault_of_override(code: str, outcome: str) -> str:
    """What is wrong with a reason for leaving the recommendation beside an outcome, in words; empty where nothing is."""
    if not code:
        return ""
    if code not in OVERRIDES:
        return "Choose a reason from the list."
    way = Way.DOWN if code in _DOWN else Way.UP
    wrong = (outcome in APPROVALS and way == Way.DOWN) or (outcome == "DECLINED" and way == Way.UP)
    return f"\u201c{OVERRIDES[code]}\u201d is a reason {way}. Choose another one." if wrong else ""


def fault_of_price(code: str, *, below: bool, above: bool, said: str) -> str:
    """What is wrong with a reason for another rate than the price of the grade, which `said` names; empty where nothing is."""
    if not below and not above:
        return "The rate is the price of the grade; take the reason for another one away." if code else ""
    way = "below" if below else "above"
    fitting = BELOW_PRICE if below else ABOVE_PRICE
    return "" if code in fitting else f"{said} Choose a reason for going {way} it."
