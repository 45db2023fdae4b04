"""Pledges on their way through a registry: the work list, and one pledge with its steps from proposal to perfection."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from collateral.domain.asset_facts import ACCOUNT_KINDS
from collateral.models import Asset, AssetDocument, Pledge
from collateral.selectors.accounts import account_of
from collateral.selectors.assets import access_pledge, is_blind
from collateral.selectors.registrations import VIEWS, count_registrations, list_registrations
from collateral.selectors.value_settings import settings_in_force
from collateral.services import blocks
from collateral.services.pledge_obstacles import obstacles_of
from collateral.services.pledge_proposals import PLEDGERS
from collateral.services.pledges import PERFECTERS
from collateral.services.registrations import refuse_registration, send_to_registry
from collateral.web.asset_document_forms import ACCEPTED, ProvedForm
from collateral.web.asset_words import PLEDGE_STATES
from collateral.web.cover_views import COVER_READERS
from collateral.web.forms import PerfectForm
from core import audit
from core.business_date import get_business_date
from core.errors import DomainError
from core.web.access import role_required
from core.web.components import Tab
from core.web.export import export_rows, wanted
from core.web.fields import DayField
from core.web.history import events_of
from core.web.http import HtmxRequest
from core.web.paging import paginate
from core.web.second_person import carried_out


class SentForm(ProvedForm):
    """When and where a pledge was sent."""

    proving = AssetDocument.Kind.REGISTRY_RECEIPT
    registry = forms.CharField(label="Registry", max_length=120)
    sent_date = DayField(label="Sent on")
    reference = forms.CharField(label="The registry's reference", max_length=60, required=False)

    def __init__(self, *args: Any, asset: Asset, **kwargs: Any) -> None:
        super().__init__(*args, asset=asset, **kwargs)
        if asset.kind in ACCOUNT_KINDS:
            self.fields["registry"].label, self.fields["reference"].label = "Custodian", "The custodian's reference"


class RefusedForm(forms.Form):
    """What the registry refused."""

    refused_date = DayField(label="Refused on")
    reason = forms.CharField(label="Why it refused", max_length=500, widget=forms.Textarea(attrs={"rows": 3}))
    paper = forms.FileField(label="The registry's letter, PDF or picture", widget=forms.FileInput(attrs=ACCEPTED))


class ToldForm(forms.Form):
    """When a custodian was told that a block ends."""

    told_date = DayField(label="Told on")


@role_required(*COVER_READERS)
def registry_list(request: HtmxRequest) -> HttpResponse:
    """Pledges that a registry has, or is to have, the oldest first."""
    today, settings = get_business_date(), settings_in_force()
    view = request.GET.get("view", "pending")
    view = view if view in dict(VIEWS) else "pending"
    rows = list_registrations(request.user, view=view, today=today, settings=settings)
    if wanted(request):
        columns = [
            ("Asset", lambda p: p.asset.reference),
            ("Application", lambda p: p.application.reference),
            ("Borrower", lambda p: p.application.borrower.name),
            ("Amount", lambda p: p.amount),
            ("Currency", lambda p: p.asset.currency),
            ("Registry", lambda p: p.registry),
            ("Reference", lambda p: p.sent_reference),
            ("Sent", lambda p: p.sent_date),
            ("Days", lambda p: p.days_with_registry(today)),
        ]
        return export_rows(request, columns, rows, "registrations")
    counts = count_registrations(request.user, today=today, settings=settings)
    page = paginate(request, rows)
    context = {
        "page": page,
        "rows": [(one, age, settings.is_silent(age)) for one in page for age in [one.days_with_registry(today)]],
        "view": view,
        "views": [Tab(label, f"?view={name}", counts[name], current=name == view) for name, label in VIEWS],
        "days": settings.registry_days,
    }
    return render(request, "collateral/registry_list.html", context)


@role_required(*COVER_READERS)
def pledge_registry(request: HtmxRequest, pledge_id: UUID) -> HttpResponse:
    """One pledge and where it is on its way; officers record that it was sent."""
    pledge = access_pledge(request.user, pledge_id)
    if request.method != "POST":
        return _page(request, pledge)
    form = SentForm(request.POST, request.FILES, asset=pledge.asset)

    def send() -> None:
        given = form.written()
        send_to_registry(pledge=pledge, **given, receipt=form.proof(), actor=request.user, business_date=get_business_date())

    if carried_out(request, form, send, "It is on record as sent. Somebody else perfects it by the registry's extract."):
        return redirect("collateral:pledge_registry", pledge.pk)
    return _page(request, pledge, sent_form=form)


@require_POST
@role_required(*PLEDGERS)
def pledge_refused(request: HtmxRequest, pledge_id: UUID) -> HttpResponse:
    """Record that the registry enters it not."""
    pledge = access_pledge(request.user, pledge_id)
    form = RefusedForm(request.POST, request.FILES, auto_id="refused_%s")

    def refuse() -> None:
        refuse_registration(pledge=pledge, **form.cleaned_data, actor=request.user, business_date=get_business_date())

    if carried_out(request, form, refuse, "The pledge has ended. What else secures the file has to carry it."):
        return redirect("collateral:pledge_registry", pledge.pk)
    return _page(request, pledge, refused_form=form)


@require_POST
@role_required(*blocks.ENDERS)
def block_letter(request: HtmxRequest, pledge_id: UUID) -> HttpResponse:
    """Write to the custodian that a block ends: that it was written is kept, so it is sent and not asked for."""
    pledge = access_pledge(request.user, pledge_id)
    try:
        pdf = blocks.write_block_letter(pledge=pledge, actor=request.user, business_date=get_business_date())
    except DomainError as refusal:
        messages.error(request, refusal.detail)
        return redirect("collateral:pledge_registry", pledge.pk)
    name = f"end-of-block-{pledge.asset.reference}.pdf"
    return HttpResponse(pdf, content_type="application/pdf", headers={"Content-Disposition": f'attachment; filename="{name}"'})


@require_POST
@role_required(*blocks.ENDERS)
def block_ended(request: HtmxRequest, pledge_id: UUID) -> HttpResponse:
    """Record that the custodian was told that a block ends."""
    pledge = access_pledge(request.user, pledge_id)
    form = ToldForm(request.POST, auto_id="told_%s")

    def end() -> None:
        blocks.record_block_ended(pledge=pledge, **form.cleaned_data, actor=request.user, business_date=get_business_date())

    if carried_out(request, form, end, "It is on record that the custodian was told."):
        return redirect("collateral:pledge_registry", pledge.pk)
    return _page(request, pledge, told_form=form)


def _page(request: HtmxRequest, pledge: Pledge, **given: forms.Form) -> HttpResponse:
    today, settings, asset = get_business_date(), settings_in_force(), pledge.asset
    sends, held = request.user.has_role(*PLEDGERS), account_of(asset)
    age, needed = pledge.days_with_registry(today), asset.kind in settings.registry_kinds
    perfects = pledge.state in Pledge.WAITING and request.user.has_role(*PERFECTERS) and not is_blind(request.user, asset)
    context = {
        "pledge": pledge,
        "asset": asset,
        "mark": PLEDGE_STATES.get(pledge.state, "neutral"),
        "age": age,
        "silent": settings.is_silent(age),
        "days": settings.registry_days,
        "needed": needed,
        "held": held,
        "keeper": "custodian" if held else "registry",
        "told_form": (given.get("told_form") or ToldForm(auto_id="told_%s", initial={"told_date": today}))
        if pledge.block_ends and request.user.has_role(*blocks.ENDERS)
        else None,
        "waits": pledge.state in Pledge.WAITING,
        "perfect_form": PerfectForm(asset=asset) if perfects else None,
        "missing": [one.detail for one in obstacles_of(pledge, actor=request.user, business_date=today)] if perfects else [],
        "withdraws": sends,
        "sent_form": (
            given.get("sent_form") or SentForm(asset=asset, initial={"sent_date": today, "registry": held.custodian if held else ""})
        )
        if sends and needed and pledge.state == Pledge.State.PROPOSED
        else None,
        "refused_form": (given.get("refused_form") or RefusedForm(auto_id="refused_%s", initial={"refused_date": today}))
        if sends and age is not None
        else None,
        "form": next(iter(given.values()), None),
        "events": events_of(audit.entries_about(pledge)),
    }
    return render(request, "collateral/pledge_registry.html", context, status=422 if given else 200)
