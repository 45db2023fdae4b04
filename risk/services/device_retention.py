"""Machines that applications were sent from are forgotten when their time is over, and the traces made of them."""

from __future__ import annotations

from datetime import date, timedelta

from django.conf import settings
from django.db import transaction

from core import audit
from core.models import BankState
from loans.services.devices import forget_devices
from risk.models import ApplicationTrace


@transaction.atomic
def forget_old_devices(*, business_date: date) -> int:
    """Forget devices and internet addresses CREDENCE_DEVICE_DAYS after their application came in. Returns of how many applications.

    What was raised on them and judged stays, with its words and files.
    """
    before = business_date - timedelta(days=settings.CREDENCE_DEVICE_DAYS)
    made_of_them = [ApplicationTrace.Kind.DEVICE, ApplicationTrace.Kind.NETWORK]
    ApplicationTrace.objects.filter(kind__in=made_of_them, submitted_date__lt=before).delete()
    count = forget_devices(before=before)
    bank = BankState.objects.first()
    if count and bank is not None:
        audit.record(
            "devices.forgotten",
            actor=None,
            actor_name="sweep",
            target=bank,
            label="Devices of applicants",
            business_date=business_date,
            applications=count,
        )
    return count
