"""An offer that ends in the night in which it is accepted, or in which its contract is made:
two connections meet, exactly one wins, nothing is doubled.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from core.errors import DomainError
from core.models import AuditEntry, OutboxEvent, User
from loans.models import Application, Loan, StateChange
from loans.services.contracts import make_contract
from loans.services.offers import accept_offer, expire_offers
from tests.loans.servicing.conftest import MakeApplication

Step = Callable[[], Any]


def one_behind_the_other(first: Step, second: Step) -> list[Any]:
    """What came of both when the second begins while the first has not committed, and waits for it; a refusal is told by its code."""
    came: list[Any] = [None, None]
    holds = threading.Event()

    def wait_for_somebody() -> None:
        for _ in range(1000):
            with connection.cursor() as cursor:
                cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
                if cursor.fetchone()[0]:
                    return
            time.sleep(0.01)
        raise AssertionError("nobody waits")

    def lead() -> None:
        try:
            with transaction.atomic():
                came[0] = first()
                holds.set()
                wait_for_somebody()
        finally:
            holds.set()
            connection.close()

    def follow() -> None:
        holds.wait(10)
        try:
            came[1] = second()
        except DomainError as refusal:
            came[1] = refusal.code
        finally:
            connection.close()

    threads = [threading.Thread(target=lead), threading.Thread(target=follow)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return came


def ends_of(application: Application, since: int) -> list[str]:
    """The states it came to since so many steps."""
    steps = StateChange.objects.filter(target_id=str(application.pk)).order_by("id").values_list("new_state", flat=True)
    return list(steps)[since:]


@pytest.mark.django_db(transaction=True)
def test_exactly_one_of_night_and_customer_wins(accepted: MakeApplication, officer: User, today: date) -> None:
    def offered() -> Application:
        made = accepted()
        Application.objects.filter(pk=made.pk).update(state="OFFERED", contract_by=None)
        return Application.objects.get(pk=made.pk)

    def accept(file: Application) -> Step:
        return lambda: accept_offer(application=file, actor=officer, business_date=last)

    def contract(file: Application) -> Step:
        return lambda: make_contract(application=file, actor=officer, business_date=today)

    def night() -> int:
        return expire_offers(business_date=last + timedelta(days=1))

    # An offer and an accepted one of today have the same last day by their product.
    last = today + timedelta(days=30)
    for make, act, won, lost in ((offered, accept, "ACCEPTED", "no_offer"), (accepted, contract, "CONTRACTED", "not_accepted")):
        mine, others = make(), make()
        told = StateChange.objects.filter(target_id=str(mine.pk)).count()
        # The night comes a moment later: it finds that this one did not run out, and ends the other.
        assert one_behind_the_other(act(mine), night)[1] == 1
        assert (ends_of(mine, told), ends_of(others, told)) == ([won], ["OFFER_EXPIRED"])
        third = make()
        assert one_behind_the_other(night, act(third)) == [1, lost]
        assert ends_of(third, told) == ["OFFER_EXPIRED"]
        Application.objects.filter(pk=mine.pk).update(state="WITHDRAWN")
        for file in (others, third):
            assert AuditEntry.objects.filter(action="offer.expired", target_id=str(file.pk)).count() == 1
            assert OutboxEvent.objects.filter(name="OfferLapsed", payload__application_id=str(file.pk)).count() == 1
        assert not OutboxEvent.objects.filter(name="OfferLapsed", payload__application_id=str(mine.pk)).exists()
    assert Loan.objects.count() == 1
