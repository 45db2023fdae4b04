"""Whether an asset secures anything, so that somebody needs to know what it is worth and what is wrong with it,
and whether anything secures a file.
"""

from __future__ import annotations

from dataclasses import dataclass

from collateral.models import Asset, Pledge
from core.models import User
from core.row_security import whole_bank
from loans.models import Application
from loans.selectors.applications import seen_of

# A decision has counted on what was pledged.
DECIDED = ("APPROVED", "COUNTER_OFFERED", "OFFERED", "ACCEPTED", "CONTRACTED")

# Of an asset `a`: it is gone, or all that it was pledged for is over.
SECURES_NOTHING = f"""(a.state <> 'REGISTERED' OR (
  EXISTS (SELECT FROM collateral_pledge p WHERE p.asset_id = a.id)
  AND NOT EXISTS (SELECT FROM collateral_pledge p WHERE p.asset_id = a.id AND p.state <> ALL('{{{",".join(Pledge.GIVEN_BACK)}}}'))
))"""


def secures_nothing(asset: Asset) -> bool:
    """The same of one asset: sold, destroyed, or given back by everybody it was pledged to."""
    if asset.state != Asset.State.REGISTERED:
        return True
    states = set(asset.pledges.values_list("state", flat=True))
    return bool(states) and states <= set(Pledge.GIVEN_BACK)


def is_secured(application: Application) -> bool:
    """Whether anything is pledged for a file, be it proposed only, and was not given back."""
    return application.pledges.exclude(state__in=Pledge.GIVEN_BACK).exists()


@dataclass(frozen=True)
class WaitingFile:
    """A file for which a pledge of an asset waits: `application` is None where the reader does not see it. `decided`: its decision counts
    on what was pledged.
    """

    pledge: Pledge
    application: Application | None
    decided: bool


def waiting_files(asset: Asset, *, reader: User) -> list[WaitingFile]:
    """The files whose pledges of an asset end when it is gone, by rank: three queries."""
    pledges = list(asset.pledges.filter(state__in=Pledge.WAITING).order_by("rank", "id"))
    if not pledges:
        return []
    with whole_bank():
        files = Application.objects.select_related("borrower").in_bulk([pledge.application_id for pledge in pledges])
    seen = seen_of(reader, files)
    return [
        WaitingFile(
            pledge,
            file if (file := files[pledge.application_id]).pk in seen else None,
            decided=files[pledge.application_id].state in DECIDED,
        )
        for pledge in pledges
    ]
