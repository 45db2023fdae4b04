"""From an accepted offer to a signed contract: the schedule first, then the contract, then the signature."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from core.business_date import get_business_date
from core.errors import DomainError
from core.roles import Role
from core.web.access import role_required
from core.web.http import HtmxRequest, render_page
from loans.domain.states import ApplicationState
from loans.models import Application
from loans.selectors.applications import access_application
from loans.selectors.history import last_step
from loans.selectors.loans import access_loan
from loans.services.contracts import make_contract, preview_contract, record_signature
from loans.services.decisions import latest_outcome
from loans.web.loan_views import show_loan
from loans.web.servicing_forms import ContractForm, SignatureForm

REFUSED_FIELDS = {
    "terms_refused": "first_due_date",
    "payout_far": "start_date",
    "first_due_late": "first_due_date",
    "bad_first_draw": "first_draw",
    "first_draw_above_limit": "first_draw",
}


@role_required(Role.OFFICER)
def contract_new(request: HtmxRequest, application_id: UUID) -> HttpResponse:
    """The schedule that the contract would have, for the dates in the address; sent, the contract itself."""
    application = access_application(request.user, application_id)
    today = get_business_date()
    if request.method == "POST":
        return _make(request, application, today)
    asked = "start_date" in request.GET
    form = ContractForm(request.GET if asked else None, initial={"start_date": today})
    status = 422 if asked and not form.is_valid() else 200
    return _show(request, application, form, today, status=status)


def _make(request: HtmxRequest, application: Application, today: date) -> HttpResponse:
    form = ContractForm(request.POST)
    if not form.is_valid():
        return _show(request, application, form, today, status=422)
    chosen = form.cleaned_data
    try:
        loan = make_contract(
            application=application,
            actor=request.user,
            business_date=today,
            start_date=chosen["start_date"],
            first_due_date=chosen["first_due_date"],
            first_draw=chosen["first_draw"],
        )
    except DomainError as refusal:
        application.refresh_from_db()
        if application.state != ApplicationState.ACCEPTED:
            return _show(request, application, form, today, status=409, refusal=refusal)
        form.add_error(REFUSED_FIELDS.get(refusal.code), refusal.detail)
        return _show(request, application, form, today, status=422)
    messages.success(request, f"Contract {loan.reference} is made. The borrower signs it next.")
    return redirect("loans:loan_detail", loan.public_id)


def _show(
    request: HtmxRequest,
    application: Application,
    form: ContractForm,
    today: date,
    *,
    status: int = 200,
    refusal: DomainError | None = None,
) -> HttpResponse:
    accepted = application.state == ApplicationState.ACCEPTED
    context: dict[str, Any] = {"application": application, "form": form, "outcome": latest_outcome(application), "accepted": accepted}
    context["revolving"] = application.product_version is not None and application.product_version.revolving
    chosen: dict[str, Any] = (
        form.cleaned_data if form.is_bound and form.is_valid() else {"start_date": today, "first_due_date": None, "first_draw": None}
    )
    if accepted and not (form.is_bound and form.errors):
        try:
            context["schedule"] = preview_contract(
                application=application,
                business_date=today,
                start_date=chosen["start_date"],
                first_due_date=chosen["first_due_date"],
                first_draw=chosen["first_draw"],
            )
        except DomainError as unfit:
            if form.is_bound:
                form.add_error(REFUSED_FIELDS.get(unfit.code), unfit.detail)
            status, refusal = 422, unfit
    if not accepted:
        context |= {"step": last_step(application), "loan": application.loans.first()}
    return render_page(request, "loans/contract_form.html", "loans/_contract_preview.html", status=status, refusal=refusal, **context)


@require_POST
@role_required(Role.OFFICER)
def signature_record(request: HtmxRequest, public_id: UUID) -> HttpResponse:
    """The borrower has signed."""
    loan = access_loan(request.user, public_id)
    form = SignatureForm(request.POST, prefix="signature")
    if form.is_valid():
        try:
            record_signature(
                application=loan.application, actor=request.user, business_date=get_business_date(), note=form.cleaned_data["note"]
            )
        except DomainError as refusal:
            return show_loan(request, loan, status=refusal.status, signature_form=form, refusal=refusal)
        messages.success(request, "The signature is recorded.")
        return redirect("loans:loan_detail", loan.public_id)
    return show_loan(request, loan, status=422, signature_form=form, form=form)
