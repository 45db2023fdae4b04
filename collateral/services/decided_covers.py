"""The cover that a decision stood on: kept when the file is decided, and held against what stands in the registry
before its money leaves.
"""

from __future__ import annotations

from datetime import date
from decimal import ROUND_UP, Decimal

from django.db import transaction

from collateral.models import DecidedCover, Pledge
from collateral.selectors.coverage import coverage_of
from collateral.selectors.secured import is_secured
from collateral.selectors.value_settings import settings_in_force
from collateral.services.covenants import follow_decision
from core.money import unit
from loans.models import Application, ApplicationHold, ConditionPrecedent
from loans.selectors.applications import GRANTED
from loans.selectors.holds import DECIDED_COVER
from loans.selectors.money_to_leave import open_limit, with_money_to_leave
from loans.services.holds import hold_application, release_holds

COLLATERAL_CONDITION = "collateral_perfected"


def write_decided_cover(application: Application, business_date: date) -> None:
    """Keep what secures a file that was just granted, pledges that are only proposed among it; a file decided anew stands on what there is
    now, be it nothing. Call inside the transaction of the decision: what is lost right after it was counted on.
    """
    if application.state not in GRANTED:
        return
    if is_secured(application):
        found = coverage_of(application, business_date=business_date)
        kept = {"available": found.available, "exposure": found.exposure, "decided_date": business_date, "taken_over": False}
        DecidedCover.objects.update_or_create(application=application, defaults=kept)
    else:
        DecidedCover.objects.filter(application=application).delete()


@transaction.atomic
def follow_decided_cover(application: Application, business_date: date) -> None:
    """What follows once a decision is heard of: the covenant asks for what it stood on, and the file is held by what was lost since. What
    nobody wrote down with the decision, taken elsewhere, is what secures it now.
    """
    decided = DecidedCover.objects.filter(application=application).first()
    if decided is None or application.decided_date is None or decided.decided_date < application.decided_date:
        write_decided_cover(application, business_date)
    if application.state in GRANTED:
        follow_decision(application, business_date=business_date)
    settle_decided_cover(application, business_date)


@transaction.atomic
def settle_decided_cover(application: Application, business_date: date) -> None:
    """Hold a file whose money may leave while less stands in the registry than its decision counted on, and let it go when it is enough.

    Before perfection the open condition keeps the money, and the file is held once a pledge that it waits for was lost without its doing,
    such as by a sale. What has run out or is flagged holds for itself and counts here as it last was.
    """
    if lacks_decided_cover(application, business_date) > 0:
        hold_application(
            application=application,
            reason=ApplicationHold.Reason.COLLATERAL,
            source=DECIDED_COVER,
            actor=None,
            business_date=business_date,
        )
    elif application.holds.filter(source=DECIDED_COVER, released_at=None).exists():
        release_holds(source=DECIDED_COVER, application=application, actor=None, business_date=business_date)


def lacks_decided_cover(application: Application, business_date: date) -> Decimal:
    """By how much what stands in the registry falls short of what the decision counted on, at most all that was granted, in the file's
    currency; zero where no money waits to leave on it or no more is lacking than a call would ask for. Until every lien is registered
    nothing is lacking, unless one ended that was waited for: then by how much what is left, proposed or registered, falls short.
    """
    decided = DecidedCover.objects.filter(application=application).first()
    if decided is None or application.state not in GRANTED or not _may_leave(application):
        return Decimal(0)
    registered = _is_registered(application)
    if not registered and not application.pledges.filter(state=Pledge.State.WITHDRAWN, ended_date__gte=decided.decided_date).exists():
        return Decimal(0)
    left = coverage_of(application, business_date=business_date, standing=registered, lapsed=True).available
    lent = decided.exposure * _part_that_stands(decided)
    lacking = min(decided.coverage or Decimal(0), Decimal(1)) * lent - left
    return lacking if lacking > lent * settings_in_force().least_call else Decimal(0)


def lower_decided_cover(application: Application, business_date: date) -> None:
    """What two people gave back is counted on no more. Under a limit that was lowered what is left stands for as large a part of what was
    granted: raised again it asks for more than that.
    """
    if (decided := DecidedCover.objects.filter(application=application).first()) is None:
        return
    left = coverage_of(application, business_date=business_date, standing=True, lapsed=True).available
    coin = unit(application.currency)
    decided.available = min(decided.available, (left / _part_that_stands(decided)).quantize(coin, ROUND_UP))
    decided.save(update_fields=["available"])


def _part_that_stands(decided: DecidedCover) -> Decimal:
    """The part of what was granted that may be lent now: under a limit that was changed as it is by now, otherwise all of it."""
    limit = open_limit(decided.application)
    return limit.limit_amount / decided.exposure if limit is not None and decided.exposure else Decimal(1)


def _is_registered(application: Application) -> bool:
    # Files that were decided before every pledge made the condition have none; nothing but this keeps their money.
    condition = ConditionPrecedent.objects.filter(application=application, code=COLLATERAL_CONDITION)
    return not condition.filter(state=ConditionPrecedent.State.OPEN).exists()


def _may_leave(application: Application) -> bool:
    return with_money_to_leave(Application.objects.filter(pk=application.pk)).exists()
