"""What this room does when others report something. Each handler is idempotent and calls one service."""

from __future__ import annotations

from core.business_date import get_business_date
from core.events import subscribe
from loans.events import ApplicationSubmitted
from loans.models import Application
from risk.services.fraud import look_for_fraud
from risk.services.investigations import open_investigation


def open_file(event: ApplicationSubmitted) -> None:
    """A submitted application gets its investigation, and is looked at beside all others."""
    application = Application.objects.select_related("product_version", "borrower").get(pk=event.application_id)
    open_investigation(application=application, business_date=get_business_date())
    look_for_fraud(application=application, business_date=get_business_date())


def register() -> None:
    """Called once when the house starts."""
    subscribe(ApplicationSubmitted, open_file)
