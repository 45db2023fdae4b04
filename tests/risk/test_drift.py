"""Drift by month: what is counted, when it is told, what the page shows, and who sees it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pandas as pd
import pytest
from django.test import Client
from django.urls import reverse

from core.models import Branch, OutboxEvent, User
from core.roles import Role
from loans.models import Application
from monitoring.models import Alert
from risk.domain.application_score import score_row
from risk.domain.development import distribution_of
from risk.domain.scorecard import Card
from risk.models import ModelDrift, ModelVersion, Score
from risk.selectors.registry import READERS
from risk.services.drift import measure_drift
from tests.monitoring.conftest import hear
from tests.risk.book import make_past_loans
from tests.risk.conftest import TODAY, make_person, past_loans
from tests.shared_rows import shared

JANUARY, FEBRUARY = date(2026, 1, 20), date(2026, 2, 10)
SignIn = Callable[[User], Client]


@pytest.fixture
def model(model: ModelVersion) -> ModelVersion:
    """The scorecard in force, with the tenths of its sample kept."""
    card = Card.from_dict(model.definition["card"])
    model.development = {"distribution": distribution_of(card.points_of(past_loans()))}
    model.save(update_fields=["development"])
    return model


@shared
def applications(branch: Branch) -> list[Application]:
    return make_past_loans(branch, ["good"] * 150)


def score(model: ModelVersion, applications: list[Application], frame: pd.DataFrame, day: date) -> None:
    rows = [{name: str(row[name]) for name in model.features} for row in frame.to_dict("records")]
    said = [score_row(model.definition, row) for row in rows]
    Score.objects.bulk_create(
        Score(
            application=application,
            model_version=model,
            points=one["points"],
            pd=Decimal(one["pd"]),
            grade=one["grade"],
            contributions=one["contributions"],
            reasons=[],
            facts={},
            business_date=day,
        )
        for application, one in zip(applications, said, strict=False)
    )


def poorer(rows: int) -> pd.DataFrame:
    frame = past_loans(rows, seed=9)
    return frame.assign(dsti=(frame["dsti"] * 0.3 + 0.48).round(4))


class TestMeasureDrift:
    def test_tells_a_shift_from_chance(self, model: ModelVersion, applications: list[Application]) -> None:
        score(model, applications, past_loans(150, seed=8), JANUARY)
        score(model, applications, past_loans(150, seed=9), FEBRUARY)
        score(model, applications, poorer(150), FEBRUARY)
        assert measure_drift(business_date=FEBRUARY) == 2 * (1 + len(model.features))
        found = {(row.month.month, row.factor): row for row in ModelDrift.objects.all()}
        assert found[1, ""].verdict == "STABLE" and found[1, "dsti"].verdict == "STABLE"
        assert found[2, ""].rows == 150, "only the last score of an application counts"
        assert found[2, "dsti"].verdict == "SHIFTED" and found[2, "amount"].verdict == "STABLE"

    def test_leaves_closed_months_alone_and_says_a_shift_once(self, model: ModelVersion, applications: list[Application]) -> None:
        score(model, applications, past_loans(150, seed=8), JANUARY)
        measure_drift(business_date=JANUARY)
        assert not OutboxEvent.objects.filter(name="ScorecardDrifted").exists()
        score(model, applications, poorer(150), FEBRUARY)
        kept = list(ModelDrift.objects.filter(month__month=1).values())
        for _ in range(2):
            measure_drift(business_date=FEBRUARY)
        assert list(ModelDrift.objects.filter(month__month=1).values()) == kept
        assert OutboxEvent.objects.filter(name="ScorecardDrifted").count() == 1

    def test_alerts_those_who_answer_for_models(self, model: ModelVersion, applications: list[Application]) -> None:
        score(model, applications, poorer(150), TODAY)
        measure_drift(business_date=TODAY)
        hear()
        alert = Alert.objects.get(kind=Alert.Kind.MODEL_DRIFT)
        assert (alert.level, alert.subject) == (2, f"model:{model.pk}") and alert.title == "Retail scorecard v1: the score has shifted"

    def test_has_nothing_to_say_without_scores(self, model: ModelVersion) -> None:
        assert measure_drift(business_date=TODAY) == 0


class TestDriftPage:
    def test_shows_months_and_factors_to_all_but_administrators(
        self, model: ModelVersion, applications: list[Application], branch: Branch
    ) -> None:
        url = reverse("risk:model_drift", args=[model.pk])
        client = Client()
        client.force_login(make_person("rosa_risk", branch, Role.RISK_MANAGER))
        assert "Nothing measured yet" in client.get(url).text
        score(model, applications, past_loans(150, seed=8), JANUARY)
        score(model, applications, poorer(150), FEBRUARY)
        measure_drift(business_date=FEBRUARY)
        page = client.get(url).text
        assert "In February 2026 the index of the score is" in page and "Debt service to income, index" in page
        assert "Train a scorecard" in page and page.count("Shifted") > 1
        for role in Role:
            client.force_login(make_person(f"some_{role.lower()}", branch, role))
            assert client.get(url).status_code == (200 if role in READERS else 403), role
