"""Offers: accepted or refused by the applicant, or run out, before they were accepted or after."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from core import audit
from core.errors import DomainError
from core.events import publish_all
from core.models import User
from loans.domain.states import ApplicationState
from loans.events import OfferLapsed
from loans.models import Application
from loans.services.decisions import latest_outcome, with_valid_until
from loans.services.holds import is_held
from loans.services.states import advance, advance_all


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
    """The applicant accepts; from now on runs the time in which the contract is made. Raises UnableToAcceptOffer: `no_offer`, `expired`,
    `in_review`; Conflict.
    """
    locked = Application.objects.select_for_update(of=("self",)).select_related("product_version").get(pk=application.pk)
    outcome = latest_outcome(locked)
    if locked.state != ApplicationState.OFFERED or outcome is None:
        raise UnableToAcceptOffer("no_offer")
    if outcome.valid_until is not None and outcome.valid_until < business_date:
        raise UnableToAcceptOffer("expired", valid_until=outcome.valid_until)
    if is_held(locked):
        raise UnableToAcceptOffer("in_review")
    assert locked.product_version is not None
    until = business_date + timedelta(days=locked.product_version.contract_days)
    advance(locked, ApplicationState.ACCEPTED, actor=actor, business_date=business_date, actor_name=actor_name, contract_by=until)
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
    """End offers whose last day is before `business_date`, and accepted ones of which no contract was made in time: what was decided does
    not hold for ever. The same few statements for any number of them. Returns how many.
    """
    open_offers = with_valid_until(Application.objects.filter(state=ApplicationState.OFFERED))
    run_out = open_offers.filter(valid_until__lt=business_date).values_list("pk", flat=True)
    accepted = Application.objects.filter(state=ApplicationState.ACCEPTED, contract_by__lt=business_date).values_list("pk", flat=True)
    return _end(ApplicationState.OFFERED, run_out, NOT_ACCEPTED, business_date) + _end(
        ApplicationState.ACCEPTED, accepted, NO_CONTRACT, business_date
    )


NOT_ACCEPTED = "The offer was not accepted in time."
NO_CONTRACT = "No contract was made of the accepted offer in time."


def _end(state: ApplicationState, keys: Iterable[UUID], reason: str, business_date: date) -> int:
    # Somebody may accept an offer, or make its contract, between the two statements: then it has not run out.
    held = Application.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=list(keys), state=state)
    rows = list(held.order_by("pk"))
    if rows:
        who: dict[str, Any] = {"actor": None, "actor_name": "sweep", "business_date": business_date, "reason": reason}
        advance_all(rows, ApplicationState.OFFER_EXPIRED, **who)
        audit.record_all([audit.entry("offer.expired", target=row, **who) for row in rows])
        day = business_date.isoformat()
        publish_all([OfferLapsed(application_id=str(row.pk), old_state=state.value, business_date=day) for row in rows])
    return len(rows)
