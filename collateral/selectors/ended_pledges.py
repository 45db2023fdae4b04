"""Pledges that ended while they waited because their asset was gone, and what stands against having them back once that is taken back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from collateral.models import Asset, Pledge, Realisation
from collateral.selectors.secured import DECIDED
from core.models import User
from core.row_security import whole_bank
from loans.models import Application
from loans.selectors.applications import CLOSED_APPLICATIONS, seen_of

# Why a sale or a total loss ends a pledge, as it keeps it.
SOLD = "The asset is sold"
LOST = "The asset is no more"


@dataclass(frozen=True)
class EndedPledge:
    """A pledge that a sale or a total loss ended. `application` is None where the reader does not see it; `why_not`: what stands against
    having it back, as the end of a sentence, empty where nothing does.
    """

    pledge: Pledge
    application: Application | None
    why_not: str

    @property
    def file(self) -> str:
        """The file that it was for."""
        return self.application.reference if self.application else "a file of another branch"


def ended_by_sale(sale: Realisation) -> list[EndedPledge]:
    """The pledges that a sale ended."""
    return ended_with(sale.asset, on=sale.recorded_date, reason=SOLD)


def ended_with(asset: Asset, *, on: date, reason: str) -> list[EndedPledge]:
    """The pledges that ended with their asset on a day, by rank, with files of whichever branch: four queries for any number."""
    ended = Pledge.objects.filter(asset=asset, state=Pledge.State.WITHDRAWN, ended_date=on, ended_reason=reason, refusal=None)
    pledges = list(ended.order_by("rank", "id"))
    if not pledges:
        return []
    # What comes back is the same whoever looks.
    with whole_bank():
        files = Application.objects.select_related("borrower", "decided_cover").in_bulk([one.application_id for one in pledges])
        live = Pledge.objects.filter(application__in=files).exclude(state=Pledge.State.WITHDRAWN)
        taken = set(live.values_list("application_id", "stated_number"))
        again = set(live.filter(asset=asset).exclude(state__in=Pledge.FREE).values_list("application_id", flat=True))
    return [EndedPledge(one, file := files[one.application_id], _why_not(one, file, taken, again)) for one in pledges]


def as_seen_by(reader: User, ended: Sequence[EndedPledge]) -> list[EndedPledge]:
    """The same with those files named alone that a reader sees. One query."""
    seen = seen_of(reader, [one.pledge.application_id for one in ended])
    return [one if one.pledge.application_id in seen else replace(one, application=None) for one in ended]


def _why_not(pledge: Pledge, application: Application, taken: set[tuple[UUID, int | None]], again: set[UUID]) -> str:
    if application.state in CLOSED_APPLICATIONS:
        return "the file is closed"
    if application.pk in again:
        return "the asset is pledged for it again"
    if pledge.stated_number is not None and (application.pk, pledge.stated_number) in taken:
        return "another asset stands in its place"
    decided = getattr(application, "decided_cover", None)
    ended = pledge.ended_date
    if ended is not None and decided is not None and decided.decided_date > ended:
        return "the file was decided anew without it"
    if ended is not None and application.state in DECIDED and application.decided_date is not None and application.decided_date >= ended:
        return "the file was decided without it"
    return ""
