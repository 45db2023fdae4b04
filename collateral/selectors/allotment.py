"""The statement that gives each standing pledge its share of its asset's lending value, for the running loans of a range of ids.

`ALLOTTED` has a row for each pledge: its claim, what stands before and beside it, and its share, as `collateral.domain.allocation` says
it. The sweep, a page and a service after a change all read this one.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from collateral.models import AssetKind, Pledge, Valuation
from collateral.selectors.value_settings import settings_in_force
from loans.selectors.loans import LIVE
from loans.selectors.money_to_leave import ENDED_LIMITS
from loans.selectors.write_offs import CHARGES_OF_LOAN, LOST_OF_LOAN

# All loans of an application stand on its liens together, in proportion to what is owed on each: under a revolving limit there are many.
# Where an application has no loan yet, its lien stands before later ones with all that is registered; where all ended, with nothing. What
# was written off of a loan of another application, or of another drawing, keeps its claim until it has come in. What was of the loan itself
# comes behind what it still owes, as in a sale. What is owed are principal, what is not drawn yet, and interest, fees and penalties that
# are due.
# Under a limit that may be drawn the lien stands with all of the limit, whatever of it is drawn. Claims of others are never more than what
# is owed to them; a lien's own share is capped by what is registered and by the room alone, so that it may carry more than is owed.
_ALLOTTED = """
held AS (
    SELECT l.id AS loan_id, e.owed AS exposure, p.id AS pledge_id, p.asset_id, p.rank, p.prior_claims AS prior,
           p.amount AS registered, e.owed + s.exposure AS whole,
           least(p.amount, greatest(y.limit_amount, e.owed + s.exposure)) AS claims, trunc(v.market_value * a.counted_share, 4) AS market_value,
           coalesce(trunc(v.market_value * a.counted_share * ({kept} - {extra}), 4), 0) AS lending_value
    FROM loans_loan l
    JOIN collateral_pledge p ON p.application_id = l.application_id AND p.state = ANY(%(standing)s)
    JOIN collateral_asset a ON a.id = p.asset_id
    CROSS JOIN LATERAL (SELECT l.outstanding_principal + l.undrawn + {charges} AS owed) e
    LEFT JOIN loans_facility y ON y.id = l.facility_id AND y.revolving AND y.state <> ALL(%(ended)s)
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(CASE WHEN o.state = ANY(%(claiming)s) THEN o.outstanding_principal + o.undrawn + {charges_beside} ELSE 0 END + {lost_beside}), 0) AS exposure
        FROM loans_loan o WHERE o.application_id = l.application_id AND o.id <> l.id
    ) s
    LEFT JOIN LATERAL (
        SELECT CASE WHEN kept_share = 1 THEN least(market_value, cap) ELSE trunc(least(market_value, cap) * kept_share, 4) END AS market_value, method{end} FROM collateral_valuation
        WHERE asset_id = a.id AND {values} valued_date DESC, id DESC LIMIT 1
    ) v ON a.state = 'REGISTERED' AND a.currency = l.currency{within}
    WHERE {loans} AND l.state = ANY(%(live)s)
), others AS (
    SELECT pledge_id, loan_id, coalesce(sum(claim) FILTER (WHERE ahead), 0) AS ahead, coalesce(sum(claim) FILTER (WHERE NOT ahead), 0) AS beside
    FROM (
        SELECT m.pledge_id, m.loan_id, p.rank < m.rank AS ahead,
               CASE WHEN count(l.id) = 0 AND y.limit_amount IS NULL THEN p.amount ELSE least(p.amount, greatest(y.limit_amount, sum(
                   CASE WHEN l.state = ANY(%(claiming)s) THEN l.outstanding_principal + l.undrawn + {charges} ELSE 0 END + {lost}
               ))) END AS claim
        FROM held m
        JOIN collateral_pledge p ON p.asset_id = m.asset_id AND p.rank <= m.rank AND p.id <> m.pledge_id AND p.state = ANY(%(standing)s)
        LEFT JOIN loans_loan l ON l.application_id = p.application_id
        LEFT JOIN loans_facility y ON y.application_id = p.application_id AND y.revolving AND y.state <> ALL(%(ended)s)
        GROUP BY m.pledge_id, m.loan_id, m.rank, p.id, p.rank, p.amount, y.limit_amount
    ) q
    GROUP BY pledge_id, loan_id
), allotted AS (
    SELECT loan_id, pledge_id, exposure, market_value, lending_value, before + claims - claim AS before, claim,
           CASE WHEN whole = exposure THEN got ELSE trunc(got * exposure / whole, 4) END AS available
    FROM (
        SELECT m.*, CASE WHEN o.ahead IS NULL THEN m.prior ELSE m.prior + o.ahead + o.beside END AS before,
               CASE WHEN m.whole = m.exposure THEN m.claims ELSE trunc(m.claims * m.exposure / m.whole, 4) END AS claim,
               CASE WHEN o.beside IS NULL OR o.beside = 0 THEN least(m.registered, r.room)
                    WHEN m.claims + o.beside <= r.room THEN least(m.registered, r.room - o.beside)
                    ELSE trunc(r.room * m.claims / nullif(m.claims + o.beside, 0), 4) END AS got
        FROM held m
        LEFT JOIN others o ON o.pledge_id = m.pledge_id AND o.loan_id = m.loan_id
        CROSS JOIN LATERAL (
            SELECT greatest(0, m.lending_value - m.prior - CASE WHEN o.ahead IS NULL THEN 0 ELSE o.ahead END) AS room
        ) r
    ) q
)
"""
# What a lender keeps of each class, less what comes off for a method. A few choices cost less for each row than a table of them to be
# joined.
KEPT = f"CASE a.kind {' '.join(f'WHEN {kind.value!r} THEN %(kept_{kind.value})s' for kind in AssetKind)} END"
EXTRA = f"CASE v.method {' '.join(f'WHEN {method.value!r} THEN %(extra_{method.value})s' for method in Valuation.Method)} ELSE 0 END"
IN_FORCE = "state = 'ACCEPTED' AND expires_date > %(day)s ORDER BY"
# Unless one is in force, the one that was accepted last counts as it was, if it ran out after a day; never one that another took the place
# of.
LAPSED_TOO = """
state IN ('ACCEPTED', 'EXPIRED')
ORDER BY (state = 'ACCEPTED' AND expires_date > %(day)s) DESC, decided_at DESC NULLS LAST,"""
AT_MOST_LAPSED = {"end": ", expires_date", "within": " AND v.expires_date > %(lapsed)s"}
_LOST = {"lost": LOST_OF_LOAN.format(loan="l"), "lost_beside": LOST_OF_LOAN.format(loan="o")}
_CHARGES = {name: CHARGES_OF_LOAN.format(loan=loan, day="%(day)s") for name, loan in (("charges", "l"), ("charges_beside", "o"))}
ALLOTTED = _ALLOTTED.format(
    kept=KEPT, extra=EXTRA, values=IN_FORCE, end="", within="", loans="l.id BETWEEN %(first)s AND %(last)s", **_LOST, **_CHARGES
)
MEASURED = (
    f"WITH {ALLOTTED}, "
    """
measured AS (
    SELECT loan_id, min(exposure) AS exposure, coalesce(sum(market_value), 0) AS market_value, sum(lending_value) AS lending_value,
           sum(before) AS claims_before, sum(available) AS available, sum(greatest(0, claim - available)) AS overhang,
           count(*)::smallint AS pledges, count(*) FILTER (WHERE market_value IS NULL)::smallint AS unvalued
    FROM allotted GROUP BY loan_id
)
"""
)
BY_PLEDGE = f"WITH {ALLOTTED} SELECT pledge_id, claim, market_value, lending_value, before, available FROM allotted"
WITH_LAPSED = f"WITH {_ALLOTTED.format(kept=KEPT, extra=EXTRA, values=LAPSED_TOO, loans='l.id = ANY(%(loans)s)', **AT_MOST_LAPSED, **_LOST, **_CHARGES)} SELECT loan_id, sum(available) FROM allotted GROUP BY loan_id"


def parameters(business_date: date, first_loan_id: int, last_loan_id: int) -> dict[str, Any]:
    """What the statements above ask for: the day, the range, and the haircuts in force."""
    settings = settings_in_force()
    return {
        "day": business_date,
        "first": first_loan_id,
        "last": last_loan_id,
        "live": list(LIVE),
        "claiming": [*LIVE, "SIGNED"],
        "ended": list(ENDED_LIMITS),
        "standing": [state.value for state in Pledge.STANDING],
        **{f"kept_{kind}": 1 - haircut for kind, haircut in settings.haircuts.items()},
        **{f"extra_{method.value}": settings.extra_haircuts.get(method.value, 0) for method in Valuation.Method},
    }
