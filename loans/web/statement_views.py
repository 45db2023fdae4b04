"""Statements of the applicant's accounts in the browser: sent at the counter, read by a worker,
with how far that is and what could not be read.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from core.errors import DomainError
from core.web.access import role_required
from core.web.http import HtmxRequest, add_faults, is_htmx, render_page
from loans.models import Application
from loans.models.accounts import LineCategory
from loans.selectors.accounts import accounts_of, how_told, imports_of
from loans.selectors.applications import access_application
from loans.services.statement_imports import may_send, receive_statement
from loans.web.queue_views import LENDING

STATES = {
    "RECEIVED": ("info", "Being read"),
    "READING": ("info", "Being read"),
    "DONE": ("good", "Read"),
    "REFUSED": ("bad", "Refused"),
}
SHOWN_FAULTS = 10


class StatementForm(forms.Form):
    """A file, and the account where the file does not name it."""

    file = forms.FileField(label="Statement", widget=forms.ClearableFileInput(attrs={"accept": ".xml,.sta,.mt940,.ofx,.csv,.txt"}))
    account = forms.CharField(label="Account number", required=False, max_length=42, help_text="Only where the file does not name it")


@role_required(*LENDING)
def statements_panel(request: HtmxRequest, application_id: UUID) -> HttpResponse:
    """The files that came, how far each is, the accounts they fill, and the form to send one."""
    return _show(request, access_application(request.user, application_id))


@require_POST
@role_required(*LENDING)
def statement_send(request: HtmxRequest, application_id: UUID) -> HttpResponse:
    """Take a file in for the worker."""
    application = access_application(request.user, application_id)
    form = StatementForm(request.POST, request.FILES, prefix="statement")
    if not form.is_valid():
        return _show(request, application, status=422, form=form)
    try:
        receive_statement(
            application=application,
            upload=form.cleaned_data["file"],
            account=form.cleaned_data["account"],
            partner=None,
            actor=request.user,
        )
    except DomainError as refusal:
        add_faults(form, refusal)
        return _show(request, application, status=refusal.status, form=form)
    messages.success(request, "The statement is taken and is being read.")
    return _show(request, application) if is_htmx(request) else redirect("loans:statements_panel", application.pk)


def _show(request: HtmxRequest, application: Application, *, status: int = 200, form: StatementForm | None = None) -> HttpResponse:
    imports = list(imports_of(application))
    told = how_told(imports)
    rows: list[tuple[Any, ...]] = [
        (
            row,
            STATES[row.state],
            told[row.pk].words(row.form) if row.pk in told and not row.aside else "",
            row.errors[:SHOWN_FAULTS],
            max(0, len(row.errors) - SHOWN_FAULTS),
        )
        for row in imports
    ]
    return render_page(
        request,
        "loans/application_statements.html",
        "loans/_statements.html",
        status=status,
        application=application,
        rows=rows,
        busy=any(row.state in ("RECEIVED", "READING") for row in imports),
        accounts=list(accounts_of(application.borrower)) if application.borrower else [],
        form=form,
        send_form=form or StatementForm(prefix="statement"),
        may_send=may_send(request.user, application),
        words=LineCategory.choices,
    )
