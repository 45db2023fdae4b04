"""What land and buildings were worth over the years: the pieces of SQL that the cap of CRR article 229(1)(e) is worked out from.

Each is a lateral join after the asset `a`; `base` is the appraised value that is moved or capped. `CLASS` joins the facts of a home as `h`,
of other property as `f` and of land as `plot`, and names the class in the calendar `k.kind`.
"""

from __future__ import annotations

from typing import Final

from collateral.selectors.value_settings import BUSINESS_LAND, COMMERCIAL_USE

# An index older than this many days says nothing about a day.
INDEX_AGE: Final = 400

# No value moves on from one that a second person upheld to be wrong, nor is one what was lent on.
TRUE: Final = """NOT EXISTS (
  SELECT FROM collateral_redflag f LEFT JOIN collateral_computedvalue x ON x.valuation_id = f.valuation_id
  WHERE f.asset_id = a.id AND f.state = 'UPHELD' AND v.id IN (f.valuation_id, x.base_id)
)"""
# Appraised values of an asset that count or counted.
APPRAISED: Final = f"""collateral_valuation v LEFT JOIN collateral_computedvalue c ON c.valuation_id = v.id
  WHERE v.asset_id = a.id AND v.state IN ('ACCEPTED', 'EXPIRED') AND c.id IS NULL AND {TRUE}"""

# Homes are what the calendar takes for homes, whoever sold one nearby.
CLASS: Final = f"""
LEFT JOIN collateral_homefacts h ON h.asset_id = a.id
LEFT JOIN collateral_propertyfacts f ON f.asset_id = a.id
LEFT JOIN collateral_landfacts plot ON plot.asset_id = a.id
CROSS JOIN LATERAL (
  SELECT CASE WHEN a.kind = 'REAL_ESTATE' AND {COMMERCIAL_USE} OR a.kind = 'LAND' AND {BUSINESS_LAND} THEN 'COMMERCIAL' ELSE a.kind END AS kind
) k
"""
# An asset was lent on when the first of all running loans it secures was paid out, in whatever range that loan is.
LENT: Final = """
CROSS JOIN LATERAL (
  SELECT min(l.disbursed_date) AS lent FROM collateral_pledge p JOIN loans_loan l ON l.application_id = p.application_id AND l.state = ANY(%(live)s)
  WHERE p.asset_id = a.id AND p.state IN ('PERFECTED', 'PARTLY_RELEASED')
) o
"""
# What counted then: the last appraised value before that day, or the first one there is. Works that raised it beyond doubt since then raise
# this too, by what they add and by nothing else: what the market did meanwhile is none of theirs. `valued_date` is the day up to which
# works are in it.
ORIGIN: Final = """
JOIN LATERAL (
  SELECT LEAST(v.market_value, v.cap) AS market_value, v.valued_date FROM {appraised}
  ORDER BY v.valued_date <= o.lent DESC, CASE WHEN v.valued_date <= o.lent THEN v.valued_date END DESC, v.valued_date, v.id LIMIT 1
) lent_on ON true
CROSS JOIN LATERAL (
  SELECT sum(m.adds) AS adds, max(v.valued_date) AS valued_date FROM collateral_modification m, {appraised}
    AND m.valuation_id = v.id AND m.counts AND v.valued_date > GREATEST(o.lent, lent_on.valued_date)
) works
CROSS JOIN LATERAL (
  SELECT lent_on.market_value + COALESCE(works.adds, 0) AS market_value, GREATEST(lent_on.valued_date, works.valued_date) AS valued_date
) origin
"""
# Where it stands, and where it stood before somebody moved it whom nobody has checked, each with its index.
PLACES: Final = """
CROSS JOIN LATERAL (
  SELECT a.country, COALESCE(h.region, '') AS region
  UNION SELECT one ->> 'country', one ->> 'region' FROM jsonb_array_elements(a.held_places) AS one
) place
LEFT JOIN LATERAL (
  SELECT id, code FROM collateral_indexseries
  WHERE used AND country = place.country AND region IN ('', place.region) ORDER BY region DESC LIMIT 1
) s ON true
LEFT JOIN LATERAL (
  SELECT value, period_end FROM collateral_indexpoint
  WHERE series_id = s.id AND period_end <= base.valued_date AND period_end > base.valued_date - %(age)s ORDER BY period_end DESC LIMIT 1
) then_ ON true
"""
# The mean of what it was worth at yearly points back from the index now: at each what had been appraised by then, moved by the index, so
# that a new appraisal does not reach back to years before it. Of most there is one appraised value, and nothing else is looked for. The
# points lie equally apart: where the index says nothing of a year, what is older does not count.
MEAN: Final = f"""
LEFT JOIN LATERAL (SELECT true AS any FROM {APPRAISED} AND v.valued_date < base.valued_date AND v.id <> base.id LIMIT 1) earlier ON true
LEFT JOIN LATERAL (
  SELECT avg(value) AS value, count(value) AS points
  FROM (
    SELECT worth.value, bool_and(worth.value IS NOT NULL) OVER (ORDER BY back) AS unbroken
    FROM generate_series(0, CASE WHEN k.kind = 'REAL_ESTATE' THEN %(residential)s ELSE %(commercial)s END) AS back
    LEFT JOIN LATERAL (
      SELECT value, period_end FROM collateral_indexpoint
      WHERE series_id = s.id AND period_end <= (now_.period_end - back * interval '1 year')::date
        AND period_end > (now_.period_end - back * interval '1 year')::date - 100
      ORDER BY period_end DESC LIMIT 1
    ) q ON true
    LEFT JOIN LATERAL (
      SELECT v.market_value, v.valued_date FROM {APPRAISED} AND earlier.any AND back > 0
      ORDER BY v.valued_date <= q.period_end DESC, CASE WHEN v.valued_date <= q.period_end THEN v.valued_date END DESC, v.valued_date, v.id LIMIT 1
    ) own ON true
    LEFT JOIN LATERAL (
      SELECT value FROM collateral_indexpoint
      WHERE series_id = s.id AND period_end <= own.valued_date AND period_end > own.valued_date - %(age)s ORDER BY period_end DESC LIMIT 1
    ) own_then ON true
    CROSS JOIN LATERAL (
      SELECT CASE WHEN own.valued_date IS NULL THEN base.market_value * q.value / then_.value ELSE own.market_value * q.value / own_then.value END AS value
    ) worth
  ) years WHERE unbroken
) mean ON true
"""
