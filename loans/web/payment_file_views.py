"""Incoming payments from files: upload, what was found, booking it, and the lines that a person takes up."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from core.business_date import get_business_date
from core.errors import DomainError
from core.web.access import role_required
from core.web.components import Tab
from core.web.http import HtmxRequest, is_htmx
from core.web.paging import paginate
from loans.models import Loan, PaymentAllocation, PaymentFile, PaymentLine
from loans.selectors.payment_files import (
    READERS,
    access_payment_file,
    access_payment_line,
    list_files,
    list_lines,
    list_unmatched,
    sums_by_state,
)
from loans.selectors.payments import PartLine
from loans.services.payment_files import assign_line, find_loan, post_file, receive_payments, set_line_aside
from loans.services.payments import CASHIERS, PaymentPreview, preview_payment
from loans.web.servicing_forms import ReasonForm

FILE_STATES = {
    "RECEIVED": ("info", "Being read"),
    "READ": ("warn", "Read, not booked"),
    "POSTING": ("info", "Being booked"),
    "DONE": ("good", "Booked"),
    "REFUSED": ("bad", "Refused"),
}
LINE_STATES = {
    "MATCHED": ("info", "Matched"),
    "UNMATCHED": ("warn", "Not matched"),
    "POSTED": ("good", "Booked"),
    "SET_ASIDE": ("neutral", "Set aside"),
    "DUPLICATE": ("neutral", "There before"),
}
COMPONENTS = dict(PaymentAllocation.Component.choices)


class UploadForm(forms.Form):
    """A statement of the account on which loans are paid."""

    file = forms.FileField(label="Statement", help_text="CAMT.053, MT940, OFX or CSV")


class LoanForm(forms.Form):
    """The loan that an amount pays."""

    loan = forms.CharField(label="Loan number", max_length=20)


@role_required(*READERS)
def payment_file_list(request: HtmxRequest) -> HttpResponse:
    """Files of payments, and the way to upload one."""
    form = UploadForm(request.POST or None, request.FILES or None) if request.method == "POST" else UploadForm()
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                file = receive_payments(upload=form.cleaned_data["file"], actor=request.user)
                return redirect("loans:payment_file_detail", file.pk)
            except DomainError as refusal:
                form.add_error("file", refusal.detail)
                status = refusal.status
    page = paginate(request, list_files(request.user))
    context = {
        "page": page,
        "rows": [(file, FILE_STATES[file.state]) for file in page],
        "form": form,
        "may_upload": request.user.has_role(*CASHIERS),
        "open_lines": list_unmatched(request.user).count(),
    }
    return render(request, "loans/payment_file_list.html", context, status=status)


@role_required(*READERS)
def payment_file_detail(request: HtmxRequest, file_id: UUID) -> HttpResponse:
    """What was found in a file. While a worker is busy with it the page asks again by itself."""
    return _show(request, access_payment_file(request.user, file_id))


@require_POST
@role_required(*CASHIERS)
def payment_file_book(request: HtmxRequest, file_id: UUID) -> HttpResponse:
    """Have the matched lines booked."""
    file = access_payment_file(request.user, file_id)
    try:
        post_file(file=file, actor=request.user)
    except DomainError as refusal:
        return _show(request, access_payment_file(request.user, file_id), status=refusal.status, refusal=refusal)
    return redirect("loans:payment_file_detail", file_id)


@role_required(*READERS)
def payment_line_list(request: HtmxRequest) -> HttpResponse:
    """The lines that nobody has matched to a loan yet."""
    page = paginate(request, list_unmatched(request.user))
    return render(request, "loans/payment_line_list.html", {"page": page})


@role_required(*READERS)
def payment_line(request: HtmxRequest, line_id: UUID) -> HttpResponse:
    """One line: `?loan=LN-…` shows what it would pay there; sent, it is booked."""
    line = access_payment_line(request.user, line_id)
    if request.method == "POST":
        return _assign(request, line)  # type: ignore[return-value]
    if "loan" not in request.GET:
        return _line_page(request, line, LoanForm())
    form = LoanForm(request.GET)
    if not form.is_valid():
        return _line_page(request, line, form, status=422)
    try:
        loan = find_loan(form.cleaned_data["loan"], line.currency, request.user)
        preview = preview_payment(loan=loan, amount=line.amount, value_date=line.value_date, business_date=get_business_date())
    except DomainError as refusal:
        form.add_error("loan", refusal.detail)
        return _line_page(request, line, form, status=refusal.status)
    return _line_page(request, line, form, loan=loan, preview=preview)


@role_required(*CASHIERS)
def _assign(request: HtmxRequest, line: PaymentLine) -> HttpResponse:
    form = LoanForm(request.POST)
    if not form.is_valid():
        return _line_page(request, line, form, status=422)
    try:
        booked = assign_line(line=line, reference=form.cleaned_data["loan"], actor=request.user)
    except DomainError as refusal:
        form.add_error("loan", refusal.detail)
        return _line_page(request, access_payment_line(request.user, line.pk), form, status=refusal.status)
    assert booked.payment is not None and booked.loan is not None
    messages.success(request, f"Payment {booked.payment.reference} is booked on {booked.loan.reference}.")
    return redirect("loans:payment_line_list")


@require_POST
@role_required(*CASHIERS)
def payment_line_aside(request: HtmxRequest, line_id: UUID) -> HttpResponse:
    """Say that a line is no payment of a loan."""
    line = access_payment_line(request.user, line_id)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _line_page(request, line, LoanForm(), reason_form=form, status=422)
    try:
        set_line_aside(line=line, reason=form.cleaned_data["reason"], actor=request.user)
    except DomainError as refusal:
        return _line_page(request, access_payment_line(request.user, line_id), LoanForm(), refusal=refusal, status=refusal.status)
    messages.success(request, "The line is set aside.")
    return redirect("loans:payment_line_list")


def _show(request: HtmxRequest, file: PaymentFile, *, status: int = 200, **extra: Any) -> HttpResponse:
    sums = sums_by_state(file)
    asked = request.GET.get("state", "")
    total = sum(number for number, _ in sums.values())
    tabs = [Tab("All", "?", total, current=asked not in LINE_STATES)]
    tabs += [
        Tab(LINE_STATES[state][1], f"?state={state}", sums[state][0], current=asked == state) for state in LINE_STATES if state in sums
    ]
    page = paginate(request, list_lines(file, asked))
    waiting, posted = (sums.get(state, (0, 0))[0] for state in ("MATCHED", "POSTED"))
    context = {
        "file": file,
        "mark": FILE_STATES[file.state],
        "busy": file.state in ("RECEIVED", "POSTING"),
        "percent": 100 * posted // (posted + waiting) if file.state == "POSTING" and posted + waiting else 0,
        "tabs": tabs,
        "page": page,
        "rows": [(line, LINE_STATES[line.state]) for line in page],
        "matched": sums.get("MATCHED", (0, 0)),
        "may_book": file.state == "READ" and waiting > 0 and request.user.has_role(*CASHIERS),
        "here": f"{reverse('loans:payment_file_detail', args=[file.pk])}{'?state=' + asked if asked in LINE_STATES else ''}",
    }
    template = "loans/_payment_file.html" if is_htmx(request) else "loans/payment_file_detail.html"
    return render(request, template, {**context, **extra}, status=status)


def _line_page(
    request: HtmxRequest,
    line: PaymentLine,
    form: LoanForm,
    *,
    loan: Loan | None = None,
    preview: PaymentPreview | None = None,
    status: int = 200,
    **extra: Any,
) -> HttpResponse:
    parts = [PartLine(COMPONENTS[part.component], part.instalment, part.amount) for part in preview.parts] if preview else []
    context = {
        "line": line,
        "mark": LINE_STATES[line.state],
        "form": form,
        "reason_form": ReasonForm(),
        "loan": loan,
        "preview": preview,
        "parts": sorted(parts, key=lambda part: (part.instalment is None, part.instalment or 0)),
        "may_book": line.state == "UNMATCHED" and request.user.has_role(*CASHIERS),
    }
    return render(request, "loans/payment_line.html", {**context, **extra}, status=status)
