"""Numbers with "NA", percent, thousands and slips among them: read, or refused by column and cell, never taken for categories."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from django.core.management import CommandError, call_command

from risk.domain.training import make_challenger
from risk.domain.written_columns import read_column
from tests.risk.conftest import past_loans


def loans() -> pd.DataFrame:
    """Past loans whose income tells more than everything else."""
    frame = past_loans(1200)
    frame["earned"] = (5000 - 900 * frame["bad"] + np.random.default_rng(1).normal(0, 700, len(frame))).round(2)
    return frame


def trained(folder: Path, frame: pd.DataFrame, *options: str) -> dict[str, Any]:
    frame.to_csv(folder / "past.csv", index=False)
    told = folder / "report.json"
    call_command("train_model", "--data", folder / "past.csv", "--target", "bad", "--folds", "2", "--report", told, *options, verbosity=0)
    found: dict[str, Any] = json.loads(told.read_text())
    return found


@pytest.mark.parametrize(
    ("written", "empty", "remark"),
    [
        (lambda earned: earned.astype(str), 10, "earned: 120 cells say “NA”, read as missing."),
        (lambda earned: earned.map(lambda one: f"{one:,.2f}"), 0, ""),
        (lambda earned: earned.map(lambda one: f"{one}%"), 0, "earned: written in percent, read as shares."),
    ],
)
def test_a_number_stays_a_number_however_it_is_written(tmp_path: Path, written: Any, empty: int, remark: str) -> None:
    frame = loans()
    said = np.arange(len(frame)) % empty > 0 if empty else np.ones(len(frame), dtype=bool)
    plain = trained(tmp_path, frame.assign(earned=frame["earned"].where(said)))
    found = trained(tmp_path, frame.assign(earned=written(frame["earned"]).where(said, "NA")))
    for measured, model in ((plain, "scorecard"), (plain["challenger"], "challenger")):
        other = found if model == "scorecard" else found["challenger"]
        assert other["mean"]["auc"] == pytest.approx(measured["mean"]["auc"], abs=0.005), model
    assert found["iv"]["earned"] == pytest.approx(plain["iv"]["earned"], rel=0.02)
    assert [one for one in found["remarks"] if one.startswith("earned")] == ([remark] if remark else [])


@pytest.mark.parametrize(
    ("stray", "everywhere"),
    [("EUR 12", False), ("1.008,96", False), ("about 900", False), ("12.5%", False), ("€{}", True), ("{} EUR", True)],
)
def test_refuses_a_cell_that_is_no_number_among_numbers(tmp_path: Path, stray: str, everywhere: bool) -> None:
    frame = loans()
    cells = frame["earned"].astype(str)
    frame["earned"] = cells.map(stray.format) if everywhere else cells.where(cells.index != 4, stray)
    with pytest.raises(CommandError) as refusal:
        trained(tmp_path, frame)
    row, shown = (2, stray.format(cells[0])) if everywhere else (6, stray)
    assert f"earned: “{shown}” in row {row} is no number that can be read for certain" in str(refusal.value)


@pytest.mark.parametrize("values", [["0", "1", "2", "3+"], ["NA", "own", "rent"], ["10+ years", "2 years", "NA"], ["A12", "A7", "SIC 25"]])
def test_codes_stay_words(values: list[str]) -> None:
    column = pd.Series(values * 40)
    read, remarks = read_column("code", column)
    assert read.tolist() == column.tolist() and not remarks


def test_refuses_a_direction_asked_of_words(tmp_path: Path) -> None:
    frame = loans().assign(trade=np.where(np.arange(1200) % 3 > 0, "baker", "builder"))
    with pytest.raises(CommandError, match="trade: holds words, no numbers"):
        trained(tmp_path, frame, "--rising", "trade")
    with pytest.raises(ValueError, match="columns of words: trade"):
        make_challenger(frame[["trade", "earned"]], {"trade": 1})
