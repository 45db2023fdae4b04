"""What leaves the house on paper or as a table: contract, statement, payoff letter; schedule, payments and entries of a loan."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render

from core.business_date import get_business_date
from core.errors import DomainError
from core.web.access import role_required
from core.web.export import Column, export_rows
from core.web.http import HtmxRequest
from loans.ledger.selectors import entries_of_loan
from loans.models import Loan
from loans.selectors.loans import access_loan
from loans.selectors.payments import payments_of_loan
from loans.selectors.schedules import schedule_of_loan
from loans.services.papers import contract_paper, payoff_paper, statement_paper
from loans.web.queue_views import LENDING
from loans.web.servicing_forms import PayoffForm, PeriodForm

SCHEDULE: list[Column[Any]] = [
    ("Number", lambda line: line.number),
    ("Due", lambda line: line.due_date),
    ("Principal", lambda line: line.principal),
    ("Interest", lambda line: line.interest),
    ("Fees", lambda line: line.fee),
    ("Total", lambda line: line.total),
    ("Principal left", lambda line: line.balance),
    ("Paid", lambda line: line.paid),
]
PAYMENTS: list[Column[Any]] = [
    ("Payment", lambda payment: payment.reference),
    ("Value date", lambda payment: payment.value_date),
    ("Booked", lambda payment: payment.booking_date),
    ("Amount", lambda payment: payment.amount),
    ("Currency", lambda payment: payment.currency),
    ("External reference", lambda payment: payment.external_reference),
    ("Reversed", lambda payment: payment.reversed_at),
]
ENTRIES: list[Column[Any]] = [
    ("Entry", lambda posting: posting.entry.pk),
    ("Booked", lambda posting: posting.entry.booking_date),
    ("Value date", lambda posting: posting.entry.value_date),
    ("Text", lambda posting: posting.entry.text),
    ("Account", lambda posting: f"{posting.account.code} {posting.account.name}"),
    ("Debit", lambda posting: max(posting.amount, 0)),
    ("Credit", lambda posting: max(-posting.amount, 0)),
    ("Currency", lambda posting: posting.currency),
]


def _instalments(loan: Loan) -> Iterable[Any]:
    return schedule_of_loan(loan, get_business_date(), whole=True).lines


def _postings(loan: Loan) -> Iterable[Any]:
    entries = entries_of_loan(loan.pk).prefetch_related("postings__account", "postings__entry").order_by("pk")
    return [posting for entry in entries for posting in entry.postings.all()]


TABLES: Mapping[str, tuple[list[Column[Any]], Callable[[Loan], Iterable[Any]]]] = {
    "schedule": (SCHEDULE, _instalments),
    "payments": (PAYMENTS, payments_of_loan),
    "entries": (ENTRIES, _postings),
}


@role_required(*LENDING)
def loan_papers(request: HtmxRequest, public_id: UUID) -> HttpResponse:
    """What can be printed or taken along of one loan."""
    return _page(request, access_loan(request.user, public_id))


@role_required(*LENDING)
def contract_pdf(request: HtmxRequest, public_id: UUID) -> HttpResponse:
    """The contract as it was signed."""
    loan = access_loan(request.user, public_id)
    return _pdf(contract_paper(loan=loan, business_date=get_business_date()), f"contract-{loan.reference}")


@role_required(*LENDING)
def statement_pdf(request: HtmxRequest, public_id: UUID) -> HttpResponse:
    """The statement of account over the days that the address names, or all of them."""
    loan = access_loan(request.user, public_id)
    form = PeriodForm(request.GET or _whole_period(loan))
    if not form.is_valid():
        return _page(request, loan, form, status=422)
    paper = statement_paper(loan=loan, first=form.cleaned_data["first"], until=form.cleaned_data["until"])
    return _pdf(paper, f"statement-{loan.reference}")


@role_required(*LENDING)
def payoff_pdf(request: HtmxRequest, public_id: UUID) -> HttpResponse:
    """The letter that says what settles the loan by the day that the address names, or today."""
    loan = access_loan(request.user, public_id)
    form = PayoffForm(request.GET or {"valid_until": get_business_date().isoformat()})
    refusal: DomainError | None = None
    if form.is_valid():
        try:
            paper = payoff_paper(loan=loan, valid_until=form.cleaned_data["valid_until"], business_date=get_business_date())
            return _pdf(paper, f"payoff-{loan.reference}")
        except DomainError as refused:
            refusal = refused
    status = refusal.status if refusal else 422
    return render(request, "loans/payoff.html", {"loan": loan, "form": form, "quote": None, "refusal": refusal}, status=status)


@role_required(*LENDING)
def loan_export(request: HtmxRequest, public_id: UUID, what: str) -> HttpResponse:
    """One list of the loan, whole, as a table: `?export=csv` or `xlsx`."""
    loan = access_loan(request.user, public_id)
    columns, rows = TABLES[what]
    return export_rows(request, columns, rows(loan), f"{what}-{loan.reference}")


def _page(request: HtmxRequest, loan: Loan, form: PeriodForm | None = None, *, status: int = 200) -> HttpResponse:
    form = form or PeriodForm(initial=_whole_period(loan))
    return render(request, "loans/papers.html", {"loan": loan, "form": form}, status=status)


def _whole_period(loan: Loan) -> dict[str, str]:
    return {"first": (loan.disbursed_date or loan.signed_date).isoformat(), "until": get_business_date().isoformat()}


def _pdf(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{name}.pdf"'
    return response
