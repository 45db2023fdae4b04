"""Pages of entries: the list, a new one, one with its history, and the steps of the second person."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from blacklist.models import BlacklistEntry
from blacklist.selectors.entries import (
    READERS,
    count_by_state,
    entry_rows,
    list_entries,
)
from blacklist.services import (
    confirm_entry,
    propose_entry,
    reject_entry,
)
from blacklist.web.entry_page import (
    DECIDERS,
    MARKS,
    PROPOSERS,
    act_on_entry,
    show_entry,
)
from blacklist.web.forms import (
    EntryFilter,
    ProposeForm,
    ReasonForm,
)
from core.business_date import get_business_date
from core.errors import DomainError
from core.web.access import role_required, step_up_required
from core.web.components import Tab
from core.web.export import export_rows, wanted
from core.web.http import HtmxRequest, add_faults
from core.web.paging import paginate

VIEWS = (("in_force", "In force"), ("PROPOSED", "Proposed"), ("APPEALED", "Under appeal"), ("LIFTED", "Lifted"),
         ("EXPIRED", "Expired"), ("REJECTED", "Rejected"))  # fmt: skip


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
    return show_entry(request, entry_id)


@require_POST
@role_required(*DECIDERS)
@step_up_required
def entry_confirm(request: HtmxRequest, entry_id: UUID) -> HttpResponse:
    """Put the proposed entry into force."""
    return act_on_entry(
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
    return act_on_entry(
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
