"""Accepted values against what came later: the next appraisal of the same asset, and what it was sold for."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db import connection
from django.db.models import Count, F, Q

from collateral.domain.appraisers import Record, record_of
from collateral.models import RedFlag, Valuation
from core.errors import NotFound
from core.models import User
from core.roles import Role

# Whole-bank figures about people: for those who answer for the whole bank.
READERS = (Role.RISK_MANAGER, Role.COMPLIANCE, Role.AUDITOR, Role.VALIDATOR)

# Each accepted appraised value with the next one of the asset, and with the asset's sale when it was the last before it. Where values of the
# place follow an index, the earlier value is moved to the later day, so that the market's part is nobody's merit or fault.
_LATER = """
WITH appraised AS (
  SELECT v.id, v.asset_id, v.appraiser_id, v.market_value, v.valued_date,
    lead(v.market_value) OVER w AS next_value, lead(v.valued_date) OVER w AS next_date
  FROM collateral_valuation v LEFT JOIN collateral_computedvalue c ON c.valuation_id = v.id
  WHERE c.id IS NULL AND (%(appraiser)s IS NULL OR v.asset_id IN (SELECT asset_id FROM collateral_valuation WHERE appraiser_id = %(appraiser)s))
    AND v.state IN ('ACCEPTED', 'EXPIRED') AND v.market_value IS NOT NULL
  WINDOW w AS (PARTITION BY v.asset_id ORDER BY v.valued_date, v.id)
), later AS (
  SELECT id, asset_id, appraiser_id, market_value, valued_date, next_value AS later_value, next_date AS later_date, false AS sold
  FROM appraised WHERE next_value IS NOT NULL AND next_date > valued_date
  UNION ALL
  SELECT p.id, p.asset_id, p.appraiser_id, p.market_value, p.valued_date, r.price, r.sold_date, true
  FROM collateral_realisation r JOIN appraised p ON p.asset_id = r.asset_id AND p.valued_date <= r.sold_date
    AND (p.next_date IS NULL OR p.next_date > r.sold_date)
)
SELECT l.appraiser_id, l.asset_id, a.reference, a.description, l.market_value, l.valued_date, l.later_value, l.later_date, l.sold, a.currency,
  COALESCE(then_.value, 1), COALESCE(now_.value, 1)
FROM later l JOIN collateral_asset a ON a.id = l.asset_id
LEFT JOIN collateral_homefacts h ON h.asset_id = a.id
LEFT JOIN LATERAL (
  SELECT id FROM collateral_indexseries
  WHERE used AND a.kind IN ('REAL_ESTATE', 'LAND') AND country = a.country AND region IN ('', COALESCE(h.region, '')) ORDER BY region DESC LIMIT 1
) s ON true
LEFT JOIN LATERAL (
  SELECT value FROM collateral_indexpoint WHERE series_id = s.id AND period_end <= l.valued_date ORDER BY period_end DESC LIMIT 1
) then_ ON true
LEFT JOIN LATERAL (
  SELECT value FROM collateral_indexpoint WHERE series_id = s.id AND period_end <= l.later_date AND then_.value IS NOT NULL
  ORDER BY period_end DESC LIMIT 1
) now_ ON true
WHERE l.appraiser_id IS NOT NULL AND (%(appraiser)s IS NULL OR l.appraiser_id = %(appraiser)s)
ORDER BY l.later_date DESC, l.id
"""


@dataclass(frozen=True)
class Later:
    """One accepted value and what came later; `expected` is the value moved by the market's index to the later day."""

    appraiser_id: int
    asset_id: UUID
    reference: str
    description: str
    value: Decimal
    valued_date: date
    later_value: Decimal
    later_date: date
    sold: bool
    currency: str
    index_then: Decimal
    index_later: Decimal

    @property
    def expected(self) -> Decimal:
        """The value on the later day, had it been right."""
        return self.value * self.index_later / self.index_then

    @property
    def gap(self) -> Decimal:
        """How far the value was above what came later, as a fraction of that."""
        return self.expected / self.later_value - 1


@dataclass(frozen=True)
class Performance:
    """One appraiser: how many values, how they were judged, how many came late or never (`late`, `withdrawn`), and their record against
    later values and sales."""

    person: User
    accepted: int
    rejected: int
    late: int
    withdrawn: int
    flags: int
    upheld: int
    against_values: Record
    against_sales: Record


def list_later(appraiser: int | None = None) -> list[Later]:
    """Every accepted value with what came later, newest first; of one appraiser or of all."""
    with connection.cursor() as cursor:
        cursor.execute(_LATER, {"appraiser": appraiser})
        return [Later(*row) for row in cursor.fetchall()]


def records_of(appraiser: int) -> list[Record]:
    """One appraiser's records: against later values, and against sales. One query."""
    rows = list_later(appraiser)
    return [record_of([row.gap for row in rows if row.sold is sold]) for sold in (False, True)]


def list_performance(*, today: date) -> list[Performance]:
    """Every appraiser with their record, the most generous first. The same four queries however many there are."""
    gaps: dict[tuple[int, bool], list[Decimal]] = defaultdict(list)
    for later in list_later():
        gaps[later.appraiser_id, later.sold].append(later.gap)
    late = Q(submitted_date__gt=F("due_date")) | Q(state__in=Valuation.WITH_APPRAISER, due_date__lt=today)
    counts = {
        row[0]: row[1:]
        for row in Valuation.objects.filter(appraiser__isnull=False)
        .order_by()
        .values("appraiser")
        .annotate(
            accepted=Count("id", filter=Q(state__in=["ACCEPTED", "EXPIRED"])),
            rejected=Count("id", filter=Q(state="REJECTED")),
            late=Count("id", filter=late),
            # What its appraiser declined at once is no order that lapsed.
            withdrawn=Count("id", filter=Q(state="WITHDRAWN") & ~Q(decided_by=F("appraiser"), submitted_date__isnull=True)),
        )
        .values_list("appraiser", "accepted", "rejected", "late", "withdrawn")
    }
    flags = {
        row[0]: row[1:]
        for row in RedFlag.objects.filter(valuation__appraiser__isnull=False)
        .order_by()
        .values("valuation__appraiser")
        .annotate(raised=Count("id"), upheld=Count("id", filter=Q(state="UPHELD")))
        .values_list("valuation__appraiser", "raised", "upheld")
    }
    found = [
        Performance(
            person,
            *counts.get(person.pk, (0, 0, 0, 0)),
            *flags.get(person.pk, (0, 0)),
            record_of(gaps[person.pk, False]),
            record_of(gaps[person.pk, True]),
        )
        for person in User.objects.filter(
            Q(pk__in=counts) | Q(pk__in=User.objects.filter(is_active=True, role_rows__role=Role.APPRAISER).values("pk"))
        ).order_by("full_name")
    ]
    return sorted(found, key=lambda one: -(one.against_values.gap or Decimal(-9)))


def access_appraiser(person_id: int) -> User:
    """Somebody who values, or was ever asked for a value, or NotFound."""
    person = User.objects.filter(pk=person_id).first()
    if person is None or not (person.has_role(Role.APPRAISER) or Valuation.objects.filter(appraiser=person).exists()):
        raise NotFound()
    return person
