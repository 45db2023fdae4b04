"""Registering an asset, with a look at what is registered already and may be the same thing."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from collateral.domain.twins import PROBABLE
from collateral.selectors.assets import access_asset
from collateral.selectors.twins import TwinRow, find_twins, text_of, twin_rows
from collateral.services import assets
from collateral.services.pledges import propose_pledge
from collateral.web.forms import AssetForm
from core.business_date import get_business_date
from core.errors import DomainError
from core.roles import Role
from core.web.access import STAFF, role_required
from core.web.http import HtmxRequest, add_faults, render_page
from loans.models import Application
from loans.selectors.applications import access_application


@role_required(Role.OFFICER, Role.INVESTIGATOR)
def asset_new(request: HtmxRequest, application_id: UUID) -> HttpResponse:
    """Register an asset for an application, beginning with what the applicant stated."""
    application = access_application(request.user, application_id)
    kinds = list(application.product_version.collateral_kinds) if application.product_version else []
    if request.method != "POST":
        return _asset_form(request, application, AssetForm(kinds=kinds, initial=_stated(application)))
    form = AssetForm(request.POST, kinds=kinds)
    twins: list[TwinRow] = []
    if form.is_valid():
        data, borrower = form.cleaned_data, application.borrower
        own = not data["owner_name"] or (borrower and data["owner_name"].casefold() == borrower.name.casefold())
        try:
            asset = assets.register_asset(
                application=application,
                kind=data["kind"],
                description=data["description"],
                stated_value=data["stated_value"],
                actor=request.user,
                business_date=get_business_date(),
                owner=borrower if own else None,
                owner_name=data["owner_name"],
                title_number=data["title_number"],
                title_verified=data["title_verified"],
                address_line=data["address_line"],
                city=data["city"],
                insured_until=data["insured_until"],
                in_use=data["in_use"],
                prior_claims=data["prior_claims"] or Decimal(0),
                unlike_reason=data["unlike_reason"],
            )
        except DomainError as refusal:
            add_faults(form, refusal)
            if refusal.code == "probable_twins":
                twins = twin_rows(request.user, find_twins(form.written(borrower.name if borrower else ""), least=PROBABLE))
        else:
            messages.success(request, f"{asset.reference} is registered.")
            return redirect("loans:application_detail", application.pk)
    return _asset_form(request, application, form, twins, status=422)


def _asset_form(
    request: HtmxRequest, application: Application, form: AssetForm, twins: Sequence[TwinRow] = (), *, status: int = 200
) -> HttpResponse:
    context = {"application": application, "form": form, "twins": twins, "ask_why": bool(twins) or bool(form.data.get("unlike_reason"))}
    return render(request, "collateral/asset_form.html", context, status=status)


def _stated(application: Application) -> dict[str, object]:
    stated = (application.stated_collateral or [{}])[0]
    return {
        "kind": str(stated.get("kind", "")).upper(),
        "description": stated.get("description", ""),
        "stated_value": stated.get("stated_value", ""),
        "title_number": stated.get("title_number", ""),
        "owner_name": application.borrower.name if application.borrower else "",
        "in_use": True,
    }


@require_POST
@role_required(Role.OFFICER, Role.INVESTIGATOR)
def asset_pledge(request: HtmxRequest, application_id: UUID, asset_id: UUID) -> HttpResponse:
    """Let an asset that is registered already secure this application too."""
    application = access_application(request.user, application_id)
    asset = access_asset(request.user, asset_id)
    try:
        propose_pledge(asset=asset, application=application, actor=request.user, business_date=get_business_date())
    except DomainError as refusal:
        messages.error(request, refusal.detail)
        return redirect("collateral:asset_new", application.pk)
    messages.success(request, f"{asset.reference} is pledged for {application.reference} too.")
    return redirect("loans:application_detail", application.pk)


@role_required(*(STAFF - {Role.APPRAISER}))
def twins(request: HtmxRequest, asset_id: UUID) -> HttpResponse:
    """Registered assets that may be this one: a panel on its page, and a page of its own."""
    asset = access_asset(request.user, asset_id)
    found = twin_rows(request.user, find_twins(text_of(asset), without=asset.pk))
    return render_page(request, "collateral/twins.html", "collateral/_twins.html", asset=asset, twins=found)
