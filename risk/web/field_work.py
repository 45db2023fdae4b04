"""Visits, interviews, cross-checks and audits of a file in the browser; the visit is made to be written on a phone."""

from __future__ import annotations

from collections.abc import Callable
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
from core.home import home_country
from core.roles import Role
from core.web.access import role_required
from core.web.document_field import DocumentField
from core.web.field_work import PlaceForm, may_ask_for_place
from core.web.fields import DayField, FilesField, FilesInput
from core.web.http import HtmxRequest, add_faults, is_htmx, render_page
from loans.models import Application
from risk.models import FieldRecord
from risk.selectors.field_work import records_of, registered_of
from risk.selectors.files import access_application, investigation_of
from risk.services.contradictions import settle_contradiction
from risk.services.cross_checks import cross_checks
from risk.services.field_work import explain_difference, record_visit
from risk.services.registered_addresses import BY_PEOPLE, record_registered_address, stated_place
from risk.web.audit_parts import audit_parts
from risk.web.contradiction_parts import SettleForm, contradiction_parts, settle_prefix
from risk.web.differences import VERDICTS, ExplanationForm, both_sides
from risk.web.panels import FILE_READERS, may_work


class VisitForm(PlaceForm):
    """What was seen, by whom, where. A device fills in the place of `PlaceForm`; one that somebody types stands apart from it."""

    kind = forms.ChoiceField(label="Kind", choices=FieldRecord.Kind.choices, widget=forms.RadioSelect)
    seen_date = DayField(label="Day")
    people = forms.CharField(label="Who was met", max_length=200)
    findings = forms.CharField(label="What was found", max_length=8000, widget=forms.Textarea(attrs={"rows": 5}))
    address = forms.ChoiceField(label="Address", choices=FieldRecord.Address.choices, widget=forms.RadioSelect)
    address_seen = forms.CharField(label="Address that was seen", required=False, max_length=200)
    photos = FilesField(label="Photos", required=False, widget=FilesInput(attrs={"accept": "image/jpeg,image/png", "multiple": True}))
    typed_latitude = forms.DecimalField(
        label="Latitude, typed", required=False, min_value=-90, max_value=90, max_digits=9, decimal_places=6
    )
    typed_longitude = forms.DecimalField(
        label="Longitude, typed", required=False, min_value=-180, max_value=180, max_digits=9, decimal_places=6
    )
    why_without = forms.CharField(label="Why something is missing", required=False, max_length=300)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name in PlaceForm.base_fields:
            self.fields[name].widget.attrs["readonly"] = True

    def record(self) -> dict[str, Any]:
        """What was filled in, with the place, and whether a device measured it."""
        given = self.besides()
        typed = given.pop("typed_latitude"), given.pop("typed_longitude")
        place = self.place()
        measured = place is not None and self.cleaned_data["accuracy"] is not None
        if place is None and None not in typed:
            place = (*typed, 0)
        return given | {"place": place, "measured": measured}


class RegisteredForm(forms.Form):
    """The address on a register's extract."""

    register = forms.ChoiceField(label="Register", choices=[(one.value, one.label) for one in BY_PEOPLE])
    number = forms.CharField(label="Number of the extract", max_length=60)
    as_of_date = DayField(label="Day of the extract")
    line = forms.CharField(label="Street and number", max_length=160)
    postcode = forms.CharField(label="Postcode", max_length=20, required=False)
    city = forms.CharField(label="City", max_length=80)
    country = forms.CharField(label="Country, two letters", max_length=2, initial=home_country)
    document = DocumentField(label="Extract")

    def __init__(self, *args: Any, documents: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["document"].offer(documents)  # type: ignore[attr-defined]


@role_required(*FILE_READERS)
def field_panel(request: HtmxRequest, pk: UUID) -> HttpResponse:
    """Cross-checks, visits and audits of a file."""
    return _show(request, access_application(request.user, pk))


@role_required(Role.INVESTIGATOR)
def visit_new(request: HtmxRequest, pk: UUID) -> HttpResponse:
    """Write a visit or an interview down."""
    application = access_application(request.user, pk)
    if request.method != "POST":
        return _visit_page(request, application, VisitForm(initial={"seen_date": get_business_date(), "kind": "VISIT"}))
    form = VisitForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            record_visit(application=application, actor=request.user, business_date=get_business_date(), **form.record())
            messages.success(request, "The visit is in the file.")
            return redirect(f"{reverse('risk:field_panel', args=[application.pk])}?sent=visit")
        except DomainError as refusal:
            add_faults(form, refusal)
    return _visit_page(request, application, form, 422)


def _visit_page(request: HtmxRequest, application: Application, form: VisitForm, status: int = 200) -> HttpResponse:
    return may_ask_for_place(
        render(
            request,
            "risk/visit_form.html",
            {"application": application, "form": form, "place": str(stated_place(application.borrower))},
            status=status,
        )
    )


@require_POST
@role_required(Role.INVESTIGATOR)
def difference_explain(request: HtmxRequest, pk: UUID) -> HttpResponse:
    """Explain a difference."""
    application = access_application(request.user, pk)
    check = request.POST.get("check", "")
    form = ExplanationForm(request.POST, prefix=check)
    return send(
        request,
        application,
        form,
        "The explanation is in the file.",
        lambda who: explain_difference(application=application, check_code=check, **form.cleaned_data, **who),
    )


@require_POST
@role_required(Role.INVESTIGATOR)
def contradiction_settle(request: HtmxRequest, pk: UUID, statement_id: UUID) -> HttpResponse:
    """Say which of two files about one account holds."""
    application = access_application(request.user, pk)
    form = SettleForm(request.POST, prefix=settle_prefix(statement_id))
    return send(
        request,
        application,
        form,
        "The file is left out. What is to be sent again stands under the account statements.",
        lambda who: settle_contradiction(application=application, statement=statement_id, **form.cleaned_data, **who),
    )


@require_POST
@role_required(Role.INVESTIGATOR)
def address_record(request: HtmxRequest, pk: UUID) -> HttpResponse:
    """Record the address on a register's extract."""
    application = access_application(request.user, pk)
    file = investigation_of(application)
    form = RegisteredForm(request.POST, documents=file.documents if file else [], prefix="register")
    return send(
        request,
        application,
        form,
        "The registered address is in the file.",
        lambda who: record_registered_address(application=application, **form.cleaned_data, **who),
    )


def send(request: HtmxRequest, application: Application, form: Any, said: str, act: Callable[[dict[str, Any]], object]) -> HttpResponse:
    """Do what a form of the panel asks for and show the panel again, with what was refused at its fields."""
    status = 422
    if form.is_valid():
        try:
            act({"actor": request.user, "business_date": get_business_date()})
            messages.success(request, said)
            if is_htmx(request):
                return _show(request, access_application(request.user, application.pk))
            return redirect("risk:field_panel", application.pk)
        except DomainError as refusal:
            add_faults(form, refusal)
            status = refusal.status
    return _show(request, application, status=status, form=form)


def _show(request: HtmxRequest, application: Application, *, status: int = 200, form: Any = None) -> HttpResponse:
    user = request.user
    file = investigation_of(application)
    works = may_work(user, application, file)
    checks = cross_checks(application, business_date=get_business_date())
    prefix = form.prefix if form is not None else None
    return render_page(
        request,
        "risk/application_field.html",
        "risk/_field.html",
        status=status,
        application=application,
        checks=[
            (
                row,
                *both_sides(row, application.currency),
                VERDICTS[row.verdict],
                (form if prefix == row.code else ExplanationForm(prefix=row.code))
                if works and row.differs and not row.is_explained
                else None,
            )
            for row in checks
        ],
        contradictions=contradiction_parts(application, works, form),
        records=records_of(application),
        registered=registered_of(application),
        registered_form=(form if prefix == "register" else RegisteredForm(documents=file.documents if file else [], prefix="register"))
        if works
        else None,
        may_visit=works,
        **audit_parts(user, application, file.documents if file else [], form),
        form=form,
    )
