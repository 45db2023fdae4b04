"""Money in: what a payment would pay, booking it once, and taking it back once."""

from __future__ import annotations

import hashlib
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from core.business_date import get_business_date
from core.errors import DomainError
from core.web.access import role_required, step_up_required
from core.web.http import HtmxRequest, is_htmx, render_page
from loans.models import Loan, Payment, PaymentAllocation
from loans.selectors.loans import access_loan
from loans.selectors.payments import PartLine, access_payment, allocation_lines, payment_of_reference, suspense_of_loan
from loans.services.payments import CASHIERS, REVERSERS, PaymentPreview, post_payment, preview_payment, reverse_payment
from loans.web.loan_words import booked_by
from loans.web.queue_views import LENDING
from loans.web.servicing_forms import OWN_REFERENCE, PAYMENT_FIELDS, PaymentForm, ReasonForm, add_refusal, whole_units

COMPONENTS = dict(PaymentAllocation.Component.choices)


@role_required(*CASHIERS)
def payment_new(request: HtmxRequest, public_id: UUID) -> HttpResponse:
    """The form; sent once, what the payment would pay; sent again from there, the booking.

    The booking names the allocation that was shown. When something else was booked meanwhile, nothing is booked and the
    new allocation is shown: 409.
    """
    loan = access_loan(request.user, public_id)
    today = get_business_date()
    if request.method != "POST":
        return _page(request, loan, PaymentForm(today=today, initial={"amount": _suggested(loan)}))
    form = PaymentForm(request.POST, today=today)
    if not form.is_valid():
        return _page(request, loan, form, status=422)
    try:
        if "book" in request.POST and (payment := payment_of_reference(loan, form.own_reference)):
            return redirect("loans:payment_detail", payment.pk)
        preview = preview_payment(
            loan=loan, amount=form.cleaned_data["amount"], value_date=form.cleaned_data["value_date"], business_date=today
        )
        if "book" not in request.POST:
            return _page(request, loan, form, preview=preview)
        if form.cleaned_data["seen"] != _digest(preview):
            return _page(request, loan, form, preview=preview, status=409, changed=True)
        payment = _book(request, loan, form, today)
    except DomainError as refusal:
        add_refusal(form, refusal, PAYMENT_FIELDS)
        return _page(request, loan, form, status=refusal.status)
    messages.success(request, f"Payment {payment.reference} is booked.")
    return redirect("loans:payment_detail", payment.pk)


def _book(request: HtmxRequest, loan: Loan, form: PaymentForm, today: date) -> Payment:
    return post_payment(
        loan=loan,
        amount=form.cleaned_data["amount"],
        currency=loan.currency,
        value_date=form.cleaned_data["value_date"],
        actor=request.user,
        business_date=today,
        external_reference=form.external_reference,
    )


def _suggested(loan: Loan) -> Decimal | None:
    """What is most likely paid: the arrears, else the next instalment."""
    likely = loan.arrears or loan.next_due_amount
    return whole_units(likely, loan.currency) if likely else None


def _digest(preview: PaymentPreview) -> str:
    """What was shown, as a short name: the same allocation gives the same."""
    parts = sorted((part.instalment or 0, part.component, str(part.amount)) for part in preview.parts)
    return hashlib.sha256(repr((parts, str(preview.left_principal), preview.value_date)).encode()).hexdigest()[:32]


def _page(
    request: HtmxRequest,
    loan: Loan,
    form: PaymentForm,
    *,
    preview: PaymentPreview | None = None,
    status: int = 200,
    changed: bool = False,
) -> HttpResponse:
    lines = []
    if preview is not None:
        parts = [PartLine(COMPONENTS[part.component], part.instalment, part.amount) for part in preview.parts]
        lines = sorted(parts, key=lambda line: (line.instalment is None, line.instalment or 0))
    return render_page(
        request,
        "loans/payment_form.html",
        "loans/_payment_form.html",
        status=status,
        loan=loan,
        form=form,
        preview=preview,
        lines=lines,
        seen=_digest(preview) if preview else "",
        changed=changed,
        swapped=is_htmx(request),
    )


@role_required(*LENDING)
def payment_detail(request: HtmxRequest, payment_id: UUID) -> HttpResponse:
    """One payment: what it paid, its standing, and taking it back."""
    return _show(request, access_payment(request.user, payment_id))


@require_POST
@role_required(*REVERSERS)
@step_up_required
def payment_reverse(request: HtmxRequest, payment_id: UUID) -> HttpResponse:
    """Take a payment back: what it paid is open again."""
    payment = access_payment(request.user, payment_id)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _show(request, payment, form=form, status=422)
    reason = form.cleaned_data["reason"]
    try:
        reverse_payment(payment=payment, reason=reason, actor=request.user, business_date=get_business_date())
    except DomainError as refusal:
        return _show(request, access_payment(request.user, payment_id), form=form, status=refusal.status, refusal=refusal)
    messages.success(request, f"Payment {payment.reference} is reversed. What it had paid is open again.")
    return redirect("loans:payment_detail", payment.pk)


def _show(
    request: HtmxRequest, payment: Payment, *, form: ReasonForm | None = None, status: int = 200, refusal: DomainError | None = None
) -> HttpResponse:
    parts = list(payment.allocations.select_related("instalment"))
    return render(
        request,
        "loans/payment_detail.html",
        {
            "payment": payment,
            "loan": payment.loan,
            "who": booked_by(payment),
            "lines": allocation_lines(parts),
            "form": form,
            "reason_form": form or ReasonForm(),
            "refusal": refusal,
            "suspense": suspense_of_loan(payment.loan),
            "may_reverse": payment.reversed_at is None and request.user.has_role(*REVERSERS),
            "own_reference": bool(payment.external_reference and payment.external_reference.startswith(OWN_REFERENCE)),
        },
        status=status,
    )
