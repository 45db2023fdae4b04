"""The parts that an assessment's computed facts were worked out from, frozen beside them, and the same facts worked out from these parts.

Each assessment works its facts out through here, and so does a replay: no second way leads to a figure. The parts are plain text; whoever
changes what a part means raises `FORMAT` and keeps reading the old one.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from blacklist.selectors import blocked_keys
from collateral.selectors.coverage import coverage_from, facts_of, ground_of, unsecured
from loans.models import Application, Borrower, Product, ProductVersion
from loans.models.borrowers import subject_key_of
from risk.domain.affordability import Stress
from risk.domain.shelf_life import SHELVES
from risk.models import ChecklistItem, PolicyEvaluation
from risk.selectors.own_history import ANSWERING, NONE, own_history, parties_history
from risk.selectors.traces import Traces, traces_of
from risk.services.parties_reports import WORST, kept_reports, worst_of_parties
from risk.services.request_facts import OWN, Charge, Found

FORMAT, IN_CURRENCY = 3, 2
"""Form 1 kept of our books the sums alone, and replays by them; it rounded money of every currency to hundredths. Form 2 kept neither the
shelf lives of its day nor what of statements and accounts says how far they are relied on, and is not asked for it.
"""
Parts = dict[str, Any]


def request_parts(application: Application) -> Parts:
    """What is asked for, by whom, and the terms of the product that a figure depends on."""
    borrower, version = application.borrower, application.product_version
    return {
        "amount": _text(application.amount),
        "term_months": application.term_months,
        "currency": application.currency,
        "purpose": application.purpose_code,
        "channel": application.channel,
        "borrower_kind": borrower.kind if borrower else "",
        "industry": borrower.industry if borrower else "",
        "birth_date": borrower.birth_date.isoformat() if borrower and borrower.birth_date else None,
        "product": version.product.code if version else None,
        "method": version.method if version else None,
        "frequency": [version.frequency_unit, version.frequency_every] if version else None,
        "fees": version.fees if version else [],
        "annual_rate": _text(version.annual_rate) if version else None,
        "rate_by_grade": {grade: str(rate) for grade, rate in version.rate_by_grade.items()} if version else {},
    }


def asked_by(parts: Parts) -> Application:
    """The application as it was, to calculate with; it and what it points at are no stored rows. In the older form all money was rounded to
    hundredths, so it names no currency then. No query.
    """
    kept = parts["request"]
    currency = currency_of(parts)
    born = kept["birth_date"]
    borrower = Borrower(kind=kept["borrower_kind"], industry=kept["industry"], birth_date=date.fromisoformat(born) if born else None)
    version = None
    if kept["product"] is not None:
        unit, every = kept.get("frequency") or ("month", 1)  # an older house kept neither rhythm nor fees, and looked at neither
        version = ProductVersion(
            product=Product(code=kept["product"]),
            method=kept["method"],
            frequency_unit=unit,
            frequency_every=every,
            fees=kept.get("fees", []),
            currency=currency,
            annual_rate=Decimal(kept["annual_rate"]),
            rate_by_grade=kept["rate_by_grade"],
        )
    return Application(
        amount=None if kept["amount"] is None else Decimal(kept["amount"]),
        term_months=kept["term_months"],
        currency=currency,
        purpose_code=kept["purpose"],
        channel=kept["channel"],
        borrower=borrower if kept["borrower_kind"] else None,
        product_version=version,
    )


def currency_of(parts: Parts) -> str:
    """The currency that the figures are rounded in; none in the older form."""
    return str(parts["request"]["currency"]) if parts.get("format", FORMAT) >= IN_CURRENCY else ""


def charge_parts(charge: Charge) -> Parts:
    """The rate it is assessed at, and the stress."""
    return {
        "annual_rate": _text(charge.annual_rate),
        "said": charge.said,
        "stress_rate": _text(charge.stress.rate),
        "stress_income": _text(charge.stress.income),
    }


def charge_from(parts: Parts) -> Charge:
    """The same as it was kept."""
    kept = parts["charge"]
    return Charge(Decimal(kept["annual_rate"]), kept["said"], Stress(Decimal(kept["stress_rate"]), Decimal(kept["stress_income"])))


def parts_of_the_moment(application: Application, *, business_date: date, traces: Traces | None = None) -> Parts:
    """What may change without anybody touching the investigation: collateral, holds and screening, the history with us of the applicant
    and of those who answer for the loan with them, and what bureaus said of these. `traces` where they were asked already.
    """
    assert application.borrower_id is not None  # the database refuses a submitted application without one
    traces = traces or traces_of(application)
    history = own_history(application.borrower_id, day=business_date) if traces.dealings else NONE
    parties = _parties(application) if traces.others else [("APPLICANT", application.borrower_id)]
    answer = any(part in ANSWERING for part, _ in parties)
    others = parties_history(application.pk, day=business_date) if answer else NONE
    holds = _screening_holds(application) if traces.holds else []
    people = [subject_key_of(person) for _, person in parties] if traces.mentioned and not holds else []
    secured = ground_of(application, business_date=business_date) if traces.pledges else unsecured(application)
    return {
        "collateral": secured.to_dict(),
        "screening": {"holds": holds, "blocked": len(blocked_keys(people))},
        "own_history": list(history.delays),
        "own_defaults": history.defaulted,
        "parties_history": list(others.delays),
        "parties_defaults": others.defaulted,
        "parties_reports": kept_reports(application) if answer and traces.reports else [],
    }


def _parties(application: Application) -> list[tuple[str, UUID]]:
    return list(application.parties.values_list("part", "borrower"))


def _screening_holds(application: Application) -> list[str]:
    held = application.holds.filter(released_at__isnull=True, reason__in=["SCREENING", "BLACKLIST"])
    return sorted(held.values_list("reason", flat=True))


def facts_from_moment(parts: Parts, *, business_date: date) -> Found:
    """The facts that follow from these. No query."""
    secured = coverage_from(parts["collateral"])
    source = "Accepted valuations"
    if secured.by_works:
        # A value in full by works is a judgement: who decides sees that the figures rest on one.
        source += f", {secured.by_works:,.0f} of them by works above the cap"
    found: Found = {code: (value, source, OWN) for code, value in facts_of(secured, business_date=business_date).items()}
    screening, delays = parts["screening"], parts["own_history"]
    clear = not screening["holds"] and not screening["blocked"]
    found["screening_clear"] = (clear, f"Screening, {business_date:%d %b %Y}", OWN)
    found["own_history_worst_dpd"] = (max(delays, default=0), "Our books", OWN)
    found["own_loans"] = (len(delays), "Our books", OWN)
    if "own_defaults" in parts:  # an older house did not count them
        found["own_history_defaults"] = (parts["own_defaults"], "Our books", OWN)
    if "parties_history" in parts:  # nor did it look at those who answer with the applicant
        reported = parts.get("parties_reports", [])  # an older house did not listen to what a bureau said of them
        shelves = parts.get("shelves", SHELVES)
        found[WORST] = worst_of_parties(max(parts["parties_history"], default=0), reported, business_date=business_date, shelves=shelves)
        found["parties_defaults"] = (parts["parties_defaults"], "Our books", OWN)
    return found


def facts_of_the_moment(application: Application, *, business_date: date) -> Found:
    """What the bank reads in its own books now."""
    return facts_from_moment(parts_of_the_moment(application, business_date=business_date), business_date=business_date)


def checks_not_in_order(application: Application, differing: list[str], traces: Traces) -> Parts:
    """The codes of checks that failed, and of differences nobody explained."""
    return {"failed": _failed_checks(application) if traces.investigation else [], "differing": sorted(differing)}


def _failed_checks(application: Application) -> list[str]:
    failed = ChecklistItem.objects.filter(investigation__application=application, state=ChecklistItem.State.FAILED)
    return sorted(failed.values_list("code", flat=True))


def facts_from_checks(parts: Parts) -> Found:
    """How many these are. No query."""
    checks = parts["checks"]
    return {"failed_checks": (len(checks["failed"]) + len(checks["differing"]), "Checklist, and stated against seen", OWN)}


def kept_with(evaluation: PolicyEvaluation) -> Parts | None:
    """The parts of an evaluation; None for one of an older house, which kept none."""
    return evaluation.parts or None


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else format(amount, "f")


def frozen(parts: Mapping[str, Any]) -> Parts:
    """Parts as they are kept, with the version of their form and the shelf lives of the day."""
    return {"format": FORMAT, "shelves": dict(SHELVES), **parts}
