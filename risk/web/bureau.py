"""Bureau reports in the browser: ordered, watched while the bureau is asked, read, and put into the file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from core import audit
from core.business_date import get_business_date
from core.errors import DomainError
from core.roles import Role
from core.web.access import role_required
from core.web.document_field import DocumentField
from core.web.fields import DayField
from core.web.http import HtmxRequest, add_faults, is_htmx, render_page
from loans.models import Application, Borrower, Document
from loans.selectors.consents import Consent, bureau_consent, bureau_consent_stated
from loans.services.consents import NO_PAPER
from risk.domain.facts import CATALOGUE
from risk.models import BureauReport
from risk.selectors.bureau import access_report, accounts_in, answering, is_outdated, reports_of
from risk.selectors.files import access_application, investigation_of
from risk.services.bureau import order_report, record_bureau_consent, take_report
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


@dataclass(frozen=True)
class Asked:
    """A party of the file with the part it has, and the consent by which a bureau may be asked about it, with its paper; else what is
    written of one that does not hold.
    """

    borrower: Borrower
    part: str
    consent: Consent | None
    document: Document | None
    stated: Consent | None = None

    @property
    def choice(self) -> tuple[str, str]:
        return str(self.borrower.pk), f"{self.borrower.name}, {self.part}"


class OrderForm(forms.Form):
    """Whom to ask about: the parties that agreed."""

    party = forms.TypedChoiceField(label="Report on", coerce=UUID)

    def __init__(self, *args: Any, people: Mapping[UUID, Asked], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["party"].choices = [row.choice for row in people.values() if row.consent]  # type: ignore[attr-defined]


class ConsentForm(forms.Form):
    """A party that agreed, when, and the paper that shows it."""

    party = forms.TypedChoiceField(label="Who agreed", coerce=UUID)
    given_date = DayField(label="Agreed on")
    document = DocumentField(label="Document that shows it", error_messages={"required": NO_PAPER})

    def __init__(self, *args: Any, people: Mapping[UUID, Asked], documents: Sequence[Document], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["party"].choices = [row.choice for row in people.values()]  # type: ignore[attr-defined]
        self.fields["document"].offer(documents, none="Choose the document")  # type: ignore[attr-defined]


@role_required(*FILE_READERS)
def bureau_panel(request: HtmxRequest, pk: UUID) -> HttpResponse:
    """The enquiries of the file and how they went."""
    return _show(request, access_application(request.user, pk))


@require_POST
@role_required(Role.INVESTIGATOR)
def bureau_order(request: HtmxRequest, pk: UUID) -> HttpResponse:
    """Order a report."""
    application = access_application(request.user, pk)
    people = _people(application, [])
    form = OrderForm(request.POST, people=people, prefix="bureau")
    if not form.is_valid():
        return _show(request, application, status=422, form=form, order_form=form)
    who = people[form.cleaned_data["party"]].borrower
    return _do(
        request,
        application,
        "The bureau is asked. The report comes in by itself.",
        lambda: order_report(application=application, borrower=who, actor=request.user, business_date=get_business_date()),
    )


@require_POST
@role_required(Role.INVESTIGATOR)
def bureau_consent_record(request: HtmxRequest, pk: UUID) -> HttpResponse:
    """Record that a party agreed to an enquiry."""
    application = access_application(request.user, pk)
    found = investigation_of(application)
    people, documents = _people(application, []), found.documents if found else []
    form = ConsentForm(request.POST, people=people, documents=documents, prefix="consent")
    if not form.is_valid():
        return _show(request, application, status=422, form=form, consent_form=form)
    given = form.cleaned_data
    who = people[given.pop("party")].borrower
    try:
        record_bureau_consent(application=application, borrower=who, actor=request.user, business_date=get_business_date(), **given)
    except DomainError as refusal:
        add_faults(form, refusal)
        return _show(request, application, status=refusal.status, form=form, consent_form=form)
    messages.success(request, f"The consent of {who.name} is on file.")
    return _show(request, application) if is_htmx(request) else redirect("risk:bureau_panel", application.pk)


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


def _people(application: Application, documents: Sequence[Document]) -> dict[UUID, Asked]:
    """The parties with their consents: one query."""
    papers = {str(row.pk): row for row in documents}
    today = get_business_date()
    found: dict[UUID, Asked] = {}
    for party in application.parties.select_related("borrower").order_by("id"):
        consent = bureau_consent(application, party.borrower_id, business_date=today)
        paper = papers.get(consent.document) if consent else None
        stated = None if consent else bureau_consent_stated(application, party.borrower_id)
        found.setdefault(party.borrower_id, Asked(party.borrower, party.get_part_display().lower(), consent, paper, stated))
    return found


def _figures(report: BureauReport, application: Application) -> list[tuple[str, str]]:
    return [(CATALOGUE[code].title, value_words(CATALOGUE[code], value, application.currency)) for code, value in report.figures.items()]


def _show(request: HtmxRequest, application: Application, *, status: int = 200, **context: Any) -> HttpResponse:
    reports = reports_of(application)
    found = investigation_of(application)
    works = may_work(request.user, application, found)
    documents = found.documents if found else []
    people = _people(application, documents)
    context.setdefault("form", None)
    context.setdefault("refusal", None)
    return render_page(
        request,
        "risk/application_bureau.html",
        "risk/_bureau.html",
        status=status,
        application=application,
        reports=[(row, STATES[State(row.state)]) for row in reports],
        outdated={report.pk for report in reports if is_outdated(report, report.borrower)},
        heard={application.borrower_id, *answering(application)} if reports else set(),
        waiting=any(row.state == State.WAITING for row in reports),
        usable=any(row.in_file_at and row.borrower_id == application.borrower_id for row in reports),
        people=list(people.values()),
        agreed=any(row.consent for row in people.values()),
        bureau=adapter_in_use() is not None,
        may_order=works,
        order_form=context.pop("order_form", None) or OrderForm(people=people, prefix="bureau"),
        consent_form=context.pop("consent_form", None) or ConsentForm(people=people, documents=documents, prefix="consent"),
        **context,
    )
