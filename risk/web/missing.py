"""What is missing from the applicant: asked for, awaited with its letter, gone on without; and what was asked before."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.text import slugify
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRefresh

from core import access
from core.business_date import get_business_date
from core.web.access import role_required
from core.web.fields import DayField
from core.web.http import HtmxRequest, is_htmx, render_page
from core.web.second_person import carried_out
from loans.models import Application, MissingRequest
from loans.selectors.missing import requests_of
from loans.services.missing import ASKERS, DAYS_TO_COMPLETE, Wanted, ask_for_missing, go_on_without
from risk.models import ChecklistItem
from risk.selectors.files import access_application
from risk.selectors.letters import WRITERS
from risk.services.file_work import INCOMPLETE, INVESTIGATING
from risk.services.letters import write_request_letter
from risk.web.forms import ReasonForm
from risk.web.panels import FILE_READERS
from risk.web.papers import pdf_of

State = MissingRequest.State
STATES = {
    State.OPEN: ("info", "Waiting for the applicant"),
    State.CAME: ("good", "All came"),
    State.ENOUGH: ("good", "Enough came"),
    State.RAN_OUT: ("bad", "Not answered"),
    State.ENDED: ("neutral", "Application withdrawn"),
}


class AskForm(forms.Form):
    """What is missing: documents and checks of the product, and something else in words."""

    items = forms.MultipleChoiceField(label="What is missing", required=False, widget=forms.CheckboxSelectMultiple)
    other = forms.CharField(label="Something else", required=False, max_length=160)
    text = forms.CharField(
        label="What the applicant should know", required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 2})
    )
    until = DayField(label="Answer by")

    def __init__(self, *args: Any, offered: dict[str, Wanted], **options: Any) -> None:
        super().__init__(*args, **options)
        self.offered = offered
        self.fields["items"].choices = [(code, one.title) for code, one in offered.items()]  # type: ignore[attr-defined]

    def wanted(self) -> list[Wanted]:
        """What was chosen, and what was written besides under a code made of its words."""
        found = [self.offered[code] for code in self.cleaned_data["items"]]
        if other := self.cleaned_data["other"].strip():
            code = slugify(other).replace("-", "_")[:40] or "other"
            found.append(Wanted("document", code, other))
        return found


@role_required(*FILE_READERS)
def missing_panel(request: HtmxRequest, pk: UUID) -> HttpResponse:
    """What is awaited from the applicant, what was, and the form to ask."""
    return _show(request, access_application(request.user, pk))


@require_POST
@role_required(*ASKERS)
def missing_ask(request: HtmxRequest, pk: UUID) -> HttpResponse:
    """Ask for what is missing."""
    application = access_application(request.user, pk)
    form = AskForm(request.POST, offered=_offered(application), prefix="missing")
    return _send(
        request,
        application,
        form,
        "The application waits for the applicant. Send the letter.",
        lambda who: ask_for_missing(
            application=application, items=form.wanted(), text=form.cleaned_data["text"], until=form.cleaned_data["until"], **who
        ),
    )


@require_POST
@role_required(*ASKERS)
def missing_go_on(request: HtmxRequest, pk: UUID) -> HttpResponse:
    """Enough came."""
    application = access_application(request.user, pk)
    form = ReasonForm(request.POST, prefix="enough")
    return _send(
        request,
        application,
        form,
        "The application is investigated again.",
        lambda who: go_on_without(application=application, reason=form.cleaned_data["reason"], **who),
    )


@require_POST
@role_required(*WRITERS, *ASKERS)
def missing_letter(request: HtmxRequest, pk: UUID, request_id: UUID) -> HttpResponse:
    """The notice as PDF; that it was written is on record."""
    application = access_application(request.user, pk)
    rows = application.missing_requests.select_related("asked_by", "application__borrower", "application__branch")
    asked = access.one(rows, pk=request_id)
    pdf = write_request_letter(request=asked, actor=request.user, business_date=get_business_date())
    return pdf_of(pdf, f"missing-{application.reference}")


def _offered(application: Application) -> dict[str, Wanted]:
    """What may be missing, by code: documents the product asks for that are not on file, and checks that are still open."""
    version = application.product_version
    found = set(application.documents.values_list("kind", flat=True))
    offered = {
        item["code"]: Wanted("document", item["code"], item["title"])
        for item in (version.required_documents if version else [])
        if item["code"] not in found
    }
    checks = ChecklistItem.objects.filter(investigation__application=application, state=ChecklistItem.State.OPEN)
    return {**{item.code: Wanted("fact", item.code, item.title) for item in checks}, **offered}


def _send(
    request: HtmxRequest, application: Application, form: forms.Form, said: str, act: Callable[[dict[str, Any]], object]
) -> HttpResponse:
    if carried_out(request, form, lambda: act({"actor": request.user, "business_date": get_business_date()}), said):
        # The whole file moves with it.
        return HttpResponseClientRefresh() if is_htmx(request) else redirect("risk:missing_panel", application.pk)
    return _show(request, application, status=422, form=form)


def _show(request: HtmxRequest, application: Application, *, status: int = 200, form: forms.Form | None = None) -> HttpResponse:
    user, today = request.user, get_business_date()
    asks = user.has_role(*ASKERS)
    ask = enough = None
    if asks and application.state == INVESTIGATING:
        fresh = AskForm(offered=_offered(application), prefix="missing", initial={"until": today + DAYS_TO_COMPLETE})
        ask = form if isinstance(form, AskForm) else fresh
    if asks and application.state == INCOMPLETE:
        enough = form if isinstance(form, ReasonForm) else ReasonForm(prefix="enough")
    return render_page(
        request,
        "risk/application_missing.html",
        "risk/_missing.html",
        status=status,
        application=application,
        rows=[(row, STATES[State(row.state)]) for row in requests_of(application)],
        ask_form=ask,
        enough_form=enough,
        may_write=user.has_role(*WRITERS, *ASKERS),
        form=form,
    )
