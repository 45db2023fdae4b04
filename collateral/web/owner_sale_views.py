"""What its owner sold an asset for: proposed with who buys and the paper, decided by a second person, and taken back the same way."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from collateral.models import Asset, AssetDocument, Realisation
from collateral.selectors.assets import access_asset
from collateral.selectors.ended_pledges import as_seen_by, ended_by_sale
from collateral.selectors.sale_values import sale_value_of
from collateral.selectors.secured import waiting_files
from collateral.services import owner_sales
from collateral.services.sale_buyers import opened
from collateral.services.sale_costs import Papers, papers_in
from collateral.web.asset_acts import ActPage, second_word
from collateral.web.asset_document_forms import ProvedForm
from core import four_eyes
from core.business_date import get_business_date
from core.crypto import mask
from core.models import Proposal
from core.web.access import role_required, step_up_required
from core.web.fields import AmountField, DayField
from core.web.http import HtmxRequest
from core.web.second_person import SecondPersonForm, carried_out

SEERS = (*owner_sales.PROPOSERS, *owner_sales.CONFIRMERS)


class SaleForm(ProvedForm):
    """What an asset was sold for, to whom, and what proves it."""

    proving = AssetDocument.Kind.SALE_RECORD
    sold_date = DayField(label="Sold on")
    price = AmountField(label="Price")
    costs = AmountField(label="Costs of the sale", required=False)
    buyer = forms.CharField(label="Buyer", max_length=120)
    number = forms.CharField(label="Their number", max_length=40, required=False)
    remark = forms.CharField(label="Why all the same", max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2}))
    reason = forms.CharField(label="How the bank learnt of it", max_length=500, widget=forms.Textarea(attrs={"rows": 2}))


class UndoForm(forms.Form):
    """Why a sale is taken back."""

    reason = forms.CharField(label="What is wrong with it", max_length=500, widget=forms.Textarea(attrs={"rows": 2}))


@role_required(*SEERS)
def realise(request: HtmxRequest, asset_id: UUID) -> HttpResponse:
    """The sale of an asset by its owner, and the proposal to record it."""
    asset = access_asset(request.user, asset_id)
    if request.method != "POST":
        return _page(request, asset)
    form = SaleForm(request.POST, request.FILES, asset=asset)

    def propose() -> None:
        data = form.written()
        data["costs"] = data["costs"] or Decimal(0)
        path = reverse("collateral:realise", args=[asset.pk])
        owner_sales.propose_sale(
            asset=asset, **data, papers=Papers(form.proof()), actor=request.user, business_date=get_business_date(), path=path
        )

    if carried_out(request, form, propose, "The sale is proposed. A risk manager or approver decides it."):
        return redirect("collateral:realise", asset.pk)
    return _page(request, asset, status=422, form=form)


@require_POST
@role_required(*SEERS)
@step_up_required
def realise_decide(request: HtmxRequest, asset_id: UUID) -> HttpResponse:
    """The second person about a sale; who proposed it may take it back."""
    asset = access_asset(request.user, asset_id)
    return PAGE.decide(request, asset, owner_sales.decide_sale)


@require_POST
@role_required(*owner_sales.PROPOSERS)
def sale_undo(request: HtmxRequest, asset_id: UUID) -> HttpResponse:
    """Propose to take a sale back that was recorded wrongly."""
    asset = access_asset(request.user, asset_id)
    form = UndoForm(request.POST)

    def propose() -> None:
        path = reverse("collateral:realise", args=[asset.pk])
        owner_sales.propose_undo(asset=asset, reason=form.cleaned_data["reason"], actor=request.user, path=path)

    if carried_out(request, form, propose, "It is proposed. A risk manager or approver decides it."):
        return redirect("collateral:realise", asset.pk)
    return _page(request, asset, status=422, undo_form=form)


@require_POST
@role_required(*SEERS)
@step_up_required
def sale_undo_decide(request: HtmxRequest, asset_id: UUID) -> HttpResponse:
    """The second person about taking a sale back."""
    asset = access_asset(request.user, asset_id)
    return PAGE.restore(request, asset, owner_sales.decide_undo)


def _page(
    request: HtmxRequest,
    asset: Asset,
    *,
    form: SaleForm | None = None,
    undo_form: UndoForm | None = None,
    decision: SecondPersonForm | None = None,
    status: int = 200,
) -> HttpResponse:
    user, today = request.user, get_business_date()
    asset.refresh_from_db(fields=["state"])
    sale = Realisation.objects.filter(asset=asset).select_related("recorded_by", "paper").first()
    kind = owner_sales.UNDO if sale else owner_sales.KIND
    proposal = four_eyes.open_proposal(kind=kind, target=asset)
    proposes, free = user.has_role(*owner_sales.PROPOSERS), proposal is None
    context = {
        "asset": asset,
        "sale": sale,
        "value": sale_value_of(asset, business_date=today),
        "ended_pledges": as_seen_by(request.user, ended_by_sale(sale)) if sale is not None and not sale.enforced else [],
        "waiting_files": waiting_files(asset, reader=request.user) if sale is None else [],
        "proposal": proposal,
        "proposed": _proposed(asset, proposal) if proposal and not sale else None,
        "decide_url": reverse("collateral:sale_undo_decide" if sale else "collateral:realise_decide", args=[asset.pk]),
        "decided": [one for each in (owner_sales.KIND, owner_sales.UNDO) for one in four_eyes.decided_proposals(kind=each, target=asset)],
        "may_propose": free and proposes and asset.state == Asset.State.REGISTERED,
        "may_undo": free and proposes and sale is not None and not sale.enforced,
        "may_decide": proposal is not None and proposal.proposed_by_id != user.pk and user.has_role(*owner_sales.CONFIRMERS),
        "form": form or SaleForm(asset=asset),
        "undo_form": undo_form or UndoForm(auto_id="undo_%s"),
        "decision": decision or second_word(),
    }
    return render(request, "collateral/realise.html", context, status=status)


def _proposed(asset: Asset, proposal: Proposal) -> dict[str, Any]:
    """What is proposed, as its page shows it."""
    content, today = proposal.content, get_business_date()
    price, number = Decimal(content["price"]), opened(content["number"])
    net = price - Decimal(content["costs"])
    return {
        "price": price,
        "costs": Decimal(content["costs"]),
        "net": net,
        "of_value": sale_value_of(asset, business_date=today).share(price),
        "buyer": content["buyer"],
        "number": mask(number) if number else "",
        "doubts": owner_sales.doubts_about(asset, net, content["buyer"], number, today),
        "paper": papers_in(content).paper,
    }


PAGE = ActPage("collateral:realise", _page)
