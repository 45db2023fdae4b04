"""What is asked of a scorecard before it is in force: a trial on later loans, and no adverse impact by age; or a coded reason."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.test import Client
from django.urls import reverse

from core import four_eyes
from core.models import BankState, Branch, Proposal, User
from core.roles import Role
from loans.models import Application
from risk.domain.adverse_impact import BANDS, adverse_bands, impact, impact_of, is_adverse
from risk.models import Fact, ModelImpact, ModelVersion, Score
from risk.services.development_paper import sections_of_development
from risk.services.impact import measure_impact
from risk.services.models import UnableToRegisterModel, confirm_activation, propose_activation, reject_activation
from risk.services.training_runs import order_training, train_waiting
from risk.web.bins import CardWords
from tests.risk.book import make_past_loans
from tests.risk.conftest import OPINION, TODAY, make_person, past_loans

SignIn = Callable[[User], Client]


@pytest.fixture(autouse=True)
def files(settings: Any, tmp_path: Path, bank: BankState) -> None:
    settings.MEDIA_ROOT = str(tmp_path)


def trained(actor: User, *, dated: bool, ages: Any = None, population: str = "retail") -> ModelVersion:
    """A version from a file; the ages stand in it and are left out of the learning."""
    frame = past_loans(800)
    if dated:
        frame["granted"] = [(date(2023, 1, 1) + timedelta(days=number)).isoformat() for number in range(len(frame))]
    if ages is not None:
        frame["age"] = ages(frame)
    options = {"folds": 2, "target": "bad", "left_out": ["age"] if ages is not None else []} | ({"date_column": "granted"} if dated else {})
    run = order_training(
        population=population, options=options, actor=actor, business_date=TODAY,
        upload=io.BytesIO(frame.to_csv(index=False).encode()), file_name="past.csv",
    )  # fmt: skip
    train_waiting()
    run.refresh_from_db()
    assert run.version is not None, run.note
    return run.version


def alike(frame: Any) -> Any:
    return np.random.default_rng(2).integers(20, 75, len(frame))


def young_and_burdened(frame: Any) -> Any:
    """The younger the more of the income goes into debts: few of the youngest reach the cut-off."""
    return np.where(frame["dsti"] > 0.5, 22, np.where(frame["dsti"] > 0.3, 40, 65))


class TestProposal:
    def test_needs_no_reason_where_everything_was_tried(self, risk_manager: User, validator: User) -> None:
        version = trained(risk_manager, dated=True, ages=alike)
        assert "age" not in version.features and version.development["impact"]["lowest"] > 0.8
        proposal = propose_activation(version=version, actor=risk_manager, business_date=TODAY, reasons={"impact_unknown": "NO_AGES"})
        assert "reasons" not in proposal.content, "a reason for what does not stand against it is not kept"
        assert confirm_activation(version=version, actor=validator, business_date=TODAY, statement=OPINION).state == "ACTIVE"

    @pytest.mark.parametrize(
        ("dated", "ages", "grounds"),
        [
            (False, alike, ["no_later_trial"]),
            (True, None, ["impact_unknown"]),
            (True, young_and_burdened, ["adverse_impact"]),
            (False, None, ["no_later_trial", "impact_unknown"]),
        ],
    )
    def test_is_refused_without_a_coded_reason(self, risk_manager: User, dated: bool, ages: Any, grounds: list[str]) -> None:
        version = trained(risk_manager, dated=dated, ages=ages)
        for reasons in ({}, dict.fromkeys(grounds, "BECAUSE")):
            with pytest.raises(UnableToRegisterModel, match="grounds_unanswered") as refusal:
                propose_activation(version=version, actor=risk_manager, business_date=TODAY, reasons=reasons)
            assert [one.field for one in refusal.value.faults] == grounds
        version.refresh_from_db()
        assert version.state == "DRAFT" and not Proposal.objects.exists()

    def test_of_companies_is_not_tested_by_age(self, risk_manager: User) -> None:
        version = trained(risk_manager, dated=True, population="business")
        assert propose_activation(version=version, actor=risk_manager, business_date=TODAY)

    def test_from_before_reasons_were_asked_is_not_confirmed(self, risk_manager: User, validator: User, client: Client) -> None:
        version = trained(risk_manager, dated=False, ages=alike)
        propose_activation(version=version, actor=risk_manager, business_date=TODAY, reasons={"no_later_trial": "NO_DAYS"})
        proposal = Proposal.objects.get()
        Proposal.objects.update(content={name: value for name, value in proposal.content.items() if name != "reasons"})
        with pytest.raises(UnableToRegisterModel, match="grounds_unasked"):
            confirm_activation(version=version, actor=validator, business_date=TODAY, statement=OPINION)
        client.force_login(validator)
        page = client.post(reverse("risk:model_confirm", args=[version.pk]), {"confirm-statement": OPINION})
        assert page.status_code == 422 and "Refuse it: who proposes it again says why." in page.text and OPINION in page.text

    def test_asks_for_the_reason_at_its_field_and_shows_it_to_who_confirms(
        self, risk_manager: User, validator: User, client: Client, settings: Any
    ) -> None:
        version = trained(risk_manager, dated=True, ages=young_and_burdened)
        address = reverse("risk:model_propose", args=[version.pk])
        client.force_login(risk_manager)
        refused = client.post(address)
        assert refused.status_code == 422 and "There is a problem" in refused.text and "under 25 (0." in refused.text
        kept = client.post(address, {"propose-adverse_impact": "RISK_DIFFERS"}, follow=True)
        assert "A model validator has to confirm it." in kept.text
        client.force_login(validator)
        page = client.get(reverse("risk:model_detail", args=[version.pk])).text
        assert "Proposed all the same: The band goes bad more often by as much" in page

    def test_of_a_sample_of_one_age_band_is_answered_truly(self, risk_manager: User) -> None:
        version = trained(risk_manager, dated=True, ages=lambda frame: [40] * len(frame))
        assert version.development["impact"]["lowest"] is None
        reasons = {"impact_unknown": "FEW_AGES"}
        assert propose_activation(version=version, actor=risk_manager, business_date=TODAY, reasons=reasons).content["reasons"] == reasons


class TestConfirming:
    def test_is_barred_to_who_once_proposed_it(self, risk_manager: User, validator: User, branch: Branch) -> None:
        version = trained(risk_manager, dated=True, ages=alike)
        propose_activation(version=version, actor=risk_manager, business_date=TODAY)
        Proposal.objects.update(proposed_by=validator)  # who was a risk manager then
        reject_activation(version=version, actor=validator, reason="Taken back", business_date=TODAY)
        propose_activation(version=version, actor=risk_manager, business_date=TODAY)
        with pytest.raises(four_eyes.UnableToConfirm, match="conflict_of_interest"):
            confirm_activation(version=version, actor=validator, business_date=TODAY, statement=OPINION)
        another = make_person("walter_validator", branch, Role.VALIDATOR)
        assert confirm_activation(version=version, actor=another, business_date=TODAY, statement=OPINION).state == "ACTIVE"

    def test_refused_keeps_the_opinion_that_was_typed(self, risk_manager: User, validator: User, client: Client) -> None:
        version = trained(risk_manager, dated=True, ages=alike)
        propose_activation(version=version, actor=risk_manager, business_date=TODAY)
        Proposal.objects.update(content_hash="0" * 64)
        client.force_login(validator)
        page = client.post(reverse("risk:model_confirm", args=[version.pk]), {"confirm-statement": "Looked at each bin."})
        assert page.status_code == 422 and "has to be proposed again" in page.text and "Looked at each bin." in page.text


def test_the_document_says_what_was_found(risk_manager: User) -> None:
    version = trained(risk_manager, dated=True, ages=young_and_burdened)
    sections = {one.title: one for one in sections_of_development(version, CardWords(version.definition, "EUR").answers)}
    told = sections["Adverse impact by age"]
    assert "Adverse impact on under 25 (0." in told.sentences[0] and len(told.rows) == len(BANDS)


def test_four_fifths_are_held_against_the_best_band_of_enough_rows() -> None:
    found = impact([100, 29, 100, 0, 0, 100], [50, 29, 70, 0, 0, 56])
    assert [one["ratio"] for one in found["bands"]] == [0.7143, None, 1.0, None, None, 0.8]
    assert is_adverse(found) and adverse_bands(found) == ["under 25 (0.71)"]
    assert not is_adverse(impact([100, 0, 0, 0, 0, 100], [80, 0, 0, 0, 0, 100]))
    assert impact([100, 0, 0, 0, 0, 10], [1, 0, 0, 0, 0, 10])["lowest"] is None
    known = impact_of([24.0, 25.0, float("nan"), 62.0], [500, 400, 900, 600], 500)
    assert [(one["rows"], one["passed"]) for one in known["bands"]] == [(1, 1), (1, 0), (0, 0), (0, 0), (0, 0), (1, 1)]


class TestApplications:
    def score(self, model: ModelVersion, applications: list[Application], ages: list[int], *, passes: list[bool]) -> None:
        cut_off = model.definition["grades"]["cut_off"]
        Fact.objects.bulk_create(
            Fact(
                application=one,
                code="age",
                value=str(age),
                source="x",
                authenticity="DOCUMENT",
                as_of_date=TODAY,
                recorded_date=TODAY,
                author_name="x",
            )
            for one, age in zip(applications, ages, strict=True)
        )
        Score.objects.bulk_create(
            Score(
                application=one, model_version=model, points=cut_off if reaches else cut_off - 1, pd=Decimal("0.1"), grade="C", contributions=[],
                reasons=[], facts={}, business_date=TODAY,
            )
            for one, reaches in zip(applications, passes, strict=True)
        )  # fmt: skip

    def test_are_counted_by_age_and_shown(
        self, model: ModelVersion, branch: Branch, validator: User, client: Client, django_assert_num_queries: Any
    ) -> None:
        applications = make_past_loans(branch, ["good"] * 80)
        self.score(model, applications, [22] * 40 + [50] * 40, passes=[True] * 20 + [False] * 20 + [True] * 40)
        self.score(model, applications[:1], [22], passes=[True])
        kept = measure_impact(model, business_date=TODAY)
        assert kept is not None and adverse_bands(kept.found) == ["under 25 (0.50)"]
        assert measure_impact(model, business_date=TODAY) == kept and ModelImpact.objects.count() == 1
        client.force_login(validator)
        page = client.get(reverse("risk:model_drift", args=[model.pk])).text
        assert "Impact by age" in page and "Adverse" in page and "under 25" in page

    def test_of_companies_are_not_counted(self, model: ModelVersion) -> None:
        model.name = "business"
        assert measure_impact(model, business_date=TODAY) is None
