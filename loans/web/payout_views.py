"""Money out: an officer requests, somebody else confirms or refuses. Every refusal is said in words and changes nothing."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from core.business_date import get_business_date
from core.crypto import mask
from core.errors import DomainError
from core.roles import Role
from core.web.access import role_required, step_up_required
from core.web.http import HtmxRequest
from loans.models import Disbursement, Loan
from loans.selectors.history import last_step
from loans.selectors.loans import access_loan
from loans.selectors.payments import access_disbursement
from loans.services.conditions import list_open_conditions
from loans.services.contracts import payout_fees
from loans.services.disbursement import CONFIRMERS, confirm_disbursement, reject_disbursement, request_disbursement
from loans.web.loan_views import show_loan
from loans.web.servicing_forms import PAYOUT_FIELDS, PayoutForm, ReasonForm, add_refusal


@role_required(Role.OFFICER)
@step_up_required
def payout_new(request: HtmxRequest, public_id: UUID) -> HttpResponse:
    """Ask for money to leave."""
    loan = access_loan(request.user, public_id)
    if request.method != "POST":
        return _form_page(request, loan, PayoutForm(loan=loan))
    form = PayoutForm(request.POST, loan=loan)
    status = 422
    if form.is_valid():
        try:
            payout = request_disbursement(
                loan=loan,
                amount=form.cleaned_data["amount"],
                payee_name=form.cleaned_data["payee_name"],
                payee_iban=form.iban,
                actor=request.user,
                business_date=get_business_date(),
            )
        except DomainError as refusal:
            add_refusal(form, refusal, PAYOUT_FIELDS)
            status = refusal.status
        else:
            messages.success(request, f"Payout {payout.reference} is requested. An approver or risk manager confirms it.")
            return redirect("loans:loan_detail", loan.public_id)
    return _form_page(request, loan, form, status=status)


def _form_page(request: HtmxRequest, loan: Loan, form: PayoutForm, *, status: int = 200) -> HttpResponse:
    iban = loan.application.payee_iban
    return render(
        request,
        "loans/payout_form.html",
        {
            "loan": loan,
            "form": form,
            "known_account": mask(iban) if iban else "",
            "fees": payout_fees(loan) if loan.disbursed_date is None else 0,
            "open_conditions": list_open_conditions(loan.application),
        },
        status=status,
    )


@require_POST
@role_required(*CONFIRMERS, Role.OFFICER)
@step_up_required
def payout_confirm(request: HtmxRequest, disbursement_id: UUID) -> HttpResponse:
    """Let requested money leave: the second pair of eyes."""
    payout = access_disbursement(request.user, disbursement_id)
    try:
        confirm_disbursement(disbursement=payout, actor=request.user, business_date=get_business_date())
    except DomainError as refusal:
        return _refused(request, payout, refusal)
    messages.success(request, f"Payout {payout.reference} is confirmed and paid.")
    return redirect("loans:loan_detail", payout.loan.public_id)


@require_POST
@role_required(*CONFIRMERS, Role.OFFICER)
@step_up_required
def payout_reject(request: HtmxRequest, disbursement_id: UUID) -> HttpResponse:
    """Refuse a requested payout; who requested it takes it back."""
    payout = access_disbursement(request.user, disbursement_id)
    form = ReasonForm(request.POST, prefix="reject")
    if not form.is_valid():
        return show_loan(request, payout.loan, status=422, reject_form=form, rejecting=payout.pk, form=form)
    reason = form.cleaned_data["reason"]
    try:
        reject_disbursement(disbursement=payout, reason=reason, actor=request.user, business_date=get_business_date())
    except DomainError as refusal:
        return _refused(request, payout, refusal, kept=reason)
    messages.success(request, f"Payout {payout.reference} does not leave.")
    return redirect("loans:loan_detail", payout.loan.public_id)


def _refused(request: HtmxRequest, payout: Disbursement, refusal: DomainError, *, kept: str = "") -> HttpResponse:
    """The loan again with what was refused. When somebody else was first: who, when, what; and the typed reason to copy."""
    first = refusal.code == "already_decided"
    loan = access_loan(request.user, payout.loan.public_id)
    return show_loan(
        request,
        loan,
        status=409 if first else refusal.status,
        payout_refusal=refusal,
        refusal=refusal,
        step=last_step(payout) if first else None,
        kept=kept,
    )
