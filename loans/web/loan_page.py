"""What the page of one loan shows, read once and shaped for its template."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from core.charts import Line, Lines
from core.crypto import mask
from core.models import Proposal, ProposalState, User
from core.roles import Role
from core.web.components import Kpi
from core.web.formats import day, money, percent, short_day
from loans.ledger.selectors import entries_of_loan
from loans.models import ConditionPrecedent, Disbursement, Loan
from loans.models.borrowers import Borrower
from loans.selectors import payments as money_reads
from loans.selectors.accounts import accounts_of
from loans.selectors.balances import BalancePoint, balance_points
from loans.selectors.interests import has_interest
from loans.selectors.loans import DRAWABLE, LIVE, history_of_loan
from loans.selectors.schedules import LoanSchedule, schedule_of_loan
from loans.selectors.write_offs import written_off_of_loan
from loans.services.changes import CHANGEABLE, PROPOSERS
from loans.services.disbursement import CLOSED_LIMITS, CONFIRMERS
from loans.services.payments import CASHIERS
from loans.services.undrawn import draw_by
from loans.web.change_words import CHANGES, ChangeWords
from loans.web.condition_lines import ConditionForm, condition_lines
from loans.web.loan_words import LINE_STATES, LOAN_STATES, PAYOUT_STATES, booked_by, events_of, ledger_lines, paid_for

# So many payments and entries are shown before "Show all".
FEW = 8
# Lists that a page may be asked to show whole.
WHOLE = ("schedule", "payments", "entries")


@dataclass(frozen=True)
class PayoutLine:
    """A payout with what this person may do about it. `account` is masked; `same_account`: it is the one named in the application."""

    payout: Disbursement
    status: tuple[str, str]
    account: str
    same_account: bool
    may_confirm: bool
    may_reject: bool
    own: bool


def loan_context(user: User, loan: Loan, today: date, *, whole: str = "", condition_form: ConditionForm | None = None) -> dict[str, Any]:
    """Everything on the page. The number of queries does not depend on how long the loan is or how often it was paid."""
    schedule = schedule_of_loan(loan, today, whole=whole == "schedule")
    payouts = money_reads.payouts_of_loan(loan)
    payments = list(money_reads.payments_of_loan(loan)[: None if whole == "payments" else FEW + 1])
    shown_payments = payments if whole == "payments" else payments[:FEW]
    entries = list(entries_of_loan(loan.pk)[: None if whole == "entries" else FEW + 1])
    shown_entries = entries if whole == "entries" else entries[:FEW]
    points = balance_points(loan, schedule.lines, today)
    suspense = money_reads.suspense_of_loan(loan)
    conditions = condition_lines(user, loan.application, refused=condition_form)
    payout_lines = _payouts(user, loan, payouts)
    asked = sum((payout.amount for payout in payouts if payout.state == "REQUESTED"), Decimal(0))
    live = loan.state in LIVE
    lost, recoverable = written_off_of_loan(loan)
    return {
        "loan": loan,
        "today": today,
        "state": LOAN_STATES[loan.state],
        "kpis": _kpis(loan, schedule, today),
        "schedule": schedule,
        "lines": _lines(loan, schedule),
        "owed": schedule.owed if loan.disbursed_date else (),
        "owed_total": schedule.owed_total if loan.disbursed_date else Decimal(0),
        "suspense": suspense,
        "chart": _chart(loan, points),
        "payments": [(payment, booked_by(payment), paid_for(payment)) for payment in shown_payments],
        "more_payments": len(shown_payments) < len(payments),
        "entries": [(entry, ledger_lines(entry)) for entry in shown_entries],
        "more_entries": len(shown_entries) < len(entries),
        "payouts": payout_lines,
        "decidable": next((line.payout for line in payout_lines if line.may_confirm), None),
        "conditions": conditions,
        "events": events_of(history_of_loan(loan, payouts, shown_payments), loan),
        "accounts": list(accounts_of(loan.borrower)),
        "may_draw": loan.state in DRAWABLE and loan.undrawn > 0,
        "may_request": loan.state in DRAWABLE
        and loan.facility.state not in CLOSED_LIMITS
        and loan.undrawn > asked
        and user.has_role(Role.OFFICER),
        "opens": [line.condition.title for line in conditions if line.condition.state == ConditionPrecedent.State.OPEN],
        "changes": _changes(loan, user),
        "may_take_back": loan.facility.revolving
        and loan.state == "SIGNED"
        and all(payout.state in ("REJECTED", "CANCELLED") for payout in payouts)
        and user.has_role(Role.OFFICER),
        "lost": lost,
        "recoverable": recoverable,
        "may_recover": recoverable > 0 and not schedule.owed and user.has_role(*CASHIERS),
        "may_pay": live and not loan.written_off_date and loan.disbursed_date is not None and user.has_role(*CASHIERS),
    }


def _not_drawn(loan: Loan) -> str:
    if not loan.undrawn:
        return "Drawn in full"
    until = draw_by(loan)
    return f"Not drawn {money(loan.undrawn)}" + (f"; ends unless paid out by {day(until)}" if until else "")


def _kpis(loan: Loan, schedule: LoanSchedule, today: date) -> list[Kpi]:
    owed = schedule.owed_total if loan.disbursed_date else Decimal(0)
    late = loan.days_past_due
    # The last close of day measured it; what is owed today, below, may be a day further.
    closed = f" at the close of {short_day(loan.status_date, today)}" if late and loan.status_date else ""
    coming = day(loan.next_due_date) if loan.next_due_date else "nothing more"
    return [
        Kpi("Owed today", money(owed), unit=loan.currency, status="bad" if late else ""),
        Kpi("Days past due", str(late), status="bad" if late > 90 else "warn" if late else "", limit=f"Bucket {loan.bucket}{closed}"),
        Kpi("Outstanding principal", money(loan.outstanding_principal), unit=loan.currency, limit=f"of {money(loan.principal)}"),
        Kpi("Next instalment", money(loan.next_due_amount) if loan.next_due_date else "none", limit=coming),
        Kpi("Rate per year", percent(loan.annual_rate, 2), limit=f"Effective {percent(loan.effective_annual_rate, 2)}"),
        Kpi("Matures", day(loan.maturity_date), limit=_not_drawn(loan)),
    ]


def _lines(loan: Loan, schedule: LoanSchedule) -> list[tuple[Any, tuple[str, str], list[money_reads.PaidPart]]]:
    """The shown instalments with their state and which payments paid them."""
    if not schedule.shown:
        return []
    paid = money_reads.paid_parts(loan, first=schedule.shown[0].number, last=schedule.shown[-1].number)
    return [(line, LINE_STATES[line.status], paid.get(line.number, [])) for line in schedule.shown]


def _chart(loan: Loan, points: list[BalancePoint]) -> Lines | None:
    known = [point for point in points if point.real is not None]
    if len(points) < 2 or not known:
        return None
    latest = known[-1]
    assert latest.real is not None
    apart = latest.real - latest.planned
    if apart > 0:
        finding = f"Principal is {money(apart, loan.currency)} above plan"
    elif apart < 0:
        finding = f"Principal is {money(-apart, loan.currency)} below plan"
    else:
        finding = "Principal is as planned"
    return Lines(
        finding,
        labels=[short_day(point.day, latest.day) for point in points],
        lines=[Line("Plan", [point.planned for point in points], "s3"), Line("Real", [point.real for point in points], "s1")],
        unit="money",
        axis="Day",
    )


def _payouts(user: User, loan: Loan, payouts: list[Disbursement]) -> list[PayoutLine]:
    named = bytes(loan.application.payee_iban_index or b"")
    lines = []
    barred = any(payout.state == "REQUESTED" for payout in payouts) and has_interest(user, loan.application)
    for payout in payouts:
        waits = payout.state == "REQUESTED"
        own = payout.requested_by_id == user.pk
        entitled = user.has_role(*CONFIRMERS) and not own
        lines.append(
            PayoutLine(
                payout=payout,
                status=PAYOUT_STATES[payout.state],
                account=mask(payout.payee_iban) if payout.payee_iban else "",
                same_account=bool(named) and bytes(payout.payee_iban_index or b"") == named,
                may_confirm=waits and entitled and not barred,
                may_reject=waits and (entitled or own),
                own=own,
            )
        )
    return lines


def _changes(loan: Loan, user: User) -> list[tuple[ChangeWords, bool]]:
    """The changes this person may propose here, and those that wait for a decision (True)."""
    rows = Proposal.objects.filter(target_type=loan._meta.label_lower, target_id=str(loan.pk), state=ProposalState.OPEN)
    waiting = set(rows.filter(kind__startswith="loan_").values_list("kind", flat=True))
    open_to = user.has_role(*PROPOSERS) and loan.state in CHANGEABLE and loan.disbursed_date is not None and not loan.written_off_date
    return [(words, f"loan_{kind}" in waiting) for kind, words in CHANGES.items() if open_to or f"loan_{kind}" in waiting]


def facts_of(loan: Loan) -> list[tuple[str, Any]]:
    """The contract in a few lines."""
    borrower: Borrower = loan.borrower
    terms = loan.terms
    frequency = terms.get("frequency") or {}
    every = frequency.get("every", 1)
    unit = frequency.get("unit", "month")
    return [
        ("Borrower", borrower.name),
        ("Signed", day(loan.signed_date)),
        ("Paid out", day(loan.disbursed_date)),
        *([("First payout by", day(until))] if (until := draw_by(loan)) else []),
        ("Instalments", f"{terms.get('instalments') or 'not provided'}, every {unit if every == 1 else f'{every} {unit}s'}"),
        ("Method", str(terms.get("method", "annuity")).replace("_", " ").capitalize()),
        ("Day count", terms.get("day_count", "")),
        ("Tolerance", money(loan.tolerance_amount, loan.currency)),
    ]
