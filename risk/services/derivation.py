"""Facts that follow from others whatever the rate: debt to income, age, own history, holds, collateral, statements."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from blacklist.selectors import blocked_keys
from collateral.selectors.coverage import facts_for
from loans.models import Application
from loans.models.borrowers import subject_key_of
from risk.models import ChecklistItem, Fact
from risk.selectors.facts import KnownFact
from risk.selectors.own_history import own_history
from risk.services.accounts import left_unknown
from risk.services.cross_checks import unexplained
from risk.services.request_facts import OWN, Found, ages_of, lasting_facts
from risk.services.statements import Seen, statement_facts


def derive_facts(
    application: Application, known: Mapping[str, KnownFact], *, business_date: date, statements: Seen | None = None
) -> tuple[Found, dict[str, date]]:
    """Everything the system can work out: {code: (value, source, authenticity)}, None where a part is unknown; and the days of what is older
    than today.

    `statements` are the facts of the statements when they were worked out already. What the instalment does is left out: it follows when
    the grade, and so the rate, is known (`request_facts.priced_facts`).

    What is computed is as authentic as the weakest fact it stands on, and as old as the oldest.
    """
    found = lasting_facts(application, known, business_date=business_date)
    found |= facts_of_the_moment(application, facts_for(application, business_date=business_date), business_date=business_date)
    seen = statement_facts(application, business_date=business_date) if statements is None else statements
    found |= seen
    found |= dict.fromkeys(left_unknown(application, known), (None, "", Fact.Authenticity.UNVERIFIED))
    failed = ChecklistItem.objects.filter(investigation__application=application, state=ChecklistItem.State.FAILED).count()
    differing = unexplained(application, business_date=business_date, statements=found)
    found["failed_checks"] = (failed + differing, "Checklist, and stated against seen", OWN)
    return found, ages_of(known) | seen.ages()


def facts_of_the_moment(application: Application, collateral: Mapping[str, Any], *, business_date: date) -> Found:
    """What may change without anybody touching the investigation: collateral, holds and screening, own history."""
    found: Found = {code: (value, "Accepted valuations", OWN) for code, value in collateral.items()}
    found["screening_clear"] = (_screening_clear(application), f"Screening, {business_date:%d %b %Y}", OWN)
    assert application.borrower_id is not None  # the database refuses a submitted application without one
    own = own_history(application.borrower_id, day=business_date)
    found["own_history_worst_dpd"] = (own.worst, "Our books", OWN)
    found["own_loans"] = (own.loans, "Our books", OWN)
    return found


def _screening_clear(application: Application) -> bool:
    if application.holds.filter(released_at__isnull=True, reason__in=["SCREENING", "BLACKLIST"]).exists():
        return False
    return not blocked_keys([subject_key_of(person) for person in application.parties.values_list("borrower", flat=True)])
