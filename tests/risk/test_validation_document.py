"""The document of a scorecard as a validator reads it: purpose, tests of grades, factors alike, the version before, and its people."""

from __future__ import annotations

import io
import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.test import Client
from django.urls import reverse

from core.models import AuditEntry, BankState, User
from risk.domain.grade_tests import GradeTest, chance_of, in_order
from risk.domain.scorecard.grades import Grade
from risk.models import ModelVersion
from risk.services.development_paper import development_pdf, sections_of_development
from risk.services.hand_classing import draw_bins
from risk.services.models import UnableToRegisterModel, confirm_activation, propose_activation, reject_activation
from risk.services.paper_sections import Section
from risk.services.training_runs import order_training, train_waiting
from risk.web.bins import CardWords
from tests.risk.conftest import OPINION, TODAY, past_loans

REASONS = {"impact_unknown": "NO_AGES"}


@pytest.fixture(autouse=True)
def files(settings: Any, tmp_path: Path, bank: BankState) -> None:
    settings.MEDIA_ROOT = str(tmp_path)


def trained(actor: User, seed: int = 7) -> ModelVersion:
    """A version from a file with days, a tenth of one factor missing, and another that says the same as the first."""
    frame = past_loans(600, seed=seed)
    frame["granted"] = [(date(2023, 1, 1) + timedelta(days=number)).isoformat() for number in range(len(frame))]
    frame["dti"] = (frame["dsti"] * 7).round(4)
    frame["employment_months"] = frame["employment_months"].where(np.arange(600) % 10 > 0)
    frame["bad"] = frame["bad"].map({0: "paid", 1: "lost"})
    run = order_training(
        population="retail", options={"folds": 2, "target": "bad", "positive": "lost", "date_column": "granted"}, actor=actor,
        business_date=TODAY, upload=io.BytesIO(frame.to_csv(index=False).encode()), file_name="past.csv",
    )  # fmt: skip
    train_waiting()
    run.refresh_from_db()
    assert run.version is not None, run.note
    return run.version


def document(version: ModelVersion) -> dict[str, Section]:
    return {one.title: one for one in sections_of_development(version, CardWords(version.definition, "EUR").answers)}


def test_says_what_it_is_for_and_how_it_was_tested(risk_manager: User) -> None:
    told = document(trained(risk_manager))
    assert "applications of persons" in told["Purpose"].sentences[0] and "not made for companies" in told["Purpose"].sentences[1]
    assert "the outcome is the column bad, and its value “lost” is the bad one" in " ".join(told["Sample"].sentences)
    factors = {row[0]: row for row in told["Factors and coefficients"].rows}
    assert factors["Months with the present employer"][5] == "10.00%"
    assert {tuple(sorted(row[:2])) for row in told["Factors that say the same"].rows} == {
        ("Debt service to income", "Debt to yearly income")
    }
    verdicts = [row[-1] for row in told["Grades"].rows]
    assert set(verdicts) <= {"Too few to tell", "Too low", "Holds"} and "Holds" in verdicts
    assert any("Observed bad rates" in one for one in told["Grades"].sentences)
    assert "of AUC" in told["Validation"].sentences[-1]
    assert "Watched each month" in " ".join(told["Assumptions and limits"].sentences)
    assert told["Approval"].sentences[-1] == "Nobody has proposed it, and nobody has validated it."
    assert not any(title.startswith("Beside version") for title in told), "it is the first"


def test_says_who_stands_behind_it_and_what_the_validator_found(
    risk_manager: User, second_risk_manager: User, validator: User, client: Client
) -> None:
    first = trained(risk_manager)
    who: dict[str, Any] = {"business_date": TODAY}
    propose_activation(version=first, actor=risk_manager, reasons=REASONS, **who)
    reject_activation(version=first, actor=validator, reason="The folds differ too much.", **who)
    propose_activation(version=first, actor=second_risk_manager, reasons=REASONS, **who)
    said = " ".join(document(first)["Approval"].sentences)
    assert "The folds differ too much." in said and said.endswith("It waits for a model validator.")
    confirm_activation(version=first, actor=validator, statement=OPINION, **who)
    second = trained(risk_manager, seed=8)
    fine = second.development["fine"]["dsti"]
    draw_bins(version=second, factor="dsti", groups=[list(range(len(fine["labels"])))], actor=second_risk_manager)

    told = document(first)["Approval"].sentences
    assert [one.split(" by ")[0] for one in told if " by " in one and not one.startswith("All the same")] == [
        "Trained", "Proposed", "Refused or taken back", "Proposed", "Put in force",
    ]  # fmt: skip
    assert "All the same, though its impact by age is not known: The sample carries no ages" in " ".join(told)
    assert told[-1] == f"In their words: {OPINION}"
    later = document(second)
    assert "Bins were drawn by hand by Rolf Risk." in later["Approval"].sentences
    assert later["Beside version 1"].rows[0][0] == "AUC" and "its own sample" in later["Beside version 1"].sentences[0]
    assert development_pdf(first, CardWords(first.definition, "EUR").answers).startswith(b"%PDF")
    client.force_login(validator)
    assert OPINION in client.get(reverse("risk:model_development", args=[first.pk])).text


@pytest.mark.parametrize("statement", ["", "  \n "])
def test_is_not_in_force_without_the_opinion_of_its_validator(risk_manager: User, validator: User, client: Client, statement: str) -> None:
    version = trained(risk_manager)
    propose_activation(version=version, actor=risk_manager, business_date=TODAY, reasons=REASONS)
    before = AuditEntry.objects.count()
    with pytest.raises(UnableToRegisterModel, match="statement_missing"):
        confirm_activation(version=version, actor=validator, business_date=TODAY, statement=statement)
    assert AuditEntry.objects.count() == before
    client.force_login(validator)
    address = reverse("risk:model_confirm", args=[version.pk])
    refused = client.post(address, {"confirm-statement": statement})
    assert refused.status_code == 422 and "Write what you looked at" in refused.text
    long = client.post(address, {"confirm-statement": "x" * 2001})
    assert long.status_code == 422 and "x" * 2001 in long.text
    version.refresh_from_db()
    assert version.state == "TESTED"
    assert "The scorecard is in force." in client.post(address, {"confirm-statement": OPINION}, follow=True).text


def test_of_a_version_from_before_has_what_was_kept(model: ModelVersion) -> None:
    """Trained without a development, and put in force when the bank was set up."""
    told = document(model)
    assert told["Approval"].sentences[-1] == "Put in force when the bank was set up."
    assert "Factors that say the same" not in told and json.dumps(model.development) == "{}"


def test_a_grade_is_tested_by_what_chance_alone_brings() -> None:
    assert chance_of(1, 2, 0.5) == pytest.approx(0.75) and chance_of(2, 2, 0.5) == pytest.approx(0.25)
    assert chance_of(0, 100, 0.01) == 1.0 and chance_of(12, 5000, 0.001) == pytest.approx(0.0055, abs=2e-4)
    tests = [
        GradeTest.of(Grade("A", 700, 0.01, 12, 0)), GradeTest.of(Grade("B", 650, 0.01, 400, 12)), GradeTest.of(Grade("C", 600, 0.05, 400, 21)),
    ]  # fmt: skip
    assert [one.verdict for one in tests] == ["FEW", "LOW", "HOLDS"] and in_order(tests)
    assert not in_order([*tests, GradeTest.of(Grade("D", 500, 0.2, 100, 1))])
