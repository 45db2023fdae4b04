"""Reads of lots: what a lot is drawn of, the lots themselves, and whether a lot drawn again gives the same files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from core import access
from core.models import User
from core.row_security import whole_bank
from loans.models import Application
from risk.domain.lots import draw, fingerprint
from risk.models import AuditLot, FileAudit
from risk.selectors.field_work import list_audits

MOST_LISTED = 10


def population_of(*, since: date, until: date, at: datetime) -> list[str]:
    """The references of the files decided from `since` to before `until` that a lot drawn at this moment is drawn of, in the whole bank.

    Left out are those whose audit had reported by then, and those that stood in an earlier lot. One that an audit is under way of is among
    them, and so is every file of whoever draws. One query.
    """
    reported = ~Q(state=FileAudit.State.ORDERED) & (Q(reported_at__isnull=True) | Q(reported_at__lt=at))
    audited = FileAudit.objects.filter(reported | ~Q(sample="") | Q(lot__drawn_at__lt=at), application=OuterRef("pk"))
    with whole_bank():
        rows = Application.objects.filter(~Exists(audited), decided_date__gte=since, decided_date__lt=until)
        return list(rows.order_by("reference").values_list("reference", flat=True))


@dataclass(frozen=True)
class DrawnAgain:
    """What comes out when a lot is drawn again from what is kept: the files of then, and how those drawn again differ from the lot."""

    population: int
    same_population: bool
    missing: list[str]
    others: list[str]

    @property
    def is_same(self) -> bool:
        """Whether it is the lot that was drawn, of the files that it was drawn of."""
        return self.same_population and not self.missing and not self.others


def drawn_again(lot: AuditLot) -> DrawnAgain:
    """Draw a lot again, from its seed and from what the audits of that time left to be drawn: two queries."""
    names = population_of(since=lot.since, until=lot.until, at=lot.drawn_at)
    with whole_bank():
        kept = set(FileAudit.objects.filter(lot=lot).values_list("application__reference", flat=True))
    again = set(draw(lot.seed, names, lot.size))
    return DrawnAgain(len(names), fingerprint(names) == lot.population_sha256, sorted(kept - again), sorted(again - kept))


def latest_lots() -> list[AuditLot]:
    """The last ten lots, newest first: one query."""
    return list(AuditLot.objects.select_related("ordered_by")[:MOST_LISTED])


def access_lot(lot_id: UUID) -> AuditLot:
    """One lot, or NotFound."""
    return access.one(AuditLot.objects.select_related("ordered_by"), pk=lot_id)


def audits_in(user: User, lot: AuditLot) -> QuerySet[FileAudit]:
    """The audits of a lot whose files the user may see, by the references of their files."""
    return list_audits(user).filter(lot=lot).order_by("application__reference")
