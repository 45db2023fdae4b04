"""Margin calls: the worklist, one call with what would meet it, and the coverage a contract asks for."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from collateral.domain.margin import Standing, shortfall, to_prepay
from collateral.models import MarginCall
from collateral.selectors.assets import is_blind_to_file
from collateral.selectors.covers import cover_of, cover_on, holdings_of
from collateral.selectors.lapsed import counted_until, standings_of
from collateral.selectors.margin_calls import VIEWS, access_margin_call, calls_of, count_calls, covenant_of, list_margin_calls
from collateral.selectors.sale_rests import list_unpaid_rests
from collateral.services.covenants import CONFIRMERS, KIND, PROPOSERS, decide_covenant, given_up, propose_covenant
from collateral.services.given_up_cover import needed_for
from collateral.services.margin_letter import WRITERS, write_margin_letter
from collateral.services.sale_rests import KIND as REST_PAYOUT
from collateral.web.cover_views import COVER_READERS, picture
from core import audit, four_eyes
from core.business_date import get_business_date
from core.errors import DomainError, NotFound
from core.roles import Role
from core.web.access import role_required, step_up_required
from core.web.components import Kpi, Tab
from core.web.export import export_rows, wanted
from core.web.fields import PercentField
from core.web.formats import day, money, percent
from core.web.history import events_of, said
from core.web.http import HtmxRequest
from core.web.paging import paginate
from core.web.second_person import SecondPersonForm, carried_out, decided
from loans.models import Loan
from loans.selectors.loans import access_loan

CALL_STATES = {
    "OPEN": ("warn", "Open"),
    "ESCALATED": ("bad", "Not answered in time"),
    "MET": ("good", "Met"),
    "WAIVED": ("neutral", "Waived"),
}


class CovenantForm(forms.Form):
    """Another least coverage, and why."""

    min_coverage = PercentField(label="Least coverage, per cent of what is owed")
    reason = forms.CharField(label="Reason", max_length=500, widget=forms.Textarea(attrs={"rows": 2}))


@role_required(*COVER_READERS)
def margin_call_list(request: HtmxRequest) -> HttpResponse:
    """Margin calls, what is due first."""
    view = request.GET.get("view", "waiting")
    view = view if view in dict(VIEWS) else "waiting"
    rows = list_margin_calls(request.user, view=view)
    if wanted(request):
        columns = [
            ("Call", lambda c: c.reference),
            ("Borrower", lambda c: c.loan.borrower.name),
            ("Called", lambda c: c.called),
            ("Currency", lambda c: c.loan.currency),
            ("Made", lambda c: c.raised_date),
            ("Due", lambda c: c.due_date),
            ("State", lambda c: c.get_state_display()),
            ("Answer", lambda c: c.get_answer_display()),
        ]
        return export_rows(request, columns, rows, "margin-calls")
    counts = count_calls(request.user)
    page = paginate(request, rows)
    context = {
        "page": page,
        "rows": [(call, CALL_STATES[call.state]) for call in page],
        "view": view,
        "views": [Tab(label, f"?view={name}", counts[name], current=name == view) for name, label in VIEWS],
        "today": get_business_date(),
        "rests": list_unpaid_rests(request.user, kind=REST_PAYOUT),
    }
    return render(request, "collateral/margin_call_list.html", context)


@role_required(*COVER_READERS)
def margin_call(request: HtmxRequest, margin_call_id: UUID) -> HttpResponse:
    """One call: what the cover lacks now, and the ways to put it right."""
    call = access_margin_call(request.user, margin_call_id)
    loan, user = call.loan, request.user
    today = get_business_date()
    cover = cover_on(loan, business_date=today)
    agreed = covenant_of(loan)
    least = agreed.min_coverage if agreed else call.min_coverage
    nothing = Standing(Decimal(0), Decimal(0), 0)
    now = standings_of([cover], business_date=today)[loan.pk] if cover else nothing
    waiting = call.state in MarginCall.WAITING
    lacking = shortfall(now, least) if waiting else Decimal(0)
    holdings = holdings_of(loan, business_date=today) if waiting else []
    context = {
        "call": call,
        "loan": loan,
        "state": CALL_STATES[call.state],
        "waiting": waiting,
        "lacking": lacking,
        "early": to_prepay(now, least),
        "holdings": holdings,
        "chart": picture(loan, cover, holdings) if cover and holdings else None,
        "kpis": [
            Kpi("Called", money(call.called), unit=loan.currency, limit=f"on {day(call.raised_date)}"),
            Kpi("Lacking now", money(lacking), unit=loan.currency, status="bad" if lacking else ""),
            Kpi("Due", day(call.due_date), status="bad" if waiting and call.due_date < today else ""),
            Kpi(
                "Coverage",
                percent(now.available / now.exposure) if now.exposure else "nothing owed",
                limit=f"{percent(least)} asked for",
            ),
        ],
        "lapsed": counted_until(loan, [one.pledge.asset for one in holdings], business_date=today) if cover and cover.unvalued else [],
        "may_write": waiting and user.has_role(*WRITERS),
        "may_pay": user.has_role(Role.OFFICER, Role.COLLECTIONS),
        "may_register": user.has_role(Role.OFFICER, Role.INVESTIGATOR),
        "may_propose": user.has_role(*PROPOSERS),
        "events": events_of(audit.entries_about(call), said),
    }
    return render(request, "collateral/margin_call.html", context)


@require_POST
@role_required(*WRITERS)
def margin_call_letter(request: HtmxRequest, margin_call_id: UUID) -> HttpResponse:
    """Write to the borrower: that it was written is kept, so it is sent and not asked for."""
    call = access_margin_call(request.user, margin_call_id)
    try:
        pdf = write_margin_letter(call=call, actor=request.user, business_date=get_business_date())
    except DomainError as refusal:
        messages.error(request, refusal.detail)
        return redirect("collateral:margin_call", call.pk)
    name = f"margin-call-{call.reference.replace('/', '-')}.pdf"
    return HttpResponse(pdf, content_type="application/pdf", headers={"Content-Disposition": f'attachment; filename="{name}"'})


@role_required(*COVER_READERS)
def covenant(request: HtmxRequest, public_id: UUID) -> HttpResponse:
    """The coverage that a loan's contract asks for; another one is proposed here and decided by a second person."""
    loan = _loan(request, public_id)
    if request.method != "POST":
        return _covenant(request, loan, CovenantForm(), SecondPersonForm(reason_needed=False))
    form = CovenantForm(request.POST)

    def propose() -> None:
        propose_covenant(
            loan=loan,
            min_coverage=form.cleaned_data["min_coverage"],
            reason=form.cleaned_data["reason"],
            actor=request.user,
            business_date=get_business_date(),
            path=reverse("collateral:covenant", args=[loan.public_id]),
        )

    if carried_out(request, form, propose, "The covenant is proposed. An approver or risk manager decides it."):
        return redirect("collateral:covenant", loan.public_id)
    return _covenant(request, loan, form, SecondPersonForm(reason_needed=False), status=422)


@require_POST
@role_required(*CONFIRMERS, *PROPOSERS)
@step_up_required
def covenant_decide(request: HtmxRequest, public_id: UUID) -> HttpResponse:
    """The second person about a proposed covenant."""
    loan = _loan(request, public_id)
    form = SecondPersonForm(request.POST, reason_needed=False)

    if decided(request, form, decide_covenant, loan=loan):
        return redirect("collateral:covenant", loan.public_id)
    return _covenant(request, loan, CovenantForm(), form, status=422)


def _loan(request: HtmxRequest, public_id: UUID) -> Loan:
    """A loan whose cover the person may know of: what they have to value alone is not told to them by another page."""
    loan = access_loan(request.user, public_id)
    if is_blind_to_file(request.user, loan.application):
        raise NotFound
    return loan


def _covenant(request: HtmxRequest, loan: Loan, form: CovenantForm, decision: SecondPersonForm, *, status: int = 200) -> HttpResponse:
    proposal = four_eyes.open_proposal(kind=KIND, target=loan)
    user = request.user
    given = given_up(proposal, loan, get_business_date()) if proposal else None
    context = {
        "loan": loan,
        "needed": needed_for(given) if given else [],
        "agreed": covenant_of(loan),
        "cover": cover_of(loan),
        "calls": [(call, CALL_STATES[call.state]) for call in calls_of(loan)],
        "proposal": proposal,
        "decided": four_eyes.decided_proposals(kind=KIND, target=loan),
        "proposed": Decimal(proposal.content["min_coverage"]) if proposal else None,
        "may_propose": proposal is None and user.has_role(*PROPOSERS),
        "may_decide": proposal is not None and proposal.proposed_by_id != user.pk and user.has_role(*CONFIRMERS),
        "form": form,
        "decision": decision,
    }
    return render(request, "collateral/covenant.html", context, status=status)
