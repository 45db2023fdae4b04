"""What was explained before contradictions had fingerprints of their figures stays explained after an upgrade."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest
from django.apps import apps

from core.models import User
from loans.models import Application, ApplicationHold
from risk.models import FraudSignal
from risk.selectors.fraud import finding_of
from risk.services.fraud import look_for_fraud
from tests.risk.conftest import TODAY

pytestmark = pytest.mark.django_db
MIGRATION = import_module("risk.migrations.0024_contradictions_by_figures")
EARLY = {"employment": {"employer": "Werft", "months": "500"}, "birth_date": "1990-01-01"}


def of_before(application: Application, state: str, judge: User) -> FraudSignal:
    """What was raised, as the release before kept and somebody judged it."""
    look_for_fraud(application=application, business_date=TODAY)
    signal = FraudSignal.objects.get(application=application)
    code = "work_before_age" if "months with" in signal.evidence["words"] else "ebitda_above_turnover"
    assert signal.finding != finding_of("IMPOSSIBLE", code)
    signal.finding, signal.state = finding_of("IMPOSSIBLE", code), state
    if state != "OPEN":
        signal.decided_by, signal.reason = judge, "A slip of the pen."
        ApplicationHold.objects.all().delete()
    signal.save()
    return signal


@pytest.mark.parametrize("state", ["EXPLAINED", "CONFIRMED", "OPEN"])
def test_is_not_raised_once_more(file: Any, investigator: User, state: str) -> None:
    application = file(1, **EARLY)
    of_before(application, state, investigator)
    MIGRATION.key_anew(apps, None)
    MIGRATION.key_anew(apps, None)
    assert look_for_fraud(application=application, business_date=TODAY) == []
    assert FraudSignal.objects.get().state == state


def test_of_turnover_is_not_either(file: Any, investigator: User) -> None:
    application = file(1)
    Application.objects.filter(pk=application.pk).update(stated={"financials": {"turnover": "1000", "ebitda": "2000.50"}})
    application = Application.objects.select_related("borrower").get(pk=application.pk)
    of_before(application, "EXPLAINED", investigator)
    MIGRATION.key_anew(apps, None)
    assert look_for_fraud(application=application, business_date=TODAY) == []


def test_without_it_everything_explained_would_come_up_again(file: Any, investigator: User) -> None:
    application = file(1, **EARLY)
    of_before(application, "EXPLAINED", investigator)
    assert len(look_for_fraud(application=application, business_date=TODAY)) == 1
    MIGRATION.key_anew(apps, None)
    assert sorted(FraudSignal.objects.values_list("state", flat=True)) == ["EXPLAINED", "OPEN"], "what waits for a person goes on waiting"


def test_of_figures_that_changed_since_is_raised(file: Any, investigator: User) -> None:
    application = file(1, **EARLY)
    of_before(application, "EXPLAINED", investigator)
    Application.objects.filter(pk=application.pk).update(stated=application.stated | {"employment": {"employer": "Werft", "months": "510"}})
    MIGRATION.key_anew(apps, None)
    application = Application.objects.select_related("borrower").get(pk=application.pk)
    assert len(look_for_fraud(application=application, business_date=TODAY)) == 1
