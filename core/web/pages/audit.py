"""The audit trail: who did what, when, to which file."""

from __future__ import annotations

import json

from django import forms
from django.http import HttpResponse
from django.shortcuts import render

from core.models import AuditEntry
from core.selectors import AUDIT_READERS, AuditFilter, list_audit_entries
from core.web.access import role_required
from core.web.export import LIMIT, export_rows, wanted
from core.web.fields import DayField
from core.web.http import HtmxRequest
from core.web.paging import paginate


class AuditFilterForm(forms.Form):
    """The filter row above the trail."""

    text = forms.CharField(label="Reference or request", required=False, max_length=80)
    actor = forms.CharField(label="Person", required=False, max_length=80)
    action = forms.CharField(label="Action begins with", required=False, max_length=60)
    first = DayField(label="From", required=False)
    last = DayField(label="To", required=False)

    def asked(self) -> AuditFilter:
        """The filter; what cannot be read filters nothing."""
        self.is_valid()
        return AuditFilter(**{name: value for name, value in self.cleaned_data.items() if value})


@role_required(*AUDIT_READERS)
def audit_list(request: HtmxRequest) -> HttpResponse:
    """The trail, filtered and paged; CSV and Excel of the filtered set."""
    form = AuditFilterForm(request.GET)
    rows = list_audit_entries(request.user, form.asked())
    if wanted(request):
        return export_rows(request, _COLUMNS, rows[:LIMIT].iterator(), "audit-trail")
    return render(
        request,
        "core/audit_list.html",
        {"page": paginate(request, rows, size=50), "filter_form": form, "is_filtered": form.asked() != AuditFilter()},
    )


def _details(entry: AuditEntry) -> str:
    return json.dumps(entry.details, ensure_ascii=False, sort_keys=True) if entry.details else ""


_COLUMNS = [
    ("At", lambda e: e.at),
    ("Business date", lambda e: e.business_date),
    ("Person", lambda e: e.actor_name),
    ("Action", lambda e: e.action),
    ("About", lambda e: e.target_label or f"{e.target_type} {e.target_id}"),
    ("Branch", lambda e: e.branch.name if e.branch else ""),
    ("Details", _details),
    ("Request", lambda e: e.request_id),
]
