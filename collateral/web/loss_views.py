"""That an asset is no more: proposed, decided by a second person, and whose insurance is to be asked; taken back the same way."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from collateral.models import Asset, AssetDocument
from collateral.selectors.assets import access_asset
from collateral.selectors.ended_pledges import as_seen_by
from collateral.selectors.losses import came_in_since, recorded_loss
from collateral.selectors.secured import waiting_files
from collateral.services import loss_undone, total_loss
from collateral.web.asset_document_forms import ProvedForm
from collateral.web.cover_views import COVER_READERS
from collateral.web.release_views import second_word, tell_restored
from core import four_eyes
from core.business_date import get_business_date
from core.web.access import role_required, step_up_required
from core.web.fields import DayField
from core.web.http import HtmxRequest
from core.web.second_person import SecondPersonForm, carried_out, decided
from loans.selectors.loans import visible_loans

# Payments that came in since, on the page.
SHOWN = 20


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


@role_required(*COVER_READERS)
def loss(request: HtmxRequest, asset_id: UUID) -> HttpResponse:
    """The total loss of an asset, and the proposal to record it."""
    asset = access_asset(request.user, asset_id)
    if request.method != "POST":
        return _page(request, asset)
    form = LossForm(request.POST, request.FILES, asset=asset)

    def propose() -> None:
        path = reverse("collateral:loss", args=[asset.pk])
        data = form.written() | {"proof": form.proof()}
        total_loss.propose_total_loss(asset=asset, **data, actor=request.user, business_date=get_business_date(), path=path)

    if carried_out(request, form, propose, "The loss is proposed. A risk manager or approver decides it."):
        return redirect("collateral:loss", asset.pk)
    return _page(request, asset, form=form, status=422)


@require_POST
@role_required(*total_loss.CONFIRMERS, *total_loss.PROPOSERS)
@step_up_required
def loss_decide(request: HtmxRequest, asset_id: UUID) -> HttpResponse:
    """The second person about a total loss; who proposed it may take it back."""
    asset = access_asset(request.user, asset_id)
    form = second_word(request.POST)

    if decided(request, form, total_loss.decide_total_loss, asset=asset):
        return redirect("collateral:loss", asset.pk)
    return _page(request, asset, decision=form, status=422)


@require_POST
@role_required(*total_loss.PROPOSERS)
def loss_undo(request: HtmxRequest, asset_id: UUID) -> HttpResponse:
    """Propose to take a loss back that was recorded by mistake."""
    asset = access_asset(request.user, asset_id)
    form = LossUndoForm(request.POST, request.FILES, asset=asset, auto_id="undo_%s")

    def propose() -> None:
        path = reverse("collateral:loss", args=[asset.pk])
        data = form.written() | {"proof": form.proof()}
        loss_undone.propose_undo(asset=asset, **data, actor=request.user, business_date=get_business_date(), path=path)

    if carried_out(request, form, propose, "It is proposed. A risk manager or approver decides it."):
        return redirect("collateral:loss", asset.pk)
    return _page(request, asset, undo_form=form, status=422)


@require_POST
@role_required(*total_loss.CONFIRMERS, *total_loss.PROPOSERS)
@step_up_required
def loss_undo_decide(request: HtmxRequest, asset_id: UUID) -> HttpResponse:
    """The second person about taking a loss back; who proposed it may withdraw that."""
    asset = access_asset(request.user, asset_id)
    form = second_word(request.POST)

    def decide(**word: Any) -> None:
        tell_restored(request, loss_undone.decide_undo(**word))

    if decided(request, form, decide, asset=asset):
        return redirect("collateral:loss", asset.pk)
    return _page(request, asset, decision=form, status=422)


def _page(
    request: HtmxRequest,
    asset: Asset,
    *,
    form: LossForm | None = None,
    undo_form: LossUndoForm | None = None,
    decision: SecondPersonForm | None = None,
    status: int = 200,
) -> HttpResponse:
    user, today = request.user, get_business_date()
    asset.refresh_from_db(fields=["state"])
    recorded = recorded_loss(asset)
    came_in = came_in_since(recorded) if recorded else []
    kind = loss_undone.KIND if recorded else total_loss.KIND
    proposal = four_eyes.open_proposal(kind=kind, target=asset)
    proposes, free = user.has_role(*total_loss.PROPOSERS), proposal is None
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
        "decide_url": reverse("collateral:loss_undo_decide" if recorded else "collateral:loss_decide", args=[asset.pk]),
        "paper": AssetDocument.objects.filter(pk=proposal.content["paper"]).first() if proposal and proposal.content.get("paper") else None,
        "decided": [one for each in (total_loss.KIND, loss_undone.KIND) for one in four_eyes.decided_proposals(kind=each, target=asset)],
        "may_propose": free and proposes and asset.state == Asset.State.REGISTERED,
        "may_undo": free and proposes and recorded is not None,
        "may_decide": proposal is not None and proposal.proposed_by_id != user.pk and user.has_role(*total_loss.CONFIRMERS),
        "form": form or LossForm(asset=asset),
        "undo_form": undo_form or LossUndoForm(asset=asset, auto_id="undo_%s"),
        "decision": decision or second_word(),
    }
    return render(request, "collateral/loss.html", context, status=status)
