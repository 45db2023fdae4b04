"""The cap that CRR article 229(1)(e) puts on an appraiser's value of land or a building on which money was lent before,
and what lifts it.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from collateral.domain.modifications import lifts
from collateral.models import Modification, Valuation
from collateral.selectors.value_caps import Cap, find_caps
from core import audit
from core.errors import Fault
from core.models import AuditEntry, User
from core.money import to_text
from loans.selectors.loans import LIVE

FULL, CAPPED = "full", "capped"

# Values in force behind running loans of a range that were accepted before there was a cap. Whoever judges one of them holds it first.
_DUE = """
SELECT v.id FROM collateral_valuation v
WHERE v.state = 'ACCEPTED' AND v.cap_due AND v.id IN (
  SELECT d.id FROM loans_loan l
  JOIN collateral_pledge p ON p.application_id = l.application_id AND p.state IN ('PERFECTED', 'PARTLY_RELEASED')
  JOIN collateral_valuation d ON d.asset_id = p.asset_id AND d.state = 'ACCEPTED' AND d.cap_due
  WHERE l.id BETWEEN %(first)s AND %(last)s AND l.state = ANY(%(live)s)
)
ORDER BY v.id FOR UPDATE OF v SKIP LOCKED
"""
_LOOKED_AT = """
UPDATE collateral_valuation v SET cap_due = false, cap = n.cap, cap_years = COALESCE(n.years, 0), cap_date = n.day
FROM (
  SELECT d.id, c.cap, c.years, CASE WHEN c.id IS NOT NULL THEN %(day)s::date END AS day
  FROM unnest(%(due)s::uuid[]) AS d(id) LEFT JOIN unnest(%(ids)s::uuid[], %(caps)s::numeric[], %(years)s::int[]) AS c(id, cap, years) ON c.id = d.id
) n
WHERE v.id = n.id
"""
# A cap ends with the loans that it was put on for.
_LIFT = """
UPDATE collateral_valuation v SET cap = NULL, cap_years = 0
FROM (
  SELECT c.id, c.cap, a.branch_id, a.reference FROM collateral_valuation c JOIN collateral_asset a ON a.id = c.asset_id
  WHERE c.cap IS NOT NULL AND c.state = 'ACCEPTED' AND NOT EXISTS (
    SELECT FROM collateral_pledge p JOIN loans_loan l ON l.application_id = p.application_id
    WHERE p.asset_id = c.asset_id AND p.state IN ('PERFECTED', 'PARTLY_RELEASED') AND l.state = ANY(%(live)s) AND l.disbursed_date <= c.cap_date
  )
  ORDER BY c.id FOR UPDATE OF c
) n
WHERE v.id = n.id
RETURNING v.id, n.branch_id, n.reference, v.currency, n.cap, v.market_value
"""


def faults_of_word(valuation: Valuation, cap: Cap | None, word: str, reason: str) -> list[Fault]:
    """What is missing or cannot be of the `word` on the works that an appraiser states, FULL or CAPPED; nothing is asked where none are
    stated or the cap does not lower the value.
    """
    stated = Modification.objects.filter(valuation=valuation).first()
    if word == FULL and stated is None:
        return [Fault("works", "none", "No works are stated with this value: it counts at its cap. Send it back if there were any.")]
    if stated is None or cap is None:
        return []
    if word not in (FULL, CAPPED):
        return [Fault("works", "required", "Say whether the works raise its value beyond doubt.")]
    if word == CAPPED:
        return []
    if not lifts(stated.done_date, cap.origin_date):
        words = f"The works were finished on {stated.done_date:%d %b %Y}, and the value of {cap.origin_date:%d %b %Y} that the cap rests on has them in it."
        return [Fault("works", "before", words)]
    return [] if reason.strip() else [Fault("reason", "required", "Write down why the works raise its value beyond doubt.")]


def cap_value(
    valuation: Valuation, cap: Cap | None, *, business_date: date, word: str = "", reason: str = "", actor: User | None = None
) -> None:
    """Hold an accepted value to its cap: what was said stays, and `Valuation.cap` is what counts of it. With the `word` FULL of who accepts
    it the cap is lifted by what the works that it states add, and by no more: they keep what it would have left.
    """
    if cap is None:
        return
    asset, value, most = valuation.asset, valuation.market_value, cap.amount
    assert value is not None  # what has a cap has a value
    stated = Modification.objects.filter(valuation=valuation).first()
    figures = {"said": to_text(value, asset.currency), "cap": to_text(cap.amount, asset.currency), "years": cap.years}
    if stated is not None:
        stated.cap, stated.cap_years, stated.counts = cap.amount, cap.years, word == FULL
        stated.decided_by, stated.decided_date, stated.reason = actor, business_date, reason.strip()
        stated.save(update_fields=["cap", "cap_years", "counts", "decided_by", "decided_date", "reason"])
        audit.record(
            "valuation.works_counted" if stated.counts else "valuation.works_counted_nothing",
            actor=actor,
            target=valuation,
            branch=asset.branch_id,
            label=asset.reference,
            business_date=business_date,
            reason=reason,
            works=stated.kind,
            done=stated.done_date,
            cost=to_text(stated.cost, asset.currency),
            adds=to_text(stated.adds, asset.currency),
            paper=str(stated.document_id),
            **figures,
        )
        if stated.counts and (most := cap.amount + stated.adds) >= value:
            return
    valuation.cap, valuation.cap_years, valuation.cap_date = most, cap.years, business_date
    valuation.save(update_fields=["cap", "cap_years", "cap_date"])
    audit.record_all([_capped(valuation, most, cap.years, business_date)])


def cap_earlier_values(*, business_date: date, first_loan_id: int, last_loan_id: int) -> int:
    """Hold the values in force behind a range of loans that were accepted before there was a cap to it, once, as of the day of the loan
    they rest on: a query where nothing is left to be looked at, else three more and a statement. Returns how many were capped.
    """
    with connection.cursor() as cursor:
        cursor.execute(_DUE, {"first": first_loan_id, "last": last_loan_id, "live": list(LIVE)})
        due = [key for (key,) in cursor.fetchall()]
    if not due:
        return 0
    rows = {row.pk: row for row in Valuation.objects.filter(pk__in=due, computed__isnull=True).select_related("asset")}
    # What was appraised by the day the money was lent is what was lent on.
    caps = {key: cap for key, cap in find_caps(list(rows)).items() if (rows[key].valued_date or cap.lent_date) > cap.lent_date}
    asked: dict[str, Any] = {
        "day": business_date,
        "due": due,
        "ids": list(caps),
        "caps": [cap.amount for cap in caps.values()],
        "years": [cap.years for cap in caps.values()],
    }
    with connection.cursor() as cursor:
        cursor.execute(_LOOKED_AT, asked)
    audit.record_all([_capped(rows[key], cap.amount, cap.years, business_date) for key, cap in caps.items()])
    return len(caps)


@transaction.atomic
def lift_caps(*, business_date: date) -> int:
    """End the caps of values in force behind which no loan runs any more that was paid out before them: two statements for any number.
    Returns how many.
    """
    with connection.cursor() as cursor:
        cursor.execute(_LIFT, {"live": list(LIVE)})
        lifted = sorted(cursor.fetchall())
    details: dict[str, Any] = {"actor": None, "actor_name": "rule", "business_date": business_date}
    audit.record_all(
        [
            audit.entry(
                "valuation.cap_ended",
                target=Valuation(pk=key),
                branch=branch,
                label=label,
                cap=to_text(cap, currency),
                counts=to_text(said, currency),
                **details,
            )
            for key, branch, label, currency, cap, said in lifted
        ]
    )
    return len(lifted)


def _capped(valuation: Valuation, counts: Decimal, years: int, business_date: date) -> AuditEntry:
    """That a value is capped, for the audit trail."""
    return audit.entry(
        "valuation.capped",
        actor=None,
        target=valuation,
        branch=valuation.asset.branch_id,
        label=valuation.asset.reference,
        business_date=business_date,
        said=to_text(valuation.market_value or counts, valuation.currency),
        counts=to_text(counts, valuation.currency),
        years=years,
    )
