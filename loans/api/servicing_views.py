"""Partner endpoints of quotes, loans and payments."""

from __future__ import annotations

from typing import Any, ClassVar

from drf_spectacular.utils import PolymorphicProxySerializer
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.docs import filter_by, lists, reads, writes
from core.api.errors import problem
from core.api.etags import tagged
from core.api.idempotency import idempotent
from core.api.lists import filters_of, page_of
from core.api.views import PartnerView
from core.business_date import get_business_date
from loans.api import shapes
from loans.api.loan_answers import entry_answer, loan_answers, payment_answer, schedule_answer
from loans.api.servicing_serializers import PaymentSerializer, ProductQuoteSerializer, TermsForm
from loans.domain.quote import QuoteRefused, quote
from loans.domain.states import LoanState
from loans.ledger.selectors import entries_of_loan
from loans.models import Loan
from loans.selectors.loans import bucket_labels
from loans.selectors.partner_files import access_partner_loan, outstanding_of, partner_loans
from loans.selectors.schedules import schedule_of_loan
from loans.services.payments import post_payment
from loans.services.quotes import find_offered, product_terms

STATES = [state.value for state in LoanState]


class Quotes(PartnerView):
    """`POST /quotes`."""

    scopes: ClassVar[dict[str, str]] = {"POST": "quotes"}

    @writes(
        shapes.QuoteShape,
        request=PolymorphicProxySerializer("QuoteRequest", [TermsForm, ProductQuoteSerializer], resource_type_field_name=None),
        status=200,
        keyed=False,
        also=(),
    )
    def post(self, request: Request) -> Response:
        """Schedule and cost of a product with amount and term, or of free terms. Stores nothing, needs no key."""
        terms = request.data
        if isinstance(terms, dict) and "product" in terms:
            terms = self._of_product(terms)
        try:
            return Response(quote(terms))
        except QuoteRefused as refusal:
            return problem(refusal.status, refusal.problem["code"], refusal.problem["detail"], errors=refusal.problem["errors"])

    def _of_product(self, data: dict[str, Any]) -> dict[str, Any]:
        version = find_offered(ProductQuoteSerializer.read(data)["product"])
        # Read again in the product's currency: it says how many decimals an amount may have.
        wanted = ProductQuoteSerializer.read({"currency": version.currency, **data})
        return product_terms(
            version=version,
            amount=wanted["amount"],
            currency=wanted["currency"],
            term_months=wanted["term_months"],
            start_date=wanted.get("start_date") or get_business_date(),
            first_due_date=wanted.get("first_due_date"),
        )


class LoanList(PartnerView):
    """`GET /loans`."""

    scopes: ClassVar[dict[str, str]] = {"GET": "loans:read"}

    @lists(
        shapes.LoanPage,
        filter_by("status", "Only loans in this state.", STATES),
        filter_by("bucket", "Only loans in this bucket of days past due.", bucket_labels()),
        filter_by("currency", "Only loans in this currency."),
        filter_by("reference", "Only the loan with this reference."),
        name="loans_list",
    )
    def get(self, request: Request) -> Response:
        """The loans of the partner's own applications, newest first."""
        wanted = filters_of(request, {"status": STATES, "bucket": bucket_labels(), "currency": None, "reference": None})
        if "status" in wanted:
            wanted["state"] = wanted.pop("status")
        today = get_business_date()
        return page_of(request, partner_loans(self.partner).filter(**wanted), lambda rows: loan_answers(rows, today))


class _OfLoan(PartnerView):
    def loan(self, loan_id: str) -> Loan:
        return access_partner_loan(self.partner, loan_id)


class LoanDetail(_OfLoan):
    """`GET /loans/{id}`."""

    scopes: ClassVar[dict[str, str]] = {"GET": "loans:read"}

    @reads(shapes.LoanShape)
    def get(self, request: Request, loan_id: str) -> Response:
        """Balances, days past due and class of one loan."""
        return tagged(loan_answers([self.loan(loan_id)], get_business_date())[0])


class LoanScheduleDetail(_OfLoan):
    """`GET /loans/{id}/schedule`."""

    scopes: ClassVar[dict[str, str]] = {"GET": "loans:read"}

    @reads(shapes.ScheduleShape)
    def get(self, request: Request, loan_id: str) -> Response:
        """Every instalment, and what was paid of it."""
        loan = self.loan(loan_id)
        return Response(schedule_answer(loan, schedule_of_loan(loan, get_business_date(), whole=True)))


class LoanEntries(_OfLoan):
    """`GET /loans/{id}/entries`."""

    scopes: ClassVar[dict[str, str]] = {"GET": "loans:read"}

    @lists(shapes.EntryPage, name="loans_entries_list", also=(404,))
    def get(self, request: Request, loan_id: str) -> Response:
        """The loan's entries in the books, newest first."""
        filters_of(request, {})
        rows = entries_of_loan(self.loan(loan_id).pk)
        return page_of(request, rows, lambda found: [entry_answer(entry) for entry in found], key="id")


class LoanPayments(_OfLoan):
    """`POST /loans/{id}/payments`."""

    scopes: ClassVar[dict[str, str]] = {"POST": "payments:write"}

    @writes(shapes.PaymentShape, request=PaymentSerializer)
    @idempotent
    def post(self, request: Request, loan_id: str) -> Response:
        """Report money received: booked once, whatever is repeated."""
        sent = PaymentSerializer.read(request.data)
        today = get_business_date()
        loan = self.loan(loan_id)
        payment = post_payment(loan=loan, actor=None, business_date=today, source="API", partner=self.partner, **sent)
        loan.refresh_from_db()
        return Response(payment_answer(payment, outstanding_of([loan], today)[loan.pk]), status=201)
