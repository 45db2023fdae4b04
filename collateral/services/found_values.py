"""What an upheld finding on site does to the value in force: it stands no more for what was valued, and counts for less until another does."""

from __future__ import annotations

from datetime import date

from collateral.domain.counting import kept_share
from collateral.events import RevaluationDue, ValueEnded
from collateral.models import Pledge, RedFlag, Valuation
from collateral.selectors.flags import found_on
from collateral.selectors.value_settings import settings_in_force
from collateral.services.counting import recount, review_loans
from core.events import Event, publish_all
from loans.models import Loan


def follow_finding(flag: RedFlag, *, business_date: date) -> None:
    """End the value in force of an asset that was upheld to be idle or damaged, ask for another one, and take the haircut of the settings off
    meanwhile; or let it stand again when the last such flag was lifted. To be called within the transaction that decides the flag."""
    asset, codes = flag.asset, found_on(flag.asset)
    share = kept_share(codes, settings_in_force().quality)
    events: list[Event] = []
    for value in Valuation.objects.select_for_update().filter(asset=asset, state=Valuation.State.ACCEPTED):
        newly = bool(codes) and value.ended_date is None
        value.ended_by, value.kept_share = sorted(codes), share
        value.ended_date = (value.ended_date or business_date) if codes else None
        value.save(update_fields=["ended_by", "kept_share", "ended_date"])
        if newly:
            events.append(ValueEnded(asset_id=str(asset.pk), flag_id=str(flag.pk)))
            events += _told(flag, business_date)
    publish_all(events)
    recount(asset, business_date=business_date)
    review_loans(asset, business_date=business_date)


def _told(flag: RedFlag, today: date) -> list[Event]:
    """That an asset which secures a running loan is to be valued anew, for the first of those loans."""
    pledged = Pledge.objects.filter(asset=flag.asset, state__in=Pledge.STANDING).values("application")
    loan = Loan.objects.filter(application__in=pledged, state="ACTIVE").order_by("pk").values_list("pk", flat=True).first()
    if loan is None:
        return []
    return [RevaluationDue(asset_id=str(flag.asset_id), loan_id=loan, expired_date=today.isoformat(), reason="FOUND")]
