"""Training a scorecard: what to learn from, how far a worker is, and the document of what came of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from core.business_date import get_bank, get_business_date
from core.charts import Line, Lines
from core.errors import DomainError
from core.web import formats
from core.web.access import role_required
from core.web.http import HtmxRequest, add_faults, read_key, render_page
from risk.domain.application_score import title_of
from risk.domain.directions import proposed_for
from risk.domain.facts import CATALOGUE
from risk.models import ModelVersion, TrainingRun
from risk.models.training import TrainingState
from risk.selectors.registry import READERS, access_model, access_training
from risk.services.development_paper import development_pdf, facts_of_development, sections_of_development
from risk.services.training_files import choose_columns, take_file
from risk.services.training_runs import TRAINERS, order_refit, order_training
from risk.web.bins import CardWords
from risk.web.training_forms import FILE, OWN, ColumnsForm, TrainingForm

STATES = {
    "CHOICE": ("warn", "Columns to be chosen"),
    "WAITING": ("info", "Waiting"),
    "RUNNING": ("info", "Training"),
    "DONE": ("good", "Trained"),
    "FAILED": ("bad", "Not trained"),
}


@role_required(*TRAINERS)
def model_train(request: HtmxRequest) -> HttpResponse:
    """Order the training of a scorecard."""
    today = get_business_date()
    if request.method != "POST":
        last = today - timedelta(days=366)
        first = last.replace(year=last.year - 2, day=1)
        initial = {"source": OWN, "window": 12, "first": first, "last": last} | _as_ordered(request)
        return render(request, "risk/training_form.html", {"form": TrainingForm(initial=initial, business_date=today)})
    form = TrainingForm(request.POST, request.FILES, business_date=today)
    if form.is_valid():
        try:
            if form.cleaned_data["source"] == FILE:
                file, population = form.cleaned_data["file"], form.cleaned_data["population"]
                run = take_file(population=population, upload=file, file_name=file.name, actor=request.user, business_date=today)
                return redirect(_columns_of(run, request))
            run = order_training(**form.order(), actor=request.user, business_date=today)
            return redirect("risk:training_detail", run.pk)
        except DomainError as refusal:
            add_faults(form, refusal)
    return render(request, "risk/training_form.html", {"form": form}, status=422)


def _columns_of(run: TrainingRun, request: HtmxRequest) -> str:
    """Where the columns of a file are chosen; with the order it follows, so that nothing is written anew."""
    after = request.GET.get("after", "")
    return reverse("risk:training_columns", args=[run.pk]) + (f"?after={after}" if after else "")


@role_required(*TRAINERS)
def training_columns(request: HtmxRequest, training_id: UUID) -> HttpResponse:
    """What the columns of a file hold, and which of them tells the outcome."""
    run = access_training(request.user, training_id)
    if run.state != TrainingState.CHOICE:
        return redirect("risk:training_detail", run.pk)
    names = [one["name"] for one in run.columns]
    if request.method != "POST":
        proposed: dict[str, Any] = {name: ", ".join(found) for name, found in proposed_for(names).items()}
        form = ColumnsForm(columns=run.columns, initial=proposed | _columns_as_ordered(request, names))
        return _columns_page(request, run, form)
    form = ColumnsForm(request.POST, columns=run.columns)
    if form.is_valid():
        try:
            choose_columns(run=run, options=form.cleaned_data, actor=request.user)
            return redirect("risk:training_detail", run.pk)
        except DomainError as refusal:
            add_faults(form, refusal)
    return _columns_page(request, run, form, status=422)


def _columns_page(request: HtmxRequest, run: TrainingRun, form: ColumnsForm, *, status: int = 200) -> HttpResponse:
    rows = [(one, title_of(one["name"]) if one["name"] in CATALOGUE else "") for one in run.columns]
    return render(request, "risk/training_columns.html", {"run": run, "form": form, "rows": rows}, status=status)


def _columns_as_ordered(request: HtmxRequest, names: list[str]) -> dict[str, Any]:
    """What an earlier order said of columns that this file has, too."""
    if (earlier := _earlier(request)) is None:
        return {}
    asked = earlier.options
    lists = {name: ", ".join(one for one in asked[name] if one in names) for name in ("rising", "falling") if name in asked}
    plain = {name: asked[name] for name in ("target", "date_column") if asked.get(name) in names}
    if "target" in plain:
        plain["positive"] = asked.get("positive", "")
    return lists | plain | {"left_out": [one for one in asked.get("left_out", ()) if one in names]}


def _earlier(request: HtmxRequest) -> TrainingRun | None:
    """The order that the address names (`?after=`)."""
    key = read_key(request.GET.get("after", ""))
    return access_training(request.user, key) if key else None


def _as_ordered(request: HtmxRequest) -> dict[str, Any]:
    """What an earlier order (`?after=`) asked for, to be changed and ordered again; its file has to be sent anew."""
    if (run := _earlier(request)) is None:
        return {}
    lists = {name: ", ".join(run.options[name]) for name in ("rising", "falling", "left_out") if name in run.options}
    plain = {name: run.options[name] for name in ("first", "last", "window") if run.options.get(name)}
    return lists | plain | {"population": run.population, "source": OWN if "window" in run.options else FILE}


@role_required(*READERS)
def training_detail(request: HtmxRequest, training_id: UUID) -> HttpResponse:
    """How far an order is. While a worker is busy with it the page asks again by itself."""
    run = access_training(request.user, training_id)
    may_train = request.user.has_role(*TRAINERS)
    return render_page(
        request,
        "risk/training_detail.html",
        "risk/_training.html",
        run=run,
        mark=STATES[run.state],
        facts=_order_facts(run),
        problems=run.note.splitlines(),
        may_train=may_train,
        may_choose=may_train and run.ordered_by_id == request.user.pk,
    )


@require_POST
@role_required(*TRAINERS)
def model_refit(request: HtmxRequest, pk: UUID) -> HttpResponse:
    """Train again on the same sample with the bins that were drawn by hand."""
    version = access_model(request.user, pk)
    try:
        run = order_refit(version=version, actor=request.user, business_date=get_business_date())
    except DomainError as refusal:
        messages.error(request, refusal.detail)
        return redirect("risk:model_classing", version.pk)
    return redirect("risk:training_detail", run.pk)


@role_required(*READERS)
def model_development(request: HtmxRequest, pk: UUID) -> HttpResponse:
    """The document of a scorecard's development."""
    version = access_model(request.user, pk)
    context = {
        "model": version,
        "facts": facts_of_development(version),
        "sections": sections_of_development(version, CardWords(version.definition, get_bank().currency).answers),
        "chart": _calibration(version),
    }
    return render(request, "risk/model_development.html", context)


@role_required(*READERS)
def model_development_pdf(request: HtmxRequest, pk: UUID) -> HttpResponse:
    """The same as a tagged PDF."""
    version = access_model(request.user, pk)
    answer = HttpResponse(
        development_pdf(version, CardWords(version.definition, get_bank().currency).answers), content_type="application/pdf"
    )
    answer["Content-Disposition"] = f'attachment; filename="scorecard-{version.name}-{version.number}.pdf"'
    return answer


def _calibration(version: ModelVersion) -> Lines | None:
    tenths = version.development.get("calibration", [])
    if not tenths:
        return None
    worst = max(tenths, key=lambda one: abs(one["expected"] - one["observed"]))
    sentence = (
        f"Expected and observed differ most in tenth {tenths.index(worst) + 1}: "
        f"{formats.percent(worst['expected'])} expected, {formats.percent(worst['observed'])} observed."
    )
    lines = [
        Line("Expected", [one["expected"] for one in tenths], "s1"),
        Line("Observed", [one["observed"] for one in tenths], "s2"),
    ]
    return Lines(sentence, labels=[str(place) for place in range(1, len(tenths) + 1)], lines=lines, unit="percent", axis="Tenth")


def _order_facts(run: TrainingRun) -> list[tuple[str, Any]]:
    asked = run.options
    facts = [("Scorecard", run.population.capitalize()), ("Learns from", run.get_source_display())]
    if "window" in asked:
        facts += [("Paid out", f"{asked['first']} to {asked['last']}"), ("Watched", f"{asked['window']} months")]
    else:
        facts += [("File", run.file_name), ("Column of the outcome", asked.get("target", ""))]
    if run.based_on is not None:
        facts.append(("After", str(run.based_on)))
    for name, words in (("rising", "Risk rises with"), ("falling", "Risk falls with"), ("left_out", "Left out"), ("bins", "Bins by hand")):
        if asked.get(name):
            facts.append((words, ", ".join(title_of(each) for each in asked[name])))
    return [*facts, ("Ordered", f"{formats.moment(run.ordered_at)}, {run.ordered_by.full_name}")]
