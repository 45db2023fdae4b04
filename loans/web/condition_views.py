"""Settling a condition before payout, from the page of the file or that of its loan."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from core import access
from core.business_date import get_business_date
from core.errors import DomainError
from core.web.access import role_required, step_up_required
from core.web.http import HtmxRequest, add_faults
from loans.models import Application, Loan
from loans.selectors.applications import access_application
from loans.selectors.loans import access_loan
from loans.services.conditions import SETTLERS, settle_condition
from loans.services.documents import UnableToStoreDocument
from loans.web.application_views import show_application
from loans.web.condition_lines import ConditionForm
from loans.web.loan_views import show_loan


@require_POST
@role_required(*SETTLERS)
@step_up_required
def condition_settle(request: HtmxRequest, application_id: UUID, code: str) -> HttpResponse:
    """Settle one condition precedent on what shows it; answers with the loan's page when it was sent from there."""
    application = access_application(request.user, application_id)
    loan = application.loans.first() if request.POST.get("back") == "loan" else None
    condition = access.one(application.conditions.all(), code=code)
    form = ConditionForm(request.POST, request.FILES, condition=condition, documents=list(application.documents.all()))
    if not form.is_valid():
        return _again(request, application, loan, status=422, condition_form=form)
    given = form.cleaned_data
    try:
        settle_condition(
            condition=condition,
            note=given["note"],
            document=given["document"],
            upload=given["file"],
            actor=request.user,
            business_date=get_business_date(),
        )
    except UnableToStoreDocument as refusal:
        form.add_error("file", refusal.detail)
        return _again(request, application, loan, status=refusal.status, condition_form=form)
    except DomainError as refusal:
        if refusal.faults:
            add_faults(form, refusal)
            return _again(request, application, loan, status=refusal.status, condition_form=form)
        condition.refresh_from_db()
        first = (condition.settled_by_name, condition.settled_at) if refusal.code == "settled" else None
        return _again(
            request, application, loan, status=409 if first else refusal.status, refusal=refusal, first=first, typed=given["note"]
        )
    messages.success(request, "The condition is settled.")
    return redirect("loans:loan_detail", loan.public_id) if loan else redirect("loans:application_detail", application_id)


def _again(request: HtmxRequest, application: Application, loan: Loan | None, *, status: int, **refused: Any) -> HttpResponse:
    if loan is not None:
        return show_loan(request, access_loan(request.user, loan.public_id), status=status, **refused)
    return show_application(request, application, status=status, **refused)
