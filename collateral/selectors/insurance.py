"""How long an asset is insured by the policies on file: to the end of the unbroken run of policies that had begun by a day."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db import connection

from collateral.models import Asset
from collateral.models.same_words import PLAIN_SQL

# Policies that meet or overlap are one run, so that a renewal counts before it begins and a gap is a lapse. Of the runs begun by %(day)s
# the last end is what counts; none where no policy has begun. To be joined LATERAL to an asset `a`.
UNTIL = """
SELECT max(last) AS until FROM (
  SELECT min(from_date) AS first, max(until_date) AS last FROM (
    SELECT from_date, until_date,
           count(*) FILTER (WHERE from_date > before + 1) OVER (ORDER BY from_date, until_date ROWS UNBOUNDED PRECEDING) AS run
    FROM (
      SELECT from_date, until_date,
             max(until_date) OVER (ORDER BY from_date, until_date ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
      FROM (SELECT from_date, least(until_date, ended_date) AS until_date FROM collateral_insurancepolicy WHERE asset_id = a.id) policy
    ) one
  ) marked GROUP BY run
) runs WHERE first <= %(day)s
"""


# What the policies in force on %(day)s pay at most together, nothing without one. One of an insurer that was recorded twice pays once,
# what was said of it last: asked only where there are several. To be joined LATERAL to an asset `a`.
_IN_FORCE = (
    "FROM collateral_insurancepolicy {more} WHERE asset_id = a.id AND from_date <= %(day)s AND least(until_date, ended_date) >= %(day)s"
)
_NAMES = f", LATERAL (SELECT {PLAIN_SQL.format(column='insurer')} AS firm, {PLAIN_SQL.format(column='policy_number')} AS number) k"
INSURED_FOR = f"""
SELECT CASE WHEN count(*) > 1 THEN (
  SELECT sum(sum_insured) FROM (SELECT DISTINCT ON (firm, number) sum_insured {_IN_FORCE.format(more=_NAMES)} ORDER BY firm, number, id DESC) policy
) ELSE sum(sum_insured) END AS total {_IN_FORCE.format(more="")}
"""


def insured_for(asset: Asset, *, on: date) -> Decimal | None:
    """What the policies in force on a day pay at most together, in the asset's currency; None without one."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT k.total FROM collateral_asset a, LATERAL ({INSURED_FOR}) k WHERE a.id = %(asset)s", {"asset": asset.pk, "day": on}
        )
        total: Decimal | None = cursor.fetchone()[0]
    return total


def insured_until_by_policies(asset: Asset, *, on: date) -> date | None:
    """The last day that the policies on file cover without a gap; None when none has begun."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT k.until FROM collateral_asset a, LATERAL ({UNTIL}) k WHERE a.id = %(asset)s", {"asset": asset.pk, "day": on}
        )
        until: date | None = cursor.fetchone()[0]
    return until
