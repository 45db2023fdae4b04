"""Drift of a scorecard: its score and its factors by month, against the sample it was trained on."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render

from core.business_date import get_bank
from core.charts import Limit, Line, Lines
from core.web import formats
from core.web.access import role_required
from core.web.http import HtmxRequest
from risk.domain.application_score import title_of
from risk.domain.metrics import PSI_ACT, PSI_WATCH
from risk.models import ModelDrift, ModelVersion
from risk.selectors.registry import READERS, access_model, drift_of, impact_on
from risk.services.training_runs import TRAINERS
from risk.web.bins import CardWords

MARKS = {"STABLE": ("good", "Stable"), "WATCH": ("warn", "Watch"), "SHIFTED": ("bad", "Shifted")}


@dataclass(frozen=True)
class BinShare:
    """A bin's share of the sample and of the month."""

    label: str
    expected: float
    seen: float

    @property
    def change(self) -> float:
        return self.seen - self.expected


@dataclass(frozen=True)
class DriftLine:
    """One figure in words, with its bins."""

    title: str
    row: ModelDrift
    mark: tuple[str, str]
    bins: tuple[BinShare, ...]


@role_required(*READERS)
def model_drift(request: HtmxRequest, pk: UUID) -> HttpResponse:
    """The score by month, each factor in the newest month, and the impact by age. Three queries at any number of months."""
    version = access_model(request.user, pk)
    rows = drift_of(version)
    scores = [row for row in rows if not row.factor]
    newest = [row for row in rows if row.month == rows[-1].month and row.factor]
    context = {
        "model": version,
        "months": [(row, MARKS[row.verdict]) for row in reversed(scores)],
        "factors": _lines(version, sorted(newest, key=lambda row: -row.index)),
        "impact": impact_on(version),
        "newest": rows[-1].month if rows else None,
        "chart": _chart(scores) if len(scores) > 1 else None,
        "watch": PSI_WATCH,
        "act": PSI_ACT,
        "moved": any(row.verdict != "STABLE" for row in [*scores[-1:], *newest]),
        "may_train": request.user.has_role(*TRAINERS),
    }
    return render(request, "risk/model_drift.html", context)


def _lines(version: ModelVersion, rows: list[ModelDrift]) -> list[DriftLine]:
    titles = version.definition.get("titles") or {}
    labels = CardWords(version.definition, get_bank().currency).answers
    return [
        DriftLine(
            title_of(row.factor, titles),
            row,
            MARKS[row.verdict],
            tuple(
                BinShare(label, base / sum(row.base), seen / sum(row.counts))
                for label, base, seen in zip(labels[row.factor], row.base, row.counts, strict=True)
                if base or seen
            ),
        )
        for row in rows
    ]


def _chart(scores: list[ModelDrift]) -> Lines:
    last = scores[-1]
    by_chance = last.verdict == "STABLE" and last.index > PSI_WATCH
    said = f"no more than {last.rows} applications show by chance" if by_chance else MARKS[last.verdict][1].lower()
    sentence = f"In {last.month:%B %Y} the index of the score is {formats.number(last.index, 2)}: {said}."
    lines = [
        Line("Score", [row.index for row in scores], "s1"),
        Line("By chance", [row.noise_limit for row in scores], "s3"),
    ]
    limits = [Limit("Watch", PSI_WATCH), Limit("Shifted", PSI_ACT)]
    return Lines(sentence, labels=[f"{row.month:%b %y}" for row in scores], lines=lines, limits=limits, unit="number")
