"""Pages of entries: the list, a new one, one with its history, and the steps of the second person."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from blacklist.models import BlacklistEntry
from blacklist.selectors.entries import (
    READERS,
    EntryFile,
    access_entry,
    count_by_state,
    entry_rows,
    get_entry_file,
    list_entries,
)
from blacklist.services import (
    confirm_entry,
    confirm_lift,
    decide_appeal,
    file_appeal,
    propose_entry,
    propose_lift,
    refuse_lift,
    reject_entry,
)
from blacklist.web.forms import (
    AppealDecisionForm,
    AppealForm,
    EntryFilter,
    LiftDecisionForm,
    ProposeForm,
    ReasonForm,
)
from core.business_date import get_business_date
from core.errors import Conflict, DomainError
from core.roles import Role
from core.web.access import role_required, step_up_required
from core.web.components import Event, Tab
from core.web.export import export_rows, wanted
from core.web.formats import day
from core.web.http import HtmxRequest, add_faults
from core.web.paging import paginate

PROPOSERS = (Role.COLLECTIONS, Role.RISK_MANAGER, Role.COMPLIANCE)
DECIDERS = (Role.COMPLIANCE, Role.RISK_MANAGER)
VIEWS = (("in_force", "In force"), ("PROPOSED", "Proposed"), ("APPEALED", "Under appeal"), ("LIFTED", "Lifted"),
         ("EXPIRED", "Expired"), ("REJECTED", "Rejected"))  # fmt: skip
#: Status and word of each state, as every page marks it.
MARKS = {
    "PROPOSED": ("info", "Proposed"),
    "ACTIVE": ("bad", "Active"),
    "APPEALED": ("warn", "Under appeal"),
    "LIFTED": ("good", "Lifted"),
    "EXPIRED": ("neutral", "Expired"),
    "REJECTED": ("neutral", "Rejected"),
}


@role_required(*READERS)
def entry_list(request: HtmxRequest) -> HttpResponse:
    """Entries by state, with filters in the address."""
    view = request.GET.get("view", "in_force")
    if view not in dict(VIEWS):
        view = "in_force"
    filters = EntryFilter(request.GET)
    chosen = filters.cleaned_data if filters.is_valid() else {}
    rows = list_entries(
        request.user,
        state=view,
        reason=chosen.get("reason", ""),
        reference=chosen.get("reference", ""),
    )
    if wanted(request):
        return export_rows(request, _EXPORT, rows.iterator(), "blacklist")
    counts = count_by_state(request.user)
    counts["in_force"] = counts.get("ACTIVE", 0) + counts.get("APPEALED", 0)
    page = paginate(request, rows)
    context = {
        "page": page,
        "rows": [(row, *MARKS[row.entry.state]) for row in entry_rows(list(page))],
        "tabs": [Tab(words, f"?view={key}", counts.get(key, 0), current=key == view) for key, words in VIEWS],
        "filters": filters,
        "view": view,
        "filtered": bool(chosen.get("reason") or chosen.get("reference")),
        "may_propose": request.user.has_role(*PROPOSERS),
    }
    return render(request, "blacklist/entry_list.html", context)


_EXPORT: list[tuple[str, Callable[[BlacklistEntry], object]]] = [
    ("Reference", lambda entry: entry.reference),
    ("Kind", lambda entry: entry.subject_kind),
    ("Reason", lambda entry: entry.get_reason_code_display()),
    ("State", lambda entry: entry.get_state_display()),
    ("Proposed", lambda entry: entry.proposed_date),
    ("In force from", lambda entry: entry.valid_from),
    ("Ends", lambda entry: entry.valid_until),
]


@role_required(*PROPOSERS)
def entry_new(request: HtmxRequest) -> HttpResponse:
    """Propose an entry."""
    form = ProposeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            entry = propose_entry(
                **form.service_arguments(),
                source="person",
                actor=request.user,
                business_date=get_business_date(),
            )
        except DomainError as refusal:
            add_faults(form, refusal)
        else:
            messages.success(
                request,
                f"{entry.reference} is proposed. It bars nobody until another person confirms it.",
            )
            return redirect("blacklist:entry_detail", entry.pk)
    return render(
        request,
        "blacklist/entry_form.html",
        {"form": form},
        status=422 if form.is_bound else 200,
    )


@role_required(*READERS)
def entry_detail(request: HtmxRequest, entry_id: UUID) -> HttpResponse:
    """One entry with its evidence, its history, and what this person may do now."""
    return _page(request, entry_id)


@require_POST
@role_required(*DECIDERS)
@step_up_required
def entry_confirm(request: HtmxRequest, entry_id: UUID) -> HttpResponse:
    """Put the proposed entry into force."""
    return _act(
        request,
        entry_id,
        lambda entry: confirm_entry(entry=entry, actor=request.user, business_date=get_business_date()),
        "The entry is in force. Open applications of its subject are held.",
    )


@require_POST
@role_required(*PROPOSERS)
def entry_reject(request: HtmxRequest, entry_id: UUID) -> HttpResponse:
    """Refuse the proposed entry, or take it back."""
    form = ReasonForm(request.POST, auto_id="reject-%s")
    return _act(
        request,
        entry_id,
        lambda entry: reject_entry(
            entry=entry,
            actor=request.user,
            reason=form.cleaned_data["reason"],
            business_date=get_business_date(),
        ),
        "The proposal is refused. It bars nobody.",
        name="reject_form",
        form=form,
    )


@require_POST
@role_required(*PROPOSERS)
def entry_appeal(request: HtmxRequest, entry_id: UUID) -> HttpResponse:
    """Take in the subject's appeal."""
    form = AppealForm(request.POST, auto_id="appeal-%s")
    return _act(
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
    return _act(
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
    return _act(
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

    return _act(
        request,
        entry_id,
        decide,
        "Your decision is recorded.",
        name="lift_decision_form",
        form=form,
    )


def _act(
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
            return _page(
                request,
                entry_id,
                refusal=refusal,
                kept=kept,
                bound=(name, form),
            )
        messages.success(request, done)
        return redirect("blacklist:entry_detail", entry_id)
    return _page(request, entry_id, bound=(name, form))


def _typed(form: forms.Form | None) -> str:
    """The words a person wrote, so that a refusal does not lose them."""
    data = form.data if form is not None else {}
    return str(data.get("grounds") or data.get("reason") or "")


def _page(
    request: HtmxRequest,
    entry_id: UUID,
    *,
    refusal: DomainError | None = None,
    kept: str = "",
    bound: tuple[str, forms.Form | None] = ("", None),
) -> HttpResponse:
    name, form = bound
    file = get_entry_file(request.user, entry_id)
    conflict = refusal is not None and (isinstance(refusal, Conflict) or refusal.code == "already_decided")
    context: dict[str, object] = {
        "file": file,
        "entry": file.entry,
        "names": [row.name for row in file.entry.names.all()],
        "mark": MARKS[file.entry.state],
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
    return bool(
        file.entry.state == "PROPOSED"
        or file.open_appeal
        or file.lift_proposal
        or file.may_appeal
        or file.may_propose_lift
    )


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
