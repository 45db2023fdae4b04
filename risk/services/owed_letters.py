"""Letters that decisions owe: owed from the decision on, and told of before their last day has come."""

from __future__ import annotations

from datetime import date, timedelta

from core.events import publish_all
from loans.services.missing import completed_date
from risk.domain.letter_days import last_day_to_write
from risk.events import LetterOwed
from risk.models import Decision, DecisionLetter
from risk.selectors.letters import TOLD_BY_LETTER, owed_letters
from risk.selectors.recommendations import GIVEN_BACK
from risk.selectors.requests import request_of

DAYS_OF_WARNING = timedelta(days=3)
"""So that no weekend lies between the alert and the last day."""


def owe_letter(decision: Decision) -> None:
    """Note that the applicant has to hear of this decision by letter, where it does not give what was asked for."""
    if decision.outcome in TOLD_BY_LETTER:
        DecisionLetter.objects.create(decision=decision, due_date=letter_due(decision))


def letter_due(decision: Decision) -> date:
    """The last day of the letter about a decision, as the file stood on its day. Three queries at most."""
    return last_day_to_write(decision.decided_date, _came_in(decision))


def _came_in(decision: Decision) -> date | None:
    """When the application came in complete: the day it was handed in, or that on which the last came of what was asked for. None where an
    earlier decision on the same request answered it: a file that is decided anew.
    """
    submitted = request_of(decision).submitted_date
    if submitted is None:
        return None
    before = Decision.objects.filter(application=decision.application_id, decided_date__gte=submitted, id__lt=decision.pk)
    if before.exclude(outcome__in=GIVEN_BACK).exists():
        return None
    return max(submitted, completed_date(decision.application, until=decision.decided_date) or submitted)


def tell_owed_letters(*, business_date: date) -> int:
    """Tell once of each letter whose last day is near and that nobody has written: a handful of statements for any number. Returns how many
    were told of.
    """
    near = owed_letters().filter(told_due_date=None, due_date__lte=business_date + DAYS_OF_WARNING)
    rows = list(near.select_for_update(of=("self",)).values_list("pk", "decision", "decision__application"))
    DecisionLetter.objects.filter(pk__in=[key for key, _, _ in rows]).update(told_due_date=business_date)
    publish_all([LetterOwed(decision_id=str(decision), application_id=str(file)) for _, decision, file in rows])
    return len(rows)
