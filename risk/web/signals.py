"""Fraud signals in the browser: on a file with the picture of who shares what, and the list of all that wait for a person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from core.business_date import get_business_date
from core.charts import Links, Shared
from core.errors import DomainError
from core.models import User
from core.web.access import role_required
from core.web.components import Tab
from core.web.http import HtmxRequest, add_faults, is_htmx, render_page
from core.web.paging import paginate
from loans.models import Application
from loans.selectors.intake_hands import took_in
from risk.models import FraudSignal
from risk.selectors.conflicts import investigators_of
from risk.selectors.files import access_application
from risk.selectors.fraud import JUDGES, READERS, SignalRow, access_signal, count_signals, list_signals, signals_of
from risk.selectors.recommendations import people_deciding
from risk.services.fraud import judge_signal, look_for_fraud

State = FraudSignal.State
STATES = {State.OPEN: ("warn", "Open"), State.EXPLAINED: ("good", "Explained"), State.CONFIRMED: ("bad", "Fraud confirmed")}
MOST_DRAWN = 6


class SignalForm(forms.Form):
    """What a signal is, and why."""

    state = forms.ChoiceField(
        label="The signal is",
        choices=[(State.EXPLAINED.value, "Explained: the file goes on"), (State.CONFIRMED.value, "Fraud: the file stays held")],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what the signal is."},
    )
    reason = forms.CharField(
        label="Reason",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "Write why. It goes into the audit trail."},
    )


@role_required(*READERS)
def signals_panel(request: HtmxRequest, pk: UUID) -> HttpResponse:
    """The signals of a file with their evidence, and who shares what."""
    return _show(request, access_application(request.user, pk))


@require_POST
@role_required(*JUDGES)
def signal_judge(request: HtmxRequest, pk: UUID, signal_id: UUID) -> HttpResponse:
    """Say what a signal is."""
    application = access_application(request.user, pk)
    signal = access_signal(request.user, pk, signal_id)
    form = SignalForm(request.POST, prefix=f"signal-{signal.pk}")
    if not form.is_valid():
        return _show(request, application, status=422, form=form, judged=signal.pk)
    try:
        judge_signal(signal=signal, actor=request.user, business_date=get_business_date(), **form.cleaned_data)
    except DomainError as refusal:
        add_faults(form, refusal)
        return _show(request, application, status=refusal.status, form=form, judged=signal.pk)
    messages.success(request, f"{signal.get_rule_display()}: judged.")
    return _done(request, application)


@require_POST
@role_required(*JUDGES)
def signals_look(request: HtmxRequest, pk: UUID) -> HttpResponse:
    """Hold the file against all others again."""
    application = access_application(request.user, pk)
    fresh = look_for_fraud(application=application, business_date=get_business_date(), actor=request.user)
    messages.success(request, f"Looked at beside all other files: {len(fresh) or 'nothing'} new.")
    return _done(request, application)


@role_required(*READERS)
def signal_list(request: HtmxRequest) -> HttpResponse:
    """Signals of all files by state, longest waiting first."""
    view = request.GET.get("view", State.OPEN.value)
    if view not in State.values:
        view = State.OPEN.value
    counts = count_signals(request.user)
    page = paginate(request, list_signals(request.user, view))
    tabs = [Tab(words, f"?view={state}", counts.get(state, 0), current=state == view) for state, (_, words) in STATES.items()]
    return render(request, "risk/signal_list.html", {"page": page, "tabs": tabs, "view": view, "state": STATES[State(view)]})


def picture(rows: Sequence[SignalRow], application: Application) -> Links | None:
    """Who shares what with a file: what is open or confirmed, at most six others each; None when nothing joins it to another."""
    shared: list[Shared] = []
    for row in rows:
        if row.others and row.shared and row.signal.state != State.EXPLAINED:
            names = list(dict.fromkeys(other.words for other in row.others))
            if len(names) > MOST_DRAWN:
                names[MOST_DRAWN - 1 :] = [f"{len(names) - MOST_DRAWN + 1} more files"]
            shared.append(Shared(row.shared, names))
    if not shared:
        return None
    files = len({other for one in shared for other in one.others})
    things = ", ".join(dict.fromkeys(one.label.lower() for one in shared))
    return Links(
        f"{application.reference} shares {things} with {files} other {'file' if files == 1 else 'files'}.", application.reference, shared
    )


def _done(request: HtmxRequest, application: Application) -> HttpResponse:
    if is_htmx(request):
        return _show(request, access_application(request.user, application.pk))
    return redirect("risk:signals_panel", application.pk)


def _show(request: HtmxRequest, application: Application, *, status: int = 200, **context: Any) -> HttpResponse:
    rows = signals_of(request.user, application)
    judges = _may_judge(request.user, application)
    drawn = [
        (
            row,
            STATES[State(row.signal.state)],
            context["form"]
            if context.get("judged") == row.signal.pk
            else SignalForm(prefix=f"signal-{row.signal.pk}")
            if judges and row.signal.state == State.OPEN
            else None,
        )
        for row in rows
    ]
    context.setdefault("form", None)
    return render_page(
        request,
        "risk/application_signals.html",
        "risk/_signals.html",
        status=status,
        application=application,
        rows=drawn,
        open=sum(1 for row in rows if row.signal.state == State.OPEN),
        chart=picture(rows, application),
        may_look=request.user.has_role(*JUDGES),
        barred=request.user.has_role(*JUDGES) and not judges,
        **context,
    )


def _may_judge(user: User, application: Application) -> bool:
    """Looking again is for all who judge; judging is for those of them who did not work on the file or its decision."""
    if not user.has_role(*JUDGES) or took_in(user, application):
        return False
    return user.pk not in investigators_of(application, besides=FraudSignal) | people_deciding(application)
