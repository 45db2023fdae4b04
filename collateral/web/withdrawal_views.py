"""Orders that appraisers have: which are overdue, reminding of one, and withdrawing it. And the files that came with values."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from collateral.models import Valuation
from collateral.selectors.assets import access_valuation
from collateral.selectors.orders import VIEWS, access_valuation_file, count_orders, list_all_orders
from collateral.services.valuations import remind_appraiser, withdraw_order
from collateral.services.valuations.orders import ORDERERS
from collateral.web.cover_views import COVER_READERS
from core import audit
from core.business_date import get_business_date
from core.errors import DomainError
from core.web.access import STAFF, role_required
from core.web.attachments import attachment
from core.web.components import Tab
from core.web.export import export_rows, wanted
from core.web.http import HtmxRequest
from core.web.paging import paginate
from core.web.second_person import carried_out
from loans.services.documents import open_document


class WithdrawForm(forms.Form):
    """Why an order is taken back."""

    reason = forms.CharField(label="Reason", max_length=500, widget=forms.Textarea(attrs={"rows": 3}))


@role_required(*COVER_READERS)
def order_list(request: HtmxRequest) -> HttpResponse:
    """Orders of values, what was due first."""
    today = get_business_date()
    view = request.GET.get("view", "overdue")
    view = view if view in dict(VIEWS) else "overdue"
    rows = list_all_orders(request.user, view=view, today=today)
    if wanted(request):
        columns = [
            ("Asset", lambda v: v.asset.reference),
            ("Appraiser", lambda v: v.appraiser.full_name),
            ("State", lambda v: v.get_state_display()),
            ("Ordered", lambda v: v.ordered_date),
            ("Due", lambda v: v.due_date),
            ("Reminders", lambda v: v.reminders),
            ("Last reminded", lambda v: v.reminded_date),
            ("Reason", lambda v: v.decision_reason),
        ]
        return export_rows(request, columns, rows, "valuation-orders")
    counts = count_orders(request.user, today=today)
    page = paginate(request, rows)
    context = {
        "page": page,
        "rows": [(one, (today - one.due_date).days if one.is_overdue(today) and one.due_date else 0) for one in page],
        "view": view,
        "views": [Tab(label, f"?view={name}", counts[name], current=name == view) for name, label in VIEWS],
        "may_press": request.user.has_role(*ORDERERS),
    }
    return render(request, "collateral/order_list.html", context)


@role_required(*ORDERERS)
def valuation_withdraw(request: HtmxRequest, valuation_id: UUID) -> HttpResponse:
    """One order that is not answered: withdraw it and draw anew, or remind its appraiser."""
    valuation = access_valuation(request.user, valuation_id)
    form = WithdrawForm(request.POST or None)

    drawn: list[Valuation | None] = []

    def withdraw() -> None:
        made = withdraw_order(
            valuation=valuation, reason=form.cleaned_data["reason"], actor=request.user, business_date=get_business_date()
        )
        drawn.append(made)

    if request.method == "POST" and carried_out(request, form, withdraw, "The order is withdrawn."):
        nobody = "Nobody else is there to ask: the value that waited for this one is judged without it."
        messages.info(request, nobody if drawn == [None] else "Another appraiser was drawn by lot.")
        return redirect("collateral:asset_detail", valuation.asset_id)
    today = get_business_date()
    waiting = valuation.state in Valuation.WITH_APPRAISER
    context = {
        "valuation": valuation,
        "asset": valuation.asset,
        "form": form,
        "late": (today - valuation.due_date).days if valuation.due_date and valuation.is_overdue(today) else 0,
        "waiting": waiting,
        "own": valuation.appraiser_id == request.user.pk,
        "reminded": valuation.reminded_date == today,
        "history": audit.entries_about(valuation),
    }
    return render(request, "collateral/valuation_withdraw.html", context, status=422 if request.method == "POST" else 200)


@require_POST
@role_required(*ORDERERS)
def valuation_remind(request: HtmxRequest, valuation_id: UUID) -> HttpResponse:
    """Remind an appraiser of an order."""
    valuation = access_valuation(request.user, valuation_id)
    try:
        remind_appraiser(valuation=valuation, actor=request.user, business_date=get_business_date())
        messages.success(request, "The appraiser is reminded and sees it at the order.")
    except DomainError as refusal:
        messages.error(request, refusal.detail)
    return redirect("collateral:valuation_withdraw", valuation_id)


@role_required(*STAFF)
def valuation_file(request: HtmxRequest, valuation_file_id: UUID) -> HttpResponseBase:
    """A file that came with a value, as an attachment; reading it is on record."""
    file = access_valuation_file(request.user, valuation_file_id)
    asset = file.valuation.asset
    audit.record("valuation_file.read", actor=request.user, target=file, branch=asset.branch_id, label=asset.reference, name=file.kind)
    return attachment(open_document(file), name=file.name, content_type=file.content_type)
