"""Bureau reports in the browser: ordered, watched while the bureau is asked, read, and put into the file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from core import audit
from core.business_date import get_business_date
from core.errors import DomainError
from core.roles import Role
from core.web.access import role_required
from core.web.http import HtmxRequest, is_htmx, render_page
from loans.models import Application
from risk.domain.facts import CATALOGUE
from risk.models import BureauReport
from risk.selectors.bureau import access_report, reports_of
from risk.selectors.files import access_application, investigation_of
from risk.services.bureau import accounts_in, has_consent, order_report, take_report
from risk.services.bureau_adapters import adapter_in_use
from risk.web.panels import FILE_READERS, may_work
from risk.web.wording import value_words

State = BureauReport.State
STATES = {
    State.WAITING: ("info", "Waiting"),
    State.RECEIVED: ("good", "Received"),
    State.UNKNOWN: ("neutral", "Nobody known"),
    State.UNUSABLE: ("bad", "Unusable"),
    State.FAILED: ("bad", "No answer"),
}


class OrderForm(forms.Form):
    """Whom to ask about."""

    party = forms.TypedChoiceField(label="Report on", coerce=UUID)

    def __init__(self, *args: Any, application: Application, **options: Any) -> None:
        super().__init__(*args, **options)
        self.people = {party.borrower_id: party for party in application.parties.select_related("borrower")}
        self.fields["party"].choices = [  # type: ignore[attr-defined]
            (str(key), f"{party.borrower.name}, {party.get_part_display().lower()}") for key, party in self.people.items()
        ]


@role_required(*FILE_READERS)
def bureau_panel(request: HtmxRequest, pk: UUID) -> HttpResponse:
    """The enquiries of the file and how they went."""
    return _show(request, access_application(request.user, pk))


@require_POST
@role_required(Role.INVESTIGATOR)
def bureau_order(request: HtmxRequest, pk: UUID) -> HttpResponse:
    """Order a report."""
    application = access_application(request.user, pk)
    form = OrderForm(request.POST, application=application, prefix="bureau")
    if not form.is_valid():
        return _show(request, application, status=422, form=form)
    who = form.people[form.cleaned_data["party"]].borrower
    return _do(
        request,
        application,
        "The bureau is asked. The report comes in by itself.",
        lambda: order_report(application=application, borrower=who, actor=request.user, business_date=get_business_date()),
    )


@require_POST
@role_required(Role.INVESTIGATOR)
def bureau_take(request: HtmxRequest, pk: UUID, report_id: UUID) -> HttpResponse:
    """Put a late report into the file."""
    application = access_application(request.user, pk)
    report = access_report(request.user, pk, report_id)
    return _do(
        request,
        application,
        "The report's figures are in the file.",
        lambda: take_report(report=report, actor=request.user, business_date=get_business_date()),
    )


@role_required(*FILE_READERS)
def bureau_report(request: HtmxRequest, pk: UUID, report_id: UUID) -> HttpResponse:
    """One report with the accounts it names; reading it is on record."""
    application = access_application(request.user, pk)
    report = access_report(request.user, pk, report_id)
    audit.record("bureau.read", actor=request.user, target=application, business_date=get_business_date(), report=report.pk)
    return render_page(
        request,
        "risk/application_bureau_report.html",
        "risk/_bureau_report.html",
        application=application,
        report=report,
        state=STATES[State(report.state)],
        accounts=accounts_in(report),
        figures=_figures(report, application),
    )


def _do(request: HtmxRequest, application: Application, said: str, act: Callable[[], object]) -> HttpResponse:
    try:
        act()
    except DomainError as refusal:
        return _show(request, application, status=refusal.status, refusal=refusal)
    messages.success(request, said)
    if is_htmx(request):
        return _show(request, access_application(request.user, application.pk))
    return redirect("risk:bureau_panel", application.pk)


def _figures(report: BureauReport, application: Application) -> list[tuple[str, str]]:
    return [(CATALOGUE[code].title, value_words(CATALOGUE[code], value, application.currency)) for code, value in report.figures.items()]


def _show(request: HtmxRequest, application: Application, *, status: int = 200, **context: Any) -> HttpResponse:
    reports = reports_of(application)
    found = investigation_of(application)
    works = may_work(request.user, application, found)
    context.setdefault("form", None)
    context.setdefault("refusal", None)
    return render_page(
        request,
        "risk/application_bureau.html",
        "risk/_bureau.html",
        status=status,
        application=application,
        reports=[(row, STATES[State(row.state)], _figures(row, application)) for row in reports],
        waiting=any(row.state == State.WAITING for row in reports),
        usable=any(row.in_file_at for row in reports),
        consent=has_consent(application, timezone.now()),
        bureau=adapter_in_use() is not None,
        may_order=works,
        order_form=context["form"] or OrderForm(application=application, prefix="bureau"),
        **context,
    )
