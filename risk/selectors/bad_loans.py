"""How loans fared: the one definition of a bad loan, for samples that scorecards learn from, past cases, runs of a policy and own history.

Bad is a loan in default by EBA/GL/2016/07: more than 90 days late, restructured, called in or sold, or with a debt written off, in full or
in part, even where the rest is paid as agreed (¶¶ 38, 41 and 49). It stays bad when it is cured: what is asked is whether it ever was.
"""

from __future__ import annotations

from loans.selectors.write_offs import FIRST_WRITE_OFF_OF_LOAN
from risk.selectors.delays import DELAYS

BAD_DAYS, FAIR_DAYS = 90, 30
"""Days past due beyond which a loan is in default, and up to which it counts as paid on time; what lies between is neither."""

IN_WORDS = f"more than {BAD_DAYS} days late, restructured, called in, sold, or written off in full or in part"

# Since when a loan is, or was before it closed, in the hands of those who collect by other means than asking. One without a history has
# been for as long as it is told so.
_PURSUED = """
coalesce((
    SELECT min(s.business_date) FROM loans_statechange s
    WHERE s.target_type = 'loans.loan' AND s.target_id = l.id::text AND s.new_state IN ('CALLED', 'ENFORCEMENT', 'SOLD')
), CASE WHEN l.state IN ('CALLED', 'ENFORCEMENT', 'SOLD') THEN coalesce(l.status_date, l.signed_date) END)"""

# Needs a table `chosen` of (id, ends): a loan and the day up to which is asked. Gives `fared` of (id, worst, lost, restructured, pursued,
# bad): the worst delay in days, what else befell it by that day, and whether any of it makes it bad.
FARED = f"""{DELAYS}, befallen AS (
    SELECT c.id, greatest(coalesce(d.worst, 0), 0) AS worst,
        coalesce(least(l.written_off_date, {FIRST_WRITE_OFF_OF_LOAN.format(loan="l")}) <= c.ends, false) AS lost,
        EXISTS (SELECT FROM loans_loan r WHERE r.restructured_from_id = l.id AND r.signed_date <= c.ends) AS restructured,
        coalesce({_PURSUED} <= c.ends, false) AS pursued
    FROM chosen c JOIN loans_loan l ON l.id = c.id LEFT JOIN delays d ON d.id = c.id
), fared AS (
    SELECT *, worst > {BAD_DAYS} OR lost OR restructured OR pursued AS bad FROM befallen
)
"""
