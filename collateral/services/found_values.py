"""What an upheld finding does to the value in force, on site or about the value itself: it stands no more for what the asset is worth, and
counts for less until another does.
"""

from __future__ import annotations

from datetime import date

from collateral.domain.counting import kept_share
from collateral.events import RevaluationDue, ValueEnded
from collateral.models import Pledge, RedFlag, Valuation
from collateral.selectors.coverage import ACCEPTED_LAST
from collateral.selectors.flags import ended_by
from collateral.selectors.value_settings import settings_in_force
from collateral.services.counting import recount, review_loans
from core.events import Event, publish_all
from loans.models import Loan


def follow_finding(flag: RedFlag, *, business_date: date) -> None:
    """End the value in force of an asset that was upheld to be idle or damaged, or that was upheld to be wrong itself, ask for another one,
    and take the haircut of the settings off meanwhile; or let it stand again when the last such flag was lifted. Where it ran out, the one
    accepted last, which still counts for a grace, takes the haircut too. To be called within the transaction that decides the flag.
    """
    asset, quality = flag.asset, settings_in_force().quality
    events: list[Event] = []
    values = Valuation.objects.select_for_update(of=("self",)).select_related("asset", "computed").filter(asset=asset)
    in_force = list(values.filter(state=Valuation.State.ACCEPTED))
    for value in in_force or values.filter(state=Valuation.State.EXPIRED).order_by(*ACCEPTED_LAST).reverse()[:1]:
        codes = ended_by(value)
        newly = bool(codes) and value.ended_date is None
        value.ended_by, value.kept_share = sorted(codes), kept_share(codes, quality)
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
