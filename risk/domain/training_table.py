"""A table to learn from: looked at before anything is learnt, so that what would spoil a scorecard is refused or left out by name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from risk.domain.column_checks import beyond, is_running, rare, tells
from risk.domain.outcomes import MOST_SHOWN, outcome_keys, rarer_or_one, unknown_value, value_meant
from risk.domain.scorecard.binning import LEAST_CATEGORY
from risk.domain.scorecard.columns import category_keys, is_categorical
from risk.domain.written_columns import read_column
from risk.domain.written_days import days_in


class UnfitData(ValueError):
    """The table cannot be learnt from; `problems` are sentences that name the column."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__(" ".join(self.problems))


@dataclass(frozen=True)
class Prepared:
    """A table ready to learn from: factors, 0/1 target (1 bad), and remarks about columns that were left out or look odd."""

    factors: pd.DataFrame
    bad: NDArray[np.int64]
    positive: str
    remarks: tuple[str, ...]


def outcome_problem(target: str, missing: int, distinct: int, values: Sequence[str]) -> str:
    """Why a column cannot tell good from bad; nothing where it can. `missing` rows without a value, `distinct` different ones."""
    if missing:
        return f"{target}: {missing} rows have no outcome."
    if distinct == 2:
        return ""
    several = f"{distinct:,} different outcomes found" + (f" ({', '.join(values)})" if 0 < len(values) <= MOST_SHOWN else "")
    found = f"every row has the same outcome, {values[0]}" if distinct == 1 else several
    return f"{target}: {found}; a scorecard needs exactly two, good and bad."


def prepare(
    frame: pd.DataFrame, target: str, positive: str | None = None, today: date | None = None, *, remarks: Sequence[str] = ()
) -> Prepared:
    """Split factors from target and check them. `remarks` are what was said of the table before.

    `positive` is the value of the bad outcome as the table writes it, or the same number; by default the rarer of two (1 of 0/1). Left out
    with a remark: constant columns, columns without any value, running numbers, and days on the calendar. Kept with a remark: categories
    too rare for a bin of their own. Refused (UnfitData): an absent or not two-valued target, rows without outcome, a stray cell in a column
    of numbers, a column that tells the outcome (equal to the target under any naming), infinite values, dates after `today`.
    """
    if target not in frame.columns:
        raise UnfitData([f"There is no column {target!r}; the file has {', '.join(map(str, frame.columns))}."])
    outcome = outcome_keys(frame[target])
    counts = {str(one): int(rows) for one, rows in outcome.value_counts().items()}
    classes = sorted(counts)
    if problem := outcome_problem(target, int(outcome.isna().sum()), len(classes), classes):
        raise UnfitData([problem])
    bad_value = rarer_or_one(counts) if positive is None else value_meant(positive, classes)
    if bad_value is None:
        raise UnfitData([unknown_value(target, positive or "", classes)])
    bad: NDArray[np.int64] = np.asarray(outcome == bad_value).astype(np.int64)
    factors = frame.drop(columns=[target])
    problems, left_out, read = [], [], {}
    remarks = [*remarks]
    for name in factors.columns:
        try:
            column, said = read_column(str(name), factors[name])
        except ValueError as fault:
            problems.append(str(fault))
            continue
        remarks += said
        read[name] = column
        keys = category_keys(column)
        distinct = keys.dropna().nunique()
        days = days_in(str(name), column, today)
        if days is not None and days.future:
            problems.append(f"{name}: {days.future:,} {'date lies' if days.future == 1 else 'dates lie'} in the future.")
        if distinct == 0:
            remarks.append(f"{name}: every value is missing; left out.")
        elif distinct == 1 and not keys.isna().any():
            remarks.append(f"{name}: constant; left out.")
        elif days is not None and not tells(keys, bad):
            remarks.append(f"{name}: days on the calendar, no trait of a borrower; left out.")
        elif distinct == len(frame) and (not pd.api.types.is_float_dtype(column.dtype)) and is_running(column):
            remarks.append(f"{name}: a running number; left out.")
        else:
            if too_much := beyond(column):
                problems.append(f"{name}: {too_much}.")
            if tells(keys, bad):
                problems.append(f"{name}: tells the outcome (equal to {target}); it would not be known before the decision.")
            elif is_categorical(column):
                remarks += rare(str(name), keys, min(LEAST_CATEGORY, max(len(frame) // 10, 1)))
            continue
        left_out.append(name)
    if problems:
        raise UnfitData(problems)
    if len(left_out) == len(factors.columns):
        raise UnfitData([*remarks, "No column is left to learn from."])
    return Prepared(factors.assign(**read).drop(columns=left_out), bad, bad_value, tuple(remarks))


def check_directions(prepared: Prepared, monotone: Iterable[str]) -> None:
    """Raises UnfitData, naming them, for columns of words of which a direction is asked: the risk rises or falls with numbers alone."""
    words = [name for name in monotone if is_categorical(prepared.factors[name])]
    if words:
        raise UnfitData([f"{name}: holds words, no numbers, so that the risk cannot rise or fall with it." for name in words])
