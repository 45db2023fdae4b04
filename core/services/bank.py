"""Opening the bank: its name, its currency, its first business date. After that only the close of day moves the date."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from core import audit
from core.errors import DomainError
from core.models import BankState


class UnableToOpenBank(DomainError):
    """The bank cannot be opened."""

    title = "The bank cannot be opened"
    messages = {"already_open": "The bank is open already, on business date {business_date}."}


@transaction.atomic
def open_bank(*, name: str, currency: str, business_date: date) -> BankState:
    """Write the bank's single row of state. Raises UnableToOpenBank: `already_open`."""
    existing = BankState.objects.filter(id=1).first()
    if existing is not None:
        raise UnableToOpenBank("already_open", business_date=existing.business_date)
    bank = BankState.objects.create(id=1, name=name, currency=currency, business_date=business_date)
    audit.record("bank.opened", actor=None, target=bank, label=name, business_date=business_date, currency=currency)
    return bank
