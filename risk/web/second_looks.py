"""A second look at a decline: recording that the applicant asks for it, answering it, and the letter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from core.business_date import get_business_date
from core.errors import Conflict, DomainError
from core.models import User
from core.web.access import role_required, step_up_required
from core.web.fields import DayField, FilesField, FilesInput
from core.web.formats import day
from core.web.http import HtmxRequest, add_faults
from loans.models import Application
from loans.services.documents import UnableToStoreDocument
from risk.domain.states import DecisionOutcome
from risk.models import Decision, SecondLook
from risk.selectors.files import access_application
from risk.selectors.letters import WRITERS, asked_until, letter_for
from risk.selectors.second_looks import access_second_look, second_looks_of, standing_decline
from risk.selectors.terms import DECIDERS
from risk.services.letters import write_second_look_letter
from risk.services.second_looks import (
    MOST_PAPERS,
    RECORDERS,
    answer_second_look,
    ask_for_second_look,
    why_not_answered_by,
    why_not_withdrawn_by,
    withdraw_second_look,
)
from risk.web.forms import ReasonForm
from risk.web.panels import FILE_READERS
from risk.web.papers import pdf_of

State = SecondLook.State
STATES = {
    State.OPEN: ("info", "Waits"),
    State.UPHELD: ("neutral", "Decision upheld"),
    State.TAKEN_UP: ("good", "Taken up again"),
    State.WITHDRAWN: ("neutral", "Recorded by mistake"),
}
UPHOLD, DECIDE_ANEW, INVESTIGATE = "uphold", "decide", "investigate"
ANSWERS = {
    UPHOLD: "Uphold the decision",
    DECIDE_ANEW: "Take up again, to be decided anew",
    INVESTIGATE: "Take up again, and investigate first",
}
UPHELD = "The decision is upheld. Write the letter to the applicant."
TAKEN_UP = {
    "REVIEW": "The application is back in review. The letter to the applicant is with the request.",
    "INVESTIGATING": "The application is with its investigator again. The letter to the applicant is with the request.",
}
ANEW = {
    "REVIEW": "An approver or risk manager who did not decline it",
    "REFERRED": "A risk manager who did not decline it",
    "INVESTIGATING": "Its investigator, who finds out what is new",
    "INCOMPLETE": "The applicant, who was asked for something",
}
"""Who acts while a file that was taken up again is not decided anew, by its state."""
PAPERS = "PDF, PNG, JPEG, XLSX, CSV, TXT or XML"


class AskForm(forms.Form):
    """What the applicant asks for, in their words."""

    asked_date = DayField(label="Day the request arrived")
    words = forms.CharField(label="What the applicant says", max_length=8000, widget=forms.Textarea(attrs={"rows": 6}))
    papers = FilesField(label="Papers", required=False, widget=FilesInput(attrs={"multiple": True}))


class AnswerForm(forms.Form):
    """What comes of it."""

    outcome = forms.ChoiceField(label="What comes of it", choices=list(ANSWERS.items()), widget=forms.RadioSelect)
    rationale = forms.CharField(label="Rationale", max_length=8000, widget=forms.Textarea(attrs={"rows": 4}))
    told = forms.CharField(label="What the applicant is told", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 4}))

    def answer(self) -> dict[str, Any]:
        """What was filled in, as the service takes it."""
        given = self.cleaned_data
        outcome = given["outcome"]
        taken = {"taken_up": outcome != UPHOLD, "investigate": outcome == INVESTIGATE}
        return taken | {"rationale": given["rationale"], "told": given["told"]}


@dataclass(frozen=True)
class SecondLookLine:
    """What the decision of a file says of a second look at it: a mark and words, what the reader may do next, and who acts."""

    mark: tuple[str, str] | None
    words: str
    action: str
    acts_next: str


def until_words(decision: Decision) -> str:
    """Until when a second look at a decline may be asked for. One query."""
    until = asked_until(decision, letter_for(decision))
    if until is None:
        return "The applicant may ask for one; their days begin with the letter, which nobody has written yet"
    return f"The applicant may ask for one until {day(until)}"


def second_look_line(user: User, application: Application, decision: Decision | None) -> SecondLookLine | None:
    """What to say beside the decision; None where nothing was declined. At most one query, and none where nothing is decided."""
    if decision is None:
        return None
    asked = SecondLook.objects.filter(application=application).exclude(state=State.WITHDRAWN).select_related("answered_by").first()
    declined = application.state == decision.outcome == DecisionOutcome.DECLINED
    if declined and (asked is None or asked.decision_id != decision.pk):
        until = f"{until_words(decision)}."
        return SecondLookLine(None, until, "Record a request" if user.has_role(*RECORDERS) else "", "")
    if asked is None:
        return None
    acts = ""
    if asked.state == State.OPEN:
        words = f"Asked for on {day(asked.asked_date)}, to be answered by {day(asked.due_date)}."
        acts = "An approver or risk manager who had no part in the file"
    else:
        words = f"{asked.answered_by.full_name if asked.answered_by else 'Nobody'}, {day(asked.answered_date)}: {asked.rationale}"
        acts = ANEW.get(application.state, "") if asked.decision_id == decision.pk else ""
    opens = asked.state == State.OPEN and user.has_role(*DECIDERS)
    return SecondLookLine(STATES[State(asked.state)], words, "Take the second look" if opens else "Request and answer", acts)


@role_required(*FILE_READERS)
def second_look(request: HtmxRequest, pk: UUID) -> HttpResponseBase:
    """What the applicant asked for and what came of it; POST records a request."""
    application = access_application(request.user, pk)
    return _record(request, application) if request.method == "POST" else _show(request, application)


@role_required(*RECORDERS)
def _record(request: HtmxRequest, application: Application) -> HttpResponse:
    form = AskForm(request.POST, request.FILES)
    if not form.is_valid():
        return _show(request, application, status=422, ask=form)
    who: dict[str, Any] = {"actor": request.user, "business_date": get_business_date()}
    try:
        ask_for_second_look(application=application, **form.cleaned_data, **who)
    except DomainError as refusal:
        if isinstance(refusal, UnableToStoreDocument):
            form.add_error("papers", refusal.detail)
        else:
            add_faults(form, refusal)
        return _show(request, application, status=refusal.status, ask=form)
    messages.success(request, "The request is recorded and waits for somebody who had no part in the file.")
    return redirect("risk:second_look", application.pk)


@require_POST
@role_required(*DECIDERS)
@step_up_required
def second_look_answer(request: HtmxRequest, pk: UUID, second_look_id: UUID) -> HttpResponse:
    """Uphold the decision, or take the file up again."""
    asked = access_second_look(request.user, pk, second_look_id)
    form = AnswerForm(request.POST)
    if not form.is_valid():
        return _show(request, asked.application, status=422, answer=form)
    try:
        answer_second_look(second_look=asked, actor=request.user, business_date=get_business_date(), **form.answer())
    except Conflict as refusal:
        return _show(request, access_application(request.user, pk), status=409, conflict=refusal, kept=form.cleaned_data["rationale"])
    except DomainError as refusal:
        add_faults(form, refusal)
        return _show(request, asked.application, status=refusal.status, answer=form)
    if form.cleaned_data["outcome"] == UPHOLD:
        messages.success(request, UPHELD)
        return redirect("risk:second_look", pk)
    messages.success(request, TAKEN_UP[access_application(request.user, pk).state])
    return redirect("loans:application_detail", pk)


@require_POST
@role_required(*RECORDERS, *DECIDERS)
def second_look_withdraw(request: HtmxRequest, pk: UUID, second_look_id: UUID) -> HttpResponse:
    """Say that a request was recorded by mistake."""
    asked = access_second_look(request.user, pk, second_look_id)
    form = ReasonForm(request.POST, prefix="mistake")
    if not form.is_valid():
        return _show(request, asked.application, status=422, mistake=form)
    try:
        withdraw_second_look(second_look=asked, reason=form.cleaned_data["reason"], actor=request.user, business_date=get_business_date())
    except Conflict as refusal:
        return _show(request, access_application(request.user, pk), status=409, conflict=refusal, kept=form.cleaned_data["reason"])
    except DomainError as refusal:
        add_faults(form, refusal)
        return _show(request, asked.application, status=refusal.status, mistake=form)
    messages.success(request, "The record is withdrawn. The applicant may still ask for a second look.")
    return redirect("risk:second_look", pk)


@require_POST
@role_required(*WRITERS)
def second_look_letter(request: HtmxRequest, pk: UUID, second_look_id: UUID) -> HttpResponse:
    """Write to the applicant what came of it: that it was written is kept, so it is sent and not asked for."""
    asked = access_second_look(request.user, pk, second_look_id)
    try:
        pdf = write_second_look_letter(second_look=asked, actor=request.user, business_date=get_business_date())
    except DomainError as refusal:
        messages.error(request, refusal.detail)
        return redirect("risk:second_look", pk)
    return pdf_of(pdf, f"second-look-{asked.application.reference}")


def _show(
    request: HtmxRequest,
    application: Application,
    *,
    status: int = 200,
    ask: AskForm | None = None,
    answer: AnswerForm | None = None,
    mistake: ReasonForm | None = None,
    **refused: Any,
) -> HttpResponse:
    """The page again, with what was refused and what was typed."""
    user, today = request.user, get_business_date()
    looks = list(second_looks_of(application))
    decline = standing_decline(application)
    stand = {one.decision_id for one in looks if one.state != State.WITHDRAWN}
    askable = decline if decline is not None and decline.pk not in stand else None
    waiting = next((one for one in looks if one.state == State.OPEN), None)
    barred = why_not_answered_by(user, application, waiting) if waiting is not None and user.has_role(*DECIDERS) else None
    may_answer = waiting is not None and user.has_role(*DECIDERS) and barred is None
    may_withdraw = waiting is not None and why_not_withdrawn_by(user, application, waiting) is None
    if mistake is not None and not may_withdraw:
        refused.setdefault("kept", mistake.data.get("mistake-reason", ""))
    if answer is not None and not may_answer:
        # Somebody was first, or this person came to have a part meanwhile: no form is drawn that would hold what was written.
        refused.setdefault("kept", answer.data.get("rationale", ""))
    return render(
        request,
        "risk/second_look.html",
        {
            "application": application,
            "rows": [(one, STATES[State(one.state)], one.state == State.OPEN and one.due_date < today) for one in looks],
            "decline": askable,
            "until_hint": until_words(askable) if askable else "",
            # What was typed stays on the page, though another request was recorded meanwhile.
            "ask_form": ask or (AskForm(initial={"asked_date": today}) if askable and user.has_role(*RECORDERS) else None),
            "answer_form": (answer or AnswerForm()) if may_answer else None,
            "waiting": waiting,
            "barred": barred.detail if barred else "",
            "mistake_form": (mistake or ReasonForm(prefix="mistake")) if may_withdraw else None,
            "form": ask or answer or mistake,
            "may_write": user.has_role(*WRITERS),
            "written": (State.UPHELD, State.TAKEN_UP),
            "papers_hint": f"{PAPERS}, at most {MOST_PAPERS} at once",
            **refused,
        },
        status=status,
    )
