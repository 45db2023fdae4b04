"""My work: what waits for a person, taking the next file up, the files in hand, laying one aside, giving one back."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from collateral.selectors.flags import reviews_of
from core.business_date import closed_days, get_business_date
from core.errors import DomainError
from core.roles import Role
from core.web.access import role_required
from core.web.components import Kpi, Tab
from core.web.fields import DayField
from core.web.formats import day
from core.web.http import HtmxRequest, add_faults
from loans.models import Application
from loans.selectors.applications import IN_HAND
from loans.selectors.deadlines import Deadline, deadline_of
from loans.services.worklist import SNOOZE_REASONS, snooze_application, wake_application
from risk.selectors.files import access_application
from risk.selectors.letters import letters_for
from risk.selectors.second_looks import second_looks_for
from risk.selectors.work import WORKERS, Waiting, Work, held_by, open_decisions, waiting_for, work_of
from risk.services.file_work import INCOMPLETE
from risk.services.worklist import give_back, take_next

WORDS = {
    Work.INVESTIGATE: "Investigate",
    Work.SIGN_OFF: "Sign off the investigation",
    Work.SECOND: "Confirm or vote",
    Work.DECIDE: "Decide",
}
TITLES = {
    Work.INVESTIGATE: "To investigate",
    Work.SIGN_OFF: "To sign off",
    Work.SECOND: "Second approval",
    Work.DECIDE: "To decide",
}
MOST_SHOWN = 100


class SnoozeForm(forms.Form):
    """Until when a file is laid aside, and what it waits for."""

    until = DayField(label="Until")
    reason = forms.ChoiceField(label="What it waits for", choices=[("", "Choose a reason"), *SNOOZE_REASONS.items()])
    note = forms.CharField(label="In words", required=False, max_length=160)


@role_required(*WORKERS)
def work(request: HtmxRequest) -> HttpResponse:
    """Where the day of an investigator or an approver starts."""
    today = get_business_date()
    waiting = waiting_for(request.user)
    put_up = set(open_decisions().values_list("target_id", flat=True))
    closed = closed_days()
    held = [(file, WORDS[work_of(file, put_up)], deadline_of(file, today, closed)) for file in held_by(request.user)[:MOST_SHOWN]]
    asleep = [row for row in held if row[0].state == INCOMPLETE or (row[0].snoozed_until and row[0].snoozed_until > today)]
    awake = [row for row in held if row not in asleep]
    view = "snoozed" if request.GET.get("view") == "snoozed" else "open"
    return render(
        request,
        "risk/work.html",
        {
            "waiting": waiting,
            "kpis": _kpis(waiting, [deadline for _, _, deadline in held], today),
            "views": [
                Tab("In my hands", "?view=open", len(awake), current=view == "open"),
                Tab("Laid aside", "?view=snoozed", len(asleep), current=view == "snoozed"),
            ],
            "view": view,
            "second_looks": [(one, one.due_date < today) for one in second_looks_for(request.user)[:MOST_SHOWN]],
            "letters": [(one, one.due_date < today) for one in letters_for(request.user)[:MOST_SHOWN]],
            "reviews": [(flag, flag.due_date < today) for flag in reviews_of(request.user)[:MOST_SHOWN]],
            "rows": asleep if view == "snoozed" else awake,
        },
    )


@require_POST
@role_required(*WORKERS)
def work_next(request: HtmxRequest) -> HttpResponse:
    """Take the most urgent file up and open it."""
    chosen = take_next(actor=request.user, business_date=get_business_date())
    if chosen is None:
        messages.info(request, "Nothing waits for you at the moment.")
        return redirect("risk:work")
    return redirect("loans:application_detail", chosen.pk)


@role_required(*WORKERS)
def work_file(request: HtmxRequest, pk: UUID) -> HttpResponse:
    """One file in somebody's hands: until when it is laid aside; POST lays it aside."""
    application = access_application(request.user, pk)
    if request.method != "POST":
        return _file(request, application, SnoozeForm())
    form = SnoozeForm(request.POST)
    if form.is_valid():
        try:
            snooze_application(application=application, actor=request.user, business_date=get_business_date(), **form.cleaned_data)
        except DomainError as refusal:
            add_faults(form, refusal)
            return _file(request, application, form, status=refusal.status)
        messages.success(request, f"{application.reference} is laid aside until {day(form.cleaned_data['until'])}.")
        return redirect("risk:work")
    return _file(request, application, form, status=422)


@require_POST
@role_required(*WORKERS)
def work_wake(request: HtmxRequest, pk: UUID) -> HttpResponse:
    """Take a file up again before its day."""
    application = access_application(request.user, pk)
    try:
        wake_application(application=application, actor=request.user)
    except DomainError as refusal:
        return _file(request, application, SnoozeForm(), status=refusal.status, refusal=refusal)
    return redirect("loans:application_detail", pk)


@require_POST
@role_required(*WORKERS)
def work_release(request: HtmxRequest, pk: UUID) -> HttpResponse:
    """Let somebody else have the file."""
    application = access_application(request.user, pk)
    try:
        give_back(application=application, actor=request.user)
    except DomainError as refusal:
        return _file(request, application, SnoozeForm(), status=refusal.status, refusal=refusal)
    messages.success(request, f"{application.reference} is in nobody's hands now.")
    return redirect("risk:work")


def _kpis(waiting: Waiting, deadlines: list[Deadline | None], today: date) -> list[Kpi]:
    """What waits by kind, and how many of the person's own files are overdue."""
    late = sum(1 for one in deadlines if one and one.status == "bad")
    cells = [Kpi(TITLES[kind], f"{count:,}") for kind, count in waiting.counts.items()]
    past = waiting.first_due is not None and waiting.first_due < today
    cells.append(Kpi("Most urgent is due", day(waiting.first_due) if waiting.first_due else "none", status="bad" if past else ""))
    cells.append(Kpi("Mine and overdue", f"{late:,}", status="bad" if late else ""))
    return cells


def _file(request: HtmxRequest, application: Application, form: SnoozeForm, *, status: int = 200, **context: Any) -> HttpResponse:
    holder = application.assigned_to
    in_process = application.state in IN_HAND
    mine = in_process and holder == request.user
    today = get_business_date()
    context.setdefault("refusal", None)
    return render(
        request,
        "risk/work_file.html",
        {
            "application": application,
            "holder": holder if in_process else None,
            "mine": mine,
            "asleep": mine and application.snoozed_until is not None and application.snoozed_until > today,
            "may_release": mine or (in_process and holder is not None and request.user.has_role(Role.RISK_MANAGER)),
            "deadline": deadline_of(application, today, closed_days()),
            "form": form,
            **context,
        },
        status=status,
    )
