"""Pledges that a registry has and has not answered about, on the last day of the simulated bank."""

from __future__ import annotations

from datetime import date, timedelta

from collateral.models import Pledge
from collateral.selectors.value_settings import settings_in_force
from collateral.services.pledges import agreement_obstacles
from collateral.services.registrations import send_to_registry
from config.simulator.bank import House
from config.simulator.steps import REGISTRIES

MOST = 6


def send_some(house: House, day: date) -> None:
    """Files in review whose pledges are agreed are with the registry already, some of them for weeks."""
    rows = Pledge.objects.filter(state="PROPOSED", asset__kind__in=settings_in_force().registry_kinds)
    for number, pledge in enumerate(rows.select_related("asset", "application").order_by("id")[:MOST]):
        if next(agreement_obstacles(pledge, business_date=day), None) is None:
            send_to_registry(
                pledge=pledge,
                registry=REGISTRIES[pledge.asset.kind],
                reference=f"AZ {number}/{pledge.application.reference}",
                sent_date=max(pledge.asset.registered_date, day - timedelta(days=8 * number)),
                actor=house.people["officer2"],
                business_date=day,
            )
