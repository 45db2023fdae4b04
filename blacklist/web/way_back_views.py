"""The way back: appeals and lifts."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.views.decorators.http import require_POST

from blacklist.models import BlacklistEntry
from blacklist.selectors.entries import access_entry
from blacklist.services import (
    confirm_lift,
    decide_appeal,
    file_appeal,
    propose_lift,
    refuse_lift,
)
from blacklist.services.notice import UnableToWriteNotice, write_notice
from blacklist.web.entry_page import (
    DECIDERS,
    PROPOSERS,
    act_on_entry,
    show_entry,
)
from blacklist.web.forms import (
    AppealDecisionForm,
    AppealForm,
    LiftDecisionForm,
    ReasonForm,
)
from core.business_date import get_business_date
from core.web.access import role_required, step_up_required
from core.web.http import HtmxRequest


@role_required(*PROPOSERS)
def entry_notice(request: HtmxRequest, entry_id: UUID) -> HttpResponse:
    """The letter to the subject, as PDF."""
    entry = access_entry(request.user, entry_id)
    try:
        pdf = write_notice(entry=entry, actor=request.user)
    except UnableToWriteNotice as refusal:
        return show_entry(request, entry_id, refusal=refusal)
    return HttpResponse(
        pdf, content_type="application/pdf", headers={"Content-Disposition": f'attachment; filename="notice-{entry.reference}.pdf"'}
    )


@require_POST
@role_required(*PROPOSERS)
def entry_appeal(request: HtmxRequest, entry_id: UUID) -> HttpResponse:
    """Take in the subject's appeal."""
    form = AppealForm(request.POST, auto_id="appeal-%s")
    return act_on_entry(
        request,
        entry_id,
        lambda entry: file_appeal(
            entry=entry,
            actor=request.user,
            grounds=form.cleaned_data["grounds"],
            business_date=get_business_date(),
        ),
        "The appeal is filed. The entry stays in force until it is decided.",
        name="appeal_form",
        form=form,
    )


@require_POST
@role_required(*DECIDERS)
@step_up_required
def entry_appeal_decide(request: HtmxRequest, entry_id: UUID) -> HttpResponse:
    """Grant or dismiss the appeal."""
    form = AppealDecisionForm(request.POST, auto_id="appeal-decision-%s")
    return act_on_entry(
        request,
        entry_id,
        lambda entry: decide_appeal(
            entry=entry,
            granted=form.cleaned_data["outcome"] == "granted",
            reason=form.cleaned_data["reason"],
            actor=request.user,
            business_date=get_business_date(),
        ),
        "The appeal is decided.",
        name="appeal_decision_form",
        form=form,
    )


@require_POST
@role_required(*PROPOSERS)
def entry_lift(request: HtmxRequest, entry_id: UUID) -> HttpResponse:
    """Ask to lift the entry."""
    form = ReasonForm(request.POST, auto_id="lift-%s")
    return act_on_entry(
        request,
        entry_id,
        lambda entry: propose_lift(entry=entry, actor=request.user, reason=form.cleaned_data["reason"]),
        "The lift is proposed. Another person confirms it.",
        name="lift_form",
        form=form,
    )


@require_POST
@role_required(*DECIDERS)
@step_up_required
def entry_lift_decide(request: HtmxRequest, entry_id: UUID) -> HttpResponse:
    """Confirm or refuse the proposed lift."""
    form = LiftDecisionForm(request.POST, auto_id="lift-decision-%s")

    def decide(entry: BlacklistEntry) -> object:
        if form.cleaned_data["outcome"] == "lift":
            return confirm_lift(entry=entry, actor=request.user, business_date=get_business_date())
        return refuse_lift(entry=entry, actor=request.user, reason=form.cleaned_data["reason"])

    return act_on_entry(
        request,
        entry_id,
        decide,
        "Your decision is recorded.",
        name="lift_decision_form",
        form=form,
    )
