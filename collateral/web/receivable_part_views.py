"""One receivable: what of it was paid in part or credited, with its paper; and what was recorded as paid by mistake, taken back by two."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from collateral.models import Asset, AssetDocument, Receivable, ReceivablePart
from collateral.selectors.receivables import access_receivable, rows_of
from collateral.services.receivable_parts import CONFIRMERS, KIND, decide_undo, last_of, propose_undo, record_part
from collateral.services.receivables import RECORDERS
from collateral.web.asset_acts import second_word
from collateral.web.asset_document_forms import ProvedForm
from core import four_eyes
from core.business_date import get_business_date
from core.roles import Role
from core.web.access import STAFF, role_required, step_up_required
from core.web.fields import AmountField, DayField
from core.web.http import HtmxRequest
from core.web.second_person import SecondPersonForm, carried_out, decided


class PartForm(ProvedForm):
    """What was paid or granted, when, and what shows it: one statement may show several payments."""

    proving = AssetDocument.Kind.OTHER
    kind = forms.ChoiceField(label="What it was", choices=ReceivablePart.Kind.choices)
    amount = AmountField(label="Amount")
    on = DayField(label="On")

    def __init__(self, *args: Any, asset: Asset, **kwargs: Any) -> None:
        super().__init__(*args, asset=asset, **kwargs)
        if self.papers:
            # The newest of other papers may be about anything, so that none is chosen beforehand.
            self.fields["document"].label, self.fields["document"].initial = "What shows it, on file", ""
        else:
            self.fields["paper"].label = "What shows it, PDF or picture"


class UndoForm(forms.Form):
    """Why what was recorded as paid is taken back."""

    reason = forms.CharField(label="What was wrong", max_length=500, widget=forms.Textarea(attrs={"rows": 2}))


@role_required(*(STAFF - {Role.APPRAISER}))
def receivable_paid(request: HtmxRequest, receivable_id: UUID) -> HttpResponse:
    """One receivable; sent with an amount, that is taken off what is open."""
    receivable = access_receivable(request.user, receivable_id)
    if request.method != "POST":
        return _page(request, receivable)
    form = PartForm(request.POST, request.FILES, asset=receivable.asset)

    def keep() -> None:
        data = form.written() | {"proof": form.proof()}
        record_part(receivable=receivable, **data, actor=request.user, business_date=get_business_date())

    if carried_out(request, form, keep, "It is kept, and the rest counts."):
        return redirect("collateral:receivable_paid", receivable.pk)
    return _page(request, receivable, form=form, status=422)


@require_POST
@role_required(*RECORDERS)
def receivable_undo(request: HtmxRequest, receivable_id: UUID) -> HttpResponse:
    """Propose to take back what was recorded last as paid."""
    receivable = access_receivable(request.user, receivable_id)
    form = UndoForm(request.POST, auto_id="undo_%s")

    def propose() -> None:
        path = reverse("collateral:receivable_paid", args=[receivable.pk])
        today = get_business_date()
        propose_undo(receivable=receivable, reason=form.cleaned_data["reason"], actor=request.user, business_date=today, path=path)

    if carried_out(request, form, propose, "It is proposed. A risk manager or approver decides it."):
        return redirect("collateral:receivable_paid", receivable.pk)
    return _page(request, receivable, undo_form=form, status=422)


@require_POST
@role_required(*CONFIRMERS, *RECORDERS)
@step_up_required
def receivable_undo_decide(request: HtmxRequest, receivable_id: UUID) -> HttpResponse:
    """The second person about it; who proposed it may take that back."""
    receivable = access_receivable(request.user, receivable_id)
    form = second_word(request.POST)

    if decided(request, form, decide_undo, receivable=receivable):
        return redirect("collateral:receivable_paid", receivable.pk)
    return _page(request, receivable, decision=form, status=422)


def _page(
    request: HtmxRequest,
    receivable: Receivable,
    *,
    form: PartForm | None = None,
    undo_form: UndoForm | None = None,
    decision: SecondPersonForm | None = None,
    status: int = 200,
) -> HttpResponse:
    user, today, asset = request.user, get_business_date(), receivable.asset
    proposal = four_eyes.open_proposal(kind=KIND, target=receivable)
    records = user.has_role(*RECORDERS) and asset.state == Asset.State.REGISTERED
    context: dict[str, Any] = {
        "asset": asset,
        "receivable": receivable,
        "row": rows_of([receivable], on=today)[0],
        "parts": receivable.parts.select_related("document", "recorded_by"),
        "proposal": proposal,
        "decided": four_eyes.decided_proposals(kind=KIND, target=receivable),
        "may_record": records and receivable.settled_date is None,
        "may_undo": records and proposal is None and (receivable.settled_date is not None or last_of(receivable) is not None),
        "may_decide": proposal is not None and proposal.proposed_by_id != user.pk and user.has_role(*CONFIRMERS),
        "form": form or PartForm(initial={"on": today}, asset=asset),
        "undo_form": undo_form or UndoForm(auto_id="undo_%s"),
        "decision": decision or second_word(),
    }
    return render(request, "collateral/receivable_paid.html", context, status=status)
