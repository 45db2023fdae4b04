"""Keeping beside each asset what of its value counts: after a change at once, and by the night as receivables age and deposits fall due."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from collateral.domain import counting, raised_facts
from collateral.domain.calendar import HOMES
from collateral.domain.counting import Item
from collateral.domain.inspections import MOST_UNSURE
from collateral.domain.revaluation import Settings
from collateral.models import Asset, Pledge
from collateral.selectors.counting import PARTS, counted_of, with_parts
from collateral.selectors.value_settings import settings_in_force
from collateral.services.margin_calls import review_cover
from core.by_keys import by_keys
from loans.models import Loan
from loans.selectors.loans import LIVE

# Time changes deposits and receivables, and only those that secure running loans of the range. Shards that share an asset wait for each
# other, in the order of its keys.
_RUNNING = """
SELECT DISTINCT p.asset_id FROM loans_loan l
JOIN collateral_pledge p ON p.application_id = l.application_id AND p.state = ANY(%(standing)s)
WHERE l.id BETWEEN %(first)s AND %(last)s AND l.state = ANY(%(live)s)
"""
# What is proposed, or registered before money has left, is in no range of loans; a decision counts on it all the same.
_WAITING = """
SELECT DISTINCT p.asset_id FROM collateral_pledge p
WHERE p.state = ANY(%(pledged)s) AND NOT EXISTS (
  SELECT FROM collateral_pledge s JOIN loans_loan l ON l.application_id = s.application_id AND l.state = ANY(%(live)s)
  WHERE s.asset_id = p.asset_id AND s.state = ANY(%(standing)s)
)
"""
_AGEING = """
WITH pledged AS ({pledged}), aged AS MATERIALIZED (
  SELECT a.id, a.kind, a.counted_share FROM pledged JOIN collateral_asset a ON a.id = pledged.asset_id
  WHERE a.kind IN ('DEPOSIT', 'RECEIVABLES') ORDER BY a.id FOR UPDATE OF a
)
SELECT a.id, a.kind, a.counted_share, v.market_value, d.maturity_date, d.balance, r.debtor_key, sum(r.nominal - r.reduced), max(r.due_date),
       r.disputed_date IS NOT NULL, r.settled_date IS NOT NULL, r.connected, f.void, d.held, r.unconfirmed,
       coalesce(sum(CASE WHEN r.reduced > 0 THEN {parts} END), 0)
FROM aged a
CROSS JOIN LATERAL (
  SELECT EXISTS (SELECT FROM collateral_redflag WHERE asset_id = a.id AND state = 'UPHELD' AND code = ANY(%(void)s)) AS void
) f
LEFT JOIN LATERAL (
  SELECT market_value, valued_date FROM collateral_valuation WHERE asset_id = a.id AND state = 'ACCEPTED'
  ORDER BY valued_date DESC, id DESC LIMIT 1
) v ON true
LEFT JOIN collateral_depositfacts d ON d.asset_id = a.id
LEFT JOIN collateral_receivable r ON r.asset_id = a.id AND (r.settled_date IS NULL OR r.settled_date >= v.valued_date)
GROUP BY 1, 2, 3, 4, 5, 6, 7, width_bucket(%(on)s::date - r.due_date, %(bands)s::int[]), 10, 11, 12, 13, 14, 15
"""
_PARTS = PARTS.format(valued="v.valued_date")
AGEING, AGEING_WAITING = _AGEING.format(pledged=_RUNNING, parts=_PARTS), _AGEING.format(pledged=_WAITING, parts=_PARTS)
WRITE = """
UPDATE collateral_asset a SET counted_share = n.share
FROM unnest(%(assets)s::uuid[], %(shares)s::numeric[]) AS n(id, share) WHERE a.id = n.id
"""

# What a finding left of a value in force, or of one that ran out, is what the settings in force take off for it, also when another version
# came in force since.
KEPT = """
UPDATE collateral_valuation t SET kept_share = n.share
FROM (
  SELECT v.id, v.kept_share, greatest(0, 1 - sum(q.off)) AS share
  FROM collateral_valuation v JOIN unnest(%(codes)s::text[], %(offs)s::numeric[]) AS q(code, off) ON v.ended_by ? q.code
  WHERE v.state IN ('ACCEPTED', 'EXPIRED') AND v.ended_date IS NOT NULL AND NOT (v.state = 'EXPIRED' AND EXISTS (
    SELECT FROM collateral_valuation w WHERE w.asset_id = v.asset_id AND w.state = 'ACCEPTED'
  )) AND EXISTS (
    SELECT FROM collateral_pledge p JOIN loans_loan l ON l.application_id = p.application_id
    WHERE p.asset_id = v.asset_id AND p.state = ANY(%(standing)s) AND l.id BETWEEN %(first)s AND %(last)s AND l.state = ANY(%(live)s)
  )
  GROUP BY v.id, v.kept_share
) n
WHERE t.id = n.id AND n.share <> n.kept_share
"""

# The haircuts in force for how an asset is, by the facts on file and by what held before: the lowest counts, as
# `selectors.counting.counted_of` says it. What counts nothing on another ground stays at nothing. Written in the order of its keys, and
# only what changed.
_QUALITY = """
WITH pledged AS ({pledged}), known AS (
  SELECT asset_id, use, occupancy, NULL AS access, NULL AS condition, held FROM collateral_propertyfacts JOIN pledged USING (asset_id)
  UNION ALL SELECT asset_id, NULL, NULL, access, NULL, held FROM collateral_landfacts JOIN pledged USING (asset_id)
  UNION ALL SELECT asset_id, NULL, NULL, NULL, condition, held FROM collateral_machinefacts JOIN pledged USING (asset_id)
  UNION ALL SELECT asset_id, NULL, NULL, NULL, condition, held FROM collateral_vehiclefacts JOIN pledged USING (asset_id)
), versions AS (
  SELECT asset_id, use, occupancy, access, condition FROM known
  UNION ALL SELECT asset_id, h->>'use', h->>'occupancy', h->>'access', h->>'condition' FROM known, jsonb_array_elements(held) h
), shares AS (
  SELECT asset_id, min(greatest(0, 1 - CASE WHEN use <> ALL(%(homes)s) THEN %(COMMERCIAL)s ELSE 0 END - CASE WHEN occupancy = 'VACANT' THEN %(VACANT)s ELSE 0 END
    - CASE WHEN access <> 'ROAD' THEN %(NO_ROAD)s ELSE 0 END - CASE WHEN condition <> 'IN_USE' THEN %(IDLE)s ELSE 0 END)) AS share
  FROM versions GROUP BY asset_id
), differs AS MATERIALIZED (
  SELECT s.asset_id, s.share FROM shares s JOIN collateral_asset a ON a.id = s.asset_id WHERE a.counted_share <> trunc(s.share, 6)
), changed AS MATERIALIZED (
  SELECT a.id, n.share
  FROM differs s JOIN collateral_asset a ON a.id = s.asset_id
  LEFT JOIN LATERAL (
    SELECT ended_by ? 'idle' AS idle FROM collateral_valuation WHERE asset_id = a.id AND state IN ('ACCEPTED', 'EXPIRED')
    ORDER BY state = 'ACCEPTED' DESC, decided_at DESC NULLS LAST, valued_date DESC, id DESC LIMIT 1
  ) v ON a.kind IN ('MACHINERY', 'VEHICLE') AND s.share < 1
  CROSS JOIN LATERAL (SELECT CASE WHEN v.idle THEN 1 ELSE trunc(s.share, 6) END AS share) n
  WHERE a.counted_share <> n.share
    AND NOT EXISTS (SELECT FROM collateral_redflag WHERE asset_id = a.id AND state = 'UPHELD' AND code = ANY(%(void)s))
    AND NOT EXISTS (
      SELECT FROM (
        SELECT id FROM collateral_redflag WHERE asset_id = a.id AND state = 'UPHELD' AND code = %(missing)s ORDER BY id DESC LIMIT 1
      ) f WHERE NOT EXISTS (
        SELECT FROM collateral_inspection i
        WHERE i.asset_id = a.id AND i.presence = 'PRESENT' AND i.stop_id > f.id AND i.number_agrees AND i.accuracy BETWEEN 1 AND %(unsure)s
      )
    )
  ORDER BY a.id FOR UPDATE OF a
)
UPDATE collateral_asset t SET counted_share = c.share FROM changed c WHERE t.id = c.id
"""
QUALITY, QUALITY_WAITING = _QUALITY.format(pledged=_RUNNING), _QUALITY.format(pledged=_WAITING)


def recount(asset: Asset, *, business_date: date) -> Decimal:
    """Keep what counts of an asset after its facts changed, and measure anew the loans that it secures. Returns the share."""
    share = counted_of(asset, on=business_date).share
    if share != asset.counted_share:
        Asset.objects.filter(pk=asset.pk).update(counted_share=share)
        asset.counted_share = share
        review_loans(asset, business_date=business_date)
    return share


def review_loans(asset: Asset, *, business_date: date) -> None:
    """Measure anew the running loans that an asset secures."""
    applications = asset.pledges.filter(state__in=Pledge.STANDING).values("application")
    for loan in Loan.objects.filter(application__in=applications, state__in=LIVE).order_by("pk"):
        review_cover(loan, business_date=business_date)


def refresh_counted(*, business_date: date, first_loan_id: int, last_loan_id: int) -> int:
    """What counts today of the deposits and receivables behind a range of loans, of property, machines and vehicles by the settings in
    force, and of values that a finding ended: one query, three updates. Returns how many changed.
    """
    settings = settings_in_force()
    asked = _asked(settings, business_date) | {"first": first_loan_id, "last": last_loan_id}
    with by_keys(), connection.cursor() as cursor:
        changed = _count_anew(AGEING, asked, settings)
        cursor.execute(QUALITY, asked)
        changed += int(cursor.rowcount)
        offs = {code: settings.quality[name] for code, (name, _) in counting.ENDED_BY.items()}
        cursor.execute(KEPT, asked | {"codes": list(offs), "offs": list(offs.values())})
        return changed + int(cursor.rowcount)


@transaction.atomic
def refresh_waiting(*, business_date: date) -> int:
    """What counts today of what secures no running loan yet, bank-wide, as `refresh_counted`: one query, two updates.
    Returns how many changed.
    """
    settings = settings_in_force()
    asked = _asked(settings, business_date)
    changed = _count_anew(AGEING_WAITING, asked, settings)
    with connection.cursor() as cursor:
        cursor.execute(QUALITY_WAITING, asked)
        return changed + int(cursor.rowcount)


def _asked(settings: Settings, business_date: date) -> dict[str, Any]:
    return {
        "on": business_date,
        "bands": sorted(settings.ageing),
        "void": list(counting.VOID),
        "pledged": [state.value for state in (*Pledge.WAITING, *Pledge.STANDING)],
        "standing": [state.value for state in Pledge.STANDING],
        "live": list(LIVE),
        "homes": list(HOMES),
        "missing": counting.MISSING,
        "unsure": MOST_UNSURE,
        **settings.quality,
    }


def _count_anew(statement: str, asked: dict[str, Any], settings: Settings) -> int:
    """The share of each asset that the statement gives, by the rules, and those that changed written at once. Returns how many."""
    business_date = asked["on"]
    present: dict[UUID, Decimal] = {}
    worth: dict[UUID, Decimal | None] = {}
    deposits: dict[UUID, Decimal] = {}
    items: dict[UUID, list[Item]] = defaultdict(list)
    nothing: dict[UUID, Decimal] = {}
    with connection.cursor() as cursor:
        cursor.execute(statement, asked)
        for (
            key,
            kind,
            share,
            value,
            matures,
            balance,
            debtor,
            rest,
            due,
            disputed,
            settled,
            connected,
            void,
            held,
            unconfirmed,
            parts,
        ) in cursor.fetchall():
            present[key], worth[key] = share, value
            if void:
                nothing[key] = counting.ZERO
            elif kind == "DEPOSIT":
                now = {"maturity_date": matures, "balance": balance} if balance is not None else {}
                known = [now, *(raised_facts.opened("DEPOSIT", one) for one in json.loads(held or "[]"))]
                deposits[key] = min(
                    raised_facts.count_by("DEPOSIT", facts, on=business_date, quality={}, market_value=value).share for facts in known
                )
            elif debtor is not None:
                one = Item(debtor, rest, due, disputed=disputed, settled=settled, connected=connected, unconfirmed=unconfirmed)
                items[key] += with_parts(one, parts)
            else:
                items[key] = []
        counted = (
            nothing
            | deposits
            | {
                key: counting.count_receivables(rows, business_date, settings.ageing, settings.debtor_limit, worth[key]).share
                for key, rows in items.items()
            }
        )
        changed: dict[UUID, Any] = {key: share for key, share in counted.items() if share != present[key]}
        if changed:
            cursor.execute(WRITE, {"assets": list(changed), "shares": list(changed.values())})
    return len(changed)
