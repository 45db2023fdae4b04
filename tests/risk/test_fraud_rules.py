"""Fraud rules: thresholds that two people change, by which files are looked at from then on, and that a decision keeps."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from core.models import User
from core.settings_versions import UnableToChangeSettings
from loans.models import Application
from risk.domain import fraud_settings
from risk.domain.fraud_settings import DEFAULTS, UnfitFraudRules, as_document, from_document
from risk.models import Decision, FraudSignal, LimitSettings
from risk.selectors.limits import fraud_rules_held
from risk.services.fraud import look_for_fraud
from risk.services.fraud_trials import try_fraud_rules, work_trials
from risk.services.limit_settings import decide_limits, propose_limits
from risk.services.replay import replay_decision
from tests.risk.conftest import TODAY
from tests.risk.deciding import Make, decided
from tests.risk.files import add_document

pytestmark = pytest.mark.django_db
IBAN = "DE02120300000000202051"
WORK = {"employment": {"employer": "Nordhusen Textiles GmbH", "months": "30"}}


def put_in_force(risk_manager: User, second: User, **changes: Any) -> None:
    asked = as_document(DEFAULTS) | changes
    try_fraud_rules(document=asked, reason="Rings seen", actor=risk_manager, business_date=TODAY)
    work_trials()
    proposed = propose_limits(kind=LimitSettings.Kind.FRAUD, document=asked, reason="Rings seen", actor=risk_manager)
    decide_limits(proposed=proposed, confirm=True, reason="Agreed", actor=second)


def rules_of(application: Application) -> set[str]:
    look_for_fraud(application=application, business_date=TODAY)
    return set(FraudSignal.objects.filter(application=application).values_list("rule", flat=True))


class TestDocument:
    def test_reads_as_it_was_written(self) -> None:
        assert from_document(as_document(DEFAULTS)) == DEFAULTS
        assert from_document({}) == DEFAULTS, "a version that knew less has the defaults for the rest"

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"velocity_files": 1}, "A person is marked from: write a whole number between 2 and 100 files."),
            ({"velocity_days": 1.5}, "A person hands them in within: write a whole number"),
            ({"person_likeness": "0.4"}, "from a likeness of: write a share between 50 and 100%."),
            ({"person_likeness": "NaN"}, "from a likeness of"),
            ({"employer_days": 400}, "No stretch is longer than the 365 days"),
            ({"contradictions": ["weather"]}, "Choose among the statements"),
            ({"shoe_size": 4}, "Nothing is known as shoe_size."),
        ],
    )
    def test_refuses_what_cannot_be(self, changes: dict[str, Any], words: str) -> None:
        with pytest.raises(UnfitFraudRules) as refusal:
            from_document(as_document(DEFAULTS) | changes)
        assert words in str(refusal.value)

    def test_is_refused_by_the_service_and_nothing_is_proposed(self, risk_manager: User) -> None:
        for changes, code in (({"window_days": 0}, "unfit"), ({}, "unchanged")):
            with pytest.raises(UnableToChangeSettings, match=code):
                propose_limits(kind="FRAUD", document=as_document(DEFAULTS) | changes, reason="x", actor=risk_manager)
        assert not LimitSettings.objects.exists()


class TestInForce:
    @pytest.mark.parametrize(
        ("changes", "before", "after"),
        [
            ({"payee_people": 3}, {"PAYEE"}, set()),
            ({"employer_people": 2}, {"PAYEE"}, {"PAYEE", "EMPLOYER"}),
            ({"employer_people": 2, "employer_days": 3}, {"PAYEE"}, {"PAYEE"}),
            ({"window_days": 4, "employer_days": 4, "network_days": 4}, {"PAYEE"}, set()),
        ],
    )
    def test_say_from_when_what_is_shared_is_marked(
        self, changes: Any, before: Any, after: Any, file: Make, risk_manager: User, second_risk_manager: User
    ) -> None:
        rules_of(file(1, iban=IBAN, day=TODAY - timedelta(days=5), **WORK))
        assert rules_of(file(2, iban=IBAN, **WORK)) == before
        FraudSignal.objects.all().delete()
        put_in_force(risk_manager, second_risk_manager, **changes)
        assert rules_of(Application.objects.order_by("-id")[0]) == after

    def test_say_how_often_how_near_and_what_cannot_be(self, file: Make, risk_manager: User, second_risk_manager: User) -> None:
        first, second = file(1, name="Jürgen Ahlers", birth_date="1980-03-04"), file(2, name="Juergen Ahlerts", birth_date="1980-03-04")
        rules_of(first)
        assert rules_of(second) == {"NAME"}
        young = {"employment": {"employer": "Werft", "months": "500"}, "birth_date": "1990-01-01"}
        third, again = file(3, **young), file(3, **young)
        rules_of(third)
        assert rules_of(again) == {"IMPOSSIBLE"}
        FraudSignal.objects.all().delete()
        put_in_force(risk_manager, second_risk_manager, person_likeness="0.99", velocity_files=2, contradictions=["own_guarantor"])
        assert rules_of(second) == set()
        assert rules_of(again) == {"VELOCITY"}

    def test_say_in_how_many_files_a_document_lies(self, file: Make, risk_manager: User, second_risk_manager: User) -> None:
        first, second = file(1), file(2)
        for application in (first, second):
            rules_of(application)
            add_document(application, f"{application.reference}.pdf")
        assert "DOCUMENT" in rules_of(second)
        FraudSignal.objects.all().delete()
        put_in_force(risk_manager, second_risk_manager, document_files=3)
        assert rules_of(second) == set()

    def test_are_named_by_the_signal_and_its_page(
        self, file: Make, investigator: User, risk_manager: User, second_risk_manager: User
    ) -> None:
        put_in_force(risk_manager, second_risk_manager, employer_days=20)
        rules_of(file(1, iban=IBAN))
        mine = file(2, iban=IBAN)
        rules_of(mine)
        assert FraudSignal.objects.get().evidence["rules"] == "fraud rules v1"
        client = Client()
        client.force_login(investigator)
        assert "By fraud rules v1." in client.get(reverse("risk:signals_panel", args=[mine.pk])).text

    def test_are_kept_with_a_decision_and_read_again(
        self, reviewed: Make, approver: User, risk_manager: User, second_risk_manager: User
    ) -> None:
        put_in_force(risk_manager, second_risk_manager, velocity_files=9)
        made = decided(reviewed(), approver)
        decision = Decision.objects.get(pk=made.pk)
        held = fraud_rules_held()
        assert decision.evidence["fraud_rules"] == held.kept and held.kept["number"] == 1
        put_in_force(risk_manager, second_risk_manager, velocity_files=4)
        replay = replay_decision(decision=decision)
        assert replay.identical and "fraud rules of its day" in replay.parts
        LimitSettings.objects.filter(kind="FRAUD", number=1).update(document=as_document(DEFAULTS))
        assert [one.part for one in replay_decision(decision=decision).differences] == ["fraud rules of its day"]


def test_the_page_tells_what_holds_and_refuses_in_words(risk_manager: User, officer: User) -> None:
    client = Client()
    client.force_login(risk_manager)
    page = client.get(reverse("risk:fraud_rules"))
    assert "Fraud rules by default" in page.text and "4 people within 30 days" in page.text and "88%" in page.text
    sent = {name: page.context["form"][name].value() for name in fraud_settings.SETTINGS} | {"reason": "Rings", "velocity_files": "1"}
    answer = client.post(reverse("risk:fraud_rules"), sent)
    assert answer.status_code == 422 and "A person is marked from: write a whole number between 2 and 100 files." in answer.text
    sent |= {"velocity_files": "2", "contradictions": ["own_guarantor"], "ebitda_share": "60"}
    assert client.post(reverse("risk:fraud_rules"), sent).status_code == 302
    told = {name: then for name, _, then in client.get(reverse("risk:fraud_rules")).context["changes"]}
    assert told["A person is marked from"] == "2 files within 30 days"
    assert told["Cannot both be true"] == "A guarantor who is the borrower"
    assert LimitSettings.objects.get().document["ebitda_share"] == "0.6" and fraud_rules_held().thresholds.ebitda_share == Decimal(1)
    client.force_login(officer)
    assert client.get(reverse("risk:fraud_rules")).status_code == 403
    assert "Fraud rules" not in client.get(reverse("risk:appetite")).text, "who takes applications in does not learn the thresholds"
