"""Pages of public watch lists: what is in force, the import of a version, what a version changed, and the second person's word."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from blacklist.models import ChangeKind, ListFormat, WatchListChange, WatchListUpload
from blacklist.selectors.watch_lists import (
    LIST_READERS,
    access_version,
    compare_change,
    list_changes,
    list_uploads,
    list_versions,
    watch_list_rows,
)
from blacklist.services.watch_list_uploads import receive_watch_list
from blacklist.services.watch_lists import IMPORTERS, decide_held_version
from core.business_date import get_business_date
from core.errors import DomainError
from core.web.access import role_required, step_up_required
from core.web.components import Tab
from core.web.http import HtmxRequest, add_faults, is_htmx
from core.web.paging import paginate

MARKS = {
    "IN_FORCE": ("good", "In force"),
    "REPLACED": ("neutral", "Replaced"),
    "UNCHANGED": ("neutral", "Nothing changed"),
    "HELD": ("warn", "Held back"),
    "REFUSED": ("bad", "Refused"),
    "RECEIVED": ("info", "Waits to be read"),
    "READING": ("info", "Being read"),
    "FAILED": ("bad", "Not read"),
}


class ImportForm(forms.Form):
    """A version of a list: OFAC's three files, or one file of the other kinds."""

    title = forms.CharField(label="List", max_length=120, help_text="A new name makes a new list.")
    format = forms.ChoiceField(label="Written as", choices=ListFormat.choices)
    main = forms.FileField(label="File", help_text="sdn.csv, the XML, or the CSV.")
    alt = forms.FileField(label="Aliases", required=False, help_text="alt.csv, for OFAC only.")
    add = forms.FileField(label="Addresses", required=False, help_text="add.csv, for OFAC only.")

    def files_by_part(self) -> dict[str, UploadedFile[Any]]:
        """The files as the service names them."""
        ofac = self.cleaned_data["format"] == ListFormat.OFAC
        parts = {
            "sdn" if ofac else "list": self.cleaned_data["main"],
            **({part: self.cleaned_data[part] for part in ("alt", "add")} if ofac else {}),
        }
        return {part: file for part, file in parts.items() if file}


class VersionDecisionForm(forms.Form):
    """Release what was held back, or refuse it."""

    outcome = forms.ChoiceField(
        label="Your decision",
        choices=[("release", "Release, it comes into force"), ("refuse", "Refuse, the list stays")],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(label="Reason", widget=forms.Textarea(attrs={"rows": 3}), max_length=2000)


@role_required(*LIST_READERS)
def watch_lists(request: HtmxRequest) -> HttpResponse:
    """Every list with what is in force, its versions and the files being read; htmx asks how far those are."""
    if is_htmx(request):
        uploads = list_uploads(request.user)
        answer = render(request, "blacklist/_uploads.html", _uploads(uploads))
        if not any(upload.waits for upload in uploads):
            answer["HX-Refresh"] = "true"  # the versions on the page are those of before
        return answer
    return _lists(request, ImportForm())


@require_POST
@role_required(*IMPORTERS)
@step_up_required
def watch_list_import(request: HtmxRequest) -> HttpResponse:
    """Take the files of a version; a worker reads them. A file that can't be read changes nothing and says why."""
    form = ImportForm(request.POST, request.FILES)
    if not form.is_valid():
        return _lists(request, form, status=422)
    try:
        upload = receive_watch_list(
            title=form.cleaned_data["title"],
            kind=form.cleaned_data["format"],
            files=form.files_by_part(),
            actor=request.user,
            business_date=get_business_date(),
        )
    except DomainError as refusal:
        add_faults(form, refusal)
        return _lists(request, form, status=422)
    messages.success(request, f"The files of {upload.watch_list.title} are being read. This page shows how far they are.")
    return redirect("blacklist:watch_lists")


def _uploads(uploads: list[WatchListUpload]) -> dict[str, Any]:
    """The last uploads, each with the mark of what became of it."""
    rows = []
    for upload in uploads:
        state = upload.version.state if upload.version is not None else upload.state
        rows.append((upload, *MARKS[state], min(100, upload.done * 100 // upload.size) if upload.size else 0))
    return {"uploads": rows, "reading": any(upload.waits for upload in uploads)}


def _lists(request: HtmxRequest, form: ImportForm, *, status: int = 200) -> HttpResponse:
    page = paginate(request, list_versions(request.user))
    context = {
        "lists": watch_list_rows(request.user),
        **_uploads(list_uploads(request.user)),
        "page": page,
        "rows": [(version, *MARKS[version.state]) for version in page],
        "form": form,
        "may_import": request.user.has_role(*IMPORTERS),
    }
    return render(request, "blacklist/watch_lists.html", context, status=status)


@role_required(*LIST_READERS)
def watch_list_version(request: HtmxRequest, version_id: UUID) -> HttpResponse:
    """What one version added, changed and removed."""
    return _version(request, version_id, VersionDecisionForm())


@require_POST
@role_required(*IMPORTERS)
@step_up_required
def watch_list_decide(request: HtmxRequest, version_id: UUID) -> HttpResponse:
    """The second person about a version that was held back."""
    form = VersionDecisionForm(request.POST)
    version = access_version(request.user, version_id)
    if not form.is_valid():
        return _version(request, version_id, form, status=422)
    try:
        decide_held_version(
            version=version, release=form.cleaned_data["outcome"] == "release", reason=form.cleaned_data["reason"], actor=request.user
        )
    except DomainError as refusal:
        add_faults(form, refusal)
        return _version(request, version_id, form, status=422)
    messages.success(request, "Your decision is recorded.")
    return redirect("blacklist:watch_list_version", version_id)


def _version(request: HtmxRequest, version_id: UUID, form: VersionDecisionForm, *, status: int = 200) -> HttpResponse:
    version = access_version(request.user, version_id)
    view = request.GET.get("view", "added")
    if view not in ChangeKind.values:
        view = ChangeKind.ADDED.value
    page = paginate(request, list_changes(version, view))
    counts = {"added": version.added, "changed": version.changed, "removed": version.removed}
    changes: list[tuple[WatchListChange, list[tuple[str, str, str]]]] = [(change, compare_change(change)) for change in page]
    context: dict[str, Any] = {
        "version": version,
        "mark": MARKS[version.state],
        "tabs": [Tab(label, f"?view={kind}", counts[kind], current=kind == view) for kind, label in ChangeKind.choices],
        "page": page,
        "changes": changes,
        "view": view,
        "form": form,
        "may_decide": version.state == "HELD" and request.user.has_role(*IMPORTERS) and version.imported_by_id != request.user.pk,
        "waits": version.state == "HELD",
    }
    return render(request, "blacklist/watch_list_version.html", context, status=status)
