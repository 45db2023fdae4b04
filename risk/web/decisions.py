"""The decision rail: what the system recommends and why, deciding, the second person, taking back."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST
from django_htmx.http import trigger_client_event

from core.business_date import get_business_date
from core.errors import Conflict, DomainError
from core.roles import Role
from core.web.access import role_required, step_up_required
from core.web.http import HtmxRequest, add_faults, is_htmx, read_key, render_page
from core.web.second_person import seen_in
from loans.models import Application
from risk.domain.customer_words import told_of, written_rate
from risk.domain.overrides import title_of
from risk.models import CommitteeVote, Decision, Recommendation
from risk.selectors.files import access_application
from risk.selectors.letters import letter_for
from risk.selectors.rail import Rail, rail_of
from risk.selectors.recommendations import how_it_ended
from risk.selectors.terms import DECIDERS, repayment_of
from risk.selectors.work import next_to_decide
from risk.services.amended_decisions import carry_amended_decision
from risk.services.committee import vote_on_decision
from risk.services.decisions import confirm_decision, decide, reject_decision
from risk.services.freshness import offer_cut_short
from risk.services.investigations import send_referred_back
from risk.services.other_terms import told_on_terms
from risk.services.rules_of_decision import OUTCOMES
from risk.services.seen_assessment import AssessedAnew
from risk.web.amended import amended_words
from risk.web.forms import DecisionForm, ReasonForm, VoteForm
from risk.web.panels import FILE_READERS
from risk.web.second_looks import SecondLookLine, second_look_line
from risk.web.votes_words import earlier_words
from risk.web.wording import DECIDED, headline, policy_groups, terms_read_back, terms_words, unpassed_lines
from risk.web.wording import OUTCOMES as RECOMMENDED

ACTS_NEXT = {
    "APPROVED": "The loan officer, who brings the offer to the applicant",
    "APPROVED_WITH_CONDITIONS": "The loan officer, who brings the offer to the applicant",
    "COUNTER_OFFERED": "The loan officer, who brings the counter-offer to the applicant",
    "REFERRED": "A risk manager, who takes the file up",
    "RETURNED": "The loan officer, who completes the application with the applicant",
    "DECLINED": "Nobody; the applicant is told the reasons",
}

ANSWERED = {
    "ACCEPTED": "The loan officer, who makes the contract",
    "CONTRACTED": "The loan officer, who asks for the payout",
    "OFFER_REFUSED": "Nobody; the applicant refused the offer",
    "OFFER_EXPIRED": "Nobody; the offer ran out",
    "WITHDRAWN": "Nobody; the applicant withdrew",
    "WITHDRAWN_IN_COOLING_OFF": "Nobody; the applicant withdrew",
}
"""Who acts once the applicant answered an offer, by the state of the file."""

DONE = {
    Decision: "The decision is taken.",
    Recommendation: "The decision is put up and waits for others.",
    CommitteeVote: "Your vote is taken.",
}


@role_required(*FILE_READERS)
def decision_panel(request: HtmxRequest, pk: UUID) -> HttpResponseBase:
    """What the system recommends and why, and the form to decide; POST decides or puts the decision up."""
    application = access_application(request.user, pk)
    return _decide(request, application) if request.method == "POST" else show_decision(request, application)


@role_required(*DECIDERS)
@step_up_required
def _decide(request: HtmxRequest, application: Application) -> HttpResponse:
    form = _form(application, _rail(request, application), request.POST)
    if not form.is_valid():
        return show_decision(request, application, status=422, form=form)
    try:
        made = decide(application=application, actor=request.user, business_date=get_business_date(), seen=_shown(request), **form.terms())
    except AssessedAnew as refusal:
        present = access_application(request.user, application.pk)
        typed = _form(present, _rail(request, present), request.POST)
        answer = show_decision(request, present, status=409, conflict=refusal, form=typed)
        # What stands beside it is of the old assessment: the key figures, the facts and the score.
        return trigger_client_event(trigger_client_event(answer, "file-moved"), "file-assessed") if is_htmx(request) else answer
    except Conflict as refusal:
        present = access_application(request.user, application.pk)
        return show_decision(request, present, status=409, conflict=refusal, kept=form.cleaned_data["rationale"])
    except DomainError as refusal:
        add_faults(form, refusal)
        return show_decision(request, application, status=refusal.status, form=form)
    return _done(request, application, made)


def _shown(request: HtmxRequest) -> UUID:
    """The assessment that the form was shown with; a form that names none was shown nothing."""
    return read_key(request.POST.get("evaluation", "")) or UUID(int=0)


@require_POST
@role_required(*DECIDERS)
@step_up_required
def decision_confirm(request: HtmxRequest, pk: UUID) -> HttpResponse:
    """Be the second person."""
    application = access_application(request.user, pk)
    try:
        made = confirm_decision(application=application, actor=request.user, business_date=get_business_date(), seen=seen_in(request))
    except Conflict as refusal:
        return show_decision(request, access_application(request.user, pk), status=409, conflict=refusal)
    except DomainError as refusal:
        return show_decision(request, access_application(request.user, pk), status=refusal.status, refusal=refusal)
    return _done(request, application, made)


@require_POST
@role_required(*DECIDERS)
@step_up_required
def decision_reject(request: HtmxRequest, pk: UUID) -> HttpResponse:
    """Refuse what was put up, or take one's own back."""
    application = access_application(request.user, pk)
    form = ReasonForm(request.POST, prefix="refuse")
    form.fields["reason"].required = False  # the service asks it of everybody but the proposer
    if not form.is_valid():
        return show_decision(request, application, status=422, refuse_form=form)
    try:
        reject_decision(
            application=application,
            reason=form.cleaned_data["reason"],
            actor=request.user,
            business_date=get_business_date(),
            seen=seen_in(request),
        )
    except DomainError as refusal:
        add_faults(form, refusal)
        return show_decision(request, application, status=refusal.status, refuse_form=form)
    messages.success(request, "What was put up is ended. The application stays in review.")
    return show_decision(request, application) if is_htmx(request) else redirect("risk:decision_panel", application.pk)


@require_POST
@role_required(Role.RISK_MANAGER)
@step_up_required
def decision_send_back(request: HtmxRequest, pk: UUID) -> HttpResponse:
    """Send a referred file back to its investigator."""
    application = access_application(request.user, pk)
    form = ReasonForm(request.POST, prefix="back")
    if not form.is_valid():
        return show_decision(request, application, status=422, back_form=form)
    try:
        send_referred_back(
            application=application, reason=form.cleaned_data["reason"], actor=request.user, business_date=get_business_date()
        )
    except Conflict as refusal:
        return show_decision(request, access_application(request.user, pk), status=409, conflict=refusal)
    except DomainError as refusal:
        add_faults(form, refusal)
        return show_decision(request, access_application(request.user, pk), status=refusal.status, back_form=form)
    messages.success(request, "The file is with its investigator again.")
    return (
        show_decision(request, access_application(request.user, pk))
        if is_htmx(request)
        else redirect("risk:decision_panel", application.pk)
    )


@require_POST
@role_required(*DECIDERS)
@step_up_required
def decision_vote(request: HtmxRequest, pk: UUID) -> HttpResponse:
    """Vote as a member of the committee."""
    application = access_application(request.user, pk)
    form = VoteForm(request.POST, prefix="vote")
    if not form.is_valid():
        return show_decision(request, application, status=422, vote_form=form)
    try:
        made = vote_on_decision(
            application=application, actor=request.user, business_date=get_business_date(), seen=seen_in(request), **form.vote_given()
        )
    except Conflict as refusal:
        return show_decision(request, access_application(request.user, pk), status=409, conflict=refusal)
    except DomainError as refusal:
        add_faults(form, refusal)
        return show_decision(request, access_application(request.user, pk), status=refusal.status, vote_form=form)
    return _done(request, application, made)


@require_POST
@role_required(*DECIDERS)
@step_up_required
def decision_carry(request: HtmxRequest, pk: UUID) -> HttpResponse:
    """Say that a decision stands though a record was amended since."""
    application = access_application(request.user, pk)
    form = ReasonForm(request.POST, prefix="carry")
    if not form.is_valid():
        return show_decision(request, application, status=422, carry_form=form)
    given = {"seen": _shown(request), "reason": form.cleaned_data["reason"]}
    try:
        carry_amended_decision(application=application, actor=request.user, business_date=get_business_date(), **given)
    except DomainError as refusal:
        add_faults(form, refusal)
        return show_decision(request, access_application(request.user, pk), status=refusal.status, carry_form=form)
    if not is_htmx(request):
        messages.success(request, "Your word is taken.")
        return redirect("risk:decision_panel", application.pk)
    return trigger_client_event(show_decision(request, access_application(request.user, pk), carried=True), "file-moved")


def _rail(request: HtmxRequest, application: Application) -> Rail:
    return rail_of(request.user, application, business_date=get_business_date())


def _form(application: Application, rail: Rail, data: Any = None) -> DecisionForm:
    # The rate stays empty: it is the price of the grade on whatever terms are typed.
    initial = {"amount": application.amount, "term_months": application.term_months}
    reasons = rail.reasons.offered() if rail.reasons else []
    offered: dict[str, Any] = {"reasons": reasons, "held": bool(rail.held_by), "currency": application.currency, "initial": initial}
    return DecisionForm(data, **offered, auto_id="decision-%s")


def _acts_next(outcome: str, state: str, second_look: SecondLookLine | None) -> str:
    """Who acts next in words: by what was decided, and once the applicant answered it by where the file is."""
    return (second_look.acts_next if second_look else "") or ANSWERED.get(state) or ACTS_NEXT.get(outcome, "")


def _read_back(application: Application, rail: Rail) -> str:
    """What would be granted, in words: what waits for others, else what was asked for at its price."""
    repaid = repayment_of(application)
    if rail.waiting:
        content = rail.waiting.content
        if not content["amount"]:
            return ""
        rate = Decimal(content["annual_rate"])
        return terms_read_back(Decimal(content["amount"]), content["term_months"], rate, application.currency, repaid)
    if not rail.is_open or not application.amount or not application.term_months or rail.price is None:
        return ""
    return terms_read_back(application.amount, application.term_months, rail.price, application.currency, repaid)


def _done(request: HtmxRequest, application: Application, made: Decision | Recommendation | CommitteeVote) -> HttpResponse:
    if not is_htmx(request):
        words = DONE[type(made)]
        messages.success(request, words)
        return redirect("risk:decision_panel", application.pk)
    answer = show_decision(request, access_application(request.user, application.pk), fresh=True)
    return trigger_client_event(answer, "file-moved")


def show_decision(request: HtmxRequest, application: Application, *, status: int = 200, **context: Any) -> HttpResponse:
    """The rail as a page or a panel, with what was typed or refused in `context`."""
    today = get_business_date()
    rail = rail_of(request.user, application, business_date=today)
    evaluation = rail.evaluation
    lines = [line for group in policy_groups(evaluation.rows, application.currency) for line in group.lines] if evaluation else []
    refuse_form, vote_form, back_form, carry_form = (context.pop(f"{name}_form", None) for name in ("refuse", "vote", "back", "carry"))
    context = {"refusal": None, "authority": rail.authority} | context
    put_up = rail.waiting.content if rail.waiting else None
    cut_short = offer_cut_short(application, evaluation, today) if evaluation and rail.is_open else None
    made = rail.decision if put_up is None and not rail.may_decide else None
    typed = context.pop("form", None)
    form = typed or (_form(application, rail) if rail.may_decide else None)
    second_look = second_look_line(request.user, application, rail.decision)
    if typed is not None and not rail.may_decide:
        # Somebody was first, or this person may decide no more: no form is drawn that would hold what was written.
        context.setdefault("kept", typed.data.get("rationale", ""))
    return render_page(
        request,
        "risk/application_decision.html",
        "risk/_decision.html",
        status=status,
        application=application,
        rail=rail,
        decision_form=form,
        form=refuse_form or vote_form or back_form or carry_form or form,
        recommended=RECOMMENDED.get(evaluation.outcome) if evaluation else None,
        headline=headline(lines),
        why=unpassed_lines(lines),
        read_back=_read_back(application, rail),
        vote_form=vote_form or VoteForm(prefix="vote"),
        refuse_form=refuse_form or ReasonForm(prefix="refuse"),
        back_form=back_form or ReasonForm(prefix="back"),
        amended=amended_words(request.user, application, rail.decision, business_date=today),
        carry_form=carry_form or ReasonForm(prefix="carry"),
        outcome=DECIDED.get(rail.decision.outcome, "") if rail.decision else "",
        letter=letter_for(rail.decision),
        reasons=told_of(rail.decision.outcome, rail.decision.reasons) if rail.decision else None,
        override=title_of(rail.decision.override_code) if rail.decision else "",
        price_reason=title_of(rail.decision.price_code if put_up is None and rail.decision else (put_up or {}).get("price_code", "")),
        proposed=OUTCOMES.get(put_up["outcome"], "") if put_up else "",
        on_terms=terms_words(put_up.get("on_terms") if put_up else told_on_terms(made.evidence) if made else None, application.currency),
        left=title_of(put_up["override_code"]) if put_up else "",
        earlier=earlier_words(rail.earlier, application.currency),
        with_votes=any(one["votes"] for one in rail.earlier),
        came_back=OUTCOMES.get(rail.returned.content["outcome"], "") if rail.returned else "",
        ended=how_it_ended(rail.returned) if rail.returned else "",
        cut_short=cut_short,
        rate_hint=f"Left empty: the price of the grade, {written_rate(rail.price)} on what was asked for" if rail.price is not None else "",
        not_fresh=cut_short is not None and cut_short.day < today,
        second_look=second_look,
        acts_next=_acts_next(rail.decision.outcome, application.state, second_look) if rail.decision else "",
        amount_label=f"Amount, {application.currency}",
        here=reverse("loans:application_detail", args=[application.pk]),
        following=None if rail.may_decide else next_to_decide(request.user, application),
        **context,
    )
