"""Second looks at declines: the decline that stands, what was asked about it, and what waits for whom."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from core import access
from core.models import User
from loans.models import Application
from loans.selectors.applications import visible_applications
from risk.domain.states import DecisionOutcome
from risk.models import Decision, SecondLook
from risk.selectors.conflicts import without_part
from risk.selectors.terms import DECIDERS


def standing_decline(application: Application) -> Decision | None:
    """The decision by which a file is declined now; None where it is not."""
    if application.state != DecisionOutcome.DECLINED:
        return None
    last = Decision.objects.filter(application=application).first()
    return last if last is not None and last.outcome == DecisionOutcome.DECLINED else None


def second_looks_of(application: Application) -> QuerySet[SecondLook]:
    """What was asked about the declines of a file, newest first."""
    rows = SecondLook.objects.filter(application=application)
    return rows.select_related("decision", "recorded_by", "answered_by").prefetch_related("papers")


def access_second_look(user: User, application_id: UUID, second_look_id: UUID) -> SecondLook:
    """One second look at a file the user may see, or NotFound."""
    rows = SecondLook.objects.filter(application__in=visible_applications(user).filter(pk=application_id))
    return access.one(rows.select_related("application__borrower", "application__branch", "decision", "answered_by"), pk=second_look_id)


def second_looks_for(user: User) -> QuerySet[SecondLook]:
    """Requests that wait for somebody who had no part in their files, as this person has none; the most urgent first."""
    if not user.has_role(*DECIDERS):
        return SecondLook.objects.none()
    waiting = access.within_branches(user, SecondLook.objects.filter(state=SecondLook.State.OPEN), branch="application__branch")
    waiting = waiting.exclude(recorded_by=user)
    # Most days nothing waits, and the long question of who had a part is not asked.
    rows = without_part(waiting, user) if waiting.exists() else waiting
    return rows.select_related("application__borrower", "application__product_version__product").order_by("due_date", "id")
