"""Samples that scorecards learnt from are deleted when their time is over, with a word in the audit trail."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from core.models import AuditEntry, User
from risk.models import ModelVersion
from risk.services.sample_retention import delete_old_samples
from risk.services.training_runs import UnableToTrain, order_refit, sample_of
from tests.risk.conftest import TODAY
from tests.risk.test_training import csv_of, order

DAYS = 100


@pytest.fixture(autouse=True)
def kept(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT, settings.CREDENCE_SAMPLE_DAYS = str(tmp_path), DAYS
    return tmp_path


@pytest.fixture
def version(risk_manager: User) -> ModelVersion:
    found = order(risk_manager, csv_of(), folds=2).version
    assert found is not None
    return found


def files(kept: Path) -> int:
    return sum(1 for one in kept.rglob("*") if one.is_file())


def test_deletes_a_retired_scorecards_sample_after_its_days_and_says_so(version: ModelVersion, kept: Path, risk_manager: User) -> None:
    ModelVersion.objects.filter(pk=version.pk).update(state="RETIRED", retired_date=TODAY, classing={"dsti": [0.3]})
    assert files(kept) == 1
    assert delete_old_samples(business_date=TODAY + timedelta(days=DAYS)) == 0 and files(kept) == 1
    over = TODAY + timedelta(days=DAYS + 1)
    assert delete_old_samples(business_date=over) == 1 and files(kept) == 0
    assert AuditEntry.objects.get(action="training.sample_deleted").actor_name == "sweep"
    assert delete_old_samples(business_date=over) == 0
    version.refresh_from_db()
    assert sample_of(version) is None and version.development
    with pytest.raises(UnableToTrain, match="no_sample"):
        order_refit(version=version, actor=risk_manager, business_date=over)


def test_keeps_what_is_in_force_and_lets_old_drafts_go(version: ModelVersion, kept: Path) -> None:
    later = TODAY + timedelta(days=DAYS + 1)
    ModelVersion.objects.filter(pk=version.pk).update(state="ACTIVE")
    assert delete_old_samples(business_date=later) == 0 and files(kept) == 1
    ModelVersion.objects.filter(pk=version.pk).update(state="DRAFT")
    assert delete_old_samples(business_date=later) == 1 and files(kept) == 0
