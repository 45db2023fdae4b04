"""Importing entries from a file: upload, preview with what is wrong in each line, proposal, and the second person's word."""

from __future__ import annotations

import json
from typing import BinaryIO, cast
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from blacklist.models import EntryBatch
from blacklist.selectors.batches import access_batch, count_entered, list_batches
from blacklist.selectors.entries import READERS
from blacklist.services.batches import COLUMNS, NEEDED, decide_batch, preview_entries, propose_batch
from blacklist.services.entries import PROPOSERS
from blacklist.web.entry_page import DECIDERS
from core.business_date import get_business_date
from core.errors import DomainError
from core.web.access import role_required, step_up_required
from core.web.http import HtmxRequest, add_faults, is_htmx
from core.web.paging import paginate

MARKS = {
    "PREVIEW": ("info", "Preview"),
    "PROPOSED": ("warn", "Second person"),
    "ENTERING": ("info", "Being entered"),
    "DONE": ("good", "In force"),
    "REFUSED": ("neutral", "Refused"),
}


class UploadForm(forms.Form):
    """A CSV of entries."""

    file = forms.FileField(label="File of entries", help_text="CSV with a header, one subject a line.")


class BatchDecisionForm(forms.Form):
    """The second person about a batch."""

    outcome = forms.ChoiceField(
        label="Your decision", choices=[("confirm", "Put all into force"), ("refuse", "Refuse all")], widget=forms.RadioSelect
    )
    reason = forms.CharField(
        label="Reason", required=False, widget=forms.Textarea(attrs={"rows": 3}), max_length=2000, help_text="Needed to refuse."
    )


@role_required(*READERS)
def batch_list(request: HtmxRequest) -> HttpResponse:
    """Files of entries, and the way to upload one."""
    form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            batch = preview_entries(stream=cast(BinaryIO, file), file_name=file.name, actor=request.user, business_date=get_business_date())
        except DomainError as refusal:
            form.add_error("file", refusal.detail)
        else:
            return redirect("blacklist:batch_detail", batch.pk)
    page = paginate(request, list_batches(request.user))
    context = {
        "page": page,
        "rows": [(batch, *MARKS[batch.state]) for batch in page],
        "form": form,
        "may_upload": request.user.has_role(*PROPOSERS),
        "needed": sorted(NEEDED),
        "optional": sorted(COLUMNS - NEEDED),
    }
    return render(request, "blacklist/batch_list.html", context, status=422 if form.is_bound else 200)


@role_required(*READERS)
def batch_detail(request: HtmxRequest, batch_id: UUID) -> HttpResponse:
    """The lines of a file with what is wrong in each; htmx asks how far a confirmed one is."""
    if is_htmx(request):
        batch = access_batch(request.user, batch_id)
        answer = render(request, "blacklist/_entering.html", {"batch": batch, "entered": count_entered(batch)})
        if batch.state != EntryBatch.State.ENTERING:
            answer["HX-Refresh"] = "true"
        return answer
    return _page(request, batch_id, BatchDecisionForm())


@require_POST
@role_required(*PROPOSERS)
def batch_propose(request: HtmxRequest, batch_id: UUID) -> HttpResponse:
    """Ask a second person to confirm all of it."""
    try:
        propose_batch(batch=access_batch(request.user, batch_id), actor=request.user)
    except DomainError as refusal:
        return _page(request, batch_id, BatchDecisionForm(), refusal=refusal, status=422)
    messages.success(request, "The entries are proposed. They bar nobody until another person confirms them.")
    return redirect("blacklist:batch_detail", batch_id)


@require_POST
@role_required(*DECIDERS)
@step_up_required
def batch_decide(request: HtmxRequest, batch_id: UUID) -> HttpResponse:
    """Put all of it into force, or refuse it."""
    form = BatchDecisionForm(request.POST)
    if not form.is_valid():
        return _page(request, batch_id, form, status=422)
    try:
        decide_batch(
            batch=access_batch(request.user, batch_id),
            confirm=form.cleaned_data["outcome"] == "confirm",
            reason=form.cleaned_data["reason"],
            actor=request.user,
        )
    except DomainError as refusal:
        add_faults(form, refusal)
        return _page(request, batch_id, form, refusal=refusal, status=422)
    messages.success(request, "Your decision is recorded.")
    return redirect("blacklist:batch_detail", batch_id)


def _page(
    request: HtmxRequest, batch_id: UUID, form: BatchDecisionForm, *, refusal: DomainError | None = None, status: int = 200
) -> HttpResponse:
    batch = access_batch(request.user, batch_id)
    page = paginate(request, batch.rows.select_related("entry").order_by("number"))
    context = {
        "batch": batch,
        "mark": MARKS[batch.state],
        "page": page,
        "rows": [(line, json.loads(line.content)) for line in page],
        "form": form if form.is_bound else None,
        "decision_form": form,
        "refusal": refusal,
        "entering": batch.state == EntryBatch.State.ENTERING,
        "entered": count_entered(batch),
        "may_propose": batch.state == EntryBatch.State.PREVIEW and batch.uploaded_by_id == request.user.pk and not batch.faulty,
        "may_decide": batch.state == EntryBatch.State.PROPOSED
        and request.user.has_role(*DECIDERS)
        and batch.uploaded_by_id != request.user.pk,
        "waits": batch.state == EntryBatch.State.PROPOSED,
    }
    return render(request, "blacklist/batch_detail.html", context, status=status)
