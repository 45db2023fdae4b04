"""Taking in indices and prices: streamed or weighed whole, each line that cannot be used named, the rest kept in batches."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, BinaryIO

from django.db import transaction
from django.db.models import Q

from collateral.domain.index_files import Point, is_near, read_index
from collateral.domain.price_files import Before, Price, Split, papers_of, read_prices
from collateral.domain.tables import Refusal, UnreadableTable
from collateral.models import IndexPoint, IndexSeries, SecurityPrice, SecuritySplit, ValueFile, WaitingPrice
from collateral.selectors.value_settings import settings_in_force
from collateral.services.file_intake import BATCH, UnableToImportValues, begin, finish, known_currencies
from collateral.services.index_use import followed_now
from collateral.services.price_changes import ask_about_figures
from core.models import User

# By index, the day and value of the last point that counts, and the lowest since the last one that not only who brings the file stands for.
Last = dict[int, tuple[date, Decimal, Decimal]]


@dataclass
class _Measures:
    """What the points of a file are measured by: how far a rise goes, what those jump `from` that do so within the file, by index and day,
    by index what is on `record` before the next one, and the last that count.
    """

    most_move: Decimal
    jumps: dict[tuple[int, date], Decimal] = field(default_factory=dict)
    record: dict[int, Decimal] = field(default_factory=dict)
    last: Last = field(default_factory=dict)

    def jump_of(self, point: IndexPoint) -> Decimal | None:
        """What a point jumps from; none where what is on record has jumped as far already."""
        jumped = self.jumps.get((point.series_id, point.period_end))
        beside = self.record.get(point.series_id)
        return None if beside is not None and is_near(point.value, beside) else jumped


@transaction.atomic
def import_index(
    *, stream: BinaryIO, file_name: str, measure: str, actor: User | None, business_date: date, actor_name: str = ""
) -> ValueFile:
    """Keep the points of a table of the FHFA or the BIS. `measure` NOMINAL or REAL, which the table does not tell. A revised point takes
    the place of the old one once a second person confirmed it, and so does a new one that jumps threefold, or of an index that values
    follow where what one person brought of it would lift them far; a threefold fall counts meanwhile. What is the same counts as known.
    Raises UnableToImportValues: `not_entitled`, `unreadable`, `nothing_usable`.
    """
    taken = begin(ValueFile.Kind.INDEX, stream=stream, file_name=file_name, actor=actor, business_date=business_date)
    series: dict[tuple[str, str, str], IndexSeries] = {}
    batch: list[IndexPoint] = []
    by = _Measures(settings_in_force().price_move)
    read = 0
    try:
        for point in read_index(stream, on=business_date):
            if isinstance(point, Refusal):
                taken.refuse(point.line, point.reason)
                continue
            key = (point.publisher, point.country, point.region)
            if key not in series:
                series[key] = _series(point, measure)
            if point.jumped_from is not None:
                by.jumps[series[key].pk, point.period_end] = point.jumped_from
            batch.append(IndexPoint(series=series[key], period_end=point.period_end, value=point.value, source=taken))
            read += 1
            if len(batch) == BATCH:
                taken.kept += _keep_points(batch, taken, by)
                batch = []
    except UnreadableTable as fault:
        raise UnableToImportValues("unreadable", reason=str(fault)) from fault
    taken.kept += _keep_points(batch, taken, by)
    taken.market = next(iter(series))[0] if series else ""
    finish(taken, read=read - sum("counts" not in one for one in taken.held), actor=actor, actor_name=actor_name)
    ask_about_figures(taken, actor=actor)
    return taken


def _series(point: Point, measure: str) -> IndexSeries:
    code = ":".join(part for part in (point.publisher, point.country, point.region) if part)
    if measure == IndexSeries.Measure.REAL:
        code += ":real"
    values = {"title": point.title, "publisher": point.publisher, "country": point.country, "region": point.region, "measure": measure}
    return IndexSeries.objects.get_or_create(code=code, defaults=values)[0]


def _keep_points(batch: list[IndexPoint], taken: ValueFile, by: _Measures) -> int:
    """Write what is new, and let wait what is revised or jumps, and of an index that values follow what rises far above the last points
    that count, or comes before them: both would lift values. Returns how many new ones there are.
    """
    days = {point.period_end for point in batch}
    known = {
        (point.series_id, point.period_end): point.value
        for point in IndexPoint.objects.filter(series__in={point.series for point in batch}, period_end__in=days)
    }
    followed = followed_now({point.series for point in batch})
    fresh = []
    for point in sorted(batch, key=lambda one: one.period_end):
        before = known.get((point.series_id, point.period_end))
        if before is not None and before == point.value.quantize(before):
            by.record[point.series_id] = before
            continue
        jumped = by.jump_of(point)
        # Who waits with a threefold fall lends too much meanwhile.
        falls = before is None and jumped is not None and point.value < jumped
        if before is None:
            before = jumped or (_moved_from(point, by, taken) if point.series_id in followed else None)
        if before is not None:
            held = {"series": str(point.series_id), "date": point.period_end.isoformat(), "figure": f"{point.value.normalize():f}"}
            marks = {"jump": "1"} if jumped is not None else {}
            taken.held.append(held | {"before": f"{before.normalize():f}"} | marks | ({"counts": "1"} if falls else {}))
        if before is None or falls:
            fresh.append(point)
            by.record[point.series_id] = point.value
            low = by.last[point.series_id][2] if point.series_id in by.last else point.value
            by.last[point.series_id] = (point.period_end, point.value, min(low, point.value))
    IndexPoint.objects.bulk_create(fresh, ignore_conflicts=True, batch_size=BATCH)
    return len(fresh)


def _alone(taken: ValueFile) -> Q:
    """Figures on record that nobody but who brings this file stands for."""
    return Q(confirmed=False, source__isnull=False, source__imported_by=taken.imported_by_id)


def _moved_from(point: IndexPoint, by: _Measures, taken: ValueFile) -> Decimal | None:
    """The value that this new point rises far above, or comes before: it waits because of it. What one person brings adds up since the last
    point that others stand for.
    """
    if point.series_id not in by.last:
        on_record = IndexPoint.objects.filter(series=point.series_id).order_by("-period_end")
        since: list[tuple[date, Decimal]] = []
        for day, value, alone in on_record.annotate(alone=_alone(taken)).values_list("period_end", "value", "alone").iterator(BATCH):
            since.append((day, value))
            if not alone:
                break
        if not since:
            return None
        by.last[point.series_id] = (*since[0], min(value for _, value in since))
    day, value, low = by.last[point.series_id]
    if point.period_end < day:
        return value
    return low if point.value / low - 1 > by.most_move else None


@transaction.atomic
def import_prices(*, stream: BinaryIO, file_name: str, actor: User | None, business_date: date, actor_name: str = "") -> ValueFile:
    """Keep the prices of a file; gaps, doubles, another price or currency than on record are refused by line. The first price of a paper,
    one after a gap on record, and one that moves farther than the settings say, rises of one person added up, wait for a second person;
    until then values follow a lower one all the same.

    Raises UnableToImportValues: `not_entitled`, `unreadable`, `nothing_usable`.
    """
    taken = begin(ValueFile.Kind.PRICES, stream=stream, file_name=file_name, actor=actor, business_date=business_date)
    currencies = dict(SecurityPrice.objects.order_by("isin").values_list("isin", "currency").distinct())
    try:
        papers = papers_of(stream)
        named = papers & set(currencies)
        kept = (
            SecurityPrice.objects.filter(isin__in=named).annotate(alone=_alone(taken)).values_list("isin", "price_date", "price", "alone")
        )
        known: dict[tuple[str, date], Decimal] = {}
        alone: set[tuple[str, date]] = set()
        for isin, day, known_price, own in kept.iterator(BATCH):
            known[isin, day] = known_price
            if own:
                alone.add((isin, day))
        splits = [
            Split(isin, day, Decimal(new) / Decimal(old))
            for isin, day, new, old in SecuritySplit.objects.filter(isin__in=named).values_list("isin", "split_date", "new", "old")
        ]
        settings = settings_in_force()
        waiting = WaitingPrice.objects.filter(isin__in=papers).values_list("isin", "price_date", "price")
        held = {(isin, day): price for isin, day, price in waiting.order_by("-price")}
        asked: dict[str, Any] = {"known": known, "held": held, "alone": alone, "splits": splits}
        asked |= {"most_move": settings.price_move, "rest": settings.rest_days}
        found = read_prices(stream, on=business_date, currencies=currencies, **asked)
    except UnreadableTable as fault:
        raise UnableToImportValues("unreadable", reason=str(fault)) from fault
    for refusal in found.refusals:
        taken.refuse(refusal.line, refusal.reason)
    usable = []
    for price in found.prices:
        if price.currency in known_currencies():
            usable.append(price)
        else:
            taken.refuse(price.line, f"{price.currency} is no currency of ISO 4217")
    taken.held = [_held(p, found.waiting[p.line]) for p in usable if p.line in found.waiting]
    usable = [p for p in usable if p.line not in found.waiting]
    rows = [SecurityPrice(isin=p.isin, price_date=p.price_date, price=p.price, currency=p.currency, source=taken) for p in usable]
    SecurityPrice.objects.bulk_create(rows, ignore_conflicts=True, batch_size=BATCH)
    taken.kept = SecurityPrice.objects.filter(source=taken).count()
    taken.market = "prices"
    finish(taken, read=len(usable), actor=actor, actor_name=actor_name)
    ask_about_figures(taken, actor=actor)
    return taken


def _held(price: Price, before: Before | None) -> dict[str, str]:
    """A price that waits, beside what it moved from."""
    held = {"isin": price.isin, "date": price.price_date.isoformat(), "figure": f"{price.price.normalize():f}", "currency": price.currency}
    if before is None:
        return held | {"before": ""}
    held |= {"before": f"{before.price.normalize():f}", "since": before.day.isoformat()}
    return held | {"missing": str(before.missing)} if before.missing else held
