"""Scorecards: the versions of each population, what each one is and measures, and putting one in force under four eyes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from core import four_eyes
from core.business_date import get_bank, get_business_date
from core.charts import HBar, HBars
from core.errors import DomainError
from core.models import Proposal
from core.web import formats
from core.web.access import role_required, step_up_required
from core.web.components import Kpi
from core.web.export import export_rows, wanted
from core.web.http import HtmxRequest, add_faults, is_htmx, render_page
from core.web.paging import paginate
from risk.domain.activation_grounds import Ground, reason_words
from risk.domain.application_score import title_of
from risk.domain.scorecard import Card, GradeTable
from risk.domain.scorecard.card import Bin
from risk.models import ModelVersion
from risk.models.scoring import VersionState
from risk.selectors.registry import READERS, access_model, list_models, list_trainings
from risk.services.models import (
    ACTIVATION,
    CONFIRMERS,
    PROPOSERS,
    confirm_activation,
    definition_hash,
    grounds_of,
    makers_of,
    propose_activation,
    reject_activation,
)
from risk.services.training_runs import TRAINERS
from risk.web.bins import CardWords
from risk.web.forms import ReasonForm
from risk.web.model_forms import ProposeForm, ValidationForm
from risk.web.training import STATES as TRAINING_STATES

STATES = {"DRAFT": ("neutral", "Draft"), "TESTED": ("info", "Proposed"), "ACTIVE": ("good", "In force"), "RETIRED": ("neutral", "Retired")}


def _mean(model: ModelVersion, name: str) -> float | None:
    found = (model.metrics or {}).get("mean", {}).get(name)
    return float(found) if found is not None else None


COLUMNS: list[tuple[str, Callable[[ModelVersion], Any]]] = [
    ("Scorecard", lambda m: m.name),
    ("Version", lambda m: m.number),
    ("State", lambda m: STATES[m.state][1]),
    ("AUC, out of fold", lambda m: _mean(m, "auc")),
    ("Gini", lambda m: _mean(m, "gini")),
    ("KS", lambda m: _mean(m, "ks")),
    ("Brier", lambda m: _mean(m, "brier")),
    ("Rows learnt from", lambda m: m.data_rows),
    ("Data fingerprint", lambda m: m.data_fingerprint),
    ("Trained by", lambda m: m.trained_by.full_name if m.trained_by else "command line"),
    ("Trained at", lambda m: m.trained_at),
    ("Put in force by", lambda m: m.activated_by.full_name if m.activated_by else ""),
    ("In force since", lambda m: m.activated_date),
]


@role_required(*READERS)
def model_list(request: HtmxRequest) -> HttpResponse:
    """All versions of all scorecards. The same few queries at any number."""
    rows = list_models(request.user)
    if wanted(request):
        return export_rows(request, COLUMNS, rows, "scorecards")
    page = paginate(request, rows)
    shown = [(row, STATES[row.state], {name: _mean(row, name) for name in ("auc", "gini", "ks")}) for row in page]
    context = {
        "page": page,
        "rows": shown,
        "trainings": [(run, TRAINING_STATES[run.state]) for run in list_trainings(request.user)],
        "may_train": request.user.has_role(*TRAINERS),
    }
    return render(request, "risk/model_list.html", context)


@role_required(*READERS)
def model_detail(request: HtmxRequest, pk: UUID) -> HttpResponse:
    """One version: its measures, its card, where it comes from, and who stands behind it."""
    return _show(request, access_model(request.user, pk))


@require_POST
@role_required(*PROPOSERS)
def model_propose(request: HtmxRequest, pk: UUID) -> HttpResponse:
    """Ask for a second person's eyes on a draft."""
    model = access_model(request.user, pk)
    form = ProposeForm(request.POST, prefix="propose", grounds=grounds_of(model))
    asked: dict[str, Any] = {"path": reverse("risk:model_detail", args=[model.pk]), "reasons": form.reasons()}
    said = "Proposed. A model validator has to confirm it."
    return _do(request, model, said, lambda who: propose_activation(version=model, **asked, **who), propose_form=form)


@require_POST
@role_required(*CONFIRMERS)
def model_confirm(request: HtmxRequest, pk: UUID) -> HttpResponseBase:
    """Put a proposed version in force."""
    return _confirm(request, access_model(request.user, pk))


@step_up_required
def _confirm(request: HtmxRequest, model: ModelVersion) -> HttpResponse:
    form = ValidationForm(request.POST, prefix="confirm")
    if not form.is_valid():
        return _show(request, model, status=422, form=form, confirm_form=form)
    statement = form.cleaned_data["statement"]
    said = "The scorecard is in force."
    return _do(request, model, said, lambda who: confirm_activation(version=model, statement=statement, **who), confirm_form=form)


@require_POST
@role_required(*CONFIRMERS, *PROPOSERS)
def model_reject(request: HtmxRequest, pk: UUID) -> HttpResponse:
    """Refuse a proposed version, or take one's own proposal back."""
    model = access_model(request.user, pk)
    form = ReasonForm(request.POST, prefix="refuse")
    if not form.is_valid():
        return _show(request, model, status=422, form=form, refuse_form=form)
    reason = form.cleaned_data["reason"]
    return _do(request, model, "It is a draft again.", lambda who: reject_activation(version=model, reason=reason, **who), refuse_form=form)


def _do(request: HtmxRequest, model: ModelVersion, said: str, act: Callable[[dict[str, Any]], object], **forms: Any) -> HttpResponse:
    """Act, and show what came of it. A refusal stands at the fields of the one form in `forms`, if it names any; what was typed stays."""
    try:
        act({"actor": request.user, "business_date": get_business_date()})
    except DomainError as refusal:
        present = access_model(request.user, model.pk)
        form = next(iter(forms.values()), None)
        if form is not None and refusal.faults:
            add_faults(form, refusal)
            return _show(request, present, status=refusal.status, form=form, **forms)
        return _show(request, present, status=refusal.status, refusal=refusal, **forms)
    messages.success(request, said)
    return _show(request, access_model(request.user, model.pk)) if is_htmx(request) else redirect("risk:model_detail", model.pk)


@dataclass(frozen=True)
class FactorTable:
    """One factor of a card as drawn: bins with their words, in the order of the card."""

    title: str
    bins: tuple[tuple[str, Bin], ...]
    iv: float


def _show(
    request: HtmxRequest, model: ModelVersion, *, status: int = 200, form: Any = None, refusal: Any = None, **forms: Any
) -> HttpResponse:
    user = request.user
    proposal = four_eyes.open_proposal(kind=ACTIVATION, target=model)
    titles = model.definition.get("titles") or {}
    card = Card.from_dict(model.definition["card"])
    answers = CardWords(model.definition, get_bank().currency).answers
    factors = [
        FactorTable(title_of(one.name, titles), tuple(zip(answers[one.name], one.bins, strict=True)), one.iv) for one in card.features
    ]
    factors.sort(key=lambda one: -one.iv)
    is_own = proposal is not None and proposal.proposed_by_id == user.pk
    grounds = grounds_of(model) if model.state in (VersionState.DRAFT, VersionState.TESTED) else []
    return render_page(
        request,
        "risk/model_detail.html",
        "risk/_model_steps.html",
        status=status,
        model=model,
        mark=STATES[model.state],
        kpis=_kpis(model),
        factors=factors,
        chart=_strongest(factors),
        grades=list(reversed(GradeTable.from_dict(model.definition["grades"]).grades)),
        folds=list(enumerate(model.metrics.get("folds", []), start=1)),
        hash=definition_hash(model),
        proposal=proposal,
        is_own=is_own,
        may_propose=user.has_role(*PROPOSERS) and proposal is None and model.state in (VersionState.DRAFT, VersionState.TESTED),
        may_confirm=proposal is not None and not is_own and user.has_role(*CONFIRMERS) and user.pk not in makers_of(model),
        may_refuse=proposal is not None and user.has_role(*CONFIRMERS),
        refuse_form=forms.get("refuse_form") or ReasonForm(prefix="refuse"),
        propose_form=forms.get("propose_form") or ProposeForm(prefix="propose", grounds=grounds),
        confirm_form=forms.get("confirm_form") or ValidationForm(prefix="confirm"),
        answered=_answered(grounds, proposal),
        form=form,
        refusal=refusal,
    )


def _answered(grounds: list[Ground], proposal: Proposal | None) -> list[tuple[str, str]]:
    """What stands against the version, and by which reason it was proposed all the same."""
    reasons = proposal.content.get("reasons", {}) if proposal else {}
    return [(one.words, reason_words(one.code, reasons[one.code])) for one in grounds if one.code in reasons]


def _kpis(model: ModelVersion) -> list[Kpi]:
    challenger = (model.metrics or {}).get("challenger", {}).get("mean", {})
    rival = f"Boosted trees {formats.number(challenger['auc'], 3)}" if "auc" in challenger else ""
    return [
        Kpi("AUC, out of fold", _words(_mean(model, "auc"), 3), limit=rival),
        Kpi("Gini", _words(_mean(model, "gini"), 3)),
        Kpi("KS", _words(_mean(model, "ks"), 3)),
        Kpi("Brier score", _words(_mean(model, "brier"), 3)),
        Kpi("Calibration error", _words(_mean(model, "ece"), 3)),
        Kpi("Learnt from", formats.number(model.data_rows), unit="loans"),
    ]


def _words(value: float | None, places: int) -> str:
    return "not measured" if value is None else formats.number(value, places)


def _strongest(factors: list[FactorTable]) -> HBars:
    """The factors by information value; the sentence names the one that tells most."""
    finding = f"{factors[0].title} tells most, information value {formats.number(factors[0].iv, 2)}." if factors else "No factor is used."
    rows = [HBar(one.title, one.iv) for one in factors[:12]]
    return HBars(finding, rows, unit="number", axis="Factor", measure="Information value")
