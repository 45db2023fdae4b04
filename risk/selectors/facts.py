"""Reads of facts: what is known of an application, now or at a moment in the past."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from loans.models import Application
from risk.domain.facts import CATALOGUE, FactKind, Value
from risk.domain.request_parts import outlived
from risk.models import Fact

SHOWN = (Fact.Authenticity.DOCUMENT, Fact.Authenticity.THIRD_PARTY)
"""The marks of what a paper or a third party shows."""
MOST_SUPERSEDED = 100


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
        return not self.is_stale and self.row.authenticity in SHOWN

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


def current_facts(
    application: Application | UUID, *, business_date: date, known_at: datetime | None = None, recorded_until: date | None = None
) -> dict[str, KnownFact]:
    """The latest fact of each code, in catalogue order; as the file stood at the moment `known_at`, or by the end of the business day
    `recorded_until`. One query.
    """
    key = application.pk if isinstance(application, Application) else application
    rows = Fact.objects.filter(application_id=key)
    if known_at is not None:
        rows = rows.filter(known_from__lte=known_at)
    if recorded_until is not None:
        rows = rows.filter(recorded_date__lte=recorded_until)
    found = {row.code: row for row in rows.order_by("code", "-id").distinct("code").select_related("evidence")}
    return _known(found, business_date)


def superseded_facts(application: Application, known: Mapping[str, KnownFact], *, business_date: date) -> list[KnownFact]:
    """What people recorded of a file since it was handed in, and later facts took the place of, newest first. One query."""
    rows = Fact.objects.filter(application=application, author__isnull=False, code__in=CATALOGUE)
    if application.submitted_date is not None:
        rows = rows.filter(recorded_date__gte=application.submitted_date)
    replaced = rows.exclude(pk__in=[fact.row.pk for fact in known.values()]).select_related("evidence").order_by("-id")[:MOST_SUPERSEDED]
    return [KnownFact(CATALOGUE[row.code], row, bool(outlived(row.code, {row.code: row.as_of_date}, business_date))) for row in replaced]


def joined(known: Mapping[str, KnownFact], added: Iterable[Fact], *, business_date: date) -> dict[str, KnownFact]:
    """What is known once `added`, just recorded, stands beside what was read before: what `current_facts` would read now. No query."""
    return _known({code: fact.row for code, fact in known.items()} | {row.code: row for row in added}, business_date)


def _known(found: Mapping[str, Fact], business_date: date) -> dict[str, KnownFact]:
    days = {code: row.as_of_date for code, row in found.items()}
    return {
        code: KnownFact(kind, found[code], bool(outlived(code, days, business_date))) for code, kind in CATALOGUE.items() if code in found
    }


def known_from_evidence(facts: Mapping[str, Mapping[str, Any]]) -> dict[str, KnownFact]:
    """Facts as an evaluation froze them, to calculate with; their rows are not stored ones. No query."""
    return {
        code: KnownFact(
            CATALOGUE[code],
            Fact(
                code=code,
                value=kept["value"],
                source=kept["source"],
                authenticity=kept["authenticity"],
                as_of_date=date.fromisoformat(kept["as_of_date"]),
            ),
            bool(kept["stale"]),
        )
        for code, kept in facts.items()
    }
