"""Alerts: the list by saved view, one alert with what can be done about it, and the panel on a loan's page."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from core import audit
from core.business_date import get_business_date
from core.errors import DomainError
from core.roles import Role
from core.web import formats
from core.web.access import STAFF, role_required
from core.web.components import Tab
from core.web.export import export_rows, wanted
from core.web.history import events_of, said
from core.web.http import HtmxRequest, add_faults, render_page
from core.web.paging import paginate
from loans.selectors.loans import access_loan
from monitoring import selectors
from monitoring.models import Alert
from monitoring.services import alerts

READERS = tuple(STAFF - {Role.APPRAISER})
LEVELS = {1: ("info", "Watch"), 2: ("warn", "Act"), 3: ("bad", "Act today")}
STATES = {
    "OPEN": ("warn", "Open"),
    "ACKNOWLEDGED": ("info", "Acknowledged"),
    "ACTION_PLANNED": ("info", "Action planned"),
    "RESOLVED": ("good", "Resolved"),
}


class AlertFilter(forms.Form):
    """Which kind of alert to show."""

    kind = forms.ChoiceField(required=False, label="Kind", choices=[("", "All kinds"), *Alert.Kind.choices])


class PlanForm(forms.Form):
    """What will be done."""

    plan = forms.CharField(label="What will be done", widget=forms.Textarea(attrs={"rows": 3}))


class OutcomeForm(forms.Form):
    """What the alert turned out to be."""

    outcome = forms.ChoiceField(label="What it turned out to be", choices=Alert.Outcome.choices, widget=forms.RadioSelect)


@role_required(*READERS)
def alert_list(request: HtmxRequest) -> HttpResponse:
    """Alerts, most urgent first."""
    view = request.GET.get("view", "open")
    filters = AlertFilter(request.GET)
    kind = filters.cleaned_data["kind"] if filters.is_valid() else ""
    rows = selectors.list_alerts(request.user, view=view, kind=kind)
    if wanted(request):
        columns = [
            ("Reference", lambda a: a.reference),
            ("Kind", lambda a: a.get_kind_display()),
            ("Title", lambda a: a.title),
            ("State", lambda a: a.get_state_display()),
            ("Raised", lambda a: a.raised_date),
            ("Due", lambda a: a.due_date),
        ]
        return export_rows(request, columns, rows, "alerts")
    counts = selectors.count_alerts(request.user)
    names = (("open", "Open"), ("mine", "Mine"), ("resolved", "Resolved"))
    views = [Tab(label, f"?view={name}", counts[name], current=name == view) for name, label in names]
    page = paginate(request, rows, total=counts[view] if not kind and view in counts else None)
    shown = [(alert, LEVELS[alert.level], STATES[alert.state]) for alert in page]
    return render(
        request,
        "monitoring/alert_list.html",
        {
            "page": page,
            "rows": shown,
            "views": views,
            "view": view,
            "filters": filters,
            "filtered": bool(kind),
            "today": get_business_date(),
        },
    )


@role_required(*READERS)
def alert_detail(request: HtmxRequest, alert_id: UUID) -> HttpResponse:
    """One alert: what turned, since when, and the steps a person can take."""
    alert = selectors.access_alert(request.user, alert_id)
    return _detail(request, alert)


def is_key(value: object) -> bool:
    """Whether a value only names a row: links on the page lead there."""
    try:
        return isinstance(value, str) and bool(UUID(value))
    except ValueError:
        return False


def told(value: object) -> object:
    """What a rule saw as people read it: an amount with two places, a day as a day."""
    if not isinstance(value, str):
        return value
    if re.fullmatch(r"-?\d+\.\d+", value):
        # A share below one keeps its places.
        return formats.number(value, 2) if abs(Decimal(value)) >= 1 else value
    try:
        return formats.day(date.fromisoformat(value))
    except ValueError:
        return value


def _detail(request: HtmxRequest, alert: Alert, *, status: int = 200, **forms_given: forms.Form) -> HttpResponse:
    facts = [(name.replace("_", " ").capitalize(), told(value)) for name, value in alert.details.items() if not is_key(value)]
    return render(
        request,
        "monitoring/alert_detail.html",
        {
            "alert": alert,
            "level": LEVELS[alert.level],
            "state": STATES[alert.state],
            "facts": facts,
            "model_id": alert.subject.removeprefix("model:") if alert.subject.startswith("model:") else "",
            "file_id": alert.details.get("application_id", ""),
            "events": events_of(audit.entries_about(alert), said),
            "may_work": alerts.may_work(alert, request.user) and alert.state != Alert.State.RESOLVED,
            "plan_form": forms_given.get("plan_form") or PlanForm(initial={"plan": alert.plan}),
            "outcome_form": forms_given.get("outcome_form") or OutcomeForm(),
            "form": next(iter(forms_given.values()), None),
        },
        status=status,
    )


@require_POST
@role_required(*READERS)
def alert_acknowledge(request: HtmxRequest, alert_id: UUID) -> HttpResponse:
    """Take the alert."""
    alert = selectors.access_alert(request.user, alert_id)
    try:
        alerts.acknowledge_alert(alert=alert, actor=request.user, business_date=get_business_date())
    except DomainError as refusal:
        messages.error(request, refusal.detail)
    return redirect("monitoring:alert_detail", alert_id)


@require_POST
@role_required(*READERS)
def alert_plan(request: HtmxRequest, alert_id: UUID) -> HttpResponse:
    """Write down what will be done."""
    alert = selectors.access_alert(request.user, alert_id)
    form = PlanForm(request.POST)
    if form.is_valid():
        try:
            alerts.plan_action(alert=alert, plan=form.cleaned_data["plan"], actor=request.user, business_date=get_business_date())
            return redirect("monitoring:alert_detail", alert_id)
        except DomainError as refusal:
            add_faults(form, refusal)
    return _detail(request, alert, status=422, plan_form=form)


@require_POST
@role_required(*READERS)
def alert_resolve(request: HtmxRequest, alert_id: UUID) -> HttpResponse:
    """End the alert with what it turned out to be."""
    alert = selectors.access_alert(request.user, alert_id)
    form = OutcomeForm(request.POST)
    if form.is_valid():
        try:
            alerts.resolve_alert(alert=alert, outcome=form.cleaned_data["outcome"], actor=request.user, business_date=get_business_date())
            messages.success(request, f"{alert.reference} is resolved.")
            return redirect(reverse("monitoring:alert_list"))
        except DomainError as refusal:
            add_faults(form, refusal)
    return _detail(request, alert, status=422, outcome_form=form)


@role_required(*READERS)
def loan_alerts_panel(request: HtmxRequest, public_id: UUID) -> HttpResponse:
    """The alerts about one loan: a panel on its page, and a page of its own."""
    loan = access_loan(request.user, public_id)
    shown = [(alert, LEVELS[alert.level], STATES[alert.state]) for alert in selectors.alerts_of_loan(request.user, loan)]
    return render_page(request, "monitoring/loan_alerts.html", "monitoring/_loan_alerts.html", loan=loan, rows=shown)
