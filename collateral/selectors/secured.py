"""Whether an asset secures anything, so that somebody needs to know what it is worth and what is wrong with it, and whether anything secures a file."""

from __future__ import annotations

from collateral.models import Asset, Pledge
from loans.models import Application

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
