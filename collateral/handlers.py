"""How collateral reacts to the room below: money that comes in may meet a margin call, a file that closes pledges nothing more, and one
that is granted less has less registered.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from uuid import UUID

from django.db import transaction

from collateral.domain.counting import ENDED_BY, FALSE
from collateral.events import ValuationAccepted, ValueEnded
from collateral.models import Asset, MarginCall, Pledge, RedFlag
from collateral.services.computed_values import reprice_waiting
from collateral.services.decided_covers import follow_decided_cover, settle_decided_cover
from collateral.services.lapses import measure_file, settle_lapses
from collateral.services.margin_calls import review_cover
from collateral.services.payout_holds import settle_flagged, settle_payout_holds
from collateral.services.pledges import follow_offer, meet_condition, withdraw_waiting
from collateral.services.valuations import UnableToOrderValuation, order_valuation
from core.business_date import get_business_date
from core.events import subscribe
from loans.events import ApplicationDecided, ApplicationStatusChanged, LoanClosed, PaymentPosted
from loans.models import Application, ApplicationHold, Loan
from loans.selectors.applications import CLOSED_APPLICATIONS, GRANTED
from loans.selectors.holds import DECIDED_COVER
from loans.services.holds import measure_before_money


def meet_margin_call(event: PaymentPosted | LoanClosed) -> None:
    """Measure a loan anew whose borrower was asked for more cover and has paid."""
    if MarginCall.objects.filter(loan=event.loan_id, state__in=MarginCall.WAITING).exists():
        review_cover(Loan.objects.get(pk=event.loan_id), business_date=get_business_date())


def withdraw_what_was_proposed(event: ApplicationStatusChanged) -> None:
    """An asset proposed for a file that came to nothing is free for another, and takes no rank."""
    if event.new_state in CLOSED_APPLICATIONS:
        proposed = Pledge.objects.filter(application=UUID(event.application_id))
        withdraw_waiting(proposed, reason="The application is closed", business_date=get_business_date())
    if ApplicationHold.objects.filter(application=UUID(event.application_id), source=DECIDED_COVER, released_at=None).exists():
        # Back before its decision a file is held by no earlier one.
        settle_decided_cover(Application.objects.get(pk=UUID(event.application_id)), get_business_date())


def follow_the_offer(event: ApplicationDecided) -> None:
    """What is to be registered follows the terms that were offered, and what the contract asks for what the decision stood on."""
    application, today = Application.objects.get(pk=UUID(event.application_id)), get_business_date()
    follow_offer(application=application, business_date=today)
    follow_decided_cover(application, today)
    if application.state in GRANTED:
        # What was registered before the decision meets its condition now, and what the contract asks for begins.
        meet_condition(application, "Every lien is registered", actor=None, business_date=today)


def let_go_what_a_new_value_settled(event: ValuationAccepted) -> None:
    """A value accepted after a flag about another one was upheld, or after one ran out, puts it right: the files that held go on."""
    asset, today = Asset.objects.get(pk=event.asset_id), get_business_date()
    settle_payout_holds(asset, business_date=today)
    settle_lapses(asset=asset, business_date=today)
    for application in Application.objects.filter(pledges__asset=asset, decided_cover__isnull=False).order_by("pk"):
        settle_decided_cover(application, today)


def order_what_a_finding_ended(event: ValueEnded) -> None:
    """Ask for another value from somebody who did not inspect the asset. Where nobody can be drawn, or one is on its way, the alert waits
    for a person.
    """
    flag = RedFlag.objects.select_related("asset").get(pk=event.flag_id)
    if flag.state != RedFlag.State.UPHELD:
        return
    inspectors = tuple(flag.asset.inspections.values_list("inspector_id", flat=True).distinct())
    words = ENDED_BY[FALSE][1] if flag.valuation_id else f"{ENDED_BY[flag.code][1]}, upheld"
    with suppress(UnableToOrderValuation), transaction.atomic():
        order_valuation(asset=flag.asset, actor=None, business_date=get_business_date(), reason=words.capitalize(), without=inspectors)


def price_securities(application: Application, business_date: date) -> None:
    """What securities are worth today decides whether money leaves on them, whatever the last night saw."""
    reprice_waiting(business_date=business_date, application=application)


def register() -> None:
    """Subscribe to what happens below, and look at a file again before its money leaves."""
    measure_before_money(price_securities)
    measure_before_money(measure_file)
    measure_before_money(settle_flagged)
    measure_before_money(settle_decided_cover)
    subscribe(PaymentPosted, meet_margin_call)
    subscribe(LoanClosed, meet_margin_call)
    subscribe(ApplicationStatusChanged, withdraw_what_was_proposed)
    subscribe(ApplicationDecided, follow_the_offer)
    subscribe(ValueEnded, order_what_a_finding_ended)
    subscribe(ValuationAccepted, let_go_what_a_new_value_settled)
