"""Reads of the letters that decisions owe: the one of a decision, what it says of a second look, and what a person has to write."""

from __future__ import annotations

from datetime import date

from django.db.models import Q, QuerySet

from core import access
from core.models import User
from core.roles import Role
from risk.models import Decision, DecisionLetter

WRITERS = (Role.OFFICER, Role.APPROVER, Role.RISK_MANAGER, Role.COMPLIANCE)
"""Who may write to an applicant."""
TOLD_BY_LETTER = ("DECLINED", "COUNTER_OFFERED", "RETURNED")
"""Outcomes that do not give what was asked for."""
_STILL_SO = (
    Q(decision__outcome="DECLINED", decision__application__state="DECLINED")
    | Q(decision__outcome="COUNTER_OFFERED", decision__application__state__in=["OFFERED", "OFFER_EXPIRED"])
    | Q(decision__outcome="RETURNED", decision__application__state="RETURNED")
)


def letter_for(decision: Decision | None) -> DecisionLetter | None:
    """The letter of a decision, written or owed; None where none is owed, or none was kept. One query."""
    if decision is None or decision.outcome not in TOLD_BY_LETTER:
        return None
    return DecisionLetter.objects.filter(decision=decision).select_related("written_by").first()


def asked_until(decision: Decision, letter: DecisionLetter | None) -> date | None:
    """The last day on which an applicant may ask for a second look at a decline: so many days from its letter as the product gave. None
    while the letter is owed: nobody loses a right of which they were not told. Without a kept letter, as it was promised.
    """
    assert decision.second_look_until is not None  # it stands with every decline
    if letter is None:
        return decision.second_look_until
    if letter.written_date is None:
        return None
    return letter.written_date + (decision.second_look_until - decision.decided_date)


def owed_letters() -> QuerySet[DecisionLetter]:
    """Letters that nobody has written, of decisions that still stand: who handed in again or accepted knows. The most urgent first."""
    return DecisionLetter.objects.filter(_STILL_SO, written_date=None).order_by("due_date", "id")


def letters_for(user: User) -> QuerySet[DecisionLetter]:
    """Those that this person may write, the most urgent first."""
    if not user.has_role(*WRITERS):
        return DecisionLetter.objects.none()
    rows = access.within_branches(user, owed_letters(), branch="decision__application__branch")
    return rows.select_related("decision__application__borrower", "decision__application__product_version__product")
