"""The receivables of an asset: the list, what became of each, and files of them, previewed before anything is kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, BinaryIO, cast
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from collateral.domain.receivable_files import NEEDED, OPTIONAL
from collateral.models import Asset, ReceivableFile
from collateral.selectors.assets import access_asset
from collateral.selectors.counting import counted_of
from collateral.selectors.receivables import (
    VIEWS,
    access_receivable,
    access_receivable_file,
    list_receivable_files,
    list_receivables,
    rows_of,
    sums_of,
)
from collateral.services.receivable_files import drop_receivables, preview_receivables, take_receivables
from collateral.services.receivables import RECORDERS, mark_receivable
from collateral.web.fact_forms import MarkForm
from core.business_date import get_business_date
from core.errors import DomainError, NotFound
from core.roles import Role
from core.web.access import STAFF, role_required
from core.web.components import Kpi, Tab
from core.web.export import export_rows, wanted
from core.web.formats import money, percent
from core.web.http import HtmxRequest, is_htmx
from core.web.paging import paginate

FILE_STATES = {
    "PREVIEW": ("warn", "Preview"),
    "TAKING": ("info", "Being taken in"),
    "DONE": ("good", "Taken in"),
    "DROPPED": ("neutral", "Dropped"),
}
# The files shown beside the list; older ones stay on record.
LATEST = 5


class UploadForm(forms.Form):
    """A file of receivables."""

    file = forms.FileField(label="File", help_text="CSV with a header, one invoice a line, up to 20 MB and 100,000 lines.")


class ReceivableFilter(forms.Form):
    """Which receivables are listed."""

    text = forms.CharField(required=False, max_length=60, label="Debtor or invoice")


@role_required(*STAFF)
def receivable_list(request: HtmxRequest, asset_id: UUID) -> HttpResponse:
    """The receivables of an asset by where they stand; sent with a file, its preview."""
    asset = access_asset(request.user, asset_id, valuing=True)
    if asset.kind != "RECEIVABLES":
        raise NotFound
    return _list(request, asset, UploadForm())


@require_POST
@role_required(*RECORDERS)
def receivable_upload(request: HtmxRequest, asset_id: UUID) -> HttpResponse:
    """Read a file and show what would be kept."""
    asset = access_asset(request.user, asset_id)
    form = UploadForm(request.POST, request.FILES)
    if form.is_valid():
        upload = form.cleaned_data["file"]
        try:
            file = preview_receivables(
                asset=asset,
                stream=cast(BinaryIO, upload.file),
                file_name=upload.name,
                actor=request.user,
                business_date=get_business_date(),
            )
            return redirect("collateral:receivable_file", file.pk)
        except DomainError as refusal:
            form.add_error("file", refusal.detail)
    return _list(request, asset, form, status=422)


@role_required(*STAFF)
def receivable_file(request: HtmxRequest, receivable_file_id: UUID) -> HttpResponse:
    """What was found in a file. While a worker is busy with it the page asks again by itself."""
    return _file(request, access_receivable_file(request.user, receivable_file_id))


@require_POST
@role_required(*RECORDERS)
def receivable_file_take(request: HtmxRequest, receivable_file_id: UUID) -> HttpResponse:
    """Have the usable lines taken in."""
    return _press(request, receivable_file_id, take_receivables)


@require_POST
@role_required(*RECORDERS)
def receivable_file_drop(request: HtmxRequest, receivable_file_id: UUID) -> HttpResponse:
    """Take in nothing of a file."""
    return _press(request, receivable_file_id, drop_receivables)


@require_POST
@role_required(*RECORDERS)
def receivable_mark(request: HtmxRequest, receivable_id: UUID) -> HttpResponse:
    """Say what became of a receivable."""
    receivable = access_receivable(request.user, receivable_id)
    form = MarkForm(request.POST)
    back = redirect("collateral:receivable_list", receivable.asset_id)
    if not form.is_valid():
        messages.error(request, "Say what became of it, and on which day.")
        return back
    try:
        mark_receivable(receivable=receivable, **form.cleaned_data, actor=request.user, business_date=get_business_date())
    except DomainError as refusal:
        messages.error(request, " ".join(fault.detail for fault in refusal.faults) or refusal.detail)
    else:
        messages.success(request, f"{receivable.invoice_number} is marked.")
    return back


def _press(request: HtmxRequest, key: UUID, act: Callable[..., ReceivableFile]) -> HttpResponse:
    file = access_receivable_file(request.user, key)
    try:
        act(file=file, actor=request.user, business_date=get_business_date())
    except DomainError as refusal:
        return _file(request, access_receivable_file(request.user, key), status=refusal.status, refusal=refusal)
    return redirect("collateral:receivable_file", key)


def _list(request: HtmxRequest, asset: Asset, form: UploadForm, *, status: int = 200) -> HttpResponse:
    today = get_business_date()
    filters = ReceivableFilter(request.GET)
    text = filters.cleaned_data["text"] if filters.is_valid() else ""
    view = request.GET.get("view", "open")
    view = view if view in dict(VIEWS) else "open"
    rows = list_receivables(asset, on=today, view=view, text=text)
    if wanted(request):
        columns: list[tuple[str, Callable[[Any], Any]]] = [
            ("Debtor", lambda row: row.debtor_name),
            ("Invoice", lambda row: row.invoice_number),
            ("Nominal", lambda row: row.nominal),
            ("Open", lambda row: row.rest),
            ("Issued", lambda row: row.issued_date),
            ("Due", lambda row: row.due_date),
            ("Disputed", lambda row: row.disputed_date),
            ("Settled", lambda row: row.settled_date),
        ]
        return export_rows(request, columns, rows, f"receivables-{asset.reference}")
    sums = sums_of(asset, on=today)
    counted = counted_of(asset, on=today)
    page = paginate(request, rows)
    may_record = request.user.has_role(*RECORDERS) and asset.state == Asset.State.REGISTERED
    context = {
        "asset": asset,
        "page": page,
        "rows": [
            (row, MarkForm(auto_id=f"mark_{row.receivable.pk}_%s", initial={"on": today}) if may_record else None)
            for row in rows_of(page, on=today)
        ],
        "tabs": [Tab(label, f"?view={name}", sums[name][0], current=name == view) for name, label in VIEWS],
        "view": view,
        "kpis": [
            Kpi("Open", money(sums["open"][1], asset.currency, 0)),
            Kpi("Overdue", money(sums["overdue"][1], asset.currency, 0)),
            Kpi("Disputed", money(sums["disputed"][1], asset.currency, 0)),
            Kpi("Counts for lending", percent(counted.share)),
        ],
        "counted": counted,
        "filters": filters,
        "filtered": bool(text),
        "may_record": may_record,
        "sees_parts": not request.user.has_role(Role.APPRAISER),
        "form": form,
        "needed": NEEDED,
        "optional": OPTIONAL,
        "files": [(file, FILE_STATES[file.state]) for file in list_receivable_files(asset)[:LATEST]],
    }
    return render(request, "collateral/receivable_list.html", context, status=status)


def _file(request: HtmxRequest, file: ReceivableFile, *, status: int = 200, refusal: DomainError | None = None) -> HttpResponse:
    recorder = request.user.has_role(*RECORDERS)
    context = {
        "file": file,
        "asset": file.asset,
        "mark": FILE_STATES[file.state],
        "busy": file.state == ReceivableFile.State.TAKING,
        "may_take": recorder and file.state == ReceivableFile.State.PREVIEW and file.usable > 0,
        "may_drop": recorder and file.state == ReceivableFile.State.PREVIEW,
        "unnamed": file.refused - len(file.refusals),
        "refusal": refusal,
        "here": reverse("collateral:receivable_file", args=[file.pk]),
    }
    template = "collateral/_receivable_file.html" if is_htmx(request) else "collateral/receivable_file.html"
    return render(request, template, context, status=status)
