"""The exposure to a connected group against what the approvers of one of its applications may carry: asked again whenever money leaves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction

from core import audit
from core.row_security import whole_bank
from loans.models import Application, Borrower, CarriedExposure
from loans.selectors.borrowers import exposure_of_group
from loans.selectors.groups import connected_to


@dataclass(frozen=True)
class ExposureTest:
    """The exposure now, drawn, undrawn and in flight, to so many borrowers, and what is carried. Amounts in the bank's currency.

    `carried` is None where nobody has written down how much is. `cut_off` says that the group is larger than is counted.
    """

    exposure: Decimal
    borrowers: int
    carried: CarriedExposure | None
    cut_off: bool = False

    @property
    def beyond(self) -> bool:
        """Whether more is at stake than the approvers may carry."""
        return self.carried is not None and self.carried.most is not None and self.exposure > self.carried.most

    def in_words(self, currency: str) -> dict[str, Any]:
        """What a refusal says of it."""
        most = self.carried.most if self.carried else None
        return {
            "exposure": f"{self.exposure:,.0f}",
            "currency": currency,
            "carried_by": self.carried.carried_by if self.carried else "nobody",
            "most": "any" if most is None else f"{most:,.0f}",
        }


def carried_of(application: Application) -> CarriedExposure | None:
    """What counts now."""
    return application.carried_exposures.order_by("-id").first()


def exposure_test(application: Application, borrower: Borrower) -> ExposureTest:
    """The test for the money of an application, promised or drawn. A group does not end at a branch:
    what is told of it is a sum, never its rows.
    """
    with whole_bank():
        group = connected_to(borrower)
        return ExposureTest(exposure_of_group(group.keys), group.people, carried_of(application), group.cut_off)


@transaction.atomic
def carry_exposure(*, application: Application, most: Decimal | None, carried_by: str, business_date: date) -> CarriedExposure:
    """Write down up to which exposure money of this application may leave, and by whose authority.
    The same as before is not written twice.
    """
    last = carried_of(application)
    if last is not None and (last.most, last.carried_by) == (most, carried_by[:200]):
        return last
    made = CarriedExposure.objects.create(application=application, most=most, carried_by=carried_by[:200], recorded_date=business_date)
    audit.record(
        "exposure.carried",
        actor=None,
        # As a name: what it says "before" ends with a comma within a sentence.
        actor_name=carried_by[:120].rstrip(","),
        target=application,
        business_date=business_date,
        most="any" if most is None else most,
    )
    return made
