"""Facts that follow from others whatever the rate: debt to income, age, own history, holds, collateral, statements."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from loans.models import Application
from loans.models.borrowers import BorrowerKind
from risk.domain.affordability import step_of
from risk.domain.facts import CATALOGUE
from risk.models import Fact
from risk.selectors.bureau import report_behind
from risk.selectors.facts import KnownFact, joined
from risk.selectors.traces import Traces, traces_of
from risk.services.accounts import accounts_behind, left_unknown
from risk.services.bureau import yearly_payments
from risk.services.cross_checks import unexplained
from risk.services.earlier_records import read_again
from risk.services.fact_parts import Parts, checks_not_in_order, facts_from_checks, facts_from_moment, parts_of_the_moment, request_parts
from risk.services.our_books import books_of, facts_from_books
from risk.services.request_facts import OWN, Found, ages_of, lasting_facts
from risk.services.statements import Seen, on_file, statement_facts


def derive_facts(
    application: Application,
    known: Mapping[str, KnownFact],
    *,
    business_date: date,
    statements: Seen | None = None,
    traces: Traces | None = None,
) -> tuple[Found, dict[str, date], Parts]:
    """Everything the system can work out: {code: (value, source, authenticity)}, None where a part is unknown; the days of what is older
    than today; and the parts it was worked out from.

    `statements` are the facts of the statements when they were worked out already, `traces` what there is where it was asked. What the
    instalment does is left out: it follows when the grade, and so the rate, is known (`request_facts.priced_facts`).

    What is computed is as authentic as the weakest fact it stands on, and as old as the oldest.
    """
    traces, step = traces or traces_of(application), step_of(application.currency)
    again = read_again(application, known, traces=traces)
    known = _with(known, again.found, again.days, business_date, step)
    parts: Parts = {"request": request_parts(application)} | parts_of_the_moment(application, business_date=business_date, traces=traces)
    payments = _payments_to_lenders(application, known, parts, traces, business_date=business_date)
    beside = _beside(known, payments, business_date, step)
    found = (
        lasting_facts(application, beside, business_date=business_date) | facts_from_moment(parts, business_date=business_date) | payments
    )
    seen = statement_facts(application, business_date=business_date, traces=traces) if statements is None else statements
    found |= seen | {"statements_on_file": (on_file(seen.parts), "Statements", OWN)}
    parts["statements"] = seen.parts
    parts["accounts"] = accounts_behind(application, known)
    found |= dict.fromkeys(left_unknown(known, parts["accounts"]), (None, "", Fact.Authenticity.UNVERIFIED))
    differing = unexplained(application, business_date=business_date, statements=found, traces=traces)
    parts["checks"] = checks_not_in_order(application, differing, traces)
    ages = ages_of(beside) | seen.ages() | _ages_of_bureau(known, found) | again.days
    return found | facts_from_checks(parts) | again.found, ages, parts


def _payments_to_lenders(
    application: Application, known: Mapping[str, KnownFact], parts: Parts, traces: Traces, *, business_date: date
) -> Found:
    """What our books show of a borrower's duties, and the bureau of a company's debt service; the report behind the bureau's facts is a
    part of any file.
    """
    told = known.get("bureau_worst_dpd")
    report = report_behind(application, told.row.source) if told else None
    parts["bureau"] = str(report.pk) if report else None
    is_company = application.borrower is not None and application.borrower.kind == BorrowerKind.COMPANY
    yearly = yearly_payments(report) if report and is_company else {}
    # Shown as well as the rest of the report.
    seen: Found = {code: (value, told.row.source, told.row.authenticity) for code, (value, _, _) in yearly.items()} if told else {}
    reported = told.row.as_of_date if told and seen else None
    parts["own_books"] = books_of(application, business_date=business_date, known=known, reported=reported, traces=traces)
    return seen | facts_from_books(parts["own_books"], parts["request"]["borrower_kind"], application.currency)


def _beside(known: Mapping[str, KnownFact], payments: Found, business_date: date, step: Decimal) -> dict[str, KnownFact]:
    """What is known, with what lenders are paid as it reads now in place of what was worked out before."""
    rest = {code: fact for code, fact in known.items() if code not in payments}
    return _with(rest, payments, dict.fromkeys(payments, business_date), business_date, step)


def _with(
    known: Mapping[str, KnownFact], found: Found, days: Mapping[str, date], business_date: date, step: Decimal
) -> dict[str, KnownFact]:
    """What is known once this stands beside it, each as of its day."""
    rows = [
        Fact(code=code, value=CATALOGUE[code].canonical(value, step), source=source, authenticity=mark, as_of_date=days[code])
        for code, (value, source, mark) in found.items()
        if value is not None
    ]
    return joined(known, rows, business_date=business_date)


def _ages_of_bureau(known: Mapping[str, KnownFact], found: Found) -> dict[str, date]:
    """What is worked out from a bureau's report is as old as the report."""
    return {"bureau_debt_service": known["bureau_worst_dpd"].row.as_of_date} if "bureau_debt_service" in found else {}
