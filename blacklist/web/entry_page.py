"""The page of one entry, and how each step on it is answered."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from blacklist.models import BlacklistEntry
from blacklist.selectors.entries import (
    EntryFile,
    access_entry,
    get_entry_file,
)
from blacklist.web.forms import (
    AppealDecisionForm,
    AppealForm,
    LiftDecisionForm,
    ReasonForm,
)
from core.errors import Conflict, DomainError
from core.roles import Role
from core.web.components import Event
from core.web.formats import day
from core.web.http import HtmxRequest, add_faults

PROPOSERS = (Role.COLLECTIONS, Role.RISK_MANAGER, Role.COMPLIANCE)
DECIDERS = (Role.COMPLIANCE, Role.RISK_MANAGER)
#: Status and word of each state, as every page marks it.
MARKS = {
    "PROPOSED": ("info", "Proposed"),
    "ACTIVE": ("bad", "Active"),
    "APPEALED": ("warn", "Under appeal"),
    "LIFTED": ("good", "Lifted"),
    "EXPIRED": ("neutral", "Expired"),
    "REJECTED": ("neutral", "Rejected"),
}


def act_on_entry(
    request: HtmxRequest,
    entry_id: UUID,
    action: Callable[[BlacklistEntry], object],
    done: str,
    *,
    name: str = "",
    form: forms.Form | None = None,
) -> HttpResponse:
    """Do one step and go back to the entry; a refusal shows the page again with what was typed."""
    entry = access_entry(request.user, entry_id)
    if form is None or form.is_valid():
        try:
            action(entry)
        except DomainError as refusal:
            if form is not None:
                add_faults(form, refusal)
            kept = _typed(form)
            return show_entry(
                request,
                entry_id,
                refusal=refusal,
                kept=kept,
                bound=(name, form),
            )
        messages.success(request, done)
        return redirect("blacklist:entry_detail", entry_id)
    return show_entry(request, entry_id, bound=(name, form))


def _typed(form: forms.Form | None) -> str:
    """The words a person wrote, so that a refusal does not lose them."""
    data = form.data if form is not None else {}
    return str(data.get("grounds") or data.get("reason") or "")


def show_entry(
    request: HtmxRequest,
    entry_id: UUID,
    *,
    refusal: DomainError | None = None,
    kept: str = "",
    bound: tuple[str, forms.Form | None] = ("", None),
) -> HttpResponse:
    """The entry's page, or its 422 and 409 forms: a refusal stands at the top and what was typed is kept."""
    name, form = bound
    file = get_entry_file(request.user, entry_id)
    conflict = refusal is not None and (isinstance(refusal, Conflict) or refusal.code == "already_decided")
    context: dict[str, object] = {
        "file": file,
        "entry": file.entry,
        "names": [row.name for row in file.entry.names.all()],
        "mark": MARKS[file.entry.state],
        "may_write": file.entry.is_in_force and request.user.has_role(*PROPOSERS),
        "events": _events(file),
        "refusal": refusal,
        "form": form,
        "conflict": refusal.params if conflict and refusal is not None and "name" in refusal.params else None,
        "kept": kept,
        "has_rail": _has_rail(file) or refusal is not None,
        "here": reverse("blacklist:entry_detail", args=[entry_id]),
        "reject_form": ReasonForm(auto_id="reject-%s"),
        "appeal_form": AppealForm(auto_id="appeal-%s"),
        "appeal_decision_form": AppealDecisionForm(auto_id="appeal-decision-%s"),
        "lift_form": ReasonForm(auto_id="lift-%s"),
        "lift_decision_form": LiftDecisionForm(auto_id="lift-decision-%s"),
        **({name: form} if form is not None else {}),
    }
    wrong = refusal is not None or form is not None
    return render(
        request,
        "blacklist/entry_detail.html",
        context,
        status=409 if conflict else 422 if wrong else 200,
    )


def _has_rail(file: EntryFile) -> bool:
    """Whether there is a next step to show: one of this person, or one that waits for somebody else."""
    return bool(file.entry.state == "PROPOSED" or file.open_appeal or file.lift_proposal or file.may_appeal or file.may_propose_lift)


def _events(file: EntryFile) -> list[Event]:
    """The history as a timeline, newest first."""
    return [
        Event(
            MARKS[row.to_state][1],
            at=row.at,
            who=row.actor_name,
            text=row.reason or f"Business date {day(row.business_date)}",
            status=MARKS[row.to_state][0],
        )
        for row in reversed(file.history)
    ]
