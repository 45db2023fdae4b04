"""An interest that an appraiser declares in who owns what is to be valued."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from collateral.models import AssetOwner, Pledge, Valuation
from collateral.services.valuations import UnableToGiveBack, decline_order
from core.models import User
from loans.models import Application, DeclaredInterest
from loans.services.interests import declare_interest


@transaction.atomic
def declare_interest_in_owner(
    *, valuation: Valuation, owner: AssetOwner, kind: str, reason: str, actor: User, business_date: date
) -> DeclaredInterest:
    """Bar oneself from the files of an owner of an asset whose value is asked of one, and give the order back: somebody else is drawn.

    Raises UnableToGiveBack: `not_yours`, `not_pledged`; UnableToDeclareInterest; Conflict when the order was answered or withdrawn.
    """
    if valuation.appraiser_id != actor.pk:
        raise UnableToGiveBack("not_yours")
    pledged = valuation.asset.pledges.exclude(state__in=Pledge.GIVEN_BACK).values("application")
    files = Application.objects.filter(parties__borrower=owner.person_id, pk__in=pledged).order_by("-pk")
    application = files.first()
    if application is None:
        raise UnableToGiveBack("not_pledged", name=owner.person.name)
    made = declare_interest(
        application=application, borrower=owner.person, kind=kind, reason=reason, actor=actor, business_date=business_date
    )
    # Why is for risk managers, compliance and auditors alone: the order says no more than that there is an interest.
    decline_order(valuation=valuation, reason="The appraiser declared an interest.", actor=actor, business_date=business_date)
    return made
