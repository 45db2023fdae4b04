"""Authority before money leaves: what the group owes or is promised by now, what those who approved carry, and signing for more."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect

from core.business_date import get_business_date
from core.errors import DomainError
from core.web.access import role_required, step_up_required
from core.web.http import HtmxRequest, add_faults, is_htmx, render_page
from loans.models import Loan
from loans.selectors.loans import DRAWABLE, access_loan
from risk.domain.authority import TWO_APPROVERS
from risk.selectors.terms import DECIDERS
from risk.services.authority_standing import Standing, standing_of
from risk.services.payout_authority import carry_payout_exposure, why_barred
from risk.web.forms import ReasonForm
from risk.web.panels import FILE_READERS


@role_required(*FILE_READERS)
def loan_authority(request: HtmxRequest, public_id: UUID) -> HttpResponseBase:
    """The exposure against the authority, while money of the loan may still leave; POST signs for more."""
    loan = access_loan(request.user, public_id)
    return _carry(request, loan) if request.method == "POST" else _show(request, loan, ReasonForm())


@role_required(*DECIDERS)
@step_up_required
def _carry(request: HtmxRequest, loan: Loan) -> HttpResponse:
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _show(request, loan, form, status=422)
    today = get_business_date()
    try:
        carry_payout_exposure(loan=loan, reason=form.cleaned_data["reason"], actor=request.user, business_date=today)
    except DomainError as refusal:
        add_faults(form, refusal)
        return _show(request, loan, form, status=refusal.status)
    return _show(request, loan, ReasonForm(), signed=True) if is_htmx(request) else redirect("risk:loan_authority", loan.public_id)


def _show(request: HtmxRequest, loan: Loan, form: ReasonForm, *, status: int = 200, **context: Any) -> HttpResponse:
    ahead = loan.state in DRAWABLE and loan.undrawn > 0
    standing = standing_of(loan, business_date=get_business_date()) if ahead else None
    beyond = standing is not None and standing.beyond
    barred = why_barred(request.user, loan.application, standing) if standing is not None and beyond else None
    return render_page(
        request,
        "risk/loan_authority.html",
        "risk/_loan_authority.html",
        status=status,
        loan=loan,
        ahead=ahead,
        standing=standing,
        todo=todo_of(standing) if standing is not None and beyond else "",
        barred=barred.detail if barred else "",
        form=form,
        **context,
    )


def todo_of(standing: Standing) -> str:
    """Who has to sign, in words."""
    if standing.by_committee:
        manager = ", a risk manager among them" if standing.rules.needs_manager else ""
        missing = max(0, standing.rules.quorum - len(standing.signatures))
        others = " who did not decide it" if standing.turned.happened else ""
        return f"It takes the credit committee: {standing.rules.quorum} members{others} sign{manager}. {missing or 'None'} of them missing."
    if standing.turned.happened:
        # Who decided answers for nothing any more, so that nobody stands beside whoever signs.
        missing = max(0, 2 - len(standing.signatures))
        if standing.needed.level >= TWO_APPROVERS:
            return f"It takes two approvers or risk managers who did not decide it. {missing or 'None'} of them missing."
        return f"It takes somebody who did not decide it and whose authority reaches it ({standing.needed.title.lower()}), or two who sign together."
    if standing.needed.level >= TWO_APPROVERS:
        return "It takes two people: an approver or risk manager other than who approved signs."
    return f"It takes somebody whose authority reaches it ({standing.needed.title.lower()}), or a second person beside who approved."
