"""Registering an asset, with a look at what is registered already and may be the same thing."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from collateral.domain.twins import PROBABLE
from collateral.models import AssetKind, Pledge
from collateral.selectors.assets import access_asset
from collateral.selectors.stated_items import StatedItem, list_items, waiting_item
from collateral.selectors.twins import TwinRow, find_twins, twin_rows
from collateral.selectors.worth import worths_of
from collateral.services import assets
from collateral.services.pledge_proposals import propose_pledge
from collateral.web.asset_words import PLEDGE_STATES
from collateral.web.owner_forms import add_owner_faults, read_owners
from collateral.web.registration_forms import PLACE, AssetForm, PledgeForm, owner_initial
from core.business_date import get_business_date
from core.errors import DomainError
from core.home import home_country
from core.roles import Role
from core.web.access import role_required
from core.web.fields import in_currency
from core.web.http import HtmxRequest, add_faults
from loans.models import Application, Borrower
from loans.selectors.applications import access_application, amount_to_cover


@role_required(Role.OFFICER, Role.INVESTIGATOR)
def asset_new(request: HtmxRequest, application_id: UUID) -> HttpResponse:
    """Register an asset for an application, beginning with what the applicant stated, by the form of its class."""
    application = access_application(request.user, application_id)
    kinds = list(application.product_version.collateral_kinds) if application.product_version else []
    if request.method != "POST":
        item = waiting_item(application, request.GET.get("item", ""))
        kind = request.GET.get("kind") or (item.kind if item else kinds[0] if len(kinds) == 1 else "")
        if kind not in kinds or "choose" in request.GET:
            return _choose(request, application, kinds)
        return _asset_form(request, application, _form(application, kind=kind, kinds=kinds, initial=_stated(application, kind, item)))
    form = _form(application, request.POST, kind=request.POST.get("kind", ""), kinds=kinds)
    twins: list[TwinRow] = []
    if form.is_valid() and (drafts := read_owners(form, _people(application))) is not None and not form.errors:
        data, borrower = form.cleaned_data, application.borrower
        try:
            asset = assets.register_asset(
                application=application,
                kind=data["kind"],
                description=data["description"],
                stated_value=data["stated_value"],
                actor=request.user,
                business_date=get_business_date(),
                owner=borrower,
                owners=drafts,
                title_holders=form.holders(),
                amount=data["amount"],
                confirmed_amount=form.confirmed(),
                prior_claims=data["prior_claims"] or Decimal(0),
                unlike_reason=data["unlike_reason"],
                facts=form.facts(),
                stated_number=data["item"],
                **form.given("title_number", "insured_until", *PLACE),
            )
        except DomainError as refusal:
            add_owner_faults(form, refusal)
            form.ask_again(refusal, data["amount"] or amount_to_cover(application), application.currency)
            if refusal.code == "probable_twins":
                twins = twin_rows(request.user, find_twins(form.written(borrower.name if borrower else ""), least=PROBABLE))
        else:
            messages.success(request, f"{asset.reference} is registered.")
            return redirect("loans:application_detail", application.pk)
    return _asset_form(request, application, form, twins, status=422)


def _choose(request: HtmxRequest, application: Application, kinds: list[str]) -> HttpResponse:
    """Which class it is, where several may be pledged."""
    context = {
        "application": application,
        "kinds": [(kind, AssetKind(kind).label) for kind in kinds],
        "items": list_items(application),
    }
    return render(request, "collateral/asset_kind.html", context)


def _form(application: Application, *sent: Any, **options: Any) -> AssetForm:
    return in_currency(AssetForm(*sent, **options), application.currency)


def _asset_form(
    request: HtmxRequest, application: Application, form: AssetForm, twins: Sequence[TwinRow] = (), *, status: int = 200
) -> HttpResponse:
    context = {
        "application": application,
        "form": form,
        "label": dict(AssetKind.choices).get(form.chosen, ""),
        "others": len(form.kinds) > 1,
        "twins": twins,
        "ask_why": bool(twins) or bool(form.data.get("unlike_reason")),
    }
    return render(request, "collateral/asset_form.html", context, status=status)


def _people(application: Application) -> dict[str, Borrower]:
    """Who is on file with the application, by name in small letters."""
    return {party.borrower.name.casefold(): party.borrower for party in application.parties.select_related("borrower")} | (
        {application.borrower.name.casefold(): application.borrower} if application.borrower else {}
    )


def _stated(application: Application, kind: str, item: StatedItem | None) -> dict[str, object]:
    borrower = application.borrower
    owner = owner_initial(borrower) if borrower else {}
    own: dict[str, object] = {"kind": kind, "country": home_country(), "own_bank": True, "currency": application.currency, **owner}
    return own | (item.initial() if item is not None and item.kind == kind else {})


@role_required(Role.OFFICER, Role.INVESTIGATOR)
def asset_pledge(request: HtmxRequest, application_id: UUID, asset_id: UUID) -> HttpResponse:
    """Let an asset that is registered already secure this application too,
    for an amount that is read back where it is far above its worth.
    """
    application = access_application(request.user, application_id)
    asset = access_asset(request.user, asset_id)
    form = in_currency(PledgeForm(request.POST if request.method == "POST" else None), application.currency)
    if request.method == "POST" and form.is_valid():
        amount = form.cleaned_data["amount"]
        try:
            propose_pledge(
                asset=asset,
                application=application,
                amount=amount,
                confirmed_amount=form.confirmed(),
                prior_claims=form.cleaned_data["prior_claims"] or Decimal(0),
                actor=request.user,
                business_date=get_business_date(),
            )
        except DomainError as refusal:
            add_faults(form, refusal)
            form.ask_again(refusal, amount or amount_to_cover(application), application.currency)
        else:
            messages.success(request, f"{asset.reference} is pledged for {application.reference} too.")
            return redirect("loans:application_detail", application.pk)
    backed = asset.pledges.exclude(state__in=Pledge.GIVEN_BACK)
    context = {
        "application": application,
        "asset": asset,
        "form": form,
        "worth": worths_of([asset])[asset.pk],
        "asked": amount_to_cover(application),
        "pledges": [(one, PLEDGE_STATES.get(one.state, "neutral")) for one in backed.select_related("application").order_by("rank", "id")],
    }
    return render(request, "collateral/asset_pledge.html", context, status=422 if request.method == "POST" else 200)
