"""Accepted values against what came later: the next appraisal of the same asset, and what it was sold for."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from django.db import connection
from django.db.models import Count, F, Q

from collateral.domain.appraisers import Record, record_of
from collateral.domain.curves import shares_left
from collateral.models import RedFlag, Valuation
from collateral.selectors.holdings import PRICE_AGE
from collateral.selectors.property_values import INDEX_AGE, TRUE
from collateral.selectors.value_settings import settings_in_force
from core.errors import NotFound
from core.models import User
from core.roles import Role

# Whole-bank figures about people: for those who answer for the whole bank.
READERS = (Role.RISK_MANAGER, Role.COMPLIANCE, Role.AUDITOR, Role.VALIDATOR)

# Between two days no farther apart a value moves so little that it needs no index, curve or price.
UNMOVED_DAYS = timedelta(days=90)

# Each accepted appraised value with the next one of the asset by somebody else, and with the asset's sale when it was the last before it,
# and what moves the earlier value to the later day, so that the market's part, and age, are nobody's merit or fault: the place's index, the
# curve of a machine or vehicle, the price of a paper. A value that was upheld to be wrong, or that a finding ended, is held against others
# but is no measure itself.
_LATER = f"""
WITH known AS (
  SELECT v.id, v.asset_id, v.appraiser_id, v.market_value, v.valued_date, v.ended_date,
    count(*) OVER (PARTITION BY v.asset_id) > 1 AS several, lead(v.valued_date) OVER w AS next_date
  FROM collateral_valuation v LEFT JOIN collateral_computedvalue c ON c.valuation_id = v.id
  WHERE c.id IS NULL AND (%(appraiser)s IS NULL OR v.asset_id IN (SELECT asset_id FROM collateral_valuation WHERE appraiser_id = %(appraiser)s))
    AND v.state IN ('ACCEPTED', 'EXPIRED') AND v.market_value IS NOT NULL
  WINDOW w AS (PARTITION BY v.asset_id ORDER BY v.valued_date, v.id)
), measures AS (
  SELECT v.* FROM known v JOIN collateral_asset a ON a.id = v.asset_id WHERE v.several AND v.ended_date IS NULL AND {TRUE}
), later AS (
  (SELECT DISTINCT ON (p.id) p.id, p.asset_id, p.appraiser_id, p.market_value, p.valued_date, n.market_value AS later_value,
    n.valued_date AS later_date, false AS sold, false AS enforced
  FROM known p JOIN measures n ON n.asset_id = p.asset_id AND n.valued_date > p.valued_date AND n.appraiser_id IS DISTINCT FROM p.appraiser_id
  ORDER BY p.id, n.valued_date, n.id)
  UNION ALL
  SELECT p.id, p.asset_id, p.appraiser_id, p.market_value, p.valued_date, r.price, r.sold_date, true, r.enforced
  FROM collateral_realisation r JOIN known p ON p.asset_id = r.asset_id AND p.valued_date <= r.sold_date AND NOT r.of_loss
    AND (p.next_date IS NULL OR p.next_date > r.sold_date)
)
SELECT l.appraiser_id, l.asset_id, a.reference, a.description, l.market_value, l.valued_date, l.later_value, l.later_date, l.sold, l.enforced, a.currency,
  COALESCE(now_.value / then_.value, after_.price / before_.price), COALESCE(e.held->0->>'curve', e.curve),
  COALESCE((e.held->0->>'bought_date')::date, e.bought_date)
FROM later l JOIN collateral_asset a ON a.id = l.asset_id
LEFT JOIN collateral_homefacts h ON h.asset_id = a.id
LEFT JOIN LATERAL (
  SELECT id FROM collateral_indexseries
  WHERE used AND a.kind IN ('REAL_ESTATE', 'LAND') AND country = a.country AND region IN ('', COALESCE(h.region, '')) ORDER BY region DESC LIMIT 1
) s ON true
LEFT JOIN LATERAL (
  SELECT value FROM collateral_indexpoint WHERE series_id = s.id AND period_end BETWEEN l.valued_date - %(age)s AND l.valued_date
  ORDER BY period_end DESC LIMIT 1
) then_ ON true
LEFT JOIN LATERAL (
  SELECT value FROM collateral_indexpoint WHERE series_id = s.id AND period_end BETWEEN l.later_date - %(age)s AND l.later_date
    AND then_.value IS NOT NULL
  ORDER BY period_end DESC LIMIT 1
) now_ ON true
LEFT JOIN collateral_equipmentfacts e ON e.asset_id = a.id
LEFT JOIN collateral_securityholding h2 ON h2.asset_id = a.id
LEFT JOIN LATERAL (
  SELECT price FROM collateral_securityprice
  WHERE isin = h2.confirmed_isin AND currency = a.currency AND price_date BETWEEN l.valued_date - %(price_age)s AND l.valued_date
  ORDER BY price_date DESC LIMIT 1
) before_ ON true
LEFT JOIN LATERAL (
  SELECT price FROM collateral_securityprice
  WHERE isin = h2.confirmed_isin AND currency = a.currency AND price_date BETWEEN l.later_date - %(price_age)s AND l.later_date
  ORDER BY price_date DESC LIMIT 1
) after_ ON true
WHERE l.appraiser_id IS NOT NULL AND NOT EXISTS (
  SELECT FROM collateral_securitysplit s WHERE s.isin = h2.confirmed_isin AND s.split_date > l.valued_date AND s.split_date <= l.later_date
) AND (%(appraiser)s IS NULL OR l.appraiser_id = %(appraiser)s)
ORDER BY l.later_date DESC, l.id
"""


@dataclass(frozen=True)
class Later:
    """One accepted value and what came later: somebody else's value, a sale, or one by enforcement (`sold` and `enforced`);
    `moved` is what the market or age made of a value between the two days, as a factor.
    """

    appraiser_id: int
    asset_id: UUID
    reference: str
    description: str
    value: Decimal
    valued_date: date
    later_value: Decimal
    later_date: date
    sold: bool
    enforced: bool
    currency: str
    moved: Decimal

    @property
    def expected(self) -> Decimal:
        """The value on the later day, had it been right."""
        return self.value * self.moved

    @property
    def gap(self) -> Decimal:
        """How far the value was above what came later, as a fraction of that."""
        return self.expected / self.later_value - 1


@dataclass(frozen=True)
class Performance:
    """One appraiser: how many values, how they were judged, how many came late or never (`late`, `withdrawn`), how many
    were drawn without a lot (`alone`), and their record against others' later values and sales. What enforced sales fetch stands apart:
    they fetch less however right a value was.
    """

    person: User
    accepted: int
    rejected: int
    late: int
    withdrawn: int
    alone: int
    flags: int
    upheld: int
    against_values: Record
    against_sales: Record
    against_enforced: Record


def list_later(appraiser: int | None = None) -> list[Later]:
    """Every accepted value with what came later, newest first; of one appraiser or of all. What nothing can move over more than
    `UNMOVED_DAYS` is left out: time would be taken for generosity."""
    curves = settings_in_force().curves
    found = []
    with connection.cursor() as cursor:
        cursor.execute(_LATER, {"appraiser": appraiser, "price_age": PRICE_AGE, "age": INDEX_AGE})
        for *row, factor, curve, bought in cursor.fetchall():
            one = Later(*[*row, Decimal(1)])
            if factor is None and bought is not None:
                then, now = shares_left(curves, curve, bought, then=one.valued_date, now=one.later_date)
                factor = now / then if then and now else None
            if factor is not None:
                found.append(replace(one, moved=factor))
            elif one.later_date - one.valued_date <= UNMOVED_DAYS:
                found.append(one)
    return found


def records_of(appraiser: int) -> list[Record]:
    """One appraiser's records: against others' later values, and against sales that were not enforced. Two queries."""
    rows = [row for row in list_later(appraiser) if not row.enforced]
    return [record_of([row.gap for row in rows if row.sold is sold]) for sold in (False, True)]


def list_performance(*, today: date) -> list[Performance]:
    """Every appraiser with their record, the most generous first. The same five queries however many there are."""
    gaps: dict[tuple[int, bool, bool], list[Decimal]] = defaultdict(list)
    for later in list_later():
        gaps[later.appraiser_id, later.sold, later.enforced].append(later.gap)
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
            withdrawn=Count(
                "id", filter=Q(state="WITHDRAWN", decided_by__isnull=False) & ~Q(decided_by=F("appraiser"), submitted_date__isnull=True)
            ),
            alone=Count("id", filter=Q(drawn_alone=True)),
        )
        .values_list("appraiser", "accepted", "rejected", "late", "withdrawn", "alone")
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
            *counts.get(person.pk, (0, 0, 0, 0, 0)),
            *flags.get(person.pk, (0, 0)),
            record_of(gaps[person.pk, False, False]),
            record_of(gaps[person.pk, True, False]),
            record_of(gaps[person.pk, True, True]),
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
