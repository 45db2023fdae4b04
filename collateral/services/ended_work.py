"""At the turn of the day: what was asked about assets that secure nothing any more is asked of nobody."""

from __future__ import annotations

from datetime import date

from django.db import connection, transaction

from collateral.domain.red_flags import DESTROYED
from collateral.models import Pledge, RedFlag, Valuation
from collateral.selectors.secured import SECURES_NOTHING
from collateral.services.payout_holds import let_go
from core import audit

REASON = "The asset secures nothing any more."
# An order that nobody needs an answer to, and red flags of it and of assets that are gone. One of an asset that may be pledged again stays,
# and so does what says that a pledge which stands is of nothing.
ORDERS = f"""
UPDATE collateral_valuation v SET state = 'WITHDRAWN', decided_at = now(), decision_reason = '{REASON}',
  due_date = COALESCE(v.due_date, %(day)s)
FROM collateral_asset a WHERE a.id = v.asset_id AND v.state IN ('ORDERED', 'CHALLENGED') AND {SECURES_NOTHING}
RETURNING v.id, a.branch_id, a.reference
"""
FLAGS = f"""
UPDATE collateral_redflag f SET state = 'ENDED', decided_at = now(), reason = '{REASON}'
FROM collateral_asset a WHERE a.id = f.asset_id AND f.state = 'OPEN' AND (a.state <> 'REGISTERED' OR f.valuation_id = ANY(%(values)s))
  AND NOT (f.code = '{DESTROYED}' AND EXISTS (SELECT FROM collateral_pledge p WHERE p.asset_id = a.id AND p.state = ANY(%(standing)s)))
RETURNING f.id, a.branch_id, a.reference, a.id
"""


@transaction.atomic
def end_open_work(*, business_date: date) -> int:
    """Withdraw orders about assets that secure nothing, without drawing anybody else, and end open red flags of those that are gone, and
    let go the files that these held: a fixed number of statements, however many. Nobody has judged either, and neither counts against an
    appraiser. Returns how many were ended.
    """
    with connection.cursor() as cursor:
        cursor.execute(ORDERS, {"day": business_date})
        orders = sorted(cursor.fetchall())
        cursor.execute(FLAGS, {"values": [key for key, *_ in orders], "standing": list(Pledge.STANDING)})
        flags = sorted(cursor.fetchall())
    ended: list[tuple[str, Valuation | RedFlag, int, str]] = [
        ("valuation.withdrawn", Valuation(pk=key), branch, label) for key, branch, label in orders
    ]
    ended += [("red_flag.ended", RedFlag(pk=key), branch, label) for key, branch, label, _ in flags]
    audit.record_all(
        [
            audit.entry(
                action, actor=None, actor_name="rule", target=target, branch=branch, label=label, business_date=business_date, reason=REASON
            )
            for action, target, branch, label in ended
        ]
    )
    let_go({asset for *_, asset in flags}, business_date=business_date)
    return len(ended)
