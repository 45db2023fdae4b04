"""Taking an application in: choose the product, fill the form, save the draft or submit."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.db import IntegrityError
from django.http import HttpResponse
from django.shortcuts import redirect, render

from core import audit
from core.business_date import get_business_date
from core.errors import Conflict, DomainError, NotFound
from core.models import Branch
from core.roles import Role
from core.uuids import uuid7
from core.web.access import role_required
from core.web.http import HtmxRequest, read_key
from loans.domain.states import ApplicationState
from loans.models import Application, ProductVersion
from loans.selectors.applications import access_own_draft, begun_by
from loans.selectors.drafts import began_with, kept_draft
from loans.selectors.products import access_offered, list_offered
from loans.services import applications
from loans.web.intake_form import NEEDED, SECTIONS, IntakeForm, initial_from


@role_required(Role.OFFICER)
def application_new(request: HtmxRequest) -> HttpResponse:
    """A new application: first the product, then the form."""
    code = request.GET.get("product", "")
    if not code:
        return render(request, "loans/application_product.html", {"versions": list_offered()})
    product = access_offered(code)
    if request.method != "POST":
        return _form_page(request, IntakeForm(product=product), product, None)
    form = IntakeForm(request.POST, product=product)
    key = read_key(request.POST.get("key", "")) or uuid7()
    if (earlier := begun_by(request.user, key)) is not None:
        return _sent_again(request, form, product, earlier)
    if form.is_blank:
        _say_what_is_missing(request, form)
        return _form_page(request, form, product, None, status=422, key=key)
    branch = Branch.objects.filter(pk__in=request.user.branch_ids).order_by("pk").first()
    if branch is None:
        raise NotFound()
    try:
        application = applications.start_application(
            branch=branch, actor=request.user, business_date=get_business_date(), data=form.to_json(), key=key
        )
    except IntegrityError:
        # A second click came in while the first was being answered.
        if (earlier := begun_by(request.user, key)) is None:
            raise NotFound() from None
        return _sent_again(request, form, product, earlier)
    return _after_save(request, form, product, application)


def _say_what_is_missing(request: HtmxRequest, form: IntakeForm) -> None:
    """Of a form that nothing was written into: it begins no application and takes no number."""
    if "submit" not in request.POST:
        form.add_error(None, "Nothing is written yet. Write what is known, then save the draft.")
        return
    try:
        applications.checked(form.to_json(), get_business_date())
    except DomainError as refusal:
        form.add_faults(refusal.faults)


@role_required(Role.OFFICER)
def application_edit(request: HtmxRequest, application_id: UUID) -> HttpResponse:
    """Go on with a draft, or mend a returned application."""
    application = access_own_draft(request.user, application_id)
    kept = kept_draft(application)
    product = application.product_version if application.product_version else access_offered(str(kept.get("product") or ""))
    if request.method != "POST":
        initial = initial_from(kept) | {"version": application.version}
        return _form_page(request, IntakeForm(initial=initial, product=product), product, application)
    form = IntakeForm(request.POST, product=product)
    try:
        expected = int(request.POST.get("version") or 0)
        application = applications.save_draft(application=application, data=form.to_json(), actor=request.user, expected_version=expected)
    except Conflict:
        application.refresh_from_db()
        return _form_page(request, form, product, application, status=409, conflict=True)
    return _after_save(request, form, product, application)


def _sent_again(request: HtmxRequest, form: IntakeForm, product: ProductVersion, earlier: Application) -> HttpResponse:
    """The same form once more, by a second click or the way back: it begins nothing twice, and nothing that was changed in it is lost."""
    sent = form.to_json()
    if earlier.state == ApplicationState.DRAFT and kept_draft(earlier) != sent:
        return _form_page(request, form, product, earlier, status=409, conflict=True)
    if earlier.state == ApplicationState.DRAFT:
        return _after_save(request, form, product, earlier)
    if began_with(earlier, sent):
        return _taken_in(request, earlier)
    form.add_error(
        None, f"This form was handed in as {earlier.reference}. What you wrote since is below: send it to take in another application."
    )
    return _form_page(request, form, product, None, status=409, key=uuid7())


def _taken_in(request: HtmxRequest, application: Application) -> HttpResponse:
    messages.info(request, f"This form was taken in already, as {application.reference}.")
    return redirect("loans:application_detail", application.pk)


def _after_save(request: HtmxRequest, form: IntakeForm, product: ProductVersion, application: Application) -> HttpResponse:
    if "submit" not in request.POST:
        messages.success(request, f"Draft {application.reference} is saved.")
        return redirect("loans:application_edit", application.pk)
    try:
        applications.submit_application(application=application, actor=request.user, business_date=get_business_date())
    except DomainError as refusal:
        application.refresh_from_db()
        if application.state not in (ApplicationState.DRAFT, ApplicationState.RETURNED):
            return _taken_in(request, application)  # by a first click that was still being answered
        if refusal.faults:
            form.add_faults(refusal.faults)
        else:
            form.add_error(None, refusal.detail)
        return _form_page(request, form, product, application, status=422)
    messages.success(request, f"{application.reference} is submitted and goes to investigation.")
    return redirect("loans:application_detail", application.pk)


def _form_page(
    request: HtmxRequest,
    form: IntakeForm,
    product: ProductVersion,
    application: Application | None,
    *,
    status: int = 200,
    conflict: bool = False,
    key: UUID | None = None,
) -> HttpResponse:
    # What has to be there in the end is not called optional, although a draft may lack it.
    sections = {name: [(form[field], "bare" if field in NEEDED else "") for field in fields] for name, fields in SECTIONS.items()}
    saved = audit.entries_about(application).filter(action="application.draft_saved").first() if application and conflict else None
    return render(
        request,
        "loans/application_form.html",
        {
            "form": form,
            "sections": sections,
            "product": product,
            "application": application,
            "version": application.version if application else "",
            "key": "" if application else key or read_key(request.POST.get("key", "")) or uuid7(),
            "conflict": conflict,
            "saved": saved,
        },
        status=status,
    )
