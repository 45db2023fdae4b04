"""That an asset is no more: proposed, decided by a second person, and whose insurance is to be asked; taken back the same way."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from collateral.models import Asset, AssetDocument, Realisation
from collateral.selectors.assets import access_asset
from collateral.selectors.ended_pledges import as_seen_by
from collateral.selectors.losses import came_in_since, recorded_loss
from collateral.selectors.secured import waiting_files
from collateral.services import insurance_payments, loss_undone, total_loss
from collateral.services.proceeds import Plan, plan_sale
from collateral.services.sale_booking import proceeds_of
from collateral.web.asset_acts import ActPage, second_word
from collateral.web.asset_document_forms import ProvedForm
from collateral.web.cover_views import COVER_READERS
from core import four_eyes
from core.business_date import get_business_date
from core.models import Proposal
from core.web.access import role_required, step_up_required
from core.web.fields import AmountField, DayField
from core.web.http import HtmxRequest
from core.web.second_person import SecondPersonForm
from loans.selectors.loans import visible_loans

# Payments that came in since, on the page.
SHOWN = 20
# Where each kind of proposal about the loss of an asset is decided; at most one waits.
DECIDED_AT = {
    total_loss.KIND: "collateral:loss_decide",
    loss_undone.KIND: "collateral:loss_undo_decide",
    insurance_payments.KIND: "collateral:loss_insurance_decide",
}


class LossForm(ProvedForm):
    """Since when it is no more, and what shows it."""

    proving = AssetDocument.Kind.LOSS_REPORT
    lost_date = DayField(label="Lost on")
    reason = forms.CharField(label="What happened", max_length=500, widget=forms.Textarea(attrs={"rows": 3}))


class LossUndoForm(ProvedForm):
    """Why a loss is taken back, and what shows that the asset is there. Whether an insurer paid is asked where money came in since."""

    proving = AssetDocument.Kind.EXISTENCE
    insurer_paid = forms.TypedChoiceField(
        label="Has an insurer paid any of what came in since?",
        choices=[("no", "No, none of it"), ("yes", "Yes")],
        coerce=lambda sent: sent == "yes",
        empty_value=None,
        required=False,
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(label="What was wrong with the record", max_length=500, widget=forms.Textarea(attrs={"rows": 2}))


class InsuranceForm(ProvedForm):
    """What an insurer paid for the loss, when it came in, and what shows that."""

    proving = AssetDocument.Kind.PRICE_RECEIPT
    insurer = forms.CharField(label="Insurer", max_length=120)
    amount = AmountField(label="Amount")
    received_date = DayField(label="Came in on")
    reason = forms.CharField(label="What it was paid for", max_length=500, widget=forms.Textarea(attrs={"rows": 2}))


@role_required(*COVER_READERS)
def loss(request: HtmxRequest, asset_id: UUID) -> HttpResponse:
    """The total loss of an asset, and the proposal to record it."""
    asset = access_asset(request.user, asset_id)
    if request.method != "POST":
        return loss_page(request, asset)
    form = LossForm(request.POST, request.FILES, asset=asset)
    said = "The loss is proposed. A risk manager or approver decides it."
    return PAGE.propose(request, asset, form, total_loss.propose_total_loss, said=said)


@require_POST
@role_required(*total_loss.CONFIRMERS, *total_loss.PROPOSERS)
@step_up_required
def loss_decide(request: HtmxRequest, asset_id: UUID) -> HttpResponse:
    """The second person about a total loss; who proposed it may take it back."""
    asset = access_asset(request.user, asset_id)
    return PAGE.decide(request, asset, total_loss.decide_total_loss)


@require_POST
@role_required(*total_loss.PROPOSERS)
def loss_undo(request: HtmxRequest, asset_id: UUID) -> HttpResponse:
    """Propose to take a loss back that was recorded by mistake."""
    asset = access_asset(request.user, asset_id)
    form = LossUndoForm(request.POST, request.FILES, asset=asset, auto_id="undo_%s")
    return PAGE.propose(request, asset, form, loss_undone.propose_undo, shown="undo_form")


@require_POST
@role_required(*total_loss.CONFIRMERS, *total_loss.PROPOSERS)
@step_up_required
def loss_undo_decide(request: HtmxRequest, asset_id: UUID) -> HttpResponse:
    """The second person about taking a loss back; who proposed it may withdraw that."""
    asset = access_asset(request.user, asset_id)
    return PAGE.restore(request, asset, loss_undone.decide_undo)


@require_POST
@role_required(*insurance_payments.PROPOSERS)
def loss_insurance(request: HtmxRequest, asset_id: UUID) -> HttpResponse:
    """Propose to book what an insurer paid for the loss."""
    asset = access_asset(request.user, asset_id)
    form = InsuranceForm(request.POST, request.FILES, asset=asset, auto_id="insurance_%s")
    said = "It is proposed. A risk manager or approver has it booked."
    return PAGE.propose(request, asset, form, insurance_payments.propose_insurance, said=said, shown="insurance_form", proof="receipt")


@require_POST
@role_required(*insurance_payments.CONFIRMERS, *insurance_payments.PROPOSERS)
@step_up_required
def loss_insurance_decide(request: HtmxRequest, asset_id: UUID) -> HttpResponse:
    """The second person about what an insurer paid; who proposed it may take it back."""
    asset = access_asset(request.user, asset_id)
    return PAGE.decide(request, asset, insurance_payments.decide_insurance)


def loss_page(
    request: HtmxRequest,
    asset: Asset,
    *,
    form: LossForm | None = None,
    undo_form: LossUndoForm | None = None,
    insurance_form: InsuranceForm | None = None,
    decision: SecondPersonForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page of a loss, with the form that somebody filled in wrongly."""
    user, today = request.user, get_business_date()
    asset.refresh_from_db(fields=["state"])
    recorded = recorded_loss(asset)
    came_in = came_in_since(recorded) if recorded else []
    waiting = {kind: four_eyes.open_proposal(kind=kind, target=asset) for kind in DECIDED_AT}
    proposal = next((one for one in waiting.values() if one is not None), None)
    proposes, free = user.has_role(*total_loss.PROPOSERS), proposal is None
    paid = Realisation.objects.filter(asset=asset, of_loss=True).select_related("recorded_by", "receipt").first()
    insured = waiting[insurance_payments.KIND]
    paper = (proposal.content.get("paper") or proposal.content.get("receipt")) if proposal else ""
    context = {
        "asset": asset,
        "policies": [(policy, policy.from_date <= today <= (policy.ended_date or policy.until_date)) for policy in asset.policies.all()],
        "pledges": asset.pledges.filter(ended_date=None).select_related("application__borrower").order_by("rank", "id"),
        "waiting_files": waiting_files(asset, reader=request.user) if asset.state == Asset.State.REGISTERED else [],
        "proposal": proposal,
        "loss": recorded,
        "ended_pledges": as_seen_by(user, recorded.ended_pledges()) if recorded else [],
        "came_in": came_in[:SHOWN],
        "came_in_more": max(0, len(came_in) - SHOWN),
        "loans_seen": set(visible_loans(user).filter(pk__in=[one.payment.loan_id for one in came_in]).values_list("pk", flat=True)),
        "decide_url": reverse(DECIDED_AT[proposal.kind], args=[asset.pk]) if proposal else "",
        "paper": AssetDocument.objects.filter(pk=paper).first() if paper else None,
        "decided": [one for each in DECIDED_AT for one in four_eyes.decided_proposals(kind=each, target=asset)],
        "may_propose": free and proposes and asset.state == Asset.State.REGISTERED,
        "may_undo": free and proposes and recorded is not None and paid is None,
        "may_book": free and recorded is not None and paid is None and user.has_role(*insurance_payments.PROPOSERS),
        "insured": insured,
        "paid": paid,
        "falls": insured is not None,
        "plan": _plan(asset, insured) if insured else None,
        "booked": proceeds_of(asset) if paid else [],
        "rests": list(paid.rests.select_related("owner__person", "lien")) if paid else [],
        "may_decide": proposal is not None and proposal.proposed_by_id != user.pk and user.has_role(*total_loss.CONFIRMERS),
        "form": form or LossForm(asset=asset),
        "undo_form": undo_form or LossUndoForm(asset=asset, auto_id="undo_%s"),
        "insurance_form": insurance_form or InsuranceForm(asset=asset, auto_id="insurance_%s", initial=_policy_of(asset)),
        "decision": decision or second_word(),
    }
    return render(request, "collateral/loss.html", context, status=status)


def _plan(asset: Asset, proposal: Proposal) -> Plan:
    """How what an insurer paid would fall."""
    amount, came_in = Decimal(proposal.content["amount"]), date.fromisoformat(proposal.content["received_date"])
    return plan_sale(asset, amount, get_business_date(), came_in)


def _policy_of(asset: Asset) -> dict[str, Any]:
    """Who insured the asset last, for a form that asks who paid."""
    last = asset.policies.order_by("-until_date").first()
    return {"insurer": last.insurer} if last else {}


PAGE = ActPage("collateral:loss", loss_page)
