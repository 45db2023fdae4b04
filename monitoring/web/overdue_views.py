"""The overdue list: what is due and unpaid, worst first."""

from __future__ import annotations

from django import forms
from django.http import HttpResponse
from django.shortcuts import render

from core.business_date import get_bank
from core.roles import Role
from core.web.access import STAFF, role_required
from core.web.components import Kpi, Tab
from core.web.export import export_rows, wanted
from core.web.formats import compact
from core.web.http import HtmxRequest
from core.web.paging import paginate
from loans.selectors.loans import bucket_labels
from monitoring import selectors


class OverdueFilter(forms.Form):
    """A name or a loan number."""

    text = forms.CharField(required=False, label="Name or loan number")


@role_required(*(STAFF - {Role.APPRAISER, Role.VALIDATOR}))
def overdue_list(request: HtmxRequest) -> HttpResponse:
    """Loans past due by bucket."""
    bucket = request.GET.get("bucket", "")
    filters = OverdueFilter(request.GET)
    text = filters.cleaned_data["text"] if filters.is_valid() else ""
    rows = selectors.list_overdue(request.user, bucket=bucket, text=text)
    if wanted(request):
        columns = [
            ("Loan", lambda loan: loan.reference),
            ("Borrower", lambda loan: loan.borrower.name),
            ("Branch", lambda loan: loan.branch.name),
            ("Matures on", lambda loan: loan.maturity_date),
            ("Days past due", lambda loan: loan.days_past_due),
            ("Arrears", lambda loan: loan.arrears),
            ("Outstanding", lambda loan: loan.outstanding_principal),
            ("Currency", lambda loan: loan.currency),
        ]
        return export_rows(request, columns, rows, "overdue")
    bank = get_bank()
    buckets = {row["bucket"]: row for row in selectors.overdue_buckets(request.user)}
    total = sum(row["count"] for row in buckets.values())
    views = [Tab("All", "?", total, current=not bucket)]
    views += [
        Tab(f"{label} days", f"?bucket={label}", buckets[label]["count"] if label in buckets else 0, current=label == bucket)
        for label in bucket_labels()[1:]
    ]
    views.append(
        Tab("Matured, unpaid", f"?bucket={selectors.MATURED}", selectors.count_matured(request.user), current=bucket == selectors.MATURED)
    )
    arrears = sum((row["arrears"] for row in buckets.values()), start=0)
    principal = sum((row["principal"] for row in buckets.values()), start=0)
    bad = sum((row["principal"] for label, row in buckets.items() if label not in ("1-30", "31-60", "61-90")), start=0)
    kpis = [
        Kpi("Loans past due", f"{total:,}"),
        Kpi("Arrears", compact(arrears, ""), unit=bank.currency),
        Kpi("Principal behind them", compact(principal, ""), unit=bank.currency),
        Kpi("Principal more than 90 days", compact(bad, ""), unit=bank.currency, status="bad" if bad else ""),
    ]
    page = paginate(request, rows)
    return render(
        request,
        "monitoring/overdue_list.html",
        {
            "page": page,
            "views": views,
            "kpis": kpis,
            "filters": filters,
            "bucket": bucket,
            "filtered": bool(text),
            "swept_date": bank.swept_date,
        },
    )
