"""`manage.py train_scorecard`: reads, develops and keeps a scorecard as when its file is sent in the browser."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from django.core.management import CommandError, call_command

from core.four_eyes import UnableToConfirm
from core.models import BankState, User, UserRole
from core.roles import Role
from risk.domain.classing import groups_of, toggled
from risk.domain.scorecard import Card
from risk.models import ModelVersion, TrainingRun
from risk.services.hand_classing import draw_bins
from risk.services.models import confirm_activation, propose_activation
from risk.services.training_runs import order_refit, order_training, train_waiting
from tests.risk.conftest import ALL_THE_SAME, OPINION, TODAY, past_loans

Command = Callable[..., str]


@pytest.fixture(autouse=True)
def files(settings: Any, tmp_path: Path, bank: BankState) -> None:
    settings.MEDIA_ROOT = str(tmp_path / "media")


def table() -> pd.DataFrame:
    """Past loans with the day of the grant, and a code "NA" (nothing named) whose loans went bad more often."""
    frame = past_loans(400)
    frame["granted"] = [(date(2024, 1, 1) + timedelta(days=number)).isoformat() for number in range(len(frame))]
    frame["purpose"] = np.where(frame["bad"] & (np.arange(len(frame)) % 4 > 0), "NA", "own")
    frame.loc[::9, "purpose"] = ["NA" if place % 2 else "own" for place in range(len(frame.loc[::9]))]
    return frame


@pytest.fixture
def command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Command:
    def run(*options: str) -> str:
        table().to_csv(tmp_path / "past.csv", index=False)
        call_command(
            "train_scorecard", "--population", "retail", "--data", str(tmp_path / "past.csv"), "--target", "bad", "--folds", "2",
            "--date", "granted", *options,
        )  # fmt: skip
        return capsys.readouterr().out

    return run


def test_keeps_what_the_browser_keeps(command: Command, risk_manager: User, second_risk_manager: User) -> None:
    command("--register", "--trainer", risk_manager.username)
    made = ModelVersion.objects.get()
    run = order_training(
        population="retail", options={"folds": 2, "target": "bad", "date_column": "granted"}, actor=risk_manager, business_date=TODAY,
        upload=io.BytesIO(table().to_csv(index=False).encode()), file_name="past.csv",
    )  # fmt: skip
    train_waiting()
    run.refresh_from_db()
    ordered = run.version
    assert ordered is not None, run.note
    for name in ("definition", "metrics", "development", "features", "data_fingerprint"):
        assert getattr(made, name) == getattr(ordered, name), name
    assert made.development["monotone"] == {"dsti": 1, "employment_months": -1}
    assert made.development["time"]["measures"]["auc"] > 0.5
    purpose = next(one for one in Card.from_dict(made.definition["card"]).features if one.name == "purpose")
    assert {"NA", "own"} <= {value for one in purpose.bins for value in one.label.split(", ")}

    # Its sample is kept, so that bins drawn by hand are learnt with; who answers for it never puts it in force.
    fine = made.development["fine"]["dsti"]
    feature = next(one for one in Card.from_dict(made.definition["card"]).features if one.name == "dsti")
    groups = groups_of(fine, feature)
    drawn = draw_bins(version=made, factor="dsti", groups=toggled(groups, groups[0][-1]), actor=risk_manager)
    again = order_refit(version=drawn, actor=risk_manager, business_date=TODAY)
    train_waiting()
    again.refresh_from_db()
    assert again.version is not None, again.note
    propose_activation(version=made, actor=second_risk_manager, business_date=TODAY, reasons=ALL_THE_SAME)
    UserRole.objects.filter(user=risk_manager).update(role=Role.VALIDATOR)
    with pytest.raises(UnableToConfirm, match="conflict_of_interest"):
        confirm_activation(version=made, actor=User.objects.get(pk=risk_manager.pk), business_date=TODAY, statement=OPINION)


def test_measures_the_same_without_keeping_anything(command: Command, risk_manager: User) -> None:
    told = json.loads(command())
    assert not ModelVersion.objects.exists() and not TrainingRun.objects.exists()
    kept = json.loads(command("--register", "--trainer", risk_manager.username))
    assert told == kept and told["monotone"] == {"dsti": 1, "employment_months": -1}
    assert json.loads(command("--falling", "employment_months"))["monotone"] == {"employment_months": -1}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--register"], "Say with --trainer who answers for the scorecard"),
        (["--register", "--trainer", "nobody"], "There is no user nobody"),
        (["--register", "--trainer", "vera_validator"], "Only a risk manager orders the training"),
        (["--leave-out", "colour"], "There is no column colour"),
        (["--date", "purpose"], "purpose: every row needs a day"),
    ],
)
def test_refuses_in_words_and_keeps_nothing(command: Command, validator: User, options: list[str], words: str) -> None:
    with pytest.raises(CommandError) as refusal:
        command(*options)
    assert words in str(refusal.value)
    assert not ModelVersion.objects.exists() and not TrainingRun.objects.exists()
