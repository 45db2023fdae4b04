"""Drafting new terms of a product, and offering them with two people."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from core import access
from core.business_date import get_business_date
from core.errors import DomainError
from core.web.access import role_required, step_up_required
from core.web.http import HtmxRequest
from loans.models import ProductVersion
from loans.models.products import VersionState
from loans.selectors.products import access_product, list_products
from loans.services import product_versions as services
from loans.services.product_versions import CONFIRMERS, EDITORS
from loans.web.product_forms import NewProductForm, TermsForm
from loans.web.product_views import show_product
from loans.web.servicing_forms import ReasonForm


@role_required(*EDITORS)
def product_new(request: HtmxRequest) -> HttpResponse:
    """A new product, with a draft like a version of another one."""
    products = [product for product in list_products() if product.all_versions]  # type: ignore[attr-defined]
    choices = [(product.code, product.name) for product in products]
    form = NewProductForm(request.POST or None, products=choices)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            versions = next(product.all_versions for product in products if product.code == form.cleaned_data["like"])  # type: ignore[attr-defined]
            like = next((version for version in versions if version.state == VersionState.ACTIVE), versions[0])
            names = {name: form.cleaned_data[name] for name in ("code", "name", "description")}
            try:
                version = services.draft_product(like=like, actor=request.user, business_date=get_business_date(), **names)
                return redirect("loans:product_edit", version.product.code, version.number)
            except DomainError as refusal:
                status = refusal.status
                _take(form, refusal)
    return render(request, "loans/product_new.html", {"form": form}, status=status)


@require_POST
@role_required(*EDITORS)
def product_draft(request: HtmxRequest, code: str) -> HttpResponse:
    """Begin a new version as a copy of the one offered now."""
    product = access_product(code)
    try:
        version = services.draft_version(product=product, actor=request.user, business_date=get_business_date())
    except DomainError as refusal:
        return show_product(request, product, "", status=refusal.status, refusal=refusal)
    return redirect("loans:product_edit", code, version.number)


@role_required(*EDITORS)
def product_edit(request: HtmxRequest, code: str, number: int) -> HttpResponse:
    """Change the terms of a draft."""
    version = _version(code, number)
    if version.state != VersionState.DRAFT:
        return redirect(_page_of(version))
    form = TermsForm(request.POST or None, version=version)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                services.edit_version(
                    version=version, terms=form.terms, note=form.cleaned_data["note"], actor=request.user, business_date=get_business_date()
                )
                messages.success(request, "The draft is saved. Nothing is offered before another person confirms it.")
                return redirect(_page_of(version))
            except DomainError as refusal:
                status = refusal.status
                _take(form, refusal)
    return render(request, "loans/product_form.html", {"form": form, "version": version, "product": version.product}, status=status)


@require_POST
@role_required(*EDITORS)
def product_propose(request: HtmxRequest, code: str, number: int) -> HttpResponse:
    """Ask for a second person's eyes on a draft."""
    return _do(request, _version(code, number), services.propose_version, "Proposed. Another person has to confirm it.")


@require_POST
@role_required(*EDITORS)
def product_discard(request: HtmxRequest, code: str, number: int) -> HttpResponse:
    """Throw a draft away."""
    version = _version(code, number)
    try:
        services.discard_version(version=version, actor=request.user, business_date=get_business_date())
    except DomainError as refusal:
        return show_product(request, version.product, str(number), status=refusal.status, refusal=refusal)
    messages.success(request, f"{version} is discarded.")
    return redirect("loans:product_list")


@require_POST
@role_required(*CONFIRMERS)
def product_confirm(request: HtmxRequest, code: str, number: int) -> HttpResponseBase:
    """Offer a proposed version."""
    return _confirm(request, _version(code, number))


@step_up_required
def _confirm(request: HtmxRequest, version: ProductVersion) -> HttpResponse:
    return _do(request, version, services.confirm_version, f"{version} is offered now.")


@require_POST
@role_required(*CONFIRMERS, *EDITORS)
def product_reject(request: HtmxRequest, code: str, number: int) -> HttpResponse:
    """Refuse a proposed version, or take one's own proposal back."""
    version = _version(code, number)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return show_product(request, version.product, str(number), status=422, reject_form=form, form=form)
    try:
        services.reject_version(version=version, reason=form.cleaned_data["reason"], actor=request.user)
    except DomainError as refusal:
        return show_product(request, version.product, str(number), status=refusal.status, refusal=refusal, reject_form=form)
    messages.success(request, f"{version} is a draft again.")
    return redirect(_page_of(version))


def _do(request: HtmxRequest, version: ProductVersion, act: Callable[..., Any], said: str) -> HttpResponse:
    try:
        act(version=version, actor=request.user, business_date=get_business_date())
    except DomainError as refusal:
        return show_product(request, version.product, str(version.number), status=refusal.status, refusal=refusal)
    messages.success(request, said)
    return redirect(_page_of(version))


def _version(code: str, number: int) -> ProductVersion:
    return access.one(ProductVersion.objects.select_related("product"), product=access_product(code), number=number)


def _page_of(version: ProductVersion) -> str:
    return f"{reverse('loans:product_detail', args=[version.product.code])}?version={version.number}"


def _take(form: TermsForm | NewProductForm, refusal: DomainError) -> None:
    """Put each fault at the field it names; those of parts of a field at the whole."""
    whole = {"frequency_unit": "frequency", "frequency_every": "frequency", "rate_by_grade": "annual_rate"}
    for fault in refusal.faults:
        name = whole.get(fault.field, fault.field)
        form.add_error(name if name in form.fields else None, fault.detail)
    if not refusal.faults:
        form.add_error(None, refusal.detail)
