"""Fraud rules are tried on the open files before they are proposed:
more and fewer signals by rule and file, in as many queries for many, none raised.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.models import AuditEntry, User
from core.settings_versions import UnableToChangeSettings
from loans.models import Application, ApplicationHold
from risk.domain.fraud_settings import DEFAULTS, as_document, from_document
from risk.models import FraudSignal, FraudTrial, LimitSettings
from risk.selectors.fraud_ground import grounds_of
from risk.selectors.fraud_trials import list_changes
from risk.services import fraud_trials
from risk.services.fraud import look_for_fraud
from risk.services.fraud_findings import findings
from risk.services.fraud_trials import UnableToTryFraudRules, try_fraud_rules, work_trials
from risk.services.limit_settings import propose_limits
from tests.risk.conftest import TODAY
from tests.risk.files import add_document
from tests.risk.test_fraud_rules import IBAN, WORK

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]


def rules(**changes: Any) -> dict[str, Any]:
    return as_document(DEFAULTS) | changes


def tried(actor: User, **changes: Any) -> FraudTrial:
    trial = try_fraud_rules(document=rules(**changes), reason="Rings seen", actor=actor, business_date=TODAY)
    work_trials()
    trial.refresh_from_db()
    return trial


def laid(file: Make, *asked: dict[str, Any]) -> list[Application]:
    """Files that left their traces; what was raised on them is away."""
    made = [file(number, **more) for number, more in enumerate(asked, start=1)]
    for one in made:
        look_for_fraud(application=one, business_date=TODAY)
    return made


@pytest.fixture
def ring(file: Make) -> list[Application]:
    """Three of one employer, two of them paid to one account; two with nearly one name and one document; somebody twice."""
    made = laid(
        file,
        {"iban": IBAN, **WORK},
        {"iban": IBAN, "day": TODAY - timedelta(days=3), **WORK},
        WORK,
        {"name": "Jürgen Ahlers", "birth_date": "1980-03-04"},
        {"name": "Juergen Ahlerts", "birth_date": "1980-03-04"},
    )
    for one in made[3:]:
        add_document(one, f"{one.reference}.pdf")
    return made


class TestTrial:
    def test_says_what_would_be_raised_more_and_fewer_and_raises_nothing(
        self, ring: list[Application], risk_manager: User, django_assert_max_num_queries: Any
    ) -> None:
        before = (list(FraudSignal.objects.values()), list(ApplicationHold.objects.values()))
        trial = tried(risk_manager, employer_people=3, payee_people=3)
        assert (list(FraudSignal.objects.values()), list(ApplicationHold.objects.values())) == before
        assert (trial.state, trial.done, trial.total) == ("DONE", 5, 5)
        assert (trial.found["PAYEE"], trial.found["EMPLOYER"], trial.found["NAME"]) == ([2, 0], [0, 3], [2, 2])
        more = {(row.application, row.rule) for row in list_changes(risk_manager, trial, is_more=True)}
        fewer = {(row.application, row.rule) for row in list_changes(risk_manager, trial, is_more=False)}
        assert more == {(one, "EMPLOYER") for one in ring[:3]} and fewer == {(one, "PAYEE") for one in ring[:2]}
        assert AuditEntry.objects.filter(action="fraud_rules.tried", actor=risk_manager).count() == 1

    def test_reads_of_many_what_is_read_of_one(self, ring: list[Application]) -> None:
        limits = from_document(rules(employer_people=2, velocity_files=2))
        since = TODAY - timedelta(days=limits.window_days)
        together = {ground.application.pk: ground for ground in grounds_of(ring, since=since)}
        for one in ring:
            (alone,) = grounds_of([one], since=since)
            said = [
                sorted((found.rule, str(found.key), found.words, found.others) for found in findings(ground, on=TODAY, limits=limits))
                for ground in (alone, together[one.pk])
            ]
            assert said[0] == said[1]
        assert {found.rule for one in together.values() for found in findings(one, on=TODAY, limits=limits)} >= {
            "PAYEE", "EMPLOYER", "NAME", "DOCUMENT",
        }  # fmt: skip

    def test_costs_the_same_for_few_and_many(self, ring: list[Application], risk_manager: User) -> None:
        costs = []
        for files in (ring[:1], ring):
            with CaptureQueriesContext(
                connection,
            ) as asked:
                grounds_of(files, since=TODAY - timedelta(days=365))
            costs.append(len(asked))
        assert costs[0] == costs[1] <= 8

    def test_goes_on_behind_the_last_file_and_leaves_out_what_is_decided(
        self, ring: list[Application], risk_manager: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(fraud_trials, "BATCH", 2)
        Application.objects.filter(pk=ring[4].pk).update(state="DECLINED")
        trial = tried(risk_manager, employer_people=3)
        assert (trial.state, trial.done, trial.found["EMPLOYER"]) == ("DONE", 4, [0, 3])

    def test_is_for_risk_managers_and_of_other_rules(self, ring: list[Application], risk_manager: User, investigator: User) -> None:
        asked: dict[str, Any] = {"reason": "x", "business_date": TODAY}
        for document, actor, code in (
            (rules(payee_people=3), investigator, "not_entitled"),
            (rules(), risk_manager, "unchanged"),
        ):
            with pytest.raises(UnableToTryFraudRules, match=code):
                try_fraud_rules(document=document, actor=actor, **asked)
        try_fraud_rules(document=rules(payee_people=3), actor=risk_manager, **asked)
        with pytest.raises(UnableToTryFraudRules, match="running"):
            try_fraud_rules(document=rules(payee_people=3), actor=risk_manager, **asked)
        assert FraudTrial.objects.count() == 1

    def test_that_breaks_three_times_stops_and_says_so(
        self, ring: list[Application], risk_manager: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        trial = try_fraud_rules(document=rules(payee_people=3), reason="x", actor=risk_manager, business_date=TODAY)
        monkeypatch.setattr(fraud_trials, "grounds_of", lambda *_, **__: 1 / 0)
        for _ in range(3):
            work_trials()
        trial.refresh_from_db()
        assert (trial.state, trial.note) == ("FAILED", "Stopped by ZeroDivisionError.")


class TestProposal:
    def test_waits_for_a_trial_beside_the_rules_in_force(
        self, ring: list[Application], risk_manager: User, second_risk_manager: User
    ) -> None:
        asked: dict[str, Any] = {"reason": "Rings seen", "actor": risk_manager}
        with pytest.raises(UnableToChangeSettings, match="untried"):
            propose_limits(kind="FRAUD", document=rules(payee_people=3), **asked)
        tried(risk_manager, payee_people=3)
        with pytest.raises(UnableToChangeSettings, match="untried"):
            propose_limits(kind="FRAUD", document=rules(payee_people=4), **asked)
        assert propose_limits(kind="FRAUD", document=rules(payee_people=3), **asked).state == "PROPOSED"

    def test_needs_none_where_no_file_is_open(self, bank: Any, risk_manager: User) -> None:
        assert propose_limits(kind="FRAUD", document=rules(payee_people=3), reason="x", actor=risk_manager).state == "PROPOSED"

    def test_is_tried_read_and_proposed_on_the_pages(self, ring: list[Application], risk_manager: User, investigator: User) -> None:
        client, reader = Client(), Client()
        client.force_login(risk_manager)
        reader.force_login(investigator)
        form: Any = client.get(reverse("risk:fraud_rules")).context["form"]
        sent = {field.html_name: field.value() for field in form if field.value() is not None} | {
            "reason": "Rings seen",
            "employer_people": "3",
        }
        refused = client.post(reverse("risk:fraud_rules"), sent)
        assert refused.status_code == 422 and "Try these rules on the open files first" in refused.text
        answer = client.post(reverse("risk:fraud_rules"), sent | {"try": "yes"})
        trial = FraudTrial.objects.get()
        address = reverse("risk:fraud_trial", args=[trial.pk])
        assert answer.status_code == 302 and answer["Location"] == address
        assert "Waiting" in client.get(address).text
        work_trials()
        with CaptureQueriesContext(connection) as asked:
            page = client.get(address).text
        assert "Many applicants from one employer" in page and ring[0].reference in page and "Propose these rules" in page
        assert len(asked) <= 14
        assert "Propose these rules" not in reader.get(address).text
        assert reader.post(reverse("risk:fraud_trial_propose", args=[trial.pk])).status_code == 403
        assert "No file here" in client.get(address, {"change": "fewer"}).text
        assert "," in client.get(address, {"export": "csv"}).getvalue().decode()
        assert client.post(reverse("risk:fraud_trial_propose", args=[trial.pk])).status_code == 302
        assert LimitSettings.objects.get().document["employer_people"] == 3
        assert client.post(reverse("risk:fraud_trial_propose", args=[trial.pk])).status_code == 422
        assert trial.base_name in client.get(reverse("risk:fraud_rules")).text

    def test_who_takes_applications_in_sees_none(self, ring: list[Application], risk_manager: User, officer: User) -> None:
        trial = tried(risk_manager, payee_people=3)
        client = Client()
        client.force_login(officer)
        assert client.get(reverse("risk:fraud_trial", args=[trial.pk])).status_code in (403, 404)
