"""What is not there need not be asked for: the facts are the same, whether the traces were asked for first or everything was read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from collateral.models import Asset, Pledge
from loans.models import Application, ApplicationHold, BankAccount, Borrower, StatementLine
from risk.models import ModelVersion, PolicyVersion, RegisteredAddress
from risk.selectors.facts import current_facts
from risk.selectors.traces import UNASKED, Traces, traces_of
from risk.services import derivation
from risk.services.assessment import assess_application
from risk.services.derivation import derive_facts
from tests.risk.conftest import TODAY
from tests.risk.files import add_document
from tests.risk.own_books import lend

pytestmark = pytest.mark.django_db
Left = Callable[[Application], Any]


def left(application: Application) -> set[str]:
    """The kinds of which there is something."""
    found = traces_of(application)
    return {one.name for one in fields(Traces) if getattr(found, one.name)}


def test_somebody_new_left_none_and_costs_little(apply: Callable[..., Application], model: ModelVersion, policy: PolicyVersion) -> None:
    application = apply()
    application = Application.objects.select_related("product_version__product", "borrower", "branch").get(pk=application.pk)
    assert left(application) == set()
    with CaptureQueriesContext(connection) as asked:
        assess_application(application=application, business_date=TODAY)
    # The traces, and what is in force of policy, scorecard and appetite, each of which this process reads once. Written are score, facts
    # and evaluation in one message, and the recommendation for the list.
    read_once = ('FROM "risk_policyversion"', 'FROM "risk_modelversion"', 'FROM "risk_limitsettings"')
    said = [one["sql"] for one in asked.captured_queries if "SAVEPOINT" not in one["sql"]]
    assert len([one for one in said if not any(table in one for table in read_once)]) == 4
    with CaptureQueriesContext(connection) as again:
        assess_application(application=application, business_date=TODAY)
    # Facts are on file now: those that count, and those the checks are held against.
    assert len([one for one in again.captured_queries if "SAVEPOINT" not in one["sql"]]) == 4 + 2


def pledged(application: Application) -> None:
    asset = Asset.objects.create(
        reference="AS-1", kind="VEHICLE", description="Van", branch=application.branch, stated_value=9000, registered_date=TODAY
    )
    Pledge.objects.create(asset=asset, application=application, rank=1, amount=Decimal(9000))


def banked(application: Application) -> None:
    account = BankAccount.objects.create(borrower=application.borrower, iban="DE02120300000000202051")
    for month in range(6):
        day = TODAY - timedelta(days=5 + 30 * month)
        StatementLine.objects.create(account=account, external_id=str(month), date=day, amount=2000, currency="EUR", category="SALARY")


def registered(application: Application) -> None:
    RegisteredAddress.objects.create(
        application=application, register="RESIDENTS", number="M-1", as_of_date=TODAY, line="Elsewhere 5", city="Graz", country="AT",
        postcode="8010", document=add_document(application, "extract.pdf"), recorded_by=application.officer, recorded_date=TODAY,
    )  # fmt: skip


def here_before(application: Application) -> None:
    other = Borrower.objects.create(reference="BR-X", branch=application.branch, kind="PERSON", name="Jon Adler", country="DE")
    lend(application)
    Application.objects.exclude(pk=application.pk).update(borrower=other)


def held(application: Application) -> None:
    ApplicationHold.objects.create(application=application, reason="SCREENING", source="hit:1")


@pytest.mark.parametrize(
    ("kind", "leave"),
    [("pledges", pledged), ("accounts", banked), ("registered", registered), ("loans", here_before), ("holds", held)],
)
def test_what_left_one_is_read(kind: str, leave: Left, in_review: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    before = left(in_review)
    alone = derive_facts(in_review, current_facts(in_review, business_date=TODAY), business_date=TODAY)
    leave(in_review)
    assert kind not in before and kind in left(in_review)
    known = current_facts(in_review, business_date=TODAY)
    found = derive_facts(in_review, known, business_date=TODAY)
    monkeypatch.setattr(derivation, "traces_of", lambda _: UNASKED)
    assert found == derive_facts(in_review, known, business_date=TODAY) != alone
