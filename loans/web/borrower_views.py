"""Customers: the list, one with what they have with the bank, unmasking, and the search of the tool bar."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from core.errors import DomainError
from core.roles import Role
from core.web.access import role_required, step_up_required
from core.web.export import export_rows, wanted
from core.web.http import HtmxRequest
from core.web.paging import paginate
from loans.models import Borrower
from loans.models.borrowers import BorrowerKind
from loans.selectors import borrowers as reads
from loans.selectors.accounts import accounts_of
from loans.selectors.amendments import open_amendment, stated_of_customer
from loans.services.borrowers import unmask_identifier
from loans.web.queue_views import LENDING, STATES


class BorrowerFilter(forms.Form):
    """A name, reference or exact identifier, and the kind."""

    text = forms.CharField(required=False, label="Name, reference or exact identifier")
    kind = forms.ChoiceField(required=False, label="Kind", choices=[("", "Persons and companies"), *BorrowerKind.choices])


class UnmaskForm(forms.Form):
    """Which value, and why."""

    field = forms.CharField(widget=forms.HiddenInput)
    reason = forms.CharField(label="Why you need to see it", max_length=200)


@role_required(*LENDING)
def borrower_list(request: HtmxRequest) -> HttpResponse:
    """Customers by name."""
    form = BorrowerFilter(request.GET)
    chosen = form.cleaned_data if form.is_valid() else {}
    rows = reads.list_borrowers(request.user, text=chosen.get("text", ""), kind=chosen.get("kind", ""))
    if wanted(request):
        columns = [
            ("Reference", lambda b: b.reference),
            ("Name", lambda b: b.name),
            ("Kind", lambda b: b.get_kind_display()),
            ("Branch", lambda b: b.branch.name),
            ("Loans", lambda b: b.loan_count),
            ("Outstanding", lambda b: b.outstanding),
        ]
        return export_rows(request, columns, rows, "customers")
    page = paginate(request, rows)
    return render(request, "loans/borrower_list.html", {"page": page, "filters": form, "filtered": any(chosen.values())})


@role_required(*LENDING)
def borrower_detail(request: HtmxRequest, borrower_id: UUID) -> HttpResponse:
    """One customer."""
    return _detail(request, reads.access_borrower(request.user, borrower_id))


def _detail(
    request: HtmxRequest, borrower: Borrower, *, status: int = 200, shown: dict[str, str] | None = None, form: UnmaskForm | None = None
) -> HttpResponse:
    identifiers = [(name, label, (shown or {}).get(name, masked)) for name, label, masked in reads.masked_identifiers(borrower)]
    applications = borrower.applications.select_related("product_version__product").order_by("-id")[:25]
    return render(
        request,
        "loans/borrower_detail.html",
        {
            "borrower": borrower,
            "identifiers": identifiers,
            "shown": shown or {},
            "form": form,
            "applications": [(application, STATES[application.state]) for application in applications],
            "loans": borrower.loans.select_related("product_version__product")[:25],
            "accounts": accounts_of(borrower),
            "exposure": reads.exposure_of(borrower),
            "amendment": open_amendment(borrower),
            "stated": stated_of_customer(request.user, borrower),
            "may_unmask": not request.user.has_role(Role.AUDITOR),
        },
        status=status,
    )


@require_POST
@role_required(*(set(LENDING) - {Role.AUDITOR}))
@step_up_required
def borrower_unmask(request: HtmxRequest, borrower_id: UUID) -> HttpResponse:
    """Show one hidden value, once, with the reason on record."""
    borrower = reads.access_borrower(request.user, borrower_id)
    form = UnmaskForm(request.POST)
    if not form.is_valid():
        return _detail(request, borrower, status=422, form=form)
    field = form.cleaned_data["field"]
    try:
        value = unmask_identifier(borrower=borrower, field=field, reason=form.cleaned_data["reason"], actor=request.user)
    except DomainError as refusal:
        form.add_error("reason", refusal.detail)
        return _detail(request, borrower, status=422, form=form)
    messages.info(request, "The value is shown once; the audit trail keeps that you saw it and why.")
    return _detail(request, borrower, shown={field: value})


@role_required(*LENDING)
def search(request: HtmxRequest) -> HttpResponse:
    """Name, reference, loan number or exact identifier, over everything the person may see."""
    text = request.GET.get("q", "")[:80]
    found = reads.search_everything(request.user, text)
    return render(request, "loans/search.html", {"text": text, "found": found, "count": sum(len(rows) for rows in found.values())})
