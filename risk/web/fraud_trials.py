"""Trying fraud rules on the open files: watching it work, reading which signals would be raised otherwise, and proposing the rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from core.batched_runs import BUSY
from core.business_date import get_business_date
from core.errors import DomainError
from core.roles import Role
from core.web import formats
from core.web.access import role_required
from core.web.components import Tab
from core.web.export import export_rows, wanted
from core.web.http import HtmxRequest, add_faults, render_page
from core.web.paging import paginate
from risk.domain.fraud import TITLES, Rule
from risk.models import FraudTrial, FraudTrialChange, LimitSettings
from risk.selectors.fraud import READERS
from risk.selectors.fraud_trials import access_trial, count_changes, list_changes
from risk.services.fraud_trials import try_fraud_rules
from risk.services.limit_settings import propose_limits
from risk.web.limit_forms import FraudRulesForm
from risk.web.policy_runs import STATES

COLUMNS: list[tuple[str, Callable[[FraudTrialChange], Any]]] = [
    ("Application", lambda row: row.application.reference),
    ("Branch", lambda row: row.application.branch.name),
    ("Rule", lambda row: row.get_rule_display()),
    ("Change", lambda row: "more" if row.is_more else "fewer"),
    ("What it shows", lambda row: row.words),
]


def ask_trial(request: HtmxRequest, form: FraudRulesForm) -> HttpResponse | None:
    """Ask for the rules of a sound form to be tried; None where the form or the service refuses, which the form then says."""
    if not form.is_valid():
        return None
    try:
        trial = try_fraud_rules(
            document=form.document(), reason=form.cleaned_data["reason"], actor=request.user, business_date=get_business_date()
        )
    except DomainError as refusal:
        add_faults(form, refusal)
        return None
    return redirect("risk:fraud_trial", trial.pk)


@role_required(*READERS)
def fraud_trial(request: HtmxRequest, trial_id: UUID) -> HttpResponseBase:
    """How far a trial is; once done, which signals would be raised more or fewer, and on which files."""
    return _show(request, access_trial(request.user, trial_id))


@require_POST
@role_required(Role.RISK_MANAGER)
def fraud_trial_propose(request: HtmxRequest, trial_id: UUID) -> HttpResponseBase:
    """Propose the rules as they were tried."""
    trial = access_trial(request.user, trial_id)
    try:
        propose_limits(
            kind=LimitSettings.Kind.FRAUD,
            document=trial.document,
            reason=trial.reason,
            actor=request.user,
            path=reverse("risk:fraud_rules"),
        )
    except DomainError as refusal:
        return _show(request, trial, status=refusal.status, refusal=refusal)
    messages.success(request, "The change is proposed. Another risk manager has to put it in force.")
    return redirect("risk:fraud_rules")


def _show(request: HtmxRequest, trial: FraudTrial, *, status: int = 200, refusal: DomainError | None = None) -> HttpResponseBase:
    is_more = request.GET.get("change", "more") != "fewer"
    rows = list_changes(request.user, trial, is_more=is_more)
    if wanted(request):
        return export_rows(request, COLUMNS, rows, f"fraud-rules-{'more' if is_more else 'fewer'}")
    page = paginate(request, rows)
    counted = count_changes(trial)
    busy = trial.state in BUSY
    return render_page(
        request,
        "risk/fraud_trial.html",
        "risk/_fraud_trial.html",
        status=status,
        trial=trial,
        mark=STATES[trial.state],
        busy=busy,
        percent=100 * trial.done // trial.total if trial.total else 0,
        here=reverse("risk:fraud_trial", args=[trial.pk]),
        lines=list(rule_lines(trial, counted)),
        tabs=[
            Tab(title, f"?change={name}", sum(both[place] for both in counted.values()), current=is_more is (name == "more"))
            for place, (name, title) in enumerate((("more", "More"), ("fewer", "Fewer")))
        ],
        found=page,
        rows=list(page),
        may_propose=not busy and trial.state == FraudTrial.State.DONE and request.user.has_role(Role.RISK_MANAGER),
        refusal=refusal,
        form=None,
    )


def rule_lines(trial: FraudTrial, counted: dict[str, tuple[int, int]]) -> Iterator[tuple[str, int, int, int, int, str]]:
    """Each rule: its title, signals by the rules in force, by those tried, how many more and fewer, and the difference in words."""
    for rule in Rule:
        before, after = trial.found.get(rule.value, (0, 0))
        more, fewer = counted.get(rule.value, (0, 0))
        if before or after:
            yield TITLES[rule], before, after, more, fewer, formats.signed(after - before, 0)
