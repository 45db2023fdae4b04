"""The file of an asset: papers, its insurance, the liens of others on it, and photos."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from collateral.models import Asset, AssetDocument
from collateral.selectors.asset_documents import papers_of
from collateral.selectors.assets import access_asset
from collateral.selectors.records import access_lien
from collateral.services.asset_documents import KEEPERS
from collateral.services.ranks import next_free_rank
from collateral.services.records import RECORDERS, add_photo, end_lien, record_insurance, record_lien
from collateral.web.asset_document_forms import PaperForm, ProvedForm
from core.business_date import get_business_date
from core.errors import DomainError
from core.roles import Role
from core.web.access import STAFF, role_required
from core.web.fields import AmountField, DayField
from core.web.http import HtmxRequest, add_faults


class InsuranceForm(ProvedForm):
    """One policy."""

    proving = AssetDocument.Kind.INSURANCE_POLICY
    insurer = forms.CharField(label="Insurer", max_length=120)
    policy_number = forms.CharField(label="Policy number", max_length=60)
    sum_insured = AmountField(label="Insured sum")
    from_date = DayField(label="Covers from")
    until_date = DayField(label="Covers until")
    names_bank = forms.BooleanField(label="The insurer pays the bank", required=False)


class LienForm(ProvedForm):
    """A claim of somebody else."""

    proving = AssetDocument.Kind.LIEN_REGISTRATION
    holder = forms.CharField(label="Whose claim", max_length=120)
    rank = forms.IntegerField(label="Rank", min_value=1, max_value=99)
    amount = AmountField(label="Registered amount")
    registry_reference = forms.CharField(label="Registry reference", max_length=60)
    registered_date = DayField(label="Registered on")


class LienEndForm(forms.Form):
    """When a claim ended."""

    ended_date = DayField(label="Ended on")


class PhotoForm(forms.Form):
    """A photo, as the phone gives it."""

    photo = forms.FileField(label="Photo", widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png"}))


@role_required(*(STAFF - {Role.APPRAISER}))
def records(request: HtmxRequest, asset_id: UUID) -> HttpResponse:
    """What is on file of an asset, with the forms that add to it."""
    return records_page(request, access_asset(request.user, asset_id))


@require_POST
@role_required(*RECORDERS)
def insurance_add(request: HtmxRequest, asset_id: UUID) -> HttpResponse:
    """Keep a policy."""
    asset = access_asset(request.user, asset_id)
    form = InsuranceForm(request.POST, request.FILES, asset=asset)
    return _keep(request, asset, "insurance_form", form, record_insurance, "The policy is kept.")


@require_POST
@role_required(*RECORDERS)
def lien_add(request: HtmxRequest, asset_id: UUID) -> HttpResponse:
    """Keep a claim of somebody else."""
    asset = access_asset(request.user, asset_id)
    form = LienForm(request.POST, request.FILES, asset=asset, auto_id="lien_%s")
    return _keep(request, asset, "lien_form", form, record_lien, "The claim is kept.")


@require_POST
@role_required(*RECORDERS)
def photo_add(request: HtmxRequest, asset_id: UUID) -> HttpResponse:
    """Keep a photo."""
    asset = access_asset(request.user, asset_id)

    def keep(*, photo: Any, **rest: Any) -> object:
        return add_photo(upload=photo, **rest)

    return _keep(request, asset, "photo_form", PhotoForm(request.POST, request.FILES), keep, "The photo is kept.")


@require_POST
@role_required(*RECORDERS)
def lien_end(request: HtmxRequest, lien_id: UUID) -> HttpResponse:
    """Say that a claim of somebody else stands no more."""
    lien = access_lien(request.user, lien_id)
    form = LienEndForm(request.POST)
    if form.is_valid():
        try:
            end_lien(lien=lien, ended_date=form.cleaned_data["ended_date"], actor=request.user, business_date=get_business_date())
            messages.success(request, "The claim is marked as ended.")
        except DomainError as refusal:
            messages.error(request, " ".join(fault.detail for fault in refusal.faults) or refusal.detail)
    else:
        messages.error(request, "Enter the day on which the claim ended.")
    return redirect("collateral:records", lien.asset_id)


def _keep(request: HtmxRequest, asset: Asset, name: str, form: forms.Form, keep: Callable[..., object], done: str) -> HttpResponse:
    if form.is_valid():
        try:
            sent = {**form.written(), "proof": form.proof()} if isinstance(form, ProvedForm) else form.cleaned_data
            keep(asset=asset, **sent, actor=request.user, business_date=get_business_date())
        except DomainError as refusal:
            add_faults(form, refusal)
        else:
            messages.success(request, done)
            return redirect("collateral:records", asset.pk)
    return records_page(request, asset, status=422, **{name: form})


def records_page(request: HtmxRequest, asset: Asset, *, status: int = 200, **given: forms.Form) -> HttpResponse:
    """What is on file of an asset, with the form that somebody filled in wrongly."""
    today = get_business_date()
    may_record = request.user.has_role(*RECORDERS)
    liens = list(asset.liens.select_related("recorded_by", "document"))
    context: dict[str, Any] = {
        "asset": asset,
        "today": today,
        "policies": asset.policies.select_related("recorded_by", "document"),
        "liens": [(lien, LienEndForm(auto_id=f"end_{lien.pk}_%s", initial={"ended_date": today})) for lien in liens],
        "photos": asset.photos.select_related("document", "added_by"),
        "papers": papers_of(asset, request.user),
        "may_record": may_record,
        "may_keep_papers": request.user.has_role(*KEEPERS),
        "insurance_form": InsuranceForm(asset=asset, initial={"from_date": today}) if may_record else None,
        "lien_form": LienForm(asset=asset, auto_id="lien_%s", initial={"rank": next_free_rank(asset)}) if may_record else None,
        "photo_form": PhotoForm(),
        "paper_form": PaperForm(auto_id="paper_%s", initial={"paper_date": today}),
        "form": next(iter(given.values()), None),
        **given,
    }
    return render(request, "collateral/records.html", context, status=status)
