"""Facts that follow from the request: what the instalment at a rate does to the borrower, and the same under stress.

A policy holds them at the rate the bank would really charge. A scorecard gives the grade that makes that rate, so it never sees the price:
it looks at the product's rate before grades.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from core.workdays import add_months
from loans.models import Application
from loans.models.applications import Channel
from loans.models.borrowers import BorrowerKind
from risk.domain.affordability import STANDARD, Affordability, Repayment, Stress, assess, dti
from risk.domain.facts import CATALOGUE, weakest
from risk.domain.request_parts import BY_STATEMENTS, PARTS, STRESSED, dsti_by_statements, firm_of, household_of
from risk.models import Fact
from risk.selectors.facts import KnownFact
from risk.selectors.limits import AppetiteInForce, appetite_held
from risk.selectors.terms import assessed_rate, repayment_by, repayment_of

Found = dict[str, tuple[Any, str, str]]
OWN = Fact.Authenticity.DOCUMENT
"""Our own books and records count as documents."""
REQUEST = "Request"

PARTS_OF_REQUEST = tuple(dict.fromkeys(part for parts in PARTS.values() for part in parts))

BEFORE_GRADES = ("new_instalment", "dsti", "disposable_income", "dscr")
"""What a scorecard looks at, at the product's rate before grades."""


@dataclass(frozen=True)
class Charge:
    """A rate to assess at, with what it is in words, and the stress."""

    annual_rate: Decimal
    said: str
    stress: Stress

    @property
    def stress_said(self) -> str:
        return f"+{self.stress.rate * 100:.2f} pp, income \N{MINUS SIGN}{self.stress.income * 100:.1f}%"

    def at(self, annual_rate: Decimal) -> Charge:
        """Under the same stress at another rate, which somebody chose."""
        return replace(self, annual_rate=annual_rate, said=f"{annual_rate * 100:.2f}%")

    def of_grade(self, application: Application, grade: str) -> Charge:
        """Under the same stress at what a file of this grade is assessed at."""
        assert application.product_version is not None  # the database refuses a submitted application without one
        rate = assessed_rate(application.product_version, grade)
        words = f"the price of grade {grade}" if grade else "the product's highest, without a grade"
        return replace(self, annual_rate=rate, said=f"{rate * 100:.2f}%, {words}")


def charge_for(application: Application, grade: str) -> Charge:
    """What a file of this grade is assessed at, under the stress in force. One query.

    Without a grade at the highest rate of the product: nobody has priced the file yet, and whoever decides it may charge any of them.
    """
    return charge_under(appetite_held(), application, grade)


def charge_under(appetite: AppetiteInForce, application: Application, grade: str) -> Charge:
    """The same under the stress of this appetite. No query."""
    return Charge(Decimal(0), "", appetite.settings.stress).of_grade(application, grade)


def priced_facts(application: Application, known: Mapping[str, KnownFact], charge: Charge) -> Found:
    """Instalment, debt service and what is left, at the rate and under stress; None where a part is unknown. No query."""
    found, repaid, amounts = None, repayment_of(application), amounts_of(known)
    if application.amount is not None and application.term_months is not None:
        found = _burden(amounts, application.amount, application.term_months, charge.annual_rate, charge.stress, repaid)
    facts: Found = {}
    # Only a company has a debt service cover.
    for code in [one for one in (*BEFORE_GRADES, *STRESSED) if not one.endswith("dscr") or _is_company(application)]:
        stress = f"Rate {charge.stress_said}" if code in STRESSED else ""
        if code in PARTS:
            said = _stands_on(known, code, stress or "Computed")
        else:
            request = "Request, fees included," if repaid.fees else "Request"
            said = (f"At {charge.said}; {stress.lower()}" if stress else f"{request} at {charge.said}", OWN)
        facts[code] = (_measure(found, code), *said)
    if not _is_company(application):
        seen = None if found is None else dsti_by_statements(amounts, found.instalment)
        facts[BY_STATEMENTS] = (seen, *_stands_on(known, BY_STATEMENTS))
    return facts


def before_grades(application: Application, amounts: Mapping[str, Decimal]) -> dict[str, str | None]:
    """The same as a scorecard looks at it, as stored text: at the product's rate before grades, never under stress;
    what is unknown is left out.
    """
    version = application.product_version
    if version is None or application.amount is None or application.term_months is None:
        return {}
    return scored_burden(
        amounts,
        amount=application.amount,
        months=application.term_months,
        annual_rate=version.annual_rate,
        repaid=repayment_by(version),
        is_company=_is_company(application),
    )


def scored_burden(
    amounts: Mapping[str, Decimal], *, amount: Decimal, months: int, annual_rate: Decimal, repaid: Repayment, is_company: bool
) -> dict[str, str | None]:
    """The measures at this rate as stored text; what is unknown is left out."""
    found = _burden(amounts, amount, months, annual_rate, STANDARD, repaid)
    values = {code: _measure(found, code) for code in BEFORE_GRADES if is_company or code != "dscr"}
    return {code: CATALOGUE[code].canonical(value, repaid.step) for code, value in values.items() if value is not None}


def lasting_facts(application: Application, known: Mapping[str, KnownFact], *, business_date: date) -> Found:
    """What follows from the request whatever the rate: its own amount, term, product and purpose, debt to income, age at maturity.
    No query.
    """
    household = household_of(amounts_of(known))
    debt = dti(household.total_debt, application.amount, household.net_income)
    return _request(application) | {"dti": (debt, *_stands_on(known, "dti"))} | _person(application, known, business_date)


def _request(application: Application) -> Found:
    """What the loan would be. Conditions of the policy read it."""
    version = application.product_version
    return {
        "loan_amount": (application.amount, REQUEST, OWN),
        "loan_months": (application.term_months, REQUEST, OWN),
        "product": (version.product.code if version else None, REQUEST, OWN),
        "purpose": (application.purpose_code or None, REQUEST, OWN),
    }


def amounts_of(known: Mapping[str, KnownFact]) -> dict[str, Decimal]:
    """The known amounts that others follow from; a conflicting one is not known."""
    return {
        code: Decimal(fact.row.value)
        for code, fact in known.items()
        if code in PARTS_OF_REQUEST and fact.row.authenticity != Fact.Authenticity.CONFLICTING
    }


def ages_of(known: Mapping[str, KnownFact]) -> dict[str, date]:
    """A computed fact is as old as the oldest of its parts, so that it grows stale with them."""
    ages: dict[str, date] = {}
    for code, parts in PARTS.items():
        dates = [known[part].row.as_of_date for part in parts if part in known]
        if dates:
            ages[code] = min(dates)
    return ages


def _burden(
    amounts: Mapping[str, Decimal], amount: Decimal, months: int, annual_rate: Decimal, stress: Stress, repaid: Repayment
) -> Affordability:
    """The measures of a request, repaid as its product is."""
    return assess(
        household_of(amounts), firm_of(amounts), amount=amount, annual_rate=annual_rate, months=months, stress=stress, repaid=repaid
    )


def _is_company(application: Application) -> bool:
    return application.borrower is not None and application.borrower.kind == BorrowerKind.COMPANY


def _measure(found: Affordability | None, code: str) -> Decimal | None:
    return None if found is None else getattr(found, code.removeprefix("new_"))


def _person(application: Application, known: Mapping[str, KnownFact], business_date: date) -> Found:
    """Ages, by the word of whoever verified the identity: a date of birth is stated like anything else until then. What was moved in comes
    from the bank's own books.
    """
    born = application.borrower.birth_date if application.borrower else None
    if born is None:
        return {}
    identity = known.get("identity_verified")
    mark = identity.row.authenticity if identity is not None and identity.value is True else Fact.Authenticity.UNVERIFIED
    if application.channel == Channel.IMPORT:
        mark = OWN
    age = _years(born, business_date)
    end = add_months(business_date, application.term_months or 0)
    return {"age": (age, "Date of birth", mark), "age_at_maturity": (_years(born, end), "Date of birth and term", mark)}


def _years(born: date, on: date) -> int:
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def _stands_on(known: Mapping[str, KnownFact], code: str, under: str = "Computed") -> tuple[str, str]:
    """Source and authenticity of a computed fact: as weak as the weakest of its parts. The source names the part that is too old."""
    used = [known[part] for part in PARTS[code] if part in known]
    said = f"{under}: " + ", ".join(dict.fromkeys(fact.row.source for fact in used))
    if old := ", ".join(fact.kind.title for fact in used if fact.is_stale):
        said = textwrap.shorten(f"{under}; too old: {old}", 80, placeholder=" \N{HORIZONTAL ELLIPSIS}")
    return said[:80], weakest(fact.row.authenticity for fact in used)
