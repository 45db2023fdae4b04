"""Facts that follow from others: affordability with the new instalment, age, own history, holds, collateral, statements."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from blacklist.selectors import blocked_keys
from collateral.selectors.coverage import facts_for
from loans.models import Application
from loans.models.borrowers import BorrowerKind, subject_key_of
from risk.domain.affordability import annuity_payment, disposable_income, dscr, dsti, dti
from risk.domain.facts import weakest
from risk.models import ChecklistItem, Fact
from risk.selectors.facts import KnownFact
from risk.selectors.own_history import own_history
from risk.services.cross_checks import unexplained
from risk.services.statements import statement_facts

Found = dict[str, tuple[Any, str, str]]
OWN = Fact.Authenticity.DOCUMENT
"""Our own books and records count as documents."""

REQUEST = "Request"
PARTS: dict[str, tuple[str, ...]] = {
    "dsti": ("monthly_income", "monthly_obligations"),
    "dti": ("monthly_income", "total_debt"),
    "disposable_income": ("monthly_income", "monthly_obligations", "living_expenses"),
    "dscr": ("ebitda", "tax_paid", "maintenance_capex", "working_capital_change", "debt_service"),
}
"""The recorded facts each computed one stands on."""


def derive_facts(
    application: Application, known: Mapping[str, KnownFact], *, business_date: date, statements: Found | None = None
) -> Found:
    """Everything the system can work out: {code: (value, source, authenticity)}; None where a part is unknown.

    `statements` are the facts of the statements when they were worked out already.

    What is computed is as authentic as the weakest fact it stands on.
    """
    found = facts_of_request(application, known, business_date=business_date)
    found |= facts_of_the_moment(application, facts_for(application, business_date=business_date), business_date=business_date)
    found |= statement_facts(application, business_date=business_date) if statements is None else statements
    failed = ChecklistItem.objects.filter(investigation__application=application, state=ChecklistItem.State.FAILED).count()
    differing = unexplained(application, business_date=business_date, statements=found)
    found["failed_checks"] = (failed + differing, "Checklist, and stated against seen", OWN)
    return found


def facts_of_request(
    application: Application, known: Mapping[str, KnownFact], *, business_date: date, annual_rate: Decimal | None = None
) -> Found:
    """What follows from amount, term and rate, with what is known of the borrower. No query. Without `annual_rate` at the product's before grades."""
    instalment = new_instalment(application, annual_rate=annual_rate)
    return (
        _request(application)
        | _affordability(application, known, instalment)
        | _business(application, known, instalment)
        | _person(application, business_date)
    )


def facts_of_the_moment(application: Application, collateral: Mapping[str, Any], *, business_date: date) -> Found:
    """What may change without anybody touching the investigation: collateral, holds and screening, own history."""
    found: Found = {code: (value, "Accepted valuations", OWN) for code, value in collateral.items()}
    found["screening_clear"] = (_screening_clear(application), f"Screening, {business_date:%d %b %Y}", OWN)
    assert application.borrower_id is not None  # the database refuses a submitted application without one
    own = own_history(application.borrower_id, day=business_date)
    found["own_history_worst_dpd"] = (own.worst, "Our books", OWN)
    found["own_loans"] = (own.loans, "Our books", OWN)
    return found


def new_instalment(application: Application, *, annual_rate: Decimal | None = None) -> Decimal | None:
    """The monthly burden of what is asked for, at this rate or the product's before grades: an annuity, to the cent."""
    version = application.product_version
    if application.amount is None or application.term_months is None or version is None:
        return None
    return annuity_payment(application.amount, version.annual_rate if annual_rate is None else annual_rate, application.term_months)


def _request(application: Application) -> Found:
    """What the loan would be. Conditions of the policy read it."""
    version = application.product_version
    return {
        "loan_amount": (application.amount, REQUEST, OWN),
        "loan_months": (application.term_months, REQUEST, OWN),
        "product": (version.product.code if version else None, REQUEST, OWN),
        "purpose": (application.purpose_code or None, REQUEST, OWN),
    }


def _affordability(application: Application, known: Mapping[str, KnownFact], instalment: Decimal | None) -> Found:
    income, duty = _value(known, "monthly_income"), _value(known, "monthly_obligations")
    debt, living = _value(known, "total_debt"), _value(known, "living_expenses")
    return {
        "new_instalment": (instalment, "Request at the product's rate", OWN),
        "dsti": (dsti(duty, instalment, income), *_stands_on(known, "dsti")),
        "dti": (dti(debt, application.amount, income), *_stands_on(known, "dti")),
        "disposable_income": (disposable_income(income, living, duty, instalment), *_stands_on(known, "disposable_income")),
    }


def _business(application: Application, known: Mapping[str, KnownFact], instalment: Decimal | None) -> Found:
    if application.borrower is None or application.borrower.kind != BorrowerKind.COMPANY:
        return {}
    ebitda, tax, capex, working, service = (_value(known, code) for code in PARTS["dscr"])
    cover = dscr(ebitda, tax, capex, working, service, None if instalment is None else instalment * 12)
    return {"dscr": (cover, *_stands_on(known, "dscr"))}


def _person(application: Application, business_date: date) -> Found:
    born = application.borrower.birth_date if application.borrower else None
    if born is None:
        return {}
    age = _years(born, business_date)
    months = business_date.month - 1 + (application.term_months or 0)
    end = date(business_date.year + months // 12, months % 12 + 1, 1)
    return {"age": (age, "Date of birth", OWN), "age_at_maturity": (_years(born, end), "Date of birth and term", OWN)}


def _years(born: date, on: date) -> int:
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def _screening_clear(application: Application) -> bool:
    if application.holds.filter(released_at__isnull=True, reason__in=["SCREENING", "BLACKLIST"]).exists():
        return False
    return not blocked_keys([subject_key_of(person) for person in application.parties.values_list("borrower", flat=True)])


def _value(known: Mapping[str, KnownFact], code: str) -> Decimal | None:
    """A known amount; a conflicting one is not known."""
    fact = known.get(code)
    if fact is None or fact.row.authenticity == Fact.Authenticity.CONFLICTING:
        return None
    return Decimal(fact.row.value)


def _stands_on(known: Mapping[str, KnownFact], code: str) -> tuple[str, str]:
    """Source and authenticity of a computed fact: as weak as the weakest of its parts."""
    used = [known[part] for part in PARTS[code] if part in known]
    sources = list(dict.fromkeys(fact.row.source for fact in used))
    return ("Computed: " + ", ".join(sources))[:80], weakest(fact.row.authenticity for fact in used)


def ages_of(known: Mapping[str, KnownFact]) -> dict[str, date]:
    """A computed fact is as old as the oldest of its parts, so that it grows stale with them."""
    ages: dict[str, date] = {}
    for code, parts in PARTS.items():
        dates = [known[part].row.as_of_date for part in parts if part in known]
        if dates:
            ages[code] = min(dates)
    return ages
