"""Pledges that a sale ended while they waited, and what stands against having them back once the sale is taken back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from collateral.models import Pledge, Realisation
from loans.models import Application
from loans.selectors.applications import CLOSED_APPLICATIONS

# Why a sale ends a pledge, as it keeps it.
SOLD = "The asset is sold"


@dataclass(frozen=True)
class EndedPledge:
    """A pledge that a sale ended. `application` is None where it is of a branch that the reader does not see; `why_not`: what stands
    against having it back, as the end of a sentence, empty where nothing does.
    """

    pledge: Pledge
    application: Application | None
    why_not: str

    @property
    def file(self) -> str:
        """The file that it was for."""
        return self.application.reference if self.application else "a file of another branch"


def ended_by_sale(sale: Realisation) -> list[EndedPledge]:
    """The pledges that a sale ended, by rank: four queries for any number."""
    ended = Pledge.objects.filter(
        asset=sale.asset_id, state=Pledge.State.WITHDRAWN, ended_date=sale.recorded_date, ended_reason=SOLD, refusal=None
    )
    pledges = list(ended.order_by("rank", "id"))
    if not pledges:
        return []
    files = Application.objects.select_related("borrower", "decided_cover").in_bulk([one.application_id for one in pledges])
    live = Pledge.objects.filter(application__in=files).exclude(state=Pledge.State.WITHDRAWN)
    taken = set(live.values_list("application_id", "stated_number"))
    again = set(live.filter(asset=sale.asset_id).exclude(state__in=Pledge.FREE).values_list("application_id", flat=True))
    return [EndedPledge(one, files.get(one.application_id), _why_not(one, files, taken, again)) for one in pledges]


def _why_not(pledge: Pledge, files: Mapping[UUID, Application], taken: set[tuple[UUID, int | None]], again: set[UUID]) -> str:
    application = files.get(pledge.application_id)
    if application is None:
        return "somebody of its branch proposes it anew"
    if application.state in CLOSED_APPLICATIONS:
        return "the file is closed"
    if application.pk in again:
        return "the asset is pledged for it again"
    if pledge.stated_number is not None and (application.pk, pledge.stated_number) in taken:
        return "another asset stands in its place"
    decided = getattr(application, "decided_cover", None)
    if decided is not None and pledge.ended_date is not None and decided.decided_date > pledge.ended_date:
        return "the file was decided anew without it"
    return ""
