"""Fraud rules that came with a release: a bank with rules of its own from before is told, and takes them in or leaves them out knowingly.
And one trial of the same rules at a time, whoever asks at once.
"""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from core.models import User
from core.settings_versions import UnableToChangeSettings
from risk.domain.fraud_settings import CONTRADICTIONS, DEFAULTS, as_document, from_document
from risk.models import FraudTrial, LimitSettings
from risk.selectors.limits import fraud_rules_held
from risk.services import fraud_trials
from risk.services.fraud_trials import UnableToTryFraudRules, try_fraud_rules, work_trials
from risk.services.limit_settings import decide_limits, propose_limits
from tests.risk.conftest import TODAY

OLD = {"contradictions": [code for code in CONTRADICTIONS if code != "other_number"]}
NEW = CONTRADICTIONS["other_number"]
PAGE = "risk:fraud_rules"


@pytest.fixture
def from_before(db: None, risk_manager: User, second_risk_manager: User) -> LimitSettings:
    """Rules in force that were made when the catalogue had one contradiction less."""
    people = {"proposed_by": risk_manager, "confirmed_by": second_risk_manager}
    document = as_document(DEFAULTS) | OLD
    return LimitSettings.objects.create(kind="FRAUD", number=1, state="ACTIVE", document=document, reason="Of last year", **people)


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def sent(page: Any, **changes: Any) -> dict[str, Any]:
    """The form as it is shown, with changes."""
    return {field.html_name: field.value() for field in page.context["form"] if field.value() is not None} | changes


def confirm(second: User) -> None:
    decide_limits(proposed=LimitSettings.objects.get(state="PROPOSED"), confirm=True, reason="Agreed", actor=second)


@pytest.mark.django_db
class TestNewInTheCatalogue:
    def test_is_told_and_taken_in(self, from_before: LimitSettings, risk_manager: User, second_risk_manager: User) -> None:
        client = signed_in(risk_manager)
        page = client.get(reverse(PAGE))
        assert (
            page.context["lacks"] == [NEW]
            and "In the catalogue, not in these rules" in page.text
            and f"{NEW} (not marked yet)" in page.text
        )
        # It may be new, or have been left out before that was kept.
        assert "Not marked by the rules in force" in page.text and "newer release" not in page.text and "(new)" not in page.text
        taken = client.get(reverse(PAGE), {"take_in": "yes"})
        assert "other_number" in taken.context["form"]["contradictions"].value()
        assert client.post(reverse(PAGE), sent(taken)).status_code == 302
        confirm(second_risk_manager)
        assert fraud_rules_held().thresholds == DEFAULTS
        assert client.get(reverse(PAGE)).context["lacks"] == []

    def test_is_not_lost_by_another_change(self, from_before: LimitSettings, risk_manager: User, second_risk_manager: User) -> None:
        """Left out by who saw it, it is named as left out, to the second person and afterwards."""
        client = signed_in(risk_manager)
        assert client.post(reverse(PAGE), sent(client.get(reverse(PAGE)), velocity_files="4", reason="Rings")).status_code == 302
        told = client.get(reverse(PAGE))
        assert ("Left out on purpose", "none", NEW) in told.context["changes"]
        confirm(second_risk_manager)
        page = client.get(reverse(PAGE))
        assert page.context["lacks"] == [] and ("Left out on purpose", NEW) in page.context["told"]
        assert fraud_rules_held().thresholds.left_out == ("other_number",)

    def test_is_told_to_readers_who_cannot_change_it(self, from_before: LimitSettings, investigator: User) -> None:
        page = signed_in(investigator).get(reverse(PAGE)).text
        assert NEW in page and "take_in" not in page

    def test_changes_no_document_of_rules_that_leave_nothing_out(self) -> None:
        assert "left_out" not in as_document(DEFAULTS) and from_document(as_document(DEFAULTS) | OLD).lacking == ("other_number",)
        again = from_document(as_document(DEFAULTS) | OLD | {"left_out": ["other_number", "other_birth"]})
        assert (again.lacking, again.left_out) == ((), ("other_number",)) and from_document(as_document(again)) == again


@pytest.mark.django_db
def test_nobody_proposes_fraud_rules_past_the_trial(reviewed: Any, risk_manager: User) -> None:
    reviewed()
    asked: dict[str, Any] = {"kind": "FRAUD", "document": as_document(DEFAULTS) | OLD, "reason": "x", "actor": risk_manager}
    with pytest.raises(UnableToChangeSettings, match="untried"):
        propose_limits(**asked)
    assert not LimitSettings.objects.exists()
    try_fraud_rules(document=asked["document"], reason="x", actor=risk_manager, business_date=TODAY)
    work_trials()
    assert propose_limits(**asked).state == "PROPOSED"


@pytest.mark.django_db(transaction=True)
def test_the_same_rules_are_tried_once_at_a_time(bank: Any, risk_manager: User, second_risk_manager: User, monkeypatch: Any) -> None:
    """Two connections ask together, and neither sees the other's row: the database takes one."""
    together = threading.Barrier(2)
    held = fraud_trials.fraud_rules_held

    def wait() -> Any:
        found = held()
        together.wait(10)
        return found

    monkeypatch.setattr(fraud_trials, "fraud_rules_held", wait)
    came: list[str] = []

    def ask(actor: User) -> None:
        try:
            try_fraud_rules(document=as_document(DEFAULTS) | OLD, reason="x", actor=actor, business_date=TODAY)
            came.append("tried")
        except UnableToTryFraudRules as refusal:
            came.append(refusal.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=ask, args=(person,)) for person in (risk_manager, second_risk_manager)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(came) == ["running", "tried"] and FraudTrial.objects.count() == 1
    work_trials()
    monkeypatch.setattr(fraud_trials, "fraud_rules_held", held)
    try_fraud_rules(document=as_document(DEFAULTS) | OLD, reason="x", actor=risk_manager, business_date=TODAY)
    assert FraudTrial.objects.count() == 2, "and again once it is done"
