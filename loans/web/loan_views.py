"""The page of one loan: what is owed and why, its schedule, its money, what is open and what to do next."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render

from core.business_date import get_business_date
from core.web.access import role_required
from core.web.http import HtmxRequest
from loans.models import Loan
from loans.selectors.loans import access_loan
from loans.web.condition_lines import ConditionForm
from loans.web.loan_page import WHOLE, facts_of, loan_context
from loans.web.queue_views import LENDING
from loans.web.servicing_forms import ReasonForm, SignatureForm


@role_required(*LENDING)
def loan_detail(request: HtmxRequest, public_id: UUID) -> HttpResponse:
    """One loan. `?show=schedule`, `payments` or `entries` shows that list whole."""
    return show_loan(request, access_loan(request.user, public_id))


def show_loan(
    request: HtmxRequest, loan: Loan, *, status: int = 200, condition_form: ConditionForm | None = None, **extra: Any
) -> HttpResponse:
    """The page again, with what was refused and what was typed in `extra`."""
    asked = request.GET.get("show", "")
    context = loan_context(request.user, loan, get_business_date(), whole=asked if asked in WHOLE else "", condition_form=condition_form)
    forms = {"reject_form": ReasonForm(prefix="reject"), "signature_form": SignatureForm(prefix="signature")}
    return render(request, "loans/loan_detail.html", {**context, "facts": facts_of(loan), **forms, **extra}, status=status)
