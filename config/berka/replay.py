"""The early loans, lived again: granted on their day, paid as the statements show, swept every night by the close of day."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Count, Sum

from blacklist.models import BlacklistEntry
from config.berka.foundation import PURPOSE, product_version
from config.berka.past import KnownLoan
from config.berka.progress import Progress
from config.berka.rows import PastLoanRow
from config.berka.standing import ACTOR, brought_by, note_step
from core import events
from core.business_date import get_business_date
from loans.models import Borrower, Loan, Payment, ProductVersion, StatementLine
from loans.models.accounts import LineCategory
from loans.models.applications import Channel
from loans.services.contracts import make_contract, record_signature
from loans.services.disbursement import confirm_disbursement, request_disbursement
from loans.services.offers import accept_offer
from loans.services.past_applications import record_past_application
from loans.services.payments import post_payment
from monitoring.services.sweep import close_day
from risk.services.past_decisions import record_past_decision

STEP = "replay"
DUE_DAY = 12


def replay(loans: list[KnownLoan], *, until: date | None, progress: Progress) -> dict[str, Any]:
    """Live every day up to `until` and close it. Begins where an interrupted replay stood. Returns what the step brought."""
    if (done := brought_by(STEP)) is not None:
        return done
    if until is not None:
        _live(loans, until, progress)
    with transaction.atomic():
        return note_step(STEP, _found(loans, until))


def _live(loans: list[KnownLoan], until: date, progress: Progress) -> None:
    version = product_version()
    granted: dict[date, list[KnownLoan]] = defaultdict(list)
    for known in loans:
        granted[known.row.granted_date].append(known)
    paid = _payments(loans, until)
    day = first = get_business_date()
    while day <= until:
        for known in granted.get(day, ()):
            _grant(known, version, day)
        for known, line in paid.get(day, ()):
            _pay(known, line, day)
        close_day(actor=None, actor_name=ACTOR)
        _deliver()
        day = get_business_date()
        progress((day - first).days, (until - first).days + 1, f"replaying {day:%d %b %Y}")


def _deliver() -> None:
    """Let every room react to the day before the next one begins."""
    while events.deliver_pending():
        pass


def first_due_date(granted_date: date) -> date:
    """Instalments are paid on the twelfth: the first one on the first twelfth after the grant."""
    month = granted_date.replace(day=1)
    if granted_date.day >= DUE_DAY:
        month = (month + timedelta(days=31)).replace(day=1)
    return month.replace(day=DUE_DAY)


@transaction.atomic
def _grant(known: KnownLoan, version: ProductVersion, day: date) -> None:
    """From the application to the payout on one day, as the data tells it: granted, without interest."""
    if Loan.objects.filter(application__external_reference=known.reference, application__channel=Channel.IMPORT).exists():
        return
    row = known.row
    borrower = Borrower.objects.get(pk=known.account.borrower_id)
    application = record_past_application(
        borrower=borrower,
        version=version,
        amount=row.amount,
        term_months=row.months,
        purpose_code=PURPOSE,
        external_reference=known.reference,
        business_date=day,
        actor_name=ACTOR,
    )
    record_past_decision(
        application=application,
        amount=row.amount,
        term_months=row.months,
        annual_rate=version.annual_rate,
        rationale=f"Granted on {day:%d %b %Y} as loan {row.number} of the Berka data.",
        actor_name=ACTOR,
        business_date=day,
    )
    accept_offer(application=application, actor=None, actor_name=ACTOR, business_date=day)
    loan = make_contract(
        application=application, actor=None, actor_name=ACTOR, business_date=day, start_date=day, first_due_date=first_due_date(day)
    )
    record_signature(application=application, actor=None, business_date=day, note="Signed before the data was published")
    payout = request_disbursement(loan=loan, amount=loan.principal, payee_name=borrower.name, payee_iban="", actor=None, business_date=day)
    confirm_disbursement(disbursement=payout, actor=None, actor_name=ACTOR, business_date=day)


def _payments(loans: list[KnownLoan], until: date) -> dict[date, list[tuple[KnownLoan, StatementLine]]]:
    """Loan payments on the accounts of the loans, from the grant on, by day."""
    by_account = {known.account.id: known for known in loans}
    lines = StatementLine.objects.filter(account__in=by_account, category=LineCategory.LOAN, amount__lt=0, date__lte=until)
    found: dict[date, list[tuple[KnownLoan, StatementLine]]] = defaultdict(list)
    for line in lines.order_by("date", "id"):
        known = by_account[line.account_id]
        if line.date >= known.row.granted_date:
            found[line.date].append((known, line))
    return found


def _pay(known: KnownLoan, line: StatementLine, day: date) -> None:
    loan = Loan.objects.get(application__external_reference=known.reference, application__channel=Channel.IMPORT)
    post_payment(
        loan=loan,
        amount=-line.amount,
        currency=line.currency,
        value_date=day,
        actor=None,
        business_date=day,
        external_reference=f"berka-trans-{line.external_id}",
        source="IMPORT",
    )


def _found(loans: list[KnownLoan], until: date | None) -> dict[str, Any]:
    """What stands in the bank after the replay: loans, payments, and who is overdue. Sums beside what the statements say."""
    rows = {known.reference: known.row for known in loans}
    made = Loan.objects.filter(application__channel=Channel.IMPORT, application__external_reference__in=rows)
    paid = Payment.objects.filter(loan__in=made, reversed_at=None).aggregate(number=Count("pk"), sum=Sum("amount"))
    lines = [line.amount for day in _payments(loans, until).values() for _, line in day] if until else []
    late = made.filter(days_past_due__gt=0).select_related("application").order_by("-days_past_due", "id")
    return {
        "loans": made.count(),
        "amount": _money(made.aggregate(sum=Sum("principal"))["sum"]),
        "payments": paid["number"],
        "paid": {"statements": _money(-sum(lines, Decimal(0))), "bank": _money(paid["sum"])},
        "overdue": [_overdue(loan, rows[loan.application.external_reference or ""]) for loan in late],
    }


def _overdue(loan: Loan, row: PastLoanRow) -> dict[str, Any]:
    entry = BlacklistEntry.objects.filter(source="rule", source_reference=loan.reference).order_by("-id").first()
    return {
        "loan": row.number,
        "account": row.account,
        "status": row.status,
        "reference": loan.reference,
        "since": loan.oldest_due_date,
        "days_past_due": loan.days_past_due,
        "arrears": _money(loan.arrears),
        "blacklist": {"reference": entry.reference, "state": entry.state, "proposed_date": entry.proposed_date} if entry else None,
    }


def _money(amount: Decimal | None) -> str:
    return f"{amount or Decimal(0):.2f}"
