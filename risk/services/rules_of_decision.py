"""What a decision has to be before anybody may take it: complete, priced, on fresh and signed facts,
with a reason where it leaves the policy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Self

from core.errors import DomainError, Fault
from core.models import User
from loans.models import Application, ProductVersion
from loans.selectors.amendments import amended_since, amendments_in_words
from risk.domain import told_reasons
from risk.domain.customer_words import MOST_REASONS, told_of
from risk.domain.facts import CATALOGUE, FactType
from risk.domain.overrides import fault_of_override
from risk.domain.policy import Result
from risk.domain.states import APPROVALS
from risk.models import Investigation, PolicyEvaluation
from risk.selectors.bureau import unheard_report
from risk.selectors.statements import STATEMENT_READ, STATEMENT_WAITING
from risk.selectors.terms import NeededAuthority, authority_for, highest_rate
from risk.selectors.told_reasons import TrueReasons, true_reasons
from risk.services.faults_of_terms import faults_of_range
from risk.services.freshness import stale_facts
from risk.services.other_terms import OnTerms, burdens_more, holding, said_of
from risk.services.prices import Price, faults_of_offer, faults_of_price, price_on_terms

OUTCOMES = {
    "APPROVED": "Approve",
    "APPROVED_WITH_CONDITIONS": "Approve with conditions",
    "COUNTER_OFFERED": "Counter-offer",
    "REFERRED": "Refer",
    "RETURNED": "Return",
    "DECLINED": "Decline",
}
CONDITIONS = {
    "new_valuation": "New valuation before payout",
    "insurance": "Insurance policy assigned to the bank",
    "guarantor": "Guarantee signed",
    "close_other_credit": "Other credit closed before payout",
    "salary_account": "Income paid to an account with us",
    "invoice": "Invoice of the payee handed in",
}
REASONS = told_reasons.REASONS


class UnableToDecide(DomainError):
    """The decision may not be taken by this person, or not so, or not now."""

    title = "The decision was not taken"
    messages = {
        "not_entitled": "Only approvers and risk managers decide applications.",
        "referred": "The application was referred. A risk manager decides it.",
        "conflict_of_interest": "You {what}. Somebody who did not work on the file has to decide it.",
        "committee_votes": "The credit committee decides this: its members vote.",
        "waits_for_second": "{name} put a decision up; it waits for a second person.",
        "unsigned": "The investigation is not signed off. Facts nobody stands behind never approve.",
        "amended": "Since the facts were signed off {what}. The file goes back to its investigator.",
        "stale_facts": "Facts have passed their shelf life and never approve: {facts}.",
        "report_waiting": "The bureau was asked about {name} and has not answered yet. It answers within a day, or is given up.",
        "report_unread": "The bureau answered about {name}, and the report is not in the file. Its investigator takes it in first.",
        "statement_waiting": STATEMENT_WAITING,
        "statement_read": STATEMENT_READ,
        "override_missing": "The system says {system}. Choose a reason for leaving the recommendation.",
        "override_missing_on_terms": "On these terms the system says {system}: {rows}. Choose a reason for leaving it.",
        "override_needless": "The system says {system}, and the decision does not go against it. Take the reason for leaving it away.",
        "above_highest_rate": "The rate of {rate} is above {highest} a year, the highest that anybody lends this product at.",
        "invalid": "Some fields need attention.",
    }


@dataclass(frozen=True)
class Terms:
    """What is decided. Amount in the application's currency, rate a fraction per year; both None where nothing is granted."""

    outcome: str
    amount: Decimal | None
    term_months: int | None
    annual_rate: Decimal | None
    conditions: tuple[dict[str, str], ...]
    reasons: tuple[dict[str, str], ...]
    rationale: str
    override_code: str
    price_code: str = ""

    @property
    def approves(self) -> bool:
        return self.outcome in APPROVALS

    def as_arguments(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    def as_content(self) -> dict[str, Any]:
        """What is hashed; a reason for another price stands in it where there is one."""
        return {name: value for name, value in asdict(self).items() if value or name != "price_code"}

    @classmethod
    def from_content(cls, kept: dict[str, Any]) -> Self:
        """The terms of a stored recommendation."""
        return cls(
            outcome=kept["outcome"],
            amount=None if kept["amount"] is None else Decimal(kept["amount"]),
            term_months=kept["term_months"],
            annual_rate=None if kept["annual_rate"] is None else Decimal(kept["annual_rate"]),
            conditions=tuple(kept["conditions"]),
            reasons=tuple(kept["reasons"]),
            rationale=kept["rationale"],
            override_code=kept["override_code"],
            price_code=kept.get("price_code", ""),
        )


def leaves_recommendation(outcome: str, system: str) -> bool:
    """Whether an outcome goes against what the system says: approving what it refers or declines, declining what it approves."""
    if outcome in APPROVALS:
        return system != "APPROVE"
    return outcome == "DECLINED" and system == "APPROVE"


def check_terms(
    *,
    application: Application,
    evaluation: PolicyEvaluation,
    outcome: str,
    amount: Decimal | None,
    term_months: int | None,
    annual_rate: Decimal | None,
    conditions: Sequence[dict[str, str]],
    reasons: Sequence[dict[str, str]],
    rationale: str,
    override_code: str,
    business_date: date,
    price_code: str = "",
) -> tuple[Terms, OnTerms | None]:
    """The terms with what is missing filled in from the application and the price of its grade, and the file held against policy and
    scorecard on them where they burden the applicant otherwise than what was assessed.

    Raises UnableToDecide: `invalid` with a fault per field, `above_highest_rate`, `unsigned`, `amended`, `report_waiting`, `report_unread`,
    `stale_facts`, `override_missing`, `override_missing_on_terms`, `override_needless`.
    """
    version = application.product_version
    assert version is not None  # the database refuses a submitted application without one
    approves = outcome in APPROVALS
    price = Price.of(version, application.grade)
    if approves:
        amount = application.amount if amount is None else amount
        term_months = application.term_months if term_months is None else term_months
        price = price_on_terms(application, evaluation, amount, term_months)
        annual_rate = price.rate if annual_rate is None else annual_rate
    else:
        amount = term_months = annual_rate = None
    true = true_reasons(evaluation, application.currency)
    if outcome == "COUNTER_OFFERED" and not reasons:
        reasons = _reasons_of_counter_offer(true, above_price=annual_rate is not None and annual_rate > price.rate)
    terms = Terms(
        outcome, amount, term_months, annual_rate, tuple(conditions), tuple(reasons), rationale.strip(), override_code, price_code
    )
    faults = [
        *_faults_of_words(terms),
        *_faults_of_reasons(terms, true, evaluation.outcome),
        *(_faults_of_grant(terms, application, version, price) if approves else []),
    ]
    if faults:
        raise UnableToDecide("invalid", faults=faults)
    if approves:
        check_highest_rate(version, annual_rate)
        _check_ground(application, evaluation, business_date)
    on_terms = on_decided_terms(application, evaluation, terms)
    _check_recommendation(terms, evaluation, on_terms)
    return terms, on_terms


def check_highest_rate(version: ProductVersion, annual_rate: Decimal | None) -> None:
    """Nobody lends above the highest rate of the product, whatever the reason and however many people agree.

    Raises UnableToDecide `above_highest_rate`.
    """
    highest = highest_rate(version)
    if annual_rate is None or annual_rate <= highest:
        return
    said = {"rate": f"{annual_rate * 100:.2f}%", "highest": f"{highest * 100:.2f}%"}
    fault = Fault("annual_rate", "above_highest_rate", UnableToDecide.messages["above_highest_rate"].format(**said))
    raise UnableToDecide("above_highest_rate", **said, faults=[fault])


def on_decided_terms(application: Application, evaluation: PolicyEvaluation, terms: Terms) -> OnTerms | None:
    """What policy and scorecard say of the file on the terms decided; None where nothing is granted, or nothing that was not assessed: the
    request itself, with an instalment that is no higher than the one assessed."""
    if not terms.approves or terms.amount is None or terms.term_months is None or terms.annual_rate is None:
        return None
    as_asked = (terms.amount, terms.term_months) == (application.amount, application.term_months)
    if as_asked and not burdens_more(application, evaluation, terms.annual_rate):
        return None
    return holding(application, evaluation)(terms.amount, terms.term_months, terms.annual_rate)


def _check_recommendation(terms: Terms, evaluation: PolicyEvaluation, on_terms: OnTerms | None) -> None:
    """A reason where the recommendation is left, and none where it is not: it would be counted, and read by whoever looks back."""
    system = said_of(evaluation, on_terms)
    leaves = leaves_recommendation(terms.outcome, system)
    if leaves == bool(terms.override_code):
        return
    if not leaves:
        said = UnableToDecide.messages["override_needless"].format(system=system.lower())
        raise UnableToDecide("override_needless", system=system.lower(), faults=[Fault("override_code", "needless", said)])
    fault = Fault("override_code", "required", "Choose a reason for leaving the recommendation.")
    if on_terms is None:
        raise UnableToDecide("override_missing", system=system.lower(), faults=[fault])
    rows = [f"{row['title']} {value_of(row)}" for row in on_terms.rows if row["result"] != Result.PASS] or [
        "the score is below its cut-off"
    ]
    raise UnableToDecide("override_missing_on_terms", system=system.lower(), rows=", ".join(rows), faults=[fault])


def value_of(row: Mapping[str, Any]) -> str:
    """The value of a row as short as a sentence takes it: a ratio in percent, what is not known in words."""
    if row["value"] is None:
        return "not provided"
    return f"{Decimal(row['value']) * 100:.1f}%" if CATALOGUE[row["fact"]].type == FactType.RATIO else str(row["value"])


def _faults_of_grant(terms: Terms, application: Application, version: ProductVersion, price: Price) -> list[Fault]:
    granted = (terms.amount, terms.term_months, terms.annual_rate)
    faults = faults_of_range(application, version, *granted)
    faults = faults or faults_of_offer(application, *granted, price=price, counter=terms.outcome == "COUNTER_OFFERED")
    return faults or faults_of_price(terms.annual_rate, terms.price_code, price)


def _faults_of_words(terms: Terms) -> list[Fault]:
    faults = []
    if terms.outcome not in OUTCOMES:
        faults.append(Fault("outcome", "required", "Choose what to decide."))
    if not terms.rationale:
        faults.append(Fault("rationale", "required", "Write why. It goes into the audit trail."))
    if said := fault_of_override(terms.override_code, terms.outcome):
        faults.append(Fault("override_code", "unfit", said))
    if terms.outcome == "APPROVED_WITH_CONDITIONS" and not terms.conditions:
        faults.append(Fault("conditions", "required", "Choose at least one condition, or approve without."))
    if terms.outcome == "APPROVED" and terms.conditions:
        words = "; ".join(one["text"] for one in terms.conditions)
        said = f"An approval without conditions has none: {words}. Choose \u201cApprove with conditions\u201d, or take them off."
        faults.append(Fault("conditions", "unfit", said))
    return faults


def _faults_of_reasons(terms: Terms, true: TrueReasons, system: str) -> list[Fault]:
    """An applicant who does not get what was asked for is told why, and nothing that is not so."""
    if terms.outcome in ("DECLINED", "RETURNED", "COUNTER_OFFERED") and not terms.reasons:
        return [Fault("reasons", "required", "Choose at least one reason; the applicant is told.")]
    if told_of(terms.outcome, terms.reasons)[1]:
        said = f"The letter tells {MOST_REASONS} reasons at most, and {len(terms.reasons)} are chosen. Keep those that weighed most."
        return [Fault("reasons", "too_many", said)]
    codes = [reason["code"] for reason in terms.reasons]
    given = {terms.override_code, terms.price_code}
    untrue = told_reasons.untrue_among(codes, true.codes, outcome=terms.outcome, system=system, said=given)
    words = {reason["code"]: reason["text"] for reason in terms.reasons}
    bare = true.bare_score(codes) if terms.outcome in ("DECLINED", "COUNTER_OFFERED") else []
    with_it = "Choose with it what lowered the score." if true.factors else "What lowered it cannot be told. Choose another reason."
    return [
        *(
            Fault(
                "reasons", "untrue", f"\u201c{words[code]}\u201d {told_reasons.what_it_takes(code, outcome=terms.outcome, system=system)}"
            )
            for code in untrue
        ),
        *(
            Fault("reasons", "bare_score", f"\u201c{words[code]}\u201d is no reason by itself. {with_it}")
            for code in bare
            if code not in untrue
        ),
    ]


def _reasons_of_counter_offer(true: TrueReasons, *, above_price: bool) -> list[dict[str, str]]:
    """What speaks against the request is told with the offer where nobody chose otherwise."""
    if true.own or not above_price:
        own = {reason["code"] for reason in true.own}
        return [reason for reason in true.main() if reason["code"] in own]
    return [{"code": "PRICE", "text": REASONS["PRICE"]}]


def _check_ground(application: Application, evaluation: PolicyEvaluation, business_date: date) -> None:
    """Only fresh facts that a second person signed may carry an approval; freshness is asked on the day of the decision.

    What the bank reads in its own books was looked up again just before: had it read otherwise, there were another evaluation.
    """
    investigation = Investigation.objects.filter(application=application).first()
    if investigation is None or investigation.state != Investigation.State.SIGNED_OFF:
        raise UnableToDecide("unsigned")
    if investigation.signed_at is not None and (amended := amended_since(application, investigation.signed_at)):
        raise UnableToDecide("amended", what=amendments_in_words(amended))
    if unheard := unheard_report(application):
        raise UnableToDecide(unheard[0], name=unheard[1])
    stale = stale_facts(evaluation, business_date)
    if stale:
        raise UnableToDecide("stale_facts", facts=", ".join(stale))


def needed_authority(
    *, application: Application, terms: Terms, on_terms: OnTerms | None, evaluation: PolicyEvaluation, business_date: date, by: User
) -> NeededAuthority:
    """Test the authority of `by` on the total exposure after this decision, by product, grade and cover, and against the risk appetite.

    Approving what the system declines on these terms takes two people whatever the amount. A grade that is worse on them counts.
    """
    amount = terms.amount if terms.approves and terms.amount is not None else Decimal(0)
    return authority_for(
        application,
        amount=amount,
        approves=terms.approves,
        business_date=business_date,
        by=by,
        against=said_of(evaluation, on_terms) == "DECLINE",
        grade=max(application.grade, on_terms.grade) if on_terms else application.grade,
    )
