"""Pledges that a registry has and has not answered about, on the last day of the simulated bank."""

from __future__ import annotations

from datetime import date, timedelta

from collateral.models import Pledge
from collateral.selectors.accounts import account_of
from collateral.selectors.value_settings import settings_in_force
from collateral.services.pledge_obstacles import agreement_obstacles
from collateral.services.registrations import send_to_registry
from config.simulator.bank import House
from config.simulator.desk import At

REGISTRIES = {"REAL_ESTATE": "Land register", "LAND": "Land register", "VEHICLE": "Vehicle register"}
# So many days before the last one somebody sends what has waited longest; what is with the registry for weeks belongs to files that stand
# still.
SENT_BEFORE = (40, 32, 24, 16, 8, 0)


def plan_sending(at: At, house: House, today: date) -> None:
    """Put on the agenda what is sent on which day."""
    for before in SENT_BEFORE:
        at(today - timedelta(days=before), lambda day: send_oldest(house, day))


def send_oldest(house: House, day: date) -> None:
    """Send the pledge to its registry that everybody agreed to and that waits longest."""
    rows = Pledge.objects.filter(state=Pledge.State.PROPOSED, asset__kind__in=settings_in_force().registry_kinds)
    for pledge in rows.select_related("asset", "application").order_by("id"):
        if next(agreement_obstacles(pledge, business_date=day), None) is None:
            send(pledge, house, day)
            return


def send(pledge: Pledge, house: House, day: date, number: int = 1) -> None:
    """Send a pledge on the day it is."""
    send_to_registry(
        pledge=pledge,
        registry=held.custodian if (held := account_of(pledge.asset)) else REGISTRIES[pledge.asset.kind],
        reference=f"AZ {number}/{pledge.application.reference}",
        sent_date=day,
        actor=house.people["officer2"],
        business_date=day,
    )
