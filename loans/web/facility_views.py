"""Revolving facilities on pages: the limit and what is drawn of it, a new drawing, another limit under four eyes."""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from core import audit, four_eyes
from core.business_date import get_business_date
from core.errors import DomainError
from core.models import AuditEntry
from core.roles import Role
from core.web.access import role_required, step_up_required
from core.web.components import Kpi
from core.web.formats import day, money
from core.web.history import done, events_of
from core.web.http import HtmxRequest
from loans.models import Facility
from loans.selectors.facilities import access_facility, drawings_of
from loans.selectors.loans import access_loan
from loans.services import facilities
from loans.services.changes import CONFIRMERS, PROPOSERS, people_of_application
from loans.services.facility_standing import STANDING, SUSPENDERS
from loans.web.loan_words import FACILITY_STATES, LOAN_STATES, arrears_mark
from loans.web.queue_views import LENDING
from loans.web.servicing_forms import DRAWING_FIELDS, LIMIT_FIELDS, DrawingForm, LimitForm, ReasonForm, add_refusal

_ACTIONS = {
    "facility.drawn": "Drawn",
    "facility.limit_changed": "Limit changed",
    "facility_limit.proposed": "Limit proposed",
    "facility_standing.proposed": "Change proposed",
}


@role_required(*LENDING)
def facility_detail(request: HtmxRequest, facility_id: UUID) -> HttpResponse:
    """The limit, what is drawn of it in which loans, and what happened to it."""
    facility = access_facility(request.user, facility_id)
    proposal = four_eyes.open_proposal(kind=facilities.LIMIT, target=facility)
    context: dict[str, Any] = {
        "drawings": [(loan, LOAN_STATES[loan.state], arrears_mark(loan)) for loan in drawings_of(facility)],
        "events": events_of(
            audit.entries_about(facility)[:30], lambda entry: _ACTIONS.get(entry.action) or done(entry), partial(_told, facility)
        ),
        "proposal": proposal,
        "standing": four_eyes.open_proposal(kind=STANDING, target=facility),
        "state": FACILITY_STATES[facility.state],
        "may_draw": request.user.has_role(Role.OFFICER) and facility.state in facilities.DRAWABLE,
        "may_suspend": request.user.has_role(*SUSPENDERS),
        "may_propose": request.user.has_role(*PROPOSERS),
    }
    return render_facility(request, "loans/facility_detail.html", facility, **context)


@role_required(Role.OFFICER)
def drawing_new(request: HtmxRequest, facility_id: UUID) -> HttpResponse:
    """A new drawing: a loan under the limit, whose payout is asked for on its own page."""
    facility = access_facility(request.user, facility_id)
    if request.method != "POST":
        return render_facility(request, "loans/drawing_form.html", facility, form=DrawingForm())
    form = DrawingForm(request.POST)
    if not form.is_valid():
        return render_facility(request, "loans/drawing_form.html", facility, form=form, status=422)
    try:
        loan = facilities.draw(facility=facility, actor=request.user, business_date=get_business_date(), **form.cleaned_data)
    except DomainError as refusal:
        add_refusal(form, refusal, DRAWING_FIELDS)
        return render_facility(
            request, "loans/drawing_form.html", access_facility(request.user, facility_id), form=form, status=refusal.status
        )
    messages.success(request, f"Drawing {loan.reference} is made. Ask for its payout next.")
    return redirect("loans:loan_detail", loan.public_id)


@require_POST
@role_required(Role.OFFICER)
def drawing_take_back(request: HtmxRequest, public_id: UUID) -> HttpResponse:
    """Take back a drawing whose money was never asked for."""
    loan = access_loan(request.user, public_id)
    try:
        facilities.take_back_drawing(loan=loan, actor=request.user, business_date=get_business_date())
    except DomainError as refusal:
        messages.error(request, refusal.detail)
        return redirect("loans:loan_detail", public_id)
    messages.success(request, f"Drawing {loan.reference} is taken back; its part of the limit is available again.")
    return redirect("loans:facility_detail", loan.facility_id)


@role_required(*LENDING)
def limit(request: HtmxRequest, facility_id: UUID) -> HttpResponse:
    """What limit is proposed and waits for a second person, or the form that proposes one."""
    facility = access_facility(request.user, facility_id)
    if request.method == "POST":
        return _propose(request, facility)  # type: ignore[return-value]
    return _limit_page(request, facility)


@role_required(*PROPOSERS)
@step_up_required
def _propose(request: HtmxRequest, facility: Facility) -> HttpResponse:
    form = LimitForm(request.POST)
    if not form.is_valid():
        return _limit_page(request, facility, form=form, status=422)
    try:
        proposal = facilities.propose_limit(facility=facility, actor=request.user, business_date=get_business_date(), **form.cleaned_data)
    except DomainError as refusal:
        add_refusal(form, refusal, LIMIT_FIELDS)
        return _limit_page(request, facility, form=form, status=refusal.status)
    messages.success(request, f"{proposal.title} is proposed. An approver or risk manager decides it.")
    return redirect("loans:facility_limit", facility.pk)


@require_POST
@role_required(*CONFIRMERS, *PROPOSERS)
@step_up_required
def limit_decide(request: HtmxRequest, proposal_id: UUID) -> HttpResponse:
    """Confirm the proposed limit, or refuse it; who proposed it takes it back."""
    proposal = facilities.access_limit_proposal(proposal_id)
    facility = access_facility(request.user, proposal.target_id)
    try:
        if request.POST.get("decision") == "confirm":
            facilities.confirm_limit(facility=facility, actor=request.user, business_date=get_business_date(), seen=proposal_id)
            messages.success(request, f"{proposal.title} is confirmed.")
            return redirect("loans:facility_detail", facility.pk)
        form = ReasonForm(request.POST)
        if not form.is_valid():
            return _limit_page(request, facility, reject_form=form, status=422)
        facilities.reject_limit(facility=facility, reason=form.cleaned_data["reason"], actor=request.user, seen=proposal_id)
    except DomainError as refusal:
        return _limit_page(request, facility, refusal=refusal, status=refusal.status)
    messages.success(request, f"{proposal.title} does not take place.")
    return redirect("loans:facility_detail", facility.pk)


def _limit_page(request: HtmxRequest, facility: Facility, *, form: LimitForm | None = None, **extra: Any) -> HttpResponse:
    proposal = four_eyes.open_proposal(kind=facilities.LIMIT, target=facility)
    user = request.user
    own = proposal is not None and proposal.proposed_by_id == user.pk
    entitled = proposal is not None and not own and user.has_role(*CONFIRMERS)
    barred = entitled and user.pk in people_of_application(facility.application)
    obstacle = None
    if proposal is not None and entitled:
        asked = Decimal(proposal.content["limit"])
        obstacle = facilities.obstacle_to_rise(facility, asked, business_date=get_business_date())
    context = {
        "form": form or (LimitForm() if proposal is None and user.has_role(*PROPOSERS) else None),
        "proposal": proposal if form is None else None,
        "own": own,
        "barred": barred,
        "may_confirm": entitled and not barred and obstacle is None,
        "may_reject": own or entitled,
        "reject_form": ReasonForm(),
        "refusal": obstacle,
    }
    return render_facility(request, "loans/facility_limit.html", facility, **{**context, **extra})


def render_facility(request: HtmxRequest, template: str, facility: Facility, *, status: int = 200, **context: Any) -> HttpResponse:
    """A page of a revolving limit, with its figures at the top."""
    today = get_business_date()
    kpis = [
        Kpi("Limit", money(facility.limit_amount), unit=facility.currency),
        Kpi("Drawn", money(facility.drawn), unit=facility.currency, limit="Outstanding or on its way out"),
        _available(facility),
        Kpi("Ends", day(facility.end_date), status="bad" if facility.end_date and facility.end_date <= today else ""),
    ]
    return render(
        request, template, {"facility": facility, "kpis": kpis if facility.revolving else _stages(facility), **context}, status=status
    )


def _stages(facility: Facility) -> list[Kpi]:
    """Of a loan that is paid out in stages: what was granted, and what of it has not left."""
    left = sum(facility.loans.values_list("undrawn", flat=True), Decimal(0))
    return [
        Kpi("Granted", money(facility.limit_amount), unit=facility.currency),
        Kpi("Not paid out", money(left), unit=facility.currency, status="" if facility.state in facilities.DRAWABLE else "warn"),
        Kpi("Stands", facility.get_state_display()),
    ]


def _available(facility: Facility) -> Kpi:
    """What may be drawn now: nothing while the limit is suspended or after its end."""
    drawable = facility.state in facilities.DRAWABLE
    left = facility.available if drawable else Decimal(0)
    said = "" if drawable else f"{facility.get_state_display()}: {money(facility.available)} stay undrawn"
    return Kpi("Available", money(left), unit=facility.currency, status="" if left else "warn", limit=said)


def _told(facility: Facility, entry: AuditEntry) -> str:
    """What an entry is about: which drawing, how much, why."""
    details = entry.details
    if "after" in details and entry.action == "facility.limit_changed":
        text = f"{money(details['before'])} to {money(details['after'], facility.currency)}"
    else:
        text = ", ".join(
            part for part in (entry.target_label, money(details["amount"], facility.currency) if "amount" in details else "") if part
        )
    return ", ".join(part for part in (text, str(details.get("reason") or "")) if part)
