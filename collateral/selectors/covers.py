"""Reads of what secures running loans: the book by how far it is covered, and one loan's pledges with their shares."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Case, Count, Exists, F, OuterRef, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Least

from collateral.models import Asset, Cover, CoverRun, DecidedCover, Pledge
from collateral.selectors.allotment import BY_PLEDGE, MEASURED, parameters
from collateral.selectors.assets import blind_loans
from core.business_date import get_bank
from core.models import User
from core.row_security import whole_bank
from loans.models import Application, Loan
from loans.selectors.loans import visible_loans

VIEWS = (("short", "Not covered in full"), ("unvalued", "Without a value"), ("all", "All"))
_VIEW_ROWS = {"short": Q(available__lt=F("exposure")), "unvalued": Q(unvalued__gt=0), "all": Q()}

_STATE = Asset.State
_FIGURES = ("exposure", "market_value", "lending_value", "claims_before", "available", "overhang", "pledges", "unvalued")


@dataclass(frozen=True)
class Holding:
    """One pledge of a running loan, in the loan's currency: `claim` is the lesser of what is registered and what is owed or, under an
    open limit, may be, `before` what
    stands before and beside it, `available` its share of the asset's lending value. `market_value` is of what counts by the asset's facts,
    None without a value in force."""

    pledge: Pledge
    claim: Decimal
    market_value: Decimal | None
    lending_value: Decimal
    before: Decimal
    available: Decimal


def holdings_of(loan: Loan, *, business_date: date) -> list[Holding]:
    """The standing pledges of a running loan with their shares today, first rank first, claims of other branches'
    loans among what stands before and beside them; `backs` of each says how many standing pledges its asset carries.
    """
    with whole_bank(), connection.cursor() as cursor:
        cursor.execute(BY_PLEDGE, parameters(business_date, loan.pk, loan.pk))
        found: dict[UUID, tuple[Any, ...]] = {row[0]: row[1:] for row in cursor.fetchall()}
    backs = Count("asset__pledges", filter=Q(asset__pledges__state__in=Pledge.STANDING))
    pledges = Pledge.objects.filter(pk__in=found).annotate(backs=backs).select_related("asset").order_by("rank", "id")
    return [Holding(pledge, *found[pledge.pk]) for pledge in pledges]


def cover_of(loan: Loan) -> Cover | None:
    """What the last night or the last change measured; None when nothing was ever pledged."""
    return Cover.objects.filter(loan=loan).first()


def cover_on(loan: Loan, *, business_date: date) -> Cover | None:
    """What secures a loan on a day, by the same values and shares as `holdings_of`: what is kept where that says the same, else measured
    anew and not kept, of that day. None when nothing was ever pledged.
    """
    kept = cover_of(loan)
    with whole_bank(), connection.cursor() as cursor:
        cursor.execute(f"{MEASURED} SELECT {', '.join(_FIGURES)} FROM measured", parameters(business_date, loan.pk, loan.pk))
        row = cursor.fetchone()
    if row is None or (kept is not None and all(getattr(kept, name) == figure for name, figure in zip(_FIGURES, row, strict=True))):
        return kept
    return Cover(loan=loan, status_date=business_date, **dict(zip(_FIGURES, row, strict=True)))


def decided_cover_of(application: Application) -> DecidedCover | None:
    """What secured a file when it was granted, or when it was taken over; None where nothing did."""
    return DecidedCover.objects.filter(application=application).first()


def visible_covers(user: User) -> QuerySet[Cover]:
    """Covers of running loans the user may see, but for those that would tell them of an asset they have to value alone."""
    rows = Cover.objects.filter(loan__in=visible_loans(user), exposure__gt=0)
    blind = blind_loans(user)
    return rows if blind is None else rows.exclude(loan__in=blind)


def list_covers(user: User, *, view: str) -> QuerySet[Cover]:
    """Covers of running loans the user may see, those in the bank's currency first, and of each currency the largest gap; of
    each whether something of it was `lost`, or `sold` and its price has not come in: one query.
    """
    standing = Pledge.objects.filter(application=OuterRef("loan__application"), state__in=Pledge.STANDING)
    gone = {name: Exists(standing.filter(asset__state=state)) for name, state in (("lost", _STATE.DESTROYED), ("sold", _STATE.SOLD))}
    rows = visible_covers(user).filter(_VIEW_ROWS[view]).annotate(gap=F("exposure") - F("available"), **gone)
    # No gap in one currency is larger than one in another.
    elsewhere = Case(When(loan__currency=get_bank().currency, then=Value("")), default=F("loan__currency"))
    return rows.select_related("loan__borrower").order_by(elsewhere, "-gap", "-loan_id")


def latest_cover_run() -> CoverRun | None:
    """The last measuring by new settings; None where none ever was."""
    return CoverRun.objects.select_related("settings").first()


def open_cover_run(today: date) -> CoverRun | None:
    """The measuring by new settings that is under way, or that stopped on this business date before every loan was measured;
    None otherwise.
    """
    latest = latest_cover_run()
    stopped = latest is not None and latest.state == CoverRun.State.FAILED and latest.business_date >= today
    return latest if latest is not None and (latest.busy or stopped) else None


@dataclass(frozen=True)
class BookFigures:
    """How many covers each view has, and the sums over all that are in the bank's own currency."""

    counts: dict[str, int]
    currency: str
    exposure: Decimal
    available: Decimal

    @property
    def coverage(self) -> Decimal | None:
        """Available / owed, a fraction; None when nothing is owed."""
        return self.available / self.exposure if self.exposure else None


def figures_of_book(user: User) -> BookFigures:
    """Counts by view and sums of the covers a user may see."""
    currency = get_bank().currency
    found = visible_covers(user).aggregate(
        owed=Sum("exposure", filter=Q(loan__currency=currency)),
        # What one loan has more than it owes covers no other.
        to_them=Sum(Least("available", "exposure"), filter=Q(loan__currency=currency)),
        **{f"n_{name}": Count("pk", filter=_VIEW_ROWS[name] or None) for name, _ in VIEWS},
    )
    counts = {name: found[f"n_{name}"] for name, _ in VIEWS}
    return BookFigures(counts, currency, found["owed"] or Decimal(0), found["to_them"] or Decimal(0))
