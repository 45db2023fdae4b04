"""Selling what is pledged: proposed with what it would pay, and decided by a second person; then its price, or its end without one."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.forms.boundfield import BoundField
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from collateral.models import Asset, AssetDocument, Realisation, SaleRest
from collateral.selectors.assets import access_asset
from collateral.selectors.ended_pledges import as_seen_by, ended_by_sale
from collateral.selectors.sale_doubts import owner_doubts
from collateral.selectors.sale_values import sale_value_of
from collateral.selectors.secured import waiting_files
from collateral.services import enforcement, enforcement_undone, sale_prices
from collateral.services.proceeds import LATE_DAYS
from collateral.services.sale_booking import proceeds_of
from collateral.services.sale_buyers import opened
from collateral.services.sale_costs import Papers, papers_in
from collateral.web.asset_acts import ActPage, second_word
from collateral.web.asset_document_forms import ProvedForm
from collateral.web.cover_views import COVER_READERS
from core import four_eyes
from core.business_date import get_business_date
from core.crypto import mask
from core.errors import DomainError
from core.models import Proposal
from core.web.access import role_required, step_up_required
from core.web.fields import AmountField, DayField
from core.web.http import HtmxRequest
from core.web.second_person import SecondPersonForm, carried_out

# Where each kind of proposal about the sale of an asset is decided; at most one waits.
DECIDED_AT = {
    enforcement.KIND: "collateral:enforce_decide",
    sale_prices.KIND: "collateral:sale_price_decide",
    sale_prices.UNDO: "collateral:enforce_undo_decide",
}


class EnforcementForm(ProvedForm):
    """What a pledged asset was sold for, what that cost, and what proves both."""

    proving = AssetDocument.Kind.SALE_RECORD
    sold_date = DayField(label="Sold on")
    price = AmountField(label="Price")
    costs = AmountField(label="Costs of the sale", required=False)
    payee = forms.CharField(label="Costs paid to", max_length=120, required=False)
    received_date = DayField(label="Price came in on", required=False)
    due_date = DayField(label="Buyer pays by", required=False)
    buyer = forms.CharField(label="Buyer", max_length=120)
    number = forms.CharField(label="Their number", max_length=40, required=False)
    remark = forms.CharField(label="Why all the same", max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2}))
    reason = forms.CharField(label="How it was sold", max_length=500, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, asset: Asset, **kwargs: Any) -> None:
        super().__init__(*args, asset=asset, **kwargs)
        kinds = AssetDocument.Kind
        self.invoices = self.offer(asset, kinds.COSTS_INVOICE, document="invoice_document", paper="invoice")
        self.receipts = self.offer(asset, kinds.PRICE_RECEIPT, document="receipt_document", paper="receipt")

    def proofs(self) -> Papers:
        """What proves the sale, its costs, and that its price came in."""
        data = self.cleaned_data
        invoice = data["invoice"] or self.invoices.get(data.get("invoice_document", ""))
        receipt = data["receipt"] or self.receipts.get(data.get("receipt_document", ""))
        return Papers(self.proof(), invoice if data["costs"] else None, receipt if data["received_date"] else None)

    def proof_fields(self) -> list[BoundField]:
        """The fields of the papers."""
        names = ("document", "paper", "invoice_document", "invoice", "receipt_document", "receipt")
        return [self[name] for name in names if name in self.fields]


class PriceForm(ProvedForm):
    """When the price of a sale came in, and how that is known."""

    proving = AssetDocument.Kind.PRICE_RECEIPT
    received_date = DayField(label="Came in on")
    reason = forms.CharField(label="How the bank knows", max_length=500, widget=forms.Textarea(attrs={"rows": 2}))


class SaleUndoForm(ProvedForm):
    """Why an enforced sale came to nothing, and what shows it."""

    proving = AssetDocument.Kind.SALE_VOID
    reason = forms.CharField(label="Why it came to nothing", max_length=500, widget=forms.Textarea(attrs={"rows": 2}))


@role_required(*COVER_READERS)
def enforce(request: HtmxRequest, asset_id: UUID) -> HttpResponse:
    """The sale of a pledged asset: how its price falls to the liens, and what is proposed."""
    asset = access_asset(request.user, asset_id)
    if request.method != "POST":
        return _enforce(request, asset)
    form = EnforcementForm(request.POST, request.FILES, asset=asset)

    def propose() -> None:
        data = form.cleaned_data
        enforcement.propose_enforcement(
            asset=asset,
            sold_date=data["sold_date"],
            price=data["price"],
            costs=data["costs"] or Decimal(0),
            reason=data["reason"],
            buyer=data["buyer"],
            number=data["number"],
            remark=data["remark"],
            payee=data["payee"],
            due_date=data["due_date"],
            received_date=data["received_date"],
            papers=form.proofs(),
            actor=request.user,
            business_date=get_business_date(),
            path=reverse("collateral:enforce", args=[asset.pk]),
        )

    if carried_out(request, form, propose, "The sale is proposed. A risk manager or approver decides it."):
        return redirect("collateral:enforce", asset.pk)
    return _enforce(request, asset, form=form, status=422)


@require_POST
@role_required(*enforcement.CONFIRMERS, *enforcement.PROPOSERS)
@step_up_required
def enforce_decide(request: HtmxRequest, asset_id: UUID) -> HttpResponse:
    """The second person about an enforced sale."""
    asset = access_asset(request.user, asset_id)
    return PAGE.decide(request, asset, enforcement.decide_enforcement)


@require_POST
@role_required(*enforcement.PROPOSERS)
def sale_price(request: HtmxRequest, asset_id: UUID) -> HttpResponse:
    """Propose to book the price of a sale that has come in."""
    asset = access_asset(request.user, asset_id)
    form = PriceForm(request.POST, request.FILES, asset=asset, auto_id="price_%s")
    said = "It is proposed. A risk manager or approver has the price booked."
    return PAGE.propose(request, asset, form, sale_prices.propose_price, said=said, shown="price_form", proof="receipt")


@require_POST
@role_required(*enforcement.CONFIRMERS, *enforcement.PROPOSERS)
@step_up_required
def sale_price_decide(request: HtmxRequest, asset_id: UUID) -> HttpResponse:
    """The second person about the price of a sale."""
    asset = access_asset(request.user, asset_id)
    return PAGE.decide(request, asset, sale_prices.decide_price)


@require_POST
@role_required(*enforcement.PROPOSERS)
def enforce_undo(request: HtmxRequest, asset_id: UUID) -> HttpResponse:
    """Propose to take an enforced sale back that came to nothing."""
    asset = access_asset(request.user, asset_id)
    form = SaleUndoForm(request.POST, request.FILES, asset=asset, auto_id="undo_%s")
    return PAGE.propose(request, asset, form, enforcement_undone.propose_undo, shown="undo_form")


@require_POST
@role_required(*enforcement.CONFIRMERS, *enforcement.PROPOSERS)
@step_up_required
def enforce_undo_decide(request: HtmxRequest, asset_id: UUID) -> HttpResponse:
    """The second person about taking an enforced sale back."""
    asset = access_asset(request.user, asset_id)
    return PAGE.restore(request, asset, enforcement_undone.decide_undo)


def _enforce(
    request: HtmxRequest,
    asset: Asset,
    *,
    form: EnforcementForm | None = None,
    price_form: PriceForm | None = None,
    undo_form: SaleUndoForm | None = None,
    decision: SecondPersonForm | None = None,
    status: int = 200,
) -> HttpResponse:
    user, today = request.user, get_business_date()
    asset.refresh_from_db(fields=["state"])
    sale = Realisation.objects.filter(asset=asset, of_loss=False).select_related("recorded_by", "paper", "invoice", "receipt").first()
    awaited = sale if sale is not None and sale.awaits_price else None
    waiting = {kind: four_eyes.open_proposal(kind=kind, target=asset) for kind in DECIDED_AT}
    proposal = next((one for one in waiting.values() if one is not None), None)
    proposes, free = user.has_role(*enforcement.PROPOSERS), proposal is None
    price, costs = (awaited.price, awaited.costs) if awaited else _asked(waiting[enforcement.KIND])
    came_in = proposal.content.get("received_date") if proposal else ""
    received = date.fromisoformat(came_in) if came_in else None
    plan = refusal = None
    try:
        plan = enforcement.plan_proceeds(asset=asset, price=price, costs=costs, received_date=received, business_date=today)
    except DomainError as fault:
        refusal = fault
    groundless = plan is not None and not plan.may_be_sold
    on_file = asset.state == Asset.State.REGISTERED
    asked = waiting[enforcement.KIND]
    sold_on = sale.sold_date if sale is not None and sale.enforced else date.fromisoformat(asked.content["sold_date"]) if asked else None
    rests = list(SaleRest.objects.filter(realisation__asset=asset).select_related("owner__person", "lien"))
    # What was paid out was answered by its second person.
    paid_out = (
        sale is not None and not sale.awaits_price and not any(one.to == SaleRest.To.OWNER and one.paid_date is None for one in rests)
    )
    shows = {sale_prices.UNDO: "paper", sale_prices.KIND: "receipt"}.get(proposal.kind) if proposal else None
    paper = proposal.content.get(shows) if proposal and shows else None
    context = {
        "asset": asset,
        "plan": plan,
        "falls": waiting[enforcement.KIND] is not None or awaited is not None,
        "nothing": refusal.detail if refusal else "",
        "proposal": proposal,
        "proposed": _proposed(asset, waiting[enforcement.KIND], price, costs, today),
        "decide_url": reverse(DECIDED_AT[proposal.kind], args=[asset.pk]) if proposal else "",
        "paper": AssetDocument.objects.filter(pk=paper).first() if paper else None,
        "decided": [one for each in DECIDED_AT for one in four_eyes.decided_proposals(kind=each, target=asset)],
        "received": received,
        "price": price,
        "value": sale_value_of(asset, business_date=today),
        "costs": costs,
        "waiting_files": waiting_files(asset, reader=user) if on_file else [],
        "groundless": groundless and waiting[enforcement.KIND] is not None,
        "late_days": LATE_DAYS,
        "no_ground": groundless and free and on_file,
        "sale": sale,
        "awaited": awaited,
        "overdue": awaited is not None and awaited.due_date is not None and awaited.due_date < today,
        "ended_pledges": as_seen_by(user, ended_by_sale(awaited)) if awaited else [],
        "owner_doubts": owner_doubts(asset, sold_on) if sold_on and not paid_out else [],
        "booked": proceeds_of(asset),
        "rests": rests,
        "may_propose": free and proposes and on_file and plan is not None and not groundless,
        "may_settle": free and proposes and awaited is not None,
        "may_decide": proposal is not None and proposal.proposed_by_id != user.pk and user.has_role(*enforcement.CONFIRMERS),
        "form": form or EnforcementForm(asset=asset),
        "price_form": price_form or PriceForm(asset=asset, auto_id="price_%s", initial={"received_date": today}),
        "undo_form": undo_form or SaleUndoForm(asset=asset, auto_id="undo_%s"),
        "decision": decision or second_word(),
    }
    return render(request, "collateral/enforce.html", context, status=status)


def _asked(proposal: Proposal | None) -> tuple[Decimal, Decimal]:
    """The price and costs of a proposed sale; nothing without one."""
    if proposal is None:
        return Decimal(0), Decimal(0)
    return Decimal(proposal.content["price"]), Decimal(proposal.content["costs"])


def _proposed(asset: Asset, proposal: Proposal | None, price: Decimal, costs: Decimal, today: date) -> dict[str, Any] | None:
    """A proposed sale, as its page shows it."""
    if proposal is None:
        return None
    content = proposal.content
    buyer, number, payee = content.get("buyer", ""), opened(content.get("number", "")), content.get("payee", "")
    return {
        "sold_date": date.fromisoformat(content["sold_date"]),
        "due_date": date.fromisoformat(content["due_date"]) if content.get("due_date") else None,
        "of_value": sale_value_of(asset, business_date=today).share(price),
        "net": max(Decimal(0), price - costs),
        "loss": max(Decimal(0), costs - price),
        "payee": payee,
        "proofs": [paper for paper in papers_in(content) if paper],
        "buyer": buyer,
        "number": mask(number) if number else "",
        "remark": content.get("remark", ""),
        "doubts": enforcement.doubts_about(asset, price, costs, buyer, number, payee, today),
    }


PAGE = ActPage("collateral:enforce", _enforce)
