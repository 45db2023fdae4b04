"""A declined application that a second look takes up again. Risk looks and calls down; here the file goes back into review."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from core import audit
from core.models import User
from loans.domain.states import ApplicationState
from loans.models import Application
from loans.services.screening import screen_application
from loans.services.states import advance
from loans.services.worklist import NOBODYS, decision_due


@transaction.atomic
def take_up_declined(*, application: Application, actor: User, business_date: date, reason: str) -> Application:
    """Put a declined application back into review, to be decided anew within the days of its product. The answer that was given stays.

    What happened to its parties since is not known of a closed file, so they are screened again. Raises Conflict `already_advanced`.
    """
    locked = Application.objects.select_for_update(of=("self",)).select_related("product_version").get(pk=application.pk)
    version = locked.product_version
    assert version is not None  # the database refuses a submitted application without one
    due = decision_due(version, business_date)
    advance(locked, ApplicationState.REVIEW, actor=actor, business_date=business_date, reason=reason, due_date=due, **NOBODYS)
    screen_application(application=locked, purpose="submission", actor=actor, business_date=business_date)
    audit.record("application.taken_up_again", actor=actor, target=locked, business_date=business_date, due=due)
    return locked
