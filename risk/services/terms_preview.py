"""What terms would mean before anybody decides them: the burden, what policy and scorecard say, whose authority it takes.
Writes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from core.models import User
from loans.models import Application
from risk.models import PolicyEvaluation
from risk.selectors.terms import NeededAuthority
from risk.services.faults_of_terms import faults_of_range, same_rate
from risk.services.other_terms import OnTerms, holding, said_of
from risk.services.prices import Price, price_on_terms
from risk.services.rules_of_decision import (
    Terms,
    UnableToDecide,
    check_highest_rate,
    leaves_recommendation,
    needed_authority,
    on_decided_terms,
)

OUTCOME = "COUNTER_OFFERED"


@dataclass(frozen=True)
class TermsPreview:
    """The file on these terms. `turned` are the rows of the policy whose result is another than on the request, with the one they had (""
    for none); `system` is what a decision on these terms would be held against, `price` that of the grade on them.
    """

    held: OnTerms
    turned: tuple[tuple[dict[str, Any], str], ...]
    system: str
    price: Price
    authority: NeededAuthority

    @property
    def leaves_system(self) -> bool:
        """Whether granting them takes a reason for leaving the recommendation."""
        return leaves_recommendation(OUTCOME, self.system)

    @property
    def leaves_price(self) -> bool:
        """Whether their rate takes a reason for leaving the price of the grade."""
        return not same_rate(self.held.annual_rate, self.price.rate)


def preview_terms(
    *,
    application: Application,
    evaluation: PolicyEvaluation,
    amount: Decimal | None,
    term_months: int | None,
    annual_rate: Decimal | None,
    actor: User,
    business_date: date,
) -> TermsPreview:
    """What is left empty is as asked for, the rate that of the grade; everything else is as the evaluation froze it.

    Raises UnableToDecide: `invalid` with a fault per field, `above_highest_rate`.
    """
    version = application.product_version
    assert version is not None  # the database refuses a submitted application without one
    amount = application.amount if amount is None else amount
    term = application.term_months if term_months is None else term_months
    price = price_on_terms(application, evaluation, amount, term)
    rate = price.rate if annual_rate is None else annual_rate
    if faults := faults_of_range(application, version, amount, term, rate):
        raise UnableToDecide("invalid", faults=faults)
    check_highest_rate(version, rate)
    assert amount is not None and term is not None  # a fault otherwise
    terms = Terms(OUTCOME, amount, term, rate, (), (), "", "")
    on_terms = on_decided_terms(application, evaluation, terms)
    before = {row["code"]: row["result"] for row in evaluation.rows}
    return TermsPreview(
        held=on_terms or holding(application, evaluation)(amount, term, rate),
        turned=tuple(
            (row, before.get(row["code"], "")) for row in (on_terms.rows if on_terms else []) if row["result"] != before.get(row["code"])
        ),
        system=said_of(evaluation, on_terms),
        price=price,
        authority=needed_authority(
            application=application, terms=terms, on_terms=on_terms, evaluation=evaluation, business_date=business_date, by=actor
        ),
    )
