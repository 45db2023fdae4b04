"""Market data that takes two people: figures of files that wait, a price or a sale put right, a split."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from collateral.models import SecuritySplit
from collateral.selectors.indices import series_titles
from collateral.services.file_intake import IMPORTERS
from collateral.services.index_jumps import OF_FILE
from collateral.services.price_changes import (
    decide_price_change,
    figures_of,
    jump_of,
    open_changes,
    propose_correction,
    propose_split,
)
from collateral.services.sale_corrections import propose_sale_correction
from collateral.web.evidence_views import EVIDENCE_READERS
from collateral.web.read_back import ReadBackForm
from core.business_date import get_business_date
from core.errors import DomainError
from core.roles import Role
from core.web.access import role_required, step_up_required
from core.web.fields import AmountField, DayField
from core.web.http import HtmxRequest
from core.web.second_person import SecondPersonForm, carried_out, seen_in

# So many waiting figures of a file are shown; the count is of all.
SHOWN = 30


class CorrectionForm(forms.Form):
    """Which price was wrong, and what it was."""

    isin = forms.CharField(label="ISIN", max_length=12)
    price_date = DayField(label="Price of")
    price = forms.DecimalField(label="Right price", max_digits=18, decimal_places=6, widget=forms.TextInput(attrs={"inputmode": "decimal"}))
    reason = forms.CharField(label="Where it stands", max_length=500, widget=forms.Textarea(attrs={"rows": 2}))


class FigureDecision(SecondPersonForm, ReadBackForm):
    """The second person's word, and where a figure jumps that they mean that very one."""

    confirming = "confirmed_figure"
    meant = "The publisher says {amount}"


class SplitForm(forms.Form):
    """How many new papers there are for how many old ones."""

    isin = forms.CharField(label="ISIN", max_length=12)
    split_date = DayField(label="From")
    new = forms.IntegerField(label="New papers", widget=forms.TextInput(attrs={"inputmode": "numeric"}))
    old = forms.IntegerField(label="For old ones", widget=forms.TextInput(attrs={"inputmode": "numeric"}))
    reason = forms.CharField(label="Where it was announced", max_length=500, widget=forms.Textarea(attrs={"rows": 2}))


class SaleForm(forms.Form):
    """Which sale of a home was wrong, and what it was."""

    market = forms.CharField(label="Market", max_length=40)
    house_key = forms.CharField(label="Number of the house", max_length=40)
    sold_date = DayField(label="Sold on")
    sold_for = AmountField(label="Sold for", required=False, help_text="Empty where it was no sale on the market.")
    reason = forms.CharField(label="Where it stands", max_length=500, widget=forms.Textarea(attrs={"rows": 2}))


@role_required(*EVIDENCE_READERS)
def price_changes(request: HtmxRequest) -> HttpResponse:
    """What waits for a second person, and the forms that put a price or a sale right or tell of a split."""
    asked = request.POST.get("act", "") if request.method == "POST" else ""
    forms_of_page = _forms(asked, request.POST)
    acts: dict[str, Callable[..., object]] = {"correct": propose_correction, "split": propose_split, "sale": propose_sale_correction}
    shared: dict[str, Any] = {"actor": request.user, "business_date": get_business_date()}
    said = "It is proposed. Another person has to confirm it."
    if asked in acts and carried_out(
        request, forms_of_page[asked], lambda: acts[asked](**forms_of_page[asked].cleaned_data, **shared), said
    ):
        return redirect("collateral:price_changes")
    return _page(request, forms_of_page, None, status=422 if request.method == "POST" else 200)


def _forms(asked: str = "", data: Any = None) -> dict[str, forms.Form]:
    """The forms of the page, by what they ask for; `asked` is the one that was sent."""
    made: dict[str, type[forms.Form]] = {"correct": CorrectionForm, "split": SplitForm, "sale": SaleForm}
    return {name: form(data if name == asked else None, auto_id=f"{name}_%s") for name, form in made.items()}


@require_POST
@role_required(*IMPORTERS)
@step_up_required
def price_change_decide(request: HtmxRequest) -> HttpResponse:
    """The second person about figures, a correction or a split; who proposed it may take it back."""
    decision = _decision(request.POST.get("seen", ""), request.POST)

    def decide() -> None:
        shared: dict[str, Any] = {"actor": request.user, "business_date": get_business_date()}
        try:
            decide_price_change(seen=seen_in(request), **decision.word(), confirmed_figure=decision.confirmed(), **shared)
        except DomainError as refusal:
            waiting = next((one for one in open_changes() if str(one.pk) == request.POST.get("seen")), None)
            if waiting is not None and (jump := jump_of(waiting)) is not None:
                decision.ask_again(refusal, jump[0], "")
            raise

    if carried_out(request, decision, decide):
        return redirect("collateral:price_changes")
    return _page(request, _forms(), decision, status=422)


def _decision(key: str, data: Any = None) -> FigureDecision:
    return FigureDecision(data, confirm="Let it hold", reason_needed=False, auto_id=f"decide_{key}_%s")


def _page(request: HtmxRequest, asked: dict[str, forms.Form], decision: SecondPersonForm | None, *, status: int) -> HttpResponse:
    waiting = open_changes()
    figures = figures_of(waiting, SHOWN)
    titles = series_titles(one["series"] for held, _ in figures.values() for one in held if "series" in one)
    seen = request.POST.get("seen", "")
    rows = []
    for one in waiting:
        held, number = figures.get(one.target_id, ([], 0)) if one.kind == OF_FILE else ([], 0)
        own = one.proposed_by_id == request.user.pk
        form = decision if decision is not None and seen == str(one.pk) else _decision(str(one.pk))
        lines = [(titles.get(figure.get("series", ""), figure.get("isin") or figure.get("house", "")), figure) for figure in held]
        may_decide = request.user.has_role(*(Role(role) for role in one.roles))
        rows.append((one, lines, max(0, number - SHOWN), form if may_decide and not own else None))
    gone = decision if decision is not None and all(str(one.pk) != seen for one in waiting) else None
    context = {
        "waiting": rows,
        "gone": gone,
        "splits": SecuritySplit.objects.select_related("recorded_by", "confirmed_by")[:20],
        "correction": asked["correct"],
        "split": asked["split"],
        "sale": asked["sale"],
        "entitled": request.user.has_role(*IMPORTERS),
        "form": next((form for form in (*asked.values(), decision) if form is not None and form.errors), None),
    }
    return render(request, "collateral/price_changes.html", context, status=status)
