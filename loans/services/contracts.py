"""From an accepted offer to a contract: facility, loan, schedule; and the borrower's signature."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction

from blacklist.selectors.blocking import blocked_keys
from core import audit
from core.errors import DomainError
from core.events import publish
from core.models import User
from core.money import MoneyError, check_amount, grouped, to_text
from core.references import next_reference
from core.roles import Role
from loans.domain.quote import QuoteRefused, build, parse_terms
from loans.domain.schedule import Schedule
from loans.domain.schedule.calendar import next_date
from loans.domain.schedule.yields import effective_annual_rate
from loans.domain.states import ApplicationState
from loans.events import LoanContracted
from loans.models import Application, ApplicationOutcome, Facility, Instalment, Loan, ProductVersion
from loans.services import locks
from loans.services.conditions import satisfy_condition
from loans.services.decisions import APPROVALS, latest_outcome
from loans.services.holds import is_held
from loans.services.states import advance

SIGNATURE = "contract_signed"
# Average days in a month and weeks in a month of the Gregorian year, for terms in months with instalments in days or weeks.
_DAYS = Decimal("30.436875")
# How far ahead a payout is planned, and how much longer than a regular one the first period may be.
PLANNED_AHEAD, LONGER_FIRST = timedelta(days=92), timedelta(days=31)


class UnableToMakeContract(DomainError):
    """There is no contract to be made now."""

    title = "The contract was not made"
    messages = {
        "not_entitled": "Only loan officers make contracts.",
        "not_accepted": "A contract is made of an accepted offer; this application is {state}.",
        "on_hold": "The application is on hold; what holds it has to be decided first.",
        "screening_hit": "A screening hit or blacklist entry stands against a party of this application.",
        "terms_refused": "The terms cannot be scheduled: {detail}",
        "payout_far": "A payout is planned for {latest:%d %b %Y} at the latest; what was decided on does not hold for longer.",
        "first_due_late": "The first instalment is due on {latest:%d %b %Y} at the latest: a month later than the regular first due date. The term was decided, and what is owed has to begin with it.",
        "bad_first_draw": "{detail}",
        "first_draw_above_limit": "The first drawing lies above the limit of {limit} {currency}.",
    }


class UnableToRecordSignature(DomainError):
    """The signature cannot be recorded."""

    title = "The signature was not recorded"
    messages = {
        "not_entitled": "Only loan officers record signatures.",
        "no_contract": "There is no contract to sign yet.",
        "already_signed": "The signature was recorded before.",
    }


@transaction.atomic
def make_contract(
    *,
    application: Application,
    actor: User | None,
    business_date: date,
    start_date: date | None = None,
    first_due_date: date | None = None,
    first_draw: Decimal | None = None,
    actor_name: str = "",
) -> Loan:
    """Turn the accepted offer into a facility, a loan and its schedule, under the conventions of the product version applied for.

    Of a revolving product what was granted is the limit, and `first_draw` (else all of it) the first loan under it. Raises
    UnableToMakeContract: `not_entitled`, `not_accepted`, `on_hold`, `screening_hit`, `terms_refused`, `payout_far`, `first_due_late`,
    `bad_first_draw`, `first_draw_above_limit`.
    """
    if actor is not None and not actor.has_role(Role.OFFICER):
        raise UnableToMakeContract("not_entitled")
    file = locks.lock_application(application)
    outcome = latest_outcome(file)
    if file.state != ApplicationState.ACCEPTED or outcome is None or outcome.outcome not in APPROVALS:
        raise UnableToMakeContract("not_accepted", state=file.state.replace("_", " ").lower())
    if is_held(file):
        raise UnableToMakeContract("on_hold")
    if blocked_keys([party.borrower.subject_key for party in file.parties.select_related("borrower")]):
        raise UnableToMakeContract("screening_hit")
    assert file.product_version_id is not None
    version = ProductVersion.objects.get(pk=file.product_version_id)
    assert file.borrower is not None
    granted = outcome.amount
    if version.revolving and first_draw is not None:
        outcome = drawing(version, outcome, first_draw)
    terms = contract_terms(version, outcome, start_date=start_date or business_date, first_due_date=first_due_date)
    schedule = _schedule(terms)
    _check_days(schedule, business_date)
    facility = Facility.objects.create(
        application=file,
        borrower=file.borrower,
        branch=file.branch,
        limit_amount=granted,
        currency=version.currency,
        revolving=version.revolving,
        end_date=schedule.instalments[-1].due_date if version.revolving else None,
    )
    loan = write_loan(facility, version, terms, schedule, business_date)
    advance(file, ApplicationState.CONTRACTED, actor=actor, business_date=business_date, actor_name=actor_name)
    audit.record(
        "contract.made",
        actor=actor,
        actor_name=actor_name,
        target=loan,
        business_date=business_date,
        principal=loan.principal,
        annual_rate=loan.annual_rate,
        instalments=len(schedule.instalments),
    )
    publish(LoanContracted(loan_id=loan.pk, application_id=str(file.pk)))
    application.refresh_from_db()
    return loan


def preview_contract(
    *, application: Application, business_date: date, start_date: date, first_due_date: date | None, first_draw: Decimal | None = None
) -> Schedule:
    """The schedule that `make_contract` would make of the accepted offer, without making anything.

    Raises UnableToMakeContract: `not_accepted`, `terms_refused`, `payout_far`, `first_due_late`.
    """
    outcome = latest_outcome(application)
    if application.state != ApplicationState.ACCEPTED or outcome is None or outcome.outcome not in APPROVALS:
        raise UnableToMakeContract("not_accepted", state=application.state.replace("_", " ").lower())
    version = application.product_version
    assert version is not None
    if version.revolving and first_draw is not None:
        outcome = drawing(version, outcome, first_draw)
    schedule = _schedule(contract_terms(version, outcome, start_date=start_date, first_due_date=first_due_date))
    _check_days(schedule, business_date)
    return schedule


def contract_terms(
    version: ProductVersion, outcome: ApplicationOutcome, *, start_date: date, first_due_date: date | None
) -> dict[str, Any]:
    """The terms of the contract in the form of `POST /quotes`: what is stored on the loan and what the schedule is made from."""
    assert outcome.amount is not None and outcome.annual_rate is not None and outcome.term_months is not None
    terms: dict[str, Any] = {
        "currency": version.currency,
        "principal": to_text(outcome.amount, version.currency),
        "annual_rate": format(outcome.annual_rate.normalize(), "f"),
        "start_date": start_date.isoformat(),
        "instalments": count_instalments(outcome.term_months, version.frequency_unit, version.frequency_every),
        "method": version.method,
        "frequency": {"unit": version.frequency_unit, "every": version.frequency_every},
        "day_count": version.day_count,
        "interest_period": version.interest_period,
        "month_end": version.month_end,
        "rounding": {"mode": version.rounding_mode},
        "fees": version.fees,
    }
    if version.apr_rule:
        terms["apr"] = version.apr_rule
    if first_due_date is not None:
        terms["first_due_date"] = first_due_date.isoformat()
    return terms


def count_instalments(term_months: int, unit: str, every: int) -> int:
    """How many instalments a term in months has. A part of a period counts as one more for months and years, else the nearest count."""
    match unit:
        case "month":
            return -(-term_months // every)
        case "year":
            return -(-term_months // (12 * every))
        case "week":
            return max(1, round(term_months * _DAYS / (7 * every)))
    return max(1, round(term_months * _DAYS / every))


def replan(*, loan: Loan, start_date: date) -> None:
    """Make the schedule anew from the day the money really leaves. Only before the first payout, when nothing is due or paid.

    A first due date that was agreed on is kept while it still lies ahead.
    """
    if loan.terms.get("start_date") == start_date.isoformat() or not loan.terms:
        return
    terms = {**loan.terms, "start_date": start_date.isoformat()}
    if terms.get("first_due_date", "9999") <= start_date.isoformat():
        del terms["first_due_date"]
    schedule = _schedule(terms)
    loan.instalments.all().delete()
    _write_instalments(loan, schedule)
    loan.terms = terms
    loan.first_due_date = schedule.instalments[0].due_date
    loan.maturity_date = schedule.instalments[-1].due_date
    loan.effective_annual_rate = effective_annual_rate(schedule)
    loan.save(update_fields=["terms", "first_due_date", "maturity_date", "effective_annual_rate"])


def payout_fees(loan: Loan) -> Decimal:
    """Fees that the contract takes at the first payout, in the loan's currency."""
    return _schedule(loan.terms).payout_fees if loan.terms.get("fees") else Decimal(0)


@transaction.atomic
def record_signature(*, application: Application, actor: User | None, business_date: date, note: str = "") -> None:
    """The borrower has signed: the condition `contract_signed` is met.

    Raises UnableToRecordSignature: `not_entitled`, `no_contract`, `already_signed`.
    """
    if actor is not None and not actor.has_role(Role.OFFICER):
        raise UnableToRecordSignature("not_entitled")
    file = locks.lock_application(application)
    if file.state != ApplicationState.CONTRACTED:
        raise UnableToRecordSignature("no_contract")
    met = satisfy_condition(application=file, code=SIGNATURE, actor=actor, note=note or "Signature recorded", business_date=business_date)
    if met is None:
        raise UnableToRecordSignature("already_signed")


def _schedule(terms: dict[str, Any]) -> Schedule:
    try:
        return build(parse_terms(terms))
    except QuoteRefused as refused:
        raise UnableToMakeContract("terms_refused", detail=str(refused)) from refused


def _check_days(schedule: Schedule, business_date: date) -> None:
    """Whether payout and first instalment lie where the decision put them: neither a person nor a form moves what is owed years ahead."""
    terms, latest = schedule.terms, business_date + PLANNED_AHEAD
    if terms.start_date > latest:
        raise UnableToMakeContract("payout_far", latest=latest)
    latest = next_date(terms.start_date, terms.unit, terms.every, terms.month_end) + LONGER_FIRST
    if terms.first_due_date is not None and terms.first_due_date > latest:
        raise UnableToMakeContract("first_due_late", latest=latest)


def drawing(
    version: ProductVersion, outcome: ApplicationOutcome, amount: Decimal, term_months: int | None = None, *, most: Decimal | None = None
) -> ApplicationOutcome:
    """What was granted, for one drawing of at most the limit. Raises UnableToMakeContract: `bad_first_draw`, `first_draw_above_limit`."""
    assert outcome.amount is not None
    try:
        check_amount(amount, version.currency)
    except MoneyError as error:
        raise UnableToMakeContract("bad_first_draw", detail=str(error)) from error
    limit = outcome.amount if most is None else most
    if amount > limit:
        raise UnableToMakeContract("first_draw_above_limit", limit=grouped(limit, version.currency), currency=version.currency)
    return ApplicationOutcome(
        outcome=outcome.outcome, amount=amount, annual_rate=outcome.annual_rate, term_months=term_months or outcome.term_months
    )


def plan_loan(terms: dict[str, Any]) -> Schedule:
    """The schedule of a contract's terms. Raises UnableToMakeContract `terms_refused`."""
    return _schedule(terms)


def write_loan(facility: Facility, version: ProductVersion, terms: dict[str, Any], schedule: Schedule, business_date: date) -> Loan:
    """A loan under a facility with its instalments, signed and not yet drawn."""
    first = schedule.instalments[0]
    loan = Loan.objects.create(
        reference=next_reference("LN"),
        facility=facility,
        application_id=facility.application_id,
        borrower_id=facility.borrower_id,
        branch_id=facility.branch_id,
        product_version=version,
        currency=version.currency,
        principal=schedule.terms.principal,
        undrawn=schedule.terms.principal,
        annual_rate=schedule.terms.annual_rate,
        terms=terms,
        signed_date=business_date,
        first_due_date=first.due_date,
        maturity_date=schedule.instalments[-1].due_date,
        effective_annual_rate=effective_annual_rate(schedule),
        tolerance_amount=version.tolerance_amount,
        next_due_date=first.due_date,
        next_due_amount=first.total,
        status_date=business_date,
    )
    _write_instalments(loan, schedule)
    return loan


def period_starts(schedule: Schedule) -> list[date]:
    """From when the interest of each instalment runs: interest that is put off runs from where it began, a free period has none."""
    starts, start = [], schedule.terms.start_date
    for number, line in enumerate(schedule.instalments):
        starts.append(start)
        if line.interest or number < schedule.terms.interest_free:
            start = line.due_date
    return starts


def _write_instalments(loan: Loan, schedule: Schedule) -> None:
    starts = period_starts(schedule)
    Instalment.objects.bulk_create(
        [
            Instalment(
                loan=loan,
                number=line.number,
                due_date=line.due_date,
                period_start=start,
                principal=line.principal,
                interest=line.interest,
                fee=line.fees,
                balance=line.balance,
            )
            for start, line in zip(starts, schedule.instalments, strict=True)
        ]
    )
