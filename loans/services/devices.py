"""The machines applications were sent from are forgotten when their time is over."""

from __future__ import annotations

from datetime import date

from django.db.models import Q

from core.crypto import blind_index
from loans.domain.devices import telling_network
from loans.models import Application


def network_index(address: str) -> bytes:
    """The fingerprint by which files sent from an internet address are found. Raises ValueError when it is none."""
    return blind_index(telling_network(address), kind="network")


def forget_devices(*, before: date) -> int:
    """Empty device and internet address of every application submitted before a day, in one statement. Returns of how many."""
    known = Q(device_index__isnull=False) | Q(network_index__isnull=False)
    return Application.objects.filter(known, submitted_date__lt=before).update(
        device=b"", device_index=None, network=b"", network_index=None
    )
