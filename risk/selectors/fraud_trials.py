"""Reads of trials of fraud rules: the newest, one of them, and what would be raised otherwise on files the reader may see."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Count, Q, QuerySet

from core import access
from core.models import User
from loans.selectors.applications import visible_applications
from risk.models import FraudTrial, FraudTrialChange
from risk.selectors.fraud import READERS


def newest_trials() -> QuerySet[FraudTrial]:
    """All trials, newest first, for a page that none but readers of the rules see."""
    return FraudTrial.objects.select_related("asked_by").order_by("-id")


def list_trials(user: User) -> QuerySet[FraudTrial]:
    """The same for a person. Who takes applications in sees none, as with the rules."""
    rows = newest_trials()
    return rows if user.has_role(*READERS) else rows.none()


def access_trial(user: User, trial_id: UUID) -> FraudTrial:
    """One trial, or NotFound."""
    return access.one(list_trials(user), pk=trial_id)


def list_changes(user: User, trial: FraudTrial, *, is_more: bool) -> QuerySet[FraudTrialChange]:
    """What would be raised more, or fewer, on applications the person may see, the newest files first."""
    rows = FraudTrialChange.objects.filter(trial=trial, is_more=is_more, application__in=visible_applications(user))
    return rows.select_related("application__borrower", "application__branch").order_by("-application__submitted_date", "id")


def count_changes(trial: FraudTrial) -> dict[str, tuple[int, int]]:
    """How many more and how many fewer of each rule, in the whole bank: one query."""
    rows = FraudTrialChange.objects.filter(trial=trial).order_by().values("rule")
    counted = rows.annotate(more=Count("id", filter=Q(is_more=True)), fewer=Count("id", filter=Q(is_more=False)))
    return {row["rule"]: (row["more"], row["fewer"]) for row in counted}
