"""What bureaus say of those who answer for a loan beside its applicant: what is kept of it, and the worst delay that follows.

The bank asked about them because they answer; an answer that did not come, or of which nobody knows whether it is theirs, is nobody's word.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from loans.models import Application
from risk.domain.facts import CATALOGUE
from risk.domain.shelf_life import SHELVES, last_fresh_day
from risk.models import BureauReport, Fact
from risk.selectors.bureau import is_outdated, reports_on_parties, source_of
from risk.services.request_facts import OWN

WORST = "parties_worst_dpd"
REPORTED = "bureau_worst_dpd"
_PARTS = {"CO_BORROWER": "a co-borrower", "GUARANTOR": "a guarantor"}
_NO_ANSWER, _OUTDATED = "no_answer", "outdated"


def kept_reports(application: Application) -> list[dict[str, Any]]:
    """What is kept of each party that a bureau was asked about: part, report, its number, day and worst delay, and why it does not count
    where it does not. Two queries, one where nobody but the applicant was asked about.
    """
    return [_kept(part, report) for part, report in reports_on_parties(application)]


def _kept(part: str, report: BureauReport) -> dict[str, Any]:
    kept = {"part": part, "report": str(report.pk)}
    if report.in_file_at is None or report.as_of_date is None:
        return kept | {"fault": _NO_ANSWER}
    return kept | {
        "number": report.number,
        "as_of": report.as_of_date.isoformat(),
        "worst_dpd": int(report.figures[REPORTED]),
        "fault": _OUTDATED if is_outdated(report, report.borrower) else "",
    }


def worst_of_parties(
    books: int, kept: Sequence[Mapping[str, Any]], *, business_date: date, shelves: Mapping[str, int] = SHELVES
) -> tuple[int, str, str]:
    """The worst delay of those who answer with the applicant, in days, with its source and authenticity; `books` is what ours show. It is
    nobody's word where a bureau that was asked did not answer, or too long ago, or about whom the record no longer names. `shelves` are the
    lives of another day. No query.
    """
    told = [one for one in kept if "worst_dpd" in one]
    worst = max([books, *(one["worst_dpd"] for one in told)])
    for one in kept:
        if why := _why_not(one, business_date, shelves):
            return worst, f"Our books; {why}"[:80], Fact.Authenticity.UNVERIFIED.value
    latest = next((one for one in told if one["worst_dpd"] == worst), None)
    if latest is None or worst == books:
        return worst, "Our books and bureau reports" if told else "Our books", OWN
    return worst, f"{source_of(latest['number'])[:60]} on {_PARTS[latest['part']]}", Fact.Authenticity.THIRD_PARTY.value


def reports_fresh_until(parts: Mapping[str, Any]) -> date | None:
    """The last day on which every report on these parties counts; None where there is none."""
    return min((_last_day(one) for one in parts.get("parties_reports", []) if "as_of" in one), default=None)


def _why_not(one: Mapping[str, Any], business_date: date, shelves: Mapping[str, int]) -> str:
    who = _PARTS[one["part"]]
    if one["fault"] == _NO_ANSWER:
        return f"no bureau report on {who} came"
    if one["fault"] == _OUTDATED:
        return f"{who} reported under an earlier record"
    return f"the bureau report on {who} is too old" if _last_day(one, shelves) < business_date else ""


def _last_day(one: Mapping[str, Any], shelves: Mapping[str, int] = SHELVES) -> date:
    """As long as the applicant's own report counts."""
    last = last_fresh_day(CATALOGUE[REPORTED], date.fromisoformat(one["as_of"]), shelves)
    assert last is not None  # what a bureau says ages
    return last
