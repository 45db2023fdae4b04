"""The list of loans: saved views with live counts, filters, totals per currency, exports of the filtered set."""

from __future__ import annotations

from urllib.parse import urlencode

from django import forms
from django.http import HttpResponse
from django.shortcuts import render

from core.web.access import role_required
from core.web.components import Tab
from core.web.export import export_rows, wanted
from core.web.http import HtmxRequest
from core.web.paging import order_asked, paginate
from loans.selectors import loans as reads
from loans.selectors.products import list_products
from loans.web.loan_words import LOAN_STATES, arrears_mark
from loans.web.queue_views import LENDING

ORDERS = {
    "name": "borrower__name",
    "granted": "principal",
    "outstanding": "outstanding_principal",
    "arrears": "arrears",
    "days": "days_past_due",
    "due": "next_due_date",
    "newest": "id",
}
COLUMNS = [
    ("Loan", lambda loan: loan.reference),
    ("Customer", lambda loan: loan.borrower.name),
    ("Product", lambda loan: loan.product_version.product.name),
    ("State", lambda loan: LOAN_STATES[loan.state][1]),
    ("Currency", lambda loan: loan.currency),
    ("Granted", lambda loan: loan.principal),
    ("Outstanding principal", lambda loan: loan.outstanding_principal),
    ("Overdue amount", lambda loan: loan.arrears),
    ("Days past due", lambda loan: loan.days_past_due),
    ("Bucket", lambda loan: loan.bucket),
    ("Next due date", lambda loan: loan.next_due_date),
    ("Next due amount", lambda loan: loan.next_due_amount),
    ("Paid out on", lambda loan: loan.disbursed_date),
    ("Matures on", lambda loan: loan.maturity_date),
    ("Branch", lambda loan: loan.branch.name),
]


class LoanFilterForm(forms.Form):
    """Filters of the list; all optional."""

    text = forms.CharField(required=False, label="Customer or loan number", max_length=80)
    product = forms.ChoiceField(required=False, label="Product")
    state = forms.ChoiceField(
        required=False, label="State", choices=[("", "All states"), *((code, word) for code, (_, word) in LOAN_STATES.items())]
    )
    bucket = forms.ChoiceField(
        required=False,
        label="Days past due",
        choices=[("", "Any days past due"), *((label, f"{label} days") for label in reads.bucket_labels())],
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        field = self.fields["product"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", "All products"), *((product.code, product.name) for product in list_products())]


@role_required(*LENDING)
def loan_list(request: HtmxRequest) -> HttpResponse:
    """Loans by saved view, newest first. The number of queries does not depend on the size of the book."""
    view = request.GET.get("view", "all")
    if view not in dict(reads.VIEWS):
        view = "all"
    form = LoanFilterForm(request.GET)
    chosen = form.cleaned_data if form.is_valid() else {}
    asked = reads.LoanFilter(view=view, **{name: chosen.get(name, "") for name in ("text", "state", "bucket", "product")})
    order = order_asked(request, ORDERS, default="-newest")
    rows = reads.list_loans(request.user, asked, order=order)
    if wanted(request):
        return export_rows(request, COLUMNS, rows, "loans")
    totals = reads.sum_loans(rows)
    page = paginate(request, rows, total=sum(total.count for total in totals))
    counts = reads.count_views(request.user)
    kept = {name: value for name, value in chosen.items() if value}
    views = [Tab(label, f"?{urlencode({'view': name, **kept})}", counts[name], current=name == view) for name, label in reads.VIEWS]
    return render(
        request,
        "loans/loan_list.html",
        {
            "page": page,
            "rows": [(loan, LOAN_STATES[loan.state], arrears_mark(loan)) for loan in page],
            "views": views,
            "view": view,
            "filters": form,
            "filtered": asked.narrowed,
            "totals": totals,
        },
    )
