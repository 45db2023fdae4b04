"""The books as a whole: the trial balance of any day."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from core.business_date import get_business_date
from core.roles import Role
from core.web.access import role_required
from core.web.export import Column, export_rows, wanted
from core.web.http import HtmxRequest
from loans.ledger.selectors import trial_balance
from loans.web.servicing_forms import DayForm

READERS = (Role.RISK_MANAGER, Role.AUDITOR, Role.COMPLIANCE)
COLUMNS: list[Column[Any]] = [
    ("Account", lambda line: line.code),
    ("Name", lambda line: line.name),
    ("Kind", lambda line: line.kind_title),
    ("Currency", lambda line: line.currency),
    ("Debit turnover", lambda line: line.debit),
    ("Credit turnover", lambda line: line.credit),
    ("Debit balance", lambda line: line.debit_balance),
    ("Credit balance", lambda line: line.credit_balance),
]


@role_required(*READERS)
def trial_balance_page(request: HtmxRequest) -> HttpResponse:
    """Every account as of the end of a business day; `?export=csv` or `xlsx` takes it along. Two queries."""
    today = get_business_date()
    form = DayForm(request.GET if "as_of" in request.GET else {"as_of": today.isoformat()})
    found = trial_balance(as_of=form.cleaned_data["as_of"]) if form.is_valid() else None
    if found is not None and wanted(request):
        return export_rows(request, COLUMNS, found.lines, f"trial-balance-{found.as_of.isoformat()}")
    totals = [(currency, *sums, found.differences.get(currency)) for currency, sums in sorted(found.totals().items())] if found else []
    context = {"form": form, "found": found, "totals": totals, "today": today}
    return render(request, "loans/trial_balance.html", context, status=200 if found else 422)
