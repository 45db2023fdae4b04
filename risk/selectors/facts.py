"""Reads of facts: what is known of an application, now or at a moment in the past."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from loans.models import Application
from risk.domain.facts import CATALOGUE, FactKind, Value, is_stale
from risk.models import Fact


@dataclass(frozen=True)
class KnownFact:
    """The fact of one code that counts: the one learnt last."""

    kind: FactKind
    row: Fact
    is_stale: bool

    @property
    def value(self) -> Value:
        return self.kind.typed(self.row.value)

    @property
    def is_reliable(self) -> bool:
        """Whether it may carry an approval: shown by a document or a third party, and fresh."""
        return not self.is_stale and self.row.authenticity in (Fact.Authenticity.DOCUMENT, Fact.Authenticity.THIRD_PARTY)

    def as_evidence(self) -> dict[str, Any]:
        """The fact as it is frozen into evaluations and decisions."""
        return {
            "value": self.row.value,
            "authenticity": self.row.authenticity,
            "as_of_date": self.row.as_of_date.isoformat(),
            "source": self.row.source,
            "fact": str(self.row.pk),
            "document": str(self.row.evidence_id) if self.row.evidence_id else None,
        }


def current_facts(application: Application | UUID, *, business_date: date, known_at: datetime | None = None) -> dict[str, KnownFact]:
    """The latest fact of each code, in catalogue order; with `known_at` as the file stood at that moment. One query."""
    key = application.pk if isinstance(application, Application) else application
    rows = Fact.objects.filter(application_id=key)
    if known_at is not None:
        rows = rows.filter(known_from__lte=known_at)
    found = {row.code: row for row in rows.order_by("code", "-id").distinct("code").select_related("evidence")}
    return {
        code: KnownFact(kind, found[code], is_stale(kind, found[code].as_of_date, business_date))
        for code, kind in CATALOGUE.items()
        if code in found
    }


def fact_history(application: Application, code: str) -> list[Fact]:
    """Everything ever recorded under one code, newest first."""
    return list(Fact.objects.filter(application=application, code=code).select_related("author", "evidence").order_by("-id"))
