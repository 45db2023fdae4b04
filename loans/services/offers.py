"""Offers: accepted or refused by the applicant, or run out."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.db.models import OuterRef, Subquery

from core import audit
from core.errors import DomainError
from core.models import User
from loans.domain.states import ApplicationState
from loans.models import Application, ApplicationOutcome
from loans.services.decisions import latest_outcome
from loans.services.holds import is_held
from loans.services.states import advance


class UnableToAcceptOffer(DomainError):
    """The offer cannot be accepted now."""

    title = "The offer was not accepted"
    status = 409
    messages = {
        "no_offer": "There is no open offer for this application.",
        "expired": "The offer ran out on {valid_until}.",
        # The applicant learns that the file is in review, never why.
        "in_review": "The application is in review. It can be accepted when the review has ended.",
    }


@transaction.atomic
def accept_offer(*, application: Application, actor: User | None, business_date: date, actor_name: str = "") -> Application:
    """The applicant accepts. Raises UnableToAcceptOffer: `no_offer`, `expired`, `in_review`; Conflict."""
    locked = Application.objects.select_for_update(of=("self",)).get(pk=application.pk)
    outcome = latest_outcome(locked)
    if locked.state != ApplicationState.OFFERED or outcome is None:
        raise UnableToAcceptOffer("no_offer")
    if outcome.valid_until is not None and outcome.valid_until < business_date:
        raise UnableToAcceptOffer("expired", valid_until=outcome.valid_until)
    if is_held(locked):
        raise UnableToAcceptOffer("in_review")
    advance(locked, ApplicationState.ACCEPTED, actor=actor, business_date=business_date, actor_name=actor_name)
    audit.record("offer.accepted", actor=actor, actor_name=actor_name, target=locked, business_date=business_date)
    return locked


@transaction.atomic
def refuse_offer(*, application: Application, actor: User | None, business_date: date, reason: str = "") -> Application:
    """The applicant does not want the offer. Raises Conflict."""
    locked = Application.objects.select_for_update(of=("self",)).get(pk=application.pk)
    advance(locked, ApplicationState.OFFER_REFUSED, actor=actor, business_date=business_date, reason=reason)
    audit.record("offer.refused", actor=actor, target=locked, business_date=business_date, reason=reason)
    return locked


@transaction.atomic
def expire_offers(*, business_date: date) -> int:
    """End offers whose last day is before `business_date`. Returns how many."""
    latest = ApplicationOutcome.objects.filter(application=OuterRef("pk")).order_by("-id")
    rows = (
        Application.objects.select_for_update(of=("self",))
        .filter(state=ApplicationState.OFFERED)
        .annotate(until=Subquery(latest.values("valid_until")[:1]))
        .filter(until__lt=business_date)
    )
    count = 0
    for application in rows:
        advance(application, ApplicationState.OFFER_EXPIRED, actor=None, business_date=business_date, actor_name="sweep")
        count += 1
    return count
