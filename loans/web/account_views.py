"""Bank accounts of customers and the lines of their statements."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render

from core import audit
from core.crypto import mask
from core.web.access import role_required
from core.web.export import export_rows, wanted
from core.web.http import HtmxRequest
from core.web.paging import paginate
from loans.selectors import accounts as reads
from loans.web.queue_views import LENDING
from loans.web.servicing_forms import LineFilterForm

COLUMNS = [
    ("Date", lambda line: line.date),
    ("Text", lambda line: line.text),
    ("Kind", lambda line: line.kind[0]),
    ("Amount", lambda line: line.amount),
    ("Currency", lambda line: line.currency),
    ("Balance", lambda line: line.balance),
    ("Bank's id", lambda line: line.external_id),
    ("Left out", lambda line: line.statement.get_aside_display() if line.statement else ""),
]


@role_required(*LENDING)
def account_detail(request: HtmxRequest, account_id: UUID) -> HttpResponse:
    """The statement lines of one account, newest first. Who read them is on record."""
    account = reads.access_account(request.user, account_id)
    form = LineFilterForm(request.GET)
    chosen = form.cleaned_data if form.is_valid() else {}
    asked = reads.LineFilter(
        text=chosen.get("text", ""),
        category=chosen.get("category", ""),
        first_day=chosen.get("first_day"),
        last_day=chosen.get("last_day"),
    )
    rows = reads.list_lines(account, asked)
    audit.record("statement.read", actor=request.user, target=account, branch=account.borrower.branch_id, label=account.borrower.reference)
    if wanted(request):
        return export_rows(request, COLUMNS, rows, "statement")
    totals = reads.sum_lines(rows)
    return render(
        request,
        "loans/account_detail.html",
        {
            "account": account,
            "iban": mask(account.iban),
            "page": paginate(request, rows, size=50, total=sum(total.count for total in totals)),
            "filters": form,
            "filtered": any(chosen.values()),
            "totals": totals,
        },
    )
