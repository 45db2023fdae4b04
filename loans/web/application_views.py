"""The application workspace: one file with its panels, documents, offer and history."""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby
from typing import Any, NamedTuple
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.text import slugify
from django.views.decorators.http import require_POST

from core import audit
from core.business_date import get_business_date
from core.errors import DomainError
from core.roles import Role
from core.web.access import role_required
from core.web.attachments import attachment
from core.web.components import Event, Step
from core.web.history import said
from core.web.http import HtmxRequest
from loans.domain.states import OPEN_STATES, ApplicationState
from loans.models import Application
from loans.selectors import applications as reads
from loans.selectors.former_parties import former_parties
from loans.selectors.history import last_step
from loans.selectors.holds import held_by
from loans.selectors.missing import awaited, open_request_of
from loans.services import documents, offers
from loans.services.decisions import latest_outcome
from loans.services.withdrawals import withdraw_application
from loans.web.application_words import asked_for, kpis_of
from loans.web.condition_lines import ConditionForm, condition_lines
from loans.web.queue_views import LENDING, STATES

A = ApplicationState
# The six steps of a file and the states in which each is the present one.
STEPS: tuple[tuple[str, frozenset[A]], ...] = (
    ("Intake", frozenset({A.DRAFT, A.RETURNED})),
    ("Investigation", frozenset({A.SUBMITTED, A.INCOMPLETE, A.INVESTIGATING})),
    ("Decision", frozenset({A.REVIEW, A.REFERRED, A.APPROVED, A.COUNTER_OFFERED})),
    ("Offer", frozenset({A.OFFERED})),
    ("Contract", frozenset({A.ACCEPTED})),
    ("Payout", frozenset({A.CONTRACTED})),
)
ENDED = {A.DECLINED: 2, A.WITHDRAWN: 1, A.OFFER_REFUSED: 3, A.OFFER_EXPIRED: 3, A.WITHDRAWN_IN_COOLING_OFF: 5}


class UploadForm(forms.Form):
    """A file and what it is."""

    kind = forms.ChoiceField(label="What it is")
    file = forms.FileField(label="File")

    def __init__(self, *args: object, application: Application, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        wanted = application.product_version.required_documents if application.product_version else []
        field = self.fields["kind"]
        assert isinstance(field, forms.ChoiceField)
        asked = awaited(open_request_of(application))
        known = {item["code"]: item["title"] for item in [*asked, *wanted]}
        field.choices = [*known.items(), ("other", "Another document")]


class ReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(label="Reason", max_length=200)


def steps_of(application: Application) -> list[Step]:
    """The progress of a file as six steps."""
    state = A(application.state)
    if state in ENDED:
        stop = ENDED[state]
        return [
            Step(label, "done" if number < stop else "stop" if number == stop else "todo", STATES[state][1] if number == stop else "")
            for number, (label, _) in enumerate(STEPS)
        ]
    now = next(number for number, (_, states) in enumerate(STEPS) if state in states)
    return [Step(label, "done" if number < now else "now" if number == now else "todo") for number, (label, _) in enumerate(STEPS)]


@role_required(*LENDING)
def application_detail(request: HtmxRequest, application_id: UUID) -> HttpResponse:
    """One file: what it is, what is wrong with it, what to do next."""
    return show_application(request, reads.access_application(request.user, application_id))


def show_application(
    request: HtmxRequest,
    application: Application,
    *,
    status: int = 200,
    upload: UploadForm | None = None,
    condition_form: ConditionForm | None = None,
    **refused: Any,
) -> HttpResponse:
    """The page again, with what was refused and what was typed."""
    user = request.user
    today = get_business_date()
    before, after = reads.neighbours(user, application, today)
    outcome = latest_outcome(application)
    state = application.state
    holds = reads.open_holds(application)
    found = {document.kind for document in application.documents.all()}
    wanted = application.product_version.required_documents if application.product_version else []
    return render(
        request,
        "loans/application_detail.html",
        {
            "application": application,
            "state": STATES[state],
            "kpis": kpis_of(application, outcome),
            "steps": steps_of(application),
            "before": before,
            "after": after,
            "parties": application.parties.select_related("borrower"),
            "former": former_parties(application),
            "documents": application.documents.select_related("uploaded_by"),
            "missing": [item["title"] for item in wanted if item["code"] not in found],
            "upload": upload or UploadForm(application=application),
            "form": upload,
            "conditions": condition_lines(user, application, refused=condition_form),
            "outcome": outcome,
            "answered": reads.ANSWERS.get(outcome.outcome, "") if outcome else "",
            "events": _events(application),
            "asked_for": asked_for(application) if state != A.DRAFT else [],
            "held_by": held_by(user, application, holds),
            "may_upload": user.has_role(Role.OFFICER, Role.INVESTIGATOR) and state in {s.value for s in OPEN_STATES},
            "may_answer_offer": state == A.OFFERED and user.has_role(Role.OFFICER),
            "may_withdraw": user.has_role(Role.OFFICER) and state in {s.value for s in OPEN_STATES},
            "withdraw_form": ReasonForm(),
            "may_edit": user.has_role(Role.OFFICER) and state in (A.DRAFT, A.RETURNED),
            "contract_by": application.contract_by if state == A.ACCEPTED else None,
            "may_contract": state == A.ACCEPTED and user.has_role(Role.OFFICER),
            "loan": application.loans.first() if state == A.CONTRACTED else None,
            "submitted": state != A.DRAFT,
            "panels": _panels(application, signals=reads.may_see_signals(user)),
            "decidable": state in reads.DECIDABLE,
            **refused,
        },
        status=status,
    )


JUDGED = (("risk:facts_panel", "Facts against policy"), ("risk:score_panel", "Score"), ("risk:similar_panel", "Similar past cases"))
# Read again when the file is assessed anew.
ASSESSED = ("risk:facts_panel", "risk:score_panel")
SEEN = (
    ("risk:investigation_panel", "Investigation"),
    ("loans:statements_panel", "Account statements"),
    ("risk:field_panel", "Field work"),
    ("risk:bureau_panel", "Bureau reports"),
)


class _Panel(NamedTuple):
    """A region that another room fills: its route, title and id, and whether it follows an assessment."""

    route: str
    title: str
    place: str
    follows: bool


def _panels(application: Application, *, signals: bool) -> list[_Panel]:
    """First what the file is at, so while it is investigated the investigation."""
    if application.state == A.DRAFT:
        return []
    seen = list(SEEN)
    if application.borrower is not None and application.borrower.kind == "COMPANY":
        seen.append(("risk:accounts_panel", "Annual accounts"))
    if signals:
        seen.append(("risk:signals_panel", "Fraud signals"))
    if application.product_version and application.product_version.collateral_kinds:
        seen.append(("collateral:application_panel", "Collateral"))
    ordered = [*seen, *JUDGED] if application.state in (A.SUBMITTED, A.INCOMPLETE, A.INVESTIGATING) else [*JUDGED, *seen]
    # What is awaited stands first while it is awaited.
    ordered.insert(0 if application.state == A.INCOMPLETE else len(ordered), ("risk:missing_panel", "Missing from the applicant"))
    ordered.append(("loans:interests_panel", "Declared interests"))
    return [_Panel(route, title, f"panel-{slugify(title)}", route in ASSESSED) for route, title in ordered]


def _events(application: Application) -> list[Event]:
    """What happened to the file, newest first; the same done several times in a row by one person in one minute is one line."""
    entries = list(audit.entries_about(application, *application.statement_imports.only("pk"))[:80])
    told = []
    for (words, who, _), group in groupby(
        entries, key=lambda one: (said(one, of="application"), one.actor_name, f"{one.at:%Y-%m-%d %H:%M}")
    ):
        same = list(group)
        told.append(Event(f"{words}, {len(same)} times" if len(same) > 1 else words, same[0].at, who))
    return told[:40]


@require_POST
@role_required(Role.OFFICER, Role.INVESTIGATOR)
def document_upload(request: HtmxRequest, application_id: UUID) -> HttpResponse:
    """Add a file to the application."""
    application = reads.access_application(request.user, application_id)
    form = UploadForm(request.POST, request.FILES, application=application)
    if form.is_valid():
        try:
            documents.store_document(
                application=application, kind=form.cleaned_data["kind"], upload=form.cleaned_data["file"], actor=request.user
            )
            messages.success(request, "The file is stored.")
            return redirect("loans:application_detail", application_id)
        except DomainError as refusal:
            form.add_error("file", refusal.detail)
    return show_application(request, application, status=422, upload=form)


@role_required(*LENDING)
def document_download(request: HtmxRequest, document_id: UUID) -> HttpResponseBase:
    """A stored file as an attachment; reading it is on record."""
    document = reads.access_document(request.user, document_id)
    audit.record(
        "document.read", actor=request.user, target=document, branch=document.application.branch_id, label=document.application.reference
    )
    return attachment(documents.open_document(document), name=document.name, content_type=document.content_type)


# Refusals that mean that somebody else has moved the file meanwhile.
OVERTAKEN = ("already_advanced", "no_offer")


def _act(request: HtmxRequest, application: Application, act: Callable[[], object], done: str, *, typed: str = "") -> HttpResponse:
    """Carry out one service call on a file and come back to it. A refusal is said on the file's page: when somebody else was
    first, who and when, and what was typed is kept to copy.
    """
    try:
        act()
    except DomainError as refusal:
        fresh = reads.access_application(request.user, application.pk)
        step = last_step(fresh) if refusal.code in OVERTAKEN else None
        first = (step.actor_name, step.at) if step else None
        return show_application(request, fresh, status=refusal.status, refusal=refusal, first=first, typed=typed)
    messages.success(request, done)
    return redirect("loans:application_detail", application.pk)


@require_POST
@role_required(Role.OFFICER)
def offer_accept(request: HtmxRequest, application_id: UUID) -> HttpResponse:
    """The applicant has accepted."""
    application = reads.access_application(request.user, application_id)
    today = get_business_date()
    return _act(
        request,
        application,
        lambda: offers.accept_offer(application=application, actor=request.user, business_date=today),
        "The offer is accepted.",
    )


@require_POST
@role_required(Role.OFFICER)
def offer_refuse(request: HtmxRequest, application_id: UUID) -> HttpResponse:
    """The applicant does not want the offer."""
    application = reads.access_application(request.user, application_id)
    today = get_business_date()
    return _act(
        request,
        application,
        lambda: offers.refuse_offer(application=application, actor=request.user, business_date=today),
        "The offer is refused.",
    )


@require_POST
@role_required(Role.OFFICER)
def application_withdraw(request: HtmxRequest, application_id: UUID) -> HttpResponse:
    """The applicant withdraws."""
    application = reads.access_application(request.user, application_id)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return show_application(request, application, status=422, withdraw_form=form)
    reason = form.cleaned_data["reason"]
    today = get_business_date()
    return _act(
        request,
        application,
        lambda: withdraw_application(application=application, actor=request.user, business_date=today, reason=reason),
        "The application is withdrawn.",
        typed=reason,
    )
