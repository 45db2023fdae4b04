"""Money beyond what is due: paid early, asked for as a payoff, or recovered after a write-off."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from core.business_date import get_business_date
from core.errors import DomainError
from core.web.access import role_required
from core.web.http import HtmxRequest
from loans.models import Loan
from loans.selectors.loans import access_loan
from loans.selectors.payments import payment_of_reference
from loans.selectors.write_offs import written_off_of_loan
from loans.services.payments import CASHIERS
from loans.services.prepayments import prepay_loan, quote_payoff
from loans.services.recoveries import post_recovery
from loans.services.rehearsals import Rehearsal, rehearse_prepayment
from loans.web.change_words import digest, facts_before_after
from loans.web.queue_views import LENDING
from loans.web.servicing_forms import (
    PREPAYMENT_FIELDS,
    RECOVERY_FIELDS,
    PaymentForm,
    PayoffForm,
    PrepaymentForm,
    add_refusal,
    whole_units,
)


@role_required(*CASHIERS)
def prepayment_new(request: HtmxRequest, public_id: UUID) -> HttpResponse:
    """The form; sent once, what the loan would become; sent again from there, the booking. As `payment_new`."""
    loan = access_loan(request.user, public_id)
    today = get_business_date()
    if request.method != "POST":
        return _prepayment_page(request, loan, PrepaymentForm(today=today))
    form = PrepaymentForm(request.POST, today=today)
    if not form.is_valid():
        return _prepayment_page(request, loan, form, status=422)
    asked = {name: form.cleaned_data[name] for name in ("amount", "mode", "value_date")}
    try:
        if "book" in request.POST and (first := payment_of_reference(loan, form.own_reference)):
            return redirect("loans:payment_detail", first.pk)
        rehearsal = rehearse_prepayment(loan=loan, actor=request.user, business_date=today, **asked)
        if "book" not in request.POST:
            return _prepayment_page(request, loan, form, rehearsal=rehearsal)
        if form.cleaned_data["seen"] != digest(rehearsal):
            return _prepayment_page(request, loan, form, rehearsal=rehearsal, status=409, changed=True)
        payment = prepay_loan(loan=loan, actor=request.user, business_date=today, external_reference=form.external_reference, **asked)
    except DomainError as refusal:
        add_refusal(form, refusal, PREPAYMENT_FIELDS)
        return _prepayment_page(request, loan, form, status=refusal.status)
    messages.success(request, f"Payment {payment.reference} is booked; the schedule is made anew.")
    return redirect("loans:payment_detail", payment.pk)


@role_required(*LENDING)
def payoff(request: HtmxRequest, public_id: UUID) -> HttpResponse:
    """What settles the loan when it is paid by a day. Books nothing."""
    loan = access_loan(request.user, public_id)
    today = get_business_date()
    form = PayoffForm(request.GET if "valid_until" in request.GET else {"valid_until": today.isoformat()})
    quote, refusal, status = None, None, 200
    if form.is_valid():
        try:
            quote = quote_payoff(loan=loan, valid_until=form.cleaned_data["valid_until"], business_date=today)
        except DomainError as refused:
            refusal, status = refused, refused.status
    else:
        status = 422
    return render(request, "loans/payoff.html", {"loan": loan, "form": form, "quote": quote, "refusal": refusal}, status=status)


@role_required(*CASHIERS)
def recovery_new(request: HtmxRequest, public_id: UUID) -> HttpResponse:
    """Money that came in on a loan written off."""
    loan = access_loan(request.user, public_id)
    today = get_business_date()
    form = PaymentForm(request.POST, today=today) if request.method == "POST" else PaymentForm(today=today)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                payment = post_recovery(
                    loan=loan,
                    amount=form.cleaned_data["amount"],
                    value_date=form.cleaned_data["value_date"],
                    actor=request.user,
                    business_date=today,
                    external_reference=form.external_reference,
                )
            except DomainError as refusal:
                add_refusal(form, refusal, RECOVERY_FIELDS)
                status = refusal.status
            else:
                messages.success(request, f"Recovery {payment.reference} is booked.")
                return redirect("loans:payment_detail", payment.pk)
    lost, still = written_off_of_loan(loan)
    context = {"loan": loan, "form": form, "lost": lost, "still": whole_units(still, loan.currency)}
    return render(request, "loans/recovery_form.html", context, status=status)


def _prepayment_page(
    request: HtmxRequest, loan: Loan, form: PrepaymentForm, *, rehearsal: Rehearsal | None = None, status: int = 200, **extra: Any
) -> HttpResponse:
    context = {
        "loan": loan,
        "form": form,
        "rehearsal": rehearsal,
        "facts": facts_before_after(rehearsal, loan.currency) if rehearsal else [],
        "seen": digest(rehearsal) if rehearsal else "",
    }
    return render(request, "loans/prepayment_form.html", {**context, **extra}, status=status)
