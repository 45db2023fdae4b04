"""The investigation in the browser: take it, work through the checks, record facts, put it up, sign it off."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRefresh

from core.business_date import get_business_date
from core.errors import DomainError
from core.roles import Role
from core.web.access import role_required
from core.web.http import HtmxRequest, add_faults, is_htmx, render_page
from loans.models import Application
from loans.selectors.intake_hands import took_in
from loans.selectors.interests import has_interest
from risk.models import Investigation
from risk.selectors.conflicts import SIGNERS, judged_signal, why_no_signer
from risk.selectors.facts import current_facts, superseded_facts
from risk.selectors.field_work import doubted_visits
from risk.selectors.files import access_application, access_item, investigation_of
from risk.services.cross_checks import differences
from risk.services.facts import record_fact
from risk.services.file_work import INCOMPLETE
from risk.services.investigations import (
    complete_item,
    free_investigation,
    take_back_investigation,
    take_investigation,
)
from risk.services.putting_up import submit_investigation
from risk.services.sign_off import UnableToSignOff, sign_off_investigation
from risk.web.differences import SeenForm, sentence
from risk.web.forms import FactForm, ItemForm, ReasonForm, SubmitForm
from risk.web.panels import FILE_READERS, may_work
from risk.web.wording import fact_groups, fact_line

State = Investigation.State
STATUS = {State.OPEN: "info", State.SUBMITTED: "warn", State.SIGNED_OFF: "good"}


@role_required(*FILE_READERS)
def investigation_panel(request: HtmxRequest, pk: UUID) -> HttpResponse:
    """The checklist, the facts with their marks, and what this person may do next."""
    return _show(request, access_application(request.user, pk))


@require_POST
@role_required(Role.INVESTIGATOR)
def investigation_take(request: HtmxRequest, pk: UUID) -> HttpResponse:
    """Claim the investigation."""
    application = access_application(request.user, pk)
    return _do(
        request,
        application,
        "You work on this investigation now.",
        lambda found: take_investigation(investigation=found, **_who(request)),
        moves=True,
    )


@require_POST
@role_required(Role.INVESTIGATOR)
def item_complete(request: HtmxRequest, pk: UUID, item_id: UUID) -> HttpResponse:
    """Answer one check."""
    application = access_application(request.user, pk)
    item = access_item(request.user, pk, item_id)
    found = investigation_of(application)
    form = ItemForm(request.POST, documents=found.documents if found else [], prefix=f"item-{item.pk}")
    if not form.is_valid():
        return _show(request, application, status=422, item_form=form, item_id=item.pk, form=form)
    asked = form.cleaned_data
    try:
        complete_item(item=item, in_order=asked["result"] == "yes", note=asked["note"], evidence=asked["evidence"], **_who(request))
    except DomainError as refusal:
        add_faults(form, refusal)
        return _show(request, application, status=refusal.status, item_form=form, item_id=item.pk, form=form)
    messages.success(request, f"{item.title}: noted.")
    return _done(request, application, sent=f"item-{item.pk}")


@require_POST
@role_required(Role.INVESTIGATOR)
def fact_record(request: HtmxRequest, pk: UUID) -> HttpResponse:
    """Add a fact to the file."""
    application = access_application(request.user, pk)
    found = investigation_of(application)
    form = FactForm(request.POST, documents=found.documents if found else [], currency=application.currency, prefix="fact")
    if not form.is_valid():
        return _show(request, application, status=422, fact_form=form, form=form)
    try:
        record_fact(application=application, **form.cleaned_data, **_who(request))
    except DomainError as refusal:
        add_faults(form, refusal)
        return _show(request, application, status=refusal.status, fact_form=form, form=form)
    messages.success(request, "The fact is recorded.")
    return _done(request, application, sent="fact")


@require_POST
@role_required(Role.INVESTIGATOR)
def investigation_submit(request: HtmxRequest, pk: UUID) -> HttpResponse:
    """Put the investigation up for sign-off."""
    application = access_application(request.user, pk)
    form = SubmitForm(request.POST, prefix="submit")
    if not form.is_valid():
        return _show(request, application, status=422, submit_form=form, form=form)
    return _do(
        request,
        application,
        "The investigation waits for another person's sign-off.",
        lambda found: submit_investigation(investigation=found, summary=form.cleaned_data["summary"], **_who(request)),
        submit_form=form,
    )


@require_POST
@role_required(Role.RISK_MANAGER)
def investigation_free(request: HtmxRequest, pk: UUID) -> HttpResponse:
    """Let another investigator take it."""
    application = access_application(request.user, pk)
    return _do(
        request,
        application,
        "Another investigator can take the investigation now.",
        lambda found: free_investigation(investigation=found, **_who(request)),
    )


@require_POST
@role_required(*SIGNERS)
def investigation_sign_off(request: HtmxRequest, pk: UUID) -> HttpResponse:
    """Sign somebody else's investigation off."""
    application = access_application(request.user, pk)
    return _do(
        request,
        application,
        "The investigation is signed off. The application is scored, checked against the policy and waits for a decision.",
        lambda found: sign_off_investigation(
            investigation=found, explanations_seen=request.POST.getlist("sign-explanations"), seen=_seen(request), **_who(request)
        ),
        moves=True,
    )


@require_POST
@role_required(*SIGNERS)
def investigation_send_back(request: HtmxRequest, pk: UUID) -> HttpResponse:
    """Back to work, with a reason."""
    application = access_application(request.user, pk)
    form = ReasonForm(request.POST, prefix="back")
    if not form.is_valid():
        return _show(request, application, status=422, back_form=form, form=form)
    return _do(
        request,
        application,
        "The investigation is open again.",
        lambda found: take_back_investigation(investigation=found, reason=form.cleaned_data["reason"], **_who(request)),
    )


def _seen(request: HtmxRequest) -> datetime:
    """When the investigation that the form was shown with was put up. Raises UnableToSignOff `put_up_again` where the form does not say."""
    try:
        return datetime.fromisoformat(request.POST.get("sign-seen", ""))
    except ValueError:
        raise UnableToSignOff("put_up_again") from None


def _who(request: HtmxRequest) -> dict[str, Any]:
    return {"actor": request.user, "business_date": get_business_date()}


def _do(request: HtmxRequest, application: Application, said: str, act: Any, *, moves: bool = False, **context: Any) -> HttpResponse:
    """Carry out an action on the investigation. `moves`: the whole file changes with it, so that its page is loaded again."""
    found = investigation_of(application)
    if found is None:
        return _show(request, application, status=422, **context)
    try:
        act(found.investigation)
    except DomainError as refusal:
        return _show(request, application, status=refusal.status, refusal=refusal, **context)
    messages.success(request, said)
    if moves and is_htmx(request):
        return HttpResponseClientRefresh()
    return _done(request, application)


def _done(request: HtmxRequest, application: Application, *, sent: str = "") -> HttpResponse:
    """`sent`: the prefix of the form that was taken, which starts anew; what was typed into the others stays."""
    if is_htmx(request):
        return _show(request, access_application(request.user, application.pk), sent=sent)
    return redirect("risk:investigation_panel", application.pk)


def _show(request: HtmxRequest, application: Application, *, status: int = 200, sent: str = "", **context: Any) -> HttpResponse:
    today = get_business_date()
    found = investigation_of(application)
    facts = current_facts(application, business_date=today)
    context.setdefault("form", None)
    context.setdefault("refusal", None)
    if found is not None:
        context |= _actions(request, application, found, today, context, sent)
    return render_page(
        request,
        "risk/application_investigation.html",
        "risk/_investigation.html",
        status=status,
        application=application,
        file=found,
        facts=fact_groups(facts, application.currency),
        superseded=[fact_line(one, application.currency) for one in superseded_facts(application, facts, business_date=today)],
        **context,
    )


def _typed(request: HtmxRequest, form: type[Form], prefix: str, sent: str) -> dict[str, str]:
    """What came along of a form that was not the one sent: the forms of the panel are redrawn together."""
    names = [] if prefix == sent else [name for name in form.base_fields if f"{prefix}-{name}" in request.POST]
    return {name: request.POST[f"{prefix}-{name}"] for name in names}


def _actions(request: HtmxRequest, application: Application, found: Any, today: Any, context: dict[str, Any], sent: str) -> dict[str, Any]:
    """What this person may do, and the forms for it."""
    user, investigation = request.user, found.investigation
    editable = may_work(user, application, found)
    waits = investigation.state == State.SUBMITTED
    complete = application.state != INCOMPLETE
    signs = waits and complete and not why_no_signer(user, application)
    submits = editable and complete and investigation.state == State.OPEN and investigation.investigator_id == user.pk
    differing = differences(application, business_date=today) if signs or submits else []
    rows = []
    for item in found.items:
        kept = _typed(request, ItemForm, f"item-{item.pk}", sent)
        wrong = context.get("item_id") == item.pk
        form = context["item_form"] if wrong else _item_form(item, found.documents, kept) if editable else None
        rows.append((item, form, wrong or any(value != given for value, given in _changes(item, kept))))
    return {
        "mark": STATUS[State(investigation.state)],
        "rows": rows,
        "may_take": user.has_role(Role.INVESTIGATOR)
        and investigation.investigator_id is None
        and not took_in(user, application)
        and not judged_signal(user, application)
        and not has_interest(user, application),
        "may_edit": editable,
        "may_submit": submits,
        "may_sign": signs,
        "may_free": user.has_role(Role.RISK_MANAGER) and investigation.state == "OPEN" and investigation.investigator_id is not None,
        "may_send_back": waits and (signs or investigation.investigator_id == user.pk),
        "fact_form": context.get("fact_form")
        or (
            FactForm(
                documents=found.documents,
                currency=application.currency,
                prefix="fact",
                initial={"as_of_date": today} | _typed(request, FactForm, "fact", sent),
            )
            if editable
            else None
        ),
        "submit_form": context.get("submit_form")
        or SubmitForm(prefix="submit", initial={"summary": investigation.summary} | _typed(request, SubmitForm, "submit", sent)),
        "visits": doubted_visits(application) if signs or submits else [],
        "bare": [sentence(row, application.currency) for row in differing if row.explanation is None],
        "sign_form": SeenForm(
            {"sign-explanations": request.POST.getlist("sign-explanations")} if request.POST else None,
            differing=differing,
            currency=application.currency,
            prefix="sign",
        ),
        "back_form": context.get("back_form") or ReasonForm(prefix="back"),
    }


def _given(item: Any) -> dict[str, Any]:
    """The answer a check has."""
    return {"note": item.note, "evidence": item.evidence_id, "result": {"OPEN": None, "DONE": "yes", "FAILED": "no"}[item.state]}


def _changes(item: Any, kept: dict[str, str]) -> list[tuple[str, str]]:
    """What was typed into an answer beside what it holds."""
    given = _given(item)
    return [(value, str(given[name] or "")) for name, value in kept.items()]


def _item_form(item: Any, documents: Any, kept: dict[str, str]) -> ItemForm:
    return ItemForm(documents=documents, prefix=f"item-{item.pk}", initial=_given(item) | kept)
