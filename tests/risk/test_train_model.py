"""`manage.py train_model`: what it reports of a file, and what it refuses or flags by the name of the column."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from django.core.management import CommandError, call_command

from tests.risk.conftest import past_loans


@pytest.fixture
def train(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    """Train on a table; returns the report and what was said."""

    def run(frame: pd.DataFrame, *options: str) -> tuple[dict[str, Any], str]:
        frame.to_csv(tmp_path / "past.csv", index=False)
        report = tmp_path / "report.json"
        call_command(
            "train_model", "--data", tmp_path / "past.csv", "--target", "bad", "--folds", "2", "--report", report, *options, verbosity=0
        )
        return json.loads(report.read_text()), capsys.readouterr().out

    return run


def test_reports_every_measure_and_names_what_is_odd(train: Any) -> None:
    frame = past_loans(400)
    flips = np.arange(len(frame)) % 40 == 0
    frame = frame.assign(
        branch="Riga",
        note=np.nan,
        number=np.arange(len(frame)),
        trade=np.where(np.arange(len(frame)) < 3, "astronaut", np.where(frame["amount"] > 20_000, "builder", "baker")),
        hindsight=np.where(flips, 1 - frame["bad"], frame["bad"]),
    )
    report, said = train(frame, "--positive", "1")
    assert report["rows"] == 400 and len(report["folds"]) == 2 and len(report["challenger"]["folds"]) == 2
    for measured in (*report["folds"], report["mean"], report["challenger"]["mean"]):
        assert {"auc", "gini", "ks", "brier", "ece"} <= measured.keys()
    assert report["iv"].keys() == {"dsti", "employment_months", "amount", "trade", "hindsight"}
    for remark in (
        "branch: constant; left out.",
        "note: every value is missing; left out.",
        "number: a running number; left out.",
        "trade: met fewer than 20 times, and scored like a category never seen: astronaut.",
        "hindsight: tells good from bad nearly by itself",
    ):
        assert any(one.startswith(remark) for one in report["remarks"]), report["remarks"]
        assert remark in said


@pytest.mark.parametrize(
    ("column", "values", "words"),
    [
        ("bad", lambda frame: 0 * frame["bad"], "bad: every row has the same outcome, 0;"),
        ("bad", lambda frame: frame["bad"].where(frame.index > 6), "bad: 7 rows have no outcome"),
        ("status", lambda frame: frame["bad"].map({0: "paid in full", 1: "charged off"}), "status: tells the outcome (equal to bad)"),
        ("charged_off", lambda frame: pd.Series("2024-05-01", frame.index).where(frame["bad"] == 1), "charged_off: tells the outcome"),
        (
            "granted",
            lambda frame: pd.date_range("2024-01-01", periods=len(frame)).strftime("%Y-%m-%d"),
            "granted: 6 dates lie in the future",
        ),
        ("paid", lambda frame: pd.Series("2024-01-01 09:30", frame.index).where(frame.index > 0, "9999-12-31"), "paid: 1 date lies"),
        ("dsti", lambda frame: frame["dsti"].where(frame.index > 0, np.inf), "dsti: holds an infinite value"),
    ],
)
def test_refuses_by_the_name_of_the_column(train: Any, column: str, values: Any, words: str) -> None:
    frame = past_loans(400)
    frame[column] = values(frame)
    with pytest.raises(CommandError) as refusal:
        train(frame, "--today", "2025-01-28")
    assert words in str(refusal.value)


SPELLINGS = [
    "%Y-%m-%d",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d.%m.%Y",
    "%d-%b-%Y",
    "%B %d, %Y",
    "%Y%m%d",
    "%Y/%m/%d %H:%M",
    "%b-%Y",
    "%Y-%m-%dT%H:%M:%SZ",
]


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_knows_days_in_every_usual_spelling(train: Any, spelling: str) -> None:
    """One in the future is refused; days are no trait of a borrower, and nothing is learnt from them."""
    days = pd.Series(pd.date_range("2014-11-03", periods=400, freq="8D"))
    frame = past_loans(400).assign(seen=days.dt.strftime(spelling))
    report, said = train(frame, "--today", "2025-01-28")
    assert "seen" not in report["iv"] and "seen: days on the calendar, no trait of a borrower; left out." in said
    frame.loc[5, "seen"] = pd.Timestamp("2099-12-31").strftime(spelling)
    with pytest.raises(CommandError, match="seen: 1 date lies in the future"):
        train(frame, "--today", "2025-01-28")


@pytest.mark.parametrize("values", [range(10_000_000, 10_000_400), ["7.5", "8.25"] * 200, ["12-1", "3-4"] * 200, ["March", "May"] * 200])
def test_takes_no_other_column_for_days(train: Any, values: Any) -> None:
    frame = past_loans(400).assign(code=list(values))
    _, said = train(frame.assign(code=frame["code"].sample(frac=1, random_state=3).to_list()), "--today", "2025-01-28")
    assert "code: days" not in said


def test_takes_the_day_of_the_clock_for_today(train: Any) -> None:
    later = pd.date_range(pd.Timestamp.now("UTC").normalize(), periods=400).strftime("%Y-%m-%d")
    with pytest.raises(CommandError, match="last_seen: 399 dates lie in the future"):
        train(past_loans(400).assign(last_seen=later))


def test_refuses_a_table_without_anything_to_learn_from(train: Any) -> None:
    with pytest.raises(CommandError, match="branch: constant"):
        train(past_loans(60)[["bad"]].assign(branch="Riga"))


def lines() -> list[str]:
    return past_loans(400).to_csv(index=False).splitlines()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (lambda: "\n".join(line.replace(",", ";") for line in lines()).encode(), "The columns are parted by semicolons."),
        (lambda: "\n".join(line.replace(",", "\t") for line in lines()).encode(), "The columns are parted by tabs."),
        (lambda: "\n".join([lines()[0].replace("amount", "dsti"), *lines()[1:]]).encode(), "Two columns are called dsti."),
        (
            lambda: "\n".join([lines()[0], *(f"{line},{place % 2}" for place, line in enumerate(lines()[1:]))]).encode(),
            "more cells than the 4 names",
        ),
        (lines()[0].encode, "The file has a header and no rows."),
        (lambda: b"PK\x03\x04 a workbook", "This is an Excel workbook"),
        (lambda: "\n".join(lines()).encode("utf-16"), "This is no text file."),
    ],
)
def test_reads_a_file_as_the_browser_does(tmp_path: Path, content: Any, words: str) -> None:
    """In the same words, and never with its columns shifted."""
    (tmp_path / "past.csv").write_bytes(content())
    with pytest.raises(CommandError) as refusal:
        call_command("train_model", "--data", tmp_path / "past.csv", "--target", "bad", "--report", tmp_path / "report.json", verbosity=0)
    assert words in str(refusal.value) and not (tmp_path / "report.json").exists()


def test_names_a_number_too_large_for_the_challenger(train: Any) -> None:
    frame = past_loans(400).assign(turnover=lambda one: one["amount"].astype(float))
    frame.loc[3, "turnover"] = 1e39
    with pytest.raises(CommandError, match=r"turnover: 1e\+39 in row 5 is too large"):
        train(frame)


def test_refuses_a_seed_in_words(train: Any) -> None:
    with pytest.raises(CommandError, match="The seed is a whole number from 0 to"):
        train(past_loans(400), "--seed", "-1")


def test_calls_no_column_of_a_tiny_file_a_leak(train: Any) -> None:
    """Eight rows that have a value each are told apart by any column; the file is too small, and that is what is said."""
    frame = past_loans(400)
    few = pd.concat([frame[frame["bad"] == 1].head(1), frame[frame["bad"] == 0].head(7)])
    with pytest.raises(CommandError, match="Fewer than 2 rows have one of the outcomes") as refusal:
        train(few)
    assert "tells the outcome" not in str(refusal.value)


@pytest.mark.parametrize(
    ("good", "bad", "said"),
    [("FALSE", "TRUE", "TRUE"), ("01", "02", "02"), ("0.0", "1.0", "1.0"), ("0.0", "1.0", "1"), ("1", "2", "2.0"), ("Good", "Bad ", "Bad")],
)
def test_takes_the_bad_outcome_as_the_file_writes_it(train: Any, good: str, bad: str, said: str) -> None:
    frame = past_loans(400)
    report, _ = train(frame.assign(bad=frame["bad"].map({0: good, 1: bad})), "--positive", said)
    assert (report["bads"], report["positive"]) == (int(frame["bad"].sum()), bad.strip())


@pytest.mark.parametrize(
    ("said", "words"), [("bad", "Did you mean “Bad”?"), ("Baad", "Did you mean “Bad”?"), ("1", "it holds Bad and Good.")]
)
def test_says_which_outcome_was_meant(train: Any, said: str, words: str) -> None:
    frame = past_loans(400)
    with pytest.raises(CommandError) as refusal:
        train(frame.assign(bad=frame["bad"].map({0: "Good", 1: "Bad"})), "--positive", said)
    assert f"bad: the value “{said}” does not occur" in str(refusal.value) and str(refusal.value).endswith(words)


def test_names_outcomes_that_are_more_than_two(train: Any) -> None:
    frame = past_loans(400)
    with pytest.raises(CommandError, match=r"bad: 3 different outcomes found \(0, 1, NA\)"):
        train(frame.assign(bad=frame["bad"].astype(str).where(frame.index > 3, "NA")))
