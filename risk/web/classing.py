"""Coarse classing by hand: one factor's classes, joined and cut, with weight of evidence and information value at once.

What was cut and joined and not yet kept waits in the session of who did it, so that looking at another factor loses nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from core.business_date import get_bank
from core.charts import Bars, Series
from core.errors import DomainError
from core.web import formats
from core.web.access import role_required
from core.web.http import HtmxRequest, render_page
from risk.domain.application_score import title_of
from risk.domain.asked_direction import Asked, as_asked
from risk.domain.classing import CoarseBin, Groups, UnfitGrouping, best_cut, coarse_of, groups_from, groups_of, toggled
from risk.domain.scorecard import Card
from risk.domain.scorecard.card import Counted
from risk.models import ModelVersion
from risk.selectors.registry import READERS, access_model
from risk.services.hand_classing import draw_bins
from risk.services.training_runs import TRAINERS, sample_of
from risk.web.bins import FineWords

TRENDS = {
    "RISING": ("info", "Risk rises throughout"),
    "FALLING": ("info", "Risk falls throughout"),
    "MIXED": ("warn", "Risk goes up and down"),
}
DIRECTIONS = {1: "Risk may only rise with it", -1: "Risk may only fall with it"}


@dataclass(frozen=True)
class BinLine:
    """A bin as drawn, in words, and what its buttons send: None where there is nothing to cut or join. `tied` are the bins that the asked
    direction has a training make it alike with, in words, and `woe` what weight it has then.
    """

    bin: CoarseBin
    answer: str
    join_after: int | None
    cut_after: int | None
    tied: str = ""
    woe: float = 0.0


@dataclass(frozen=True)
class ClassLine(Counted):
    """A fine class: `number` of its bin, and whether the bin ends after it."""

    index: int
    answer: str
    goods: int
    bads: int
    number: int
    ends: bool
    is_last: bool


@role_required(*READERS)
def model_classing(request: HtmxRequest, pk: UUID) -> HttpResponse:
    """The bins of a factor. Each cut or join is shown at once, and waits until it is kept or thrown away."""
    version = access_model(request.user, pk)
    fine = version.development.get("fine", {})
    factor = request.POST.get("factor") or request.GET.get("factor") or next(iter(version.metrics.get("iv", {})), "")
    if factor not in fine:
        factor = next(iter(fine), "")
    if not factor:
        return render_page(request, "risk/model_classing.html", "risk/_classing.html", model=version, factor="", drawn=[])
    kept = _kept(version, factor)
    if request.method != "POST":
        return _show(request, version, factor, _begun(request, version).get(factor, kept))
    if request.POST.get("keep") == "nothing":
        _begin(request, version, factor, None)
        return redirect(f"{reverse('risk:model_classing', args=[version.pk])}?factor={factor}")
    try:
        groups = _read(request.POST.get("groups", ""))
        coarse_of(fine[factor], groups)
    except (ValueError, UnfitGrouping):
        return _show(request, version, factor, kept, status=422, fault="The bins could not be read. These are the ones that are kept.")
    if (after := request.POST.get("toggle", "")).isdecimal():
        groups = toggled(groups, int(after))
        if request.user.has_role(*TRAINERS):
            _begin(request, version, factor, None if groups == kept else groups)
        return _show(request, version, factor, groups)
    return _keep(request, version, factor, None if request.POST.get("keep") == "learnt" else groups)


def _keep(request: HtmxRequest, version: ModelVersion, factor: str, groups: Groups | None) -> HttpResponse:
    try:
        draw_bins(version=version, factor=factor, groups=groups, actor=request.user)
    except DomainError as refusal:
        return _show(request, version, factor, groups or _kept(version, factor), status=refusal.status, fault=refusal.detail)
    _begin(request, version, factor, None)
    words = "are those of the version again" if groups is None else "are kept for the next training"
    messages.success(request, f"The bins of {title_of(factor, version.definition.get('titles'))} {words}.")
    return redirect(f"{reverse('risk:model_classing', args=[version.pk])}?factor={factor}")


def _begun(request: HtmxRequest, version: ModelVersion) -> dict[str, Groups]:
    """The bins of each factor that this person cut or joined and has not kept yet; what no longer fits the version is left out."""
    found = {}
    for factor, written in request.session.get(f"bins-{version.pk}", {}).items():
        try:
            coarse_of(version.development["fine"][factor], _read(written))
        except (KeyError, ValueError, UnfitGrouping):
            continue
        found[factor] = _read(written)
    return found


def _begin(request: HtmxRequest, version: ModelVersion, factor: str, groups: Groups | None) -> None:
    """Remember what was cut or joined of a factor; None forgets it."""
    begun = dict(request.session.get(f"bins-{version.pk}", {}))
    begun.pop(factor, None)
    if groups is not None:
        begun[factor] = _written(groups)
    request.session[f"bins-{version.pk}"] = begun


def _kept(version: ModelVersion, factor: str) -> Groups:
    """The bins drawn before, or those of the version."""
    fine = version.development["fine"][factor]
    if factor in version.classing:
        return groups_from(fine, version.classing[factor])
    feature = next(one for one in Card.from_dict(version.definition["card"]).features if one.name == factor)
    return groups_of(fine, feature)


def _read(text: str) -> Groups:
    """Groups as the page sends them: bins parted by bars, classes by commas. Raises ValueError."""
    return [[int(index) for index in members.split(",")] for members in text.split("|")]


def _written(groups: Groups) -> str:
    return "|".join(",".join(str(index) for index in members) for members in groups)


def _show(request: HtmxRequest, version: ModelVersion, factor: str, groups: Groups, *, status: int = 200, fault: str = "") -> HttpResponse:
    fine = version.development["fine"][factor]
    coarse = coarse_of(fine, groups)
    learnt = next(one for one in Card.from_dict(version.definition["card"]).features if one.name == factor)
    titles = version.definition.get("titles") or {}
    words = FineWords(factor, fine, get_bank().currency)
    begun = _begun(request, version)
    asked = as_asked(fine, groups, version.development.get("monotone", {}).get(factor, 0))
    lines = [
        BinLine(
            one,
            words.of_bin(one),
            one.members[-1] if one.members and place < len(groups) - 1 else None,
            best_cut(fine, one.members),
            *_tied(asked, place),
        )
        for place, one in enumerate(coarse.bins)
    ]
    return render_page(
        request,
        "risk/model_classing.html",
        "risk/_classing.html",
        status=status,
        model=version,
        factor=factor,
        title=title_of(factor, titles),
        factors=[
            (name, title_of(name, titles), ", not kept yet" if name in begun else ", by hand" if name in version.classing else "")
            for name in version.metrics.get("iv", {})
            if name in version.development["fine"]
        ],
        lines=lines,
        classes=_classes(fine, groups, words.classes),
        coarse=coarse,
        before=learnt.iv,
        change=round(coarse.iv - learnt.iv, 3),
        trend=TRENDS.get(coarse.trend),
        asked=asked,
        direction=DIRECTIONS[asked.sign] if asked else "",
        chart=_chart(lines),
        groups=_written(groups),
        is_kept=groups == _kept(version, factor),
        begun=[(name, title_of(name, titles)) for name in begun],
        fault=fault,
        drawn=[title_of(name, titles) for name in version.classing],
        may_draw=request.user.has_role(*TRAINERS),
        may_refit=request.user.has_role(*TRAINERS) and bool(version.classing) and sample_of(version) is not None,
    )


def _tied(asked: Asked | None, place: int) -> tuple[str, float]:
    """With which other bins one is made alike, as people count them, and the weight they share."""
    tied = asked.at(place) if asked else None
    if tied is None:
        return "", 0.0
    others = [str(other + 1) for other in tied.places if other != place]
    return f"bin {others[0]}" if len(others) == 1 else f"bins {', '.join(others[:-1])} and {others[-1]}", tied.woe


def _classes(fine: dict[str, Any], groups: Groups, words: list[str]) -> list[ClassLine]:
    """The fine classes in the order in which the bins hold them."""
    order = [(index, number, index == members[-1]) for number, members in enumerate(groups, start=1) for index in members]
    return [
        ClassLine(index, words[index], fine["goods"][index], fine["bads"][index], number, ends, place == len(order) - 1)
        for place, (index, number, ends) in enumerate(order)
    ]


def _chart(lines: list[BinLine]) -> Bars:
    shown = [(str(number), line) for number, line in enumerate(lines, start=1) if line.bin.members and line.bin.rows]
    rates = [line.bin.bad_rate or 0 for _, line in shown]
    worst = max((line for _, line in shown), key=lambda line: line.bin.bad_rate or 0)
    sentence = f"Most go bad where the answer is {worst.answer}: {formats.percent(max(rates))}."
    return Bars(sentence, [number for number, _ in shown], [Series("Bad rate", rates)], unit="percent", axis="Bin")
