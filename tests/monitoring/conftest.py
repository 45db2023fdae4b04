"""Loans of a small branch on their way through the nights. The cast and the loans are those of the servicing tests."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from core.events import deliver_pending
from core.models import BankState, Branch, User
from core.roles import Role
from loans.models import Instalment, Loan
from monitoring.models import Alert, SweepRun
from monitoring.services.sweep import close_day
from tests.loans.servicing.conftest import (
    accepted,
    active,
    approver,
    branch,
    collector,
    hire,
    loan,
    officer,
    on,
    other_branch,
    product,
    risk_manager,
    signed,
)
from tests.shared_rows import shared

__all__ = [
    "accepted", "active", "approver", "branch", "collector", "loan", "officer", "on", "other_branch", "product", "risk_manager", "signed",
]  # fmt: skip

Make = Callable[..., Any]
# The loans of these tests are paid out on 2 March 2026; the first instalment falls due on 2 April.
FIRST_DUE = date(2026, 4, 2)


@shared
def compliance(branch: Branch) -> User:
    return hire("carl_compliance", Role.COMPLIANCE, branch=branch)


@pytest.fixture
def sign_in() -> Callable[[User], Client]:
    def make(person: User) -> Client:
        client = Client()
        client.force_login(person)
        return client

    return make


@pytest.fixture
def close(bank: BankState, on: Callable[[date], date]) -> Callable[[date], SweepRun]:
    """Put the bank on a day, close it, and let everybody hear of it."""

    def make(day: date) -> SweepRun:
        on(day)
        run = close_day(actor=None, actor_name="test")
        hear()
        return run

    return make


def hear() -> None:
    """Deliver every event that waits, and those that follow from them."""
    while deliver_pending():
        pass


def spoil(loan: Loan) -> None:
    """Leave a loan in a state that no service makes: the measured principal would be negative, which the database refuses."""
    Instalment.objects.filter(loan=loan, number=1).update(paid_principal=Decimal(1))
    Loan.objects.filter(pk=loan.pk).update(undrawn=loan.principal)


def mend(loan: Loan) -> None:
    """Undo `spoil`."""
    Instalment.objects.filter(loan=loan, number=1).update(paid_principal=Decimal(0))
    Loan.objects.filter(pk=loan.pk).update(undrawn=0)


@pytest.fixture
def overdue_alert(loan: Loan, close: Callable[[date], SweepRun]) -> Alert:
    """The alert of the first day on which the loan is past due."""
    close(FIRST_DUE + timedelta(days=1))
    return Alert.objects.get()
