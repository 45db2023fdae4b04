"""What is known of an asset by its class, and what was known before."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.models import Q, QuerySet

from collateral import models as rows
from collateral.domain.asset_facts import FACTS, Fact
from collateral.models import Asset, ClassFacts, DepositFacts, FactsVersion, LandFacts, MachineFacts, PropertyFacts, VehicleFacts

MODELS: dict[str, type[ClassFacts]] = {
    "REAL_ESTATE": PropertyFacts,
    "LAND": LandFacts,
    "MACHINERY": MachineFacts,
    "VEHICLE": VehicleFacts,
    "DEPOSIT": DepositFacts,
}
CLASS = "class"
HOLDING = "holding"
Kept = dict[str, str | None]


def section_of(kind: str) -> str:
    """The section that the versions of a class's facts are kept under; receivables are many, and none replaces another."""
    return HOLDING if kind == "SECURITIES" else CLASS


def facts_row(asset: Asset) -> models.Model | None:
    """The row that holds an asset's facts now; None where none is on file, and for receivables, which are many."""
    model = MODELS.get(asset.kind)
    if model is not None:
        return getattr(asset, model.__name__.lower(), None)
    return getattr(asset, "holding", None) if asset.kind == "SECURITIES" else None


def facts_now(asset: Asset) -> dict[str, Any]:
    """The facts of the class that hold now, typed; empty where none is on file."""
    row = facts_row(asset)
    return {} if row is None else {fact.name: _value(fact, row) for fact in FACTS[asset.kind]}


def _value(fact: Fact, row: models.Model) -> Any:
    value = getattr(row, fact.name)
    return bool(value) if fact.kind == "yes" else value


def choices_of(fact: Fact) -> list[tuple[str, str]]:
    """The list that a fact is chosen from."""
    if not fact.choices:
        return []
    found: Any = rows
    for name in fact.choices.split("."):
        found = getattr(found, name)
    chosen: list[tuple[str, str]] = list(found.choices)
    return chosen


def opened(version: FactsVersion) -> Kept:
    """What a version says, as texts by name."""
    content: Kept = json.loads(version.content)
    return content


@dataclass(frozen=True)
class Change:
    """One version beside the one before it: (fact, before, after) of what differs."""

    version: FactsVersion
    rows: list[tuple[str, str | None, str | None]]


def list_versions(asset: Asset) -> QuerySet[FactsVersion]:
    """The versions of an asset's facts, newest first."""
    return FactsVersion.objects.filter(asset=asset).select_related("recorded_by")


def list_changes(asset: Asset, versions: Sequence[FactsVersion] | None = None) -> list[Change]:
    """Some versions of an asset's facts (all of them), each with what it changed: one query. Of the sections and receivables that these
    are of, all versions are read, which are few.
    """
    shown = list_versions(asset) if versions is None else versions
    rows = {version.row for version in shown if version.row is not None}
    of_these = Q(row__in=rows) | Q(row=None, section__in={version.section for version in shown})
    series: dict[tuple[str, str], list[FactsVersion]] = defaultdict(list)
    for one in FactsVersion.objects.filter(of_these, asset=asset):
        series[_series_of(one)].append(one)

    def change(version: FactsVersion) -> Change:
        known = series[_series_of(version)]
        place = next(place for place, one in enumerate(known) if one.pk == version.pk)
        return Change(version, list(_changed(version, known[place + 1] if place + 1 < len(known) else None)))

    return [change(version) for version in shown]


def _series_of(version: FactsVersion) -> tuple[str, str]:
    """What a version is one of: the rows of a section, or those of one receivable, which older versions tell by their content alone."""
    if version.section != "receivable":
        return version.section, ""
    return version.section, str(version.row or opened(version).get("id"))


def _changed(version: FactsVersion, earlier: FactsVersion | None) -> Iterable[tuple[str, str | None, str | None]]:
    now = opened(version)
    before: Kept = opened(earlier) if earlier is not None else {}
    for name, value in now.items():
        if name != "id" and value != before.get(name):
            yield name, before.get(name), value
