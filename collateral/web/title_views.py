"""The title of an asset: looked up in the registry, entered later, and corrected by two people."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from collateral.selectors.assets import access_asset
from collateral.services.title_corrections import CONFIRMERS, decide_title_correction, propose_title_correction
from collateral.services.title_numbers import RECORDERS, enter_title
from collateral.services.titles import check_title, verifies_title
from collateral.web.owner_forms import CorrectionForm, TitleForm, TitleNumberForm
from collateral.web.owner_views import owners_page
from core.business_date import get_business_date
from core.errors import DomainError
from core.web.access import role_required, step_up_required
from core.web.http import HtmxRequest, add_faults
from core.web.second_person import SecondPersonForm, carried_out, decided


@require_POST
@role_required(*RECORDERS)
def title_check(request: HtmxRequest, asset_id: UUID) -> HttpResponse:
    """Keep whom the registry names."""
    asset = access_asset(request.user, asset_id)
    form = TitleForm(request.POST, request.FILES, asset=asset, auto_id="title_%s")
    if form.is_valid():
        try:
            check_title(
                asset=asset,
                holders=form.cleaned_data["holders"].splitlines(),
                checked_date=form.cleaned_data["checked_date"],
                proof=form.proof(),
                actor=request.user,
                business_date=get_business_date(),
            )
        except DomainError as refusal:
            add_faults(form, refusal)
        else:
            second = verifies_title(asset, request.user, business_date=get_business_date())
            more = "" if second else " The title counts as verified once somebody else has looked it up."
            messages.success(request, f"The look into the registry is on file.{more}")
            return redirect("collateral:owners", asset.pk)
    return owners_page(request, asset, status=422, title_form=form)


@require_POST
@role_required(*RECORDERS)
def title_enter(request: HtmxRequest, asset_id: UUID) -> HttpResponse:
    """Keep the number of a title that was not known at registration."""
    asset = access_asset(request.user, asset_id)
    form = TitleNumberForm(request.POST, auto_id="number_%s")
    if form.is_valid():
        try:
            enter_title(asset=asset, actor=request.user, business_date=get_business_date(), **form.cleaned_data)
        except DomainError as refusal:
            add_faults(form, refusal)
        else:
            messages.success(request, "The title is on file. Somebody else looks it up in the registry.")
            return redirect("collateral:owners", asset.pk)
    return owners_page(request, asset, status=422, number_form=form)


@require_POST
@role_required(*RECORDERS)
def title_correct(request: HtmxRequest, asset_id: UUID) -> HttpResponse:
    """Propose another number for a title that was written down wrongly."""
    asset = access_asset(request.user, asset_id)
    form = CorrectionForm(request.POST, auto_id="correction_%s")

    def propose() -> None:
        path = reverse("collateral:owners", args=[asset.pk])
        propose_title_correction(asset=asset, **form.cleaned_data, actor=request.user, business_date=get_business_date(), path=path)

    if carried_out(request, form, propose, "The other number is proposed. Somebody else puts it in place."):
        return redirect("collateral:owners", asset.pk)
    return owners_page(request, asset, status=422, correction_form=form)


@require_POST
@role_required(*CONFIRMERS, *RECORDERS)
@step_up_required
def title_correct_decide(request: HtmxRequest, asset_id: UUID) -> HttpResponse:
    """The second person about another number of a title; who proposed it may take it back."""
    asset = access_asset(request.user, asset_id)
    form = SecondPersonForm(request.POST, confirm="Put the number in place", reason_needed=False, auto_id="word_%s")

    if decided(request, form, decide_title_correction, asset=asset):
        return redirect("collateral:owners", asset.pk)
    return owners_page(request, asset, status=422, decision=form)
