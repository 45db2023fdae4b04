"""Letters that decisions owe: owed from the decision on, and told of before their last day has come."""

from __future__ import annotations

from datetime import date, timedelta

from core.events import publish_all
from risk.events import LetterOwed
from risk.models import Decision, DecisionLetter
from risk.selectors.letters import TOLD_BY_LETTER, owed_letters

DAYS_TO_WRITE = timedelta(days=30)
"""Within these an applicant hears of a decline, a counter-offer or what is missing (12 CFR 1002.9(a)(1))."""
DAYS_OF_WARNING = timedelta(days=10)


def owe_letter(decision: Decision) -> None:
    """Note that the applicant has to hear of this decision by letter, where it does not give what was asked for."""
    if decision.outcome in TOLD_BY_LETTER:
        DecisionLetter.objects.create(decision=decision, due_date=decision.decided_date + DAYS_TO_WRITE)


def tell_owed_letters(*, business_date: date) -> int:
    """Tell once of each letter whose last day is near and that nobody has written: a handful of statements for any number. Returns how many
    were told of.
    """
    near = owed_letters().filter(told_due_date=None, due_date__lte=business_date + DAYS_OF_WARNING)
    rows = list(near.select_for_update(of=("self",)).values_list("pk", "decision", "decision__application"))
    DecisionLetter.objects.filter(pk__in=[key for key, _, _ in rows]).update(told_due_date=business_date)
    publish_all([LetterOwed(decision_id=str(decision), application_id=str(file)) for _, decision, file in rows])
    return len(rows)
