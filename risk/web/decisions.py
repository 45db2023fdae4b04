"""The decision rail and the page of a decision with its replay."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from core.business_date import get_business_date
from core.errors import Conflict, DomainError
from core.web.access import role_required, step_up_required
from core.web.http import HtmxRequest, add_faults, is_htmx, render_page
from loans.models import Application
from risk.models import Decision, Recommendation
from risk.selectors.files import access_application, access_decision
from risk.selectors.rail import rail_of
from risk.selectors.terms import DECIDERS
from risk.services.decisions import confirm_decision, decide, reject_decision
from risk.services.replay import Replay, replay_decision
from risk.services.rules_of_decision import OUTCOMES, OVERRIDES
from risk.web.forms import DecisionForm, ReasonForm
from risk.web.panels import FILE_READERS
from risk.web.wording import OUTCOMES as RECOMMENDED
from risk.web.wording import headline, policy_groups, unpassed_lines


@role_required(*FILE_READERS)
@step_up_required
def decision_panel(request: HtmxRequest, pk: UUID) -> HttpResponse:
    """What the system recommends and why, and the form to decide; POST decides or puts the decision up."""
    application = access_application(request.user, pk)
    if request.method != "POST":
        return _show(request, application)
    form = _form(request, application, request.POST)
    if not form.is_valid():
        return _show(request, application, status=422, form=form)
    try:
        made = decide(application=application, actor=request.user, business_date=get_business_date(), **form.terms())
    except Conflict as refusal:
        return _show(
            request, access_application(request.user, pk), status=409, form=form, refusal=refusal, kept=form.cleaned_data["rationale"]
        )
    except DomainError as refusal:
        add_faults(form, refusal)
        return _show(request, application, status=refusal.status, form=form)
    return _done(request, application, made)


@require_POST
@role_required(*DECIDERS)
@step_up_required
def decision_confirm(request: HtmxRequest, pk: UUID) -> HttpResponse:
    """Be the second person."""
    application = access_application(request.user, pk)
    try:
        made = confirm_decision(application=application, actor=request.user, business_date=get_business_date())
    except DomainError as refusal:
        return _show(request, access_application(request.user, pk), status=refusal.status, refusal=refusal)
    return _done(request, application, made)


@require_POST
@role_required(*DECIDERS)
@step_up_required
def decision_reject(request: HtmxRequest, pk: UUID) -> HttpResponse:
    """Refuse what was put up, or take one's own back."""
    application = access_application(request.user, pk)
    form = ReasonForm(request.POST, prefix="refuse")
    form.is_valid()
    try:
        reject_decision(
            application=application, reason=form.cleaned_data.get("reason", ""), actor=request.user, business_date=get_business_date()
        )
    except DomainError as refusal:
        return _show(request, application, status=refusal.status, refusal=refusal)
    messages.success(request, "The decision that was put up is refused. The application stays in review.")
    return _show(request, application) if is_htmx(request) else redirect("risk:decision_panel", application.pk)


def _form(request: HtmxRequest, application: Application, data: Any = None) -> DecisionForm:
    rail = rail_of(request.user, application, business_date=get_business_date())
    initial = {"amount": application.amount, "term_months": application.term_months, "annual_rate": rail.price}
    return DecisionForm(data, own_reasons=rail.reasons, initial=initial, auto_id="decision-%s")


def _done(request: HtmxRequest, application: Application, made: Decision | Recommendation) -> HttpResponse:
    if not is_htmx(request):
        words = "The decision is taken." if isinstance(made, Decision) else "The decision is put up and waits for a second person."
        messages.success(request, words)
        return redirect("risk:decision_panel", application.pk)
    return _show(request, access_application(request.user, application.pk), fresh=True)


def _show(request: HtmxRequest, application: Application, *, status: int = 200, **context: Any) -> HttpResponse:
    rail = rail_of(request.user, application, business_date=get_business_date())
    evaluation = rail.evaluation
    lines = [line for group in policy_groups(evaluation.rows, application.currency) for line in group.lines] if evaluation else []
    form = context.pop("form", None)
    if form is None and rail.may_decide:
        form = _form(request, application)
    return render_page(
        request,
        "risk/application_decision.html",
        "risk/_decision.html",
        status=status,
        application=application,
        rail=rail,
        form=form,
        recommended=RECOMMENDED.get(evaluation.outcome) if evaluation else None,
        headline=headline(lines),
        why=unpassed_lines(lines)[:4],
        outcomes=OUTCOMES,
        overrides=OVERRIDES,
        refuse_form=ReasonForm(prefix="refuse"),
        **context,
    )


@role_required(*FILE_READERS)
def decision_detail(request: HtmxRequest, pk: UUID) -> HttpResponse:
    """One decision: what, by whom, on which evidence."""
    return _detail(request, access_decision(request.user, pk))


@require_POST
@role_required(*FILE_READERS)
def decision_replay(request: HtmxRequest, pk: UUID) -> HttpResponse:
    """Work the decision out again from its stored evidence. Changes nothing."""
    decision = access_decision(request.user, pk)
    return _detail(request, decision, replay_decision(decision=decision))


def _detail(request: HtmxRequest, decision: Decision, replay: Replay | None = None) -> HttpResponse:
    evaluation = decision.evidence["evaluation"]
    return render_page(
        request,
        "risk/decision_detail.html",
        "risk/_replay.html",
        decision=decision,
        application=decision.application,
        outcome=OUTCOMES.get(decision.outcome, decision.outcome),
        override=OVERRIDES.get(decision.override_code, ""),
        recommended=RECOMMENDED.get(decision.system_recommendation),
        groups=policy_groups(evaluation["rows"], decision.application.currency),
        evaluation=evaluation,
        score=decision.evidence["score"],
        documents=decision.evidence["documents"],
        replay=replay,
    )
