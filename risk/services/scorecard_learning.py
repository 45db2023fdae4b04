"""Learning a scorecard from rows of past loans: which columns count and which way each may go,
the same for an order and for the command line.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from risk.domain.directions import SIGNS, proposed_for
from risk.domain.factor_forms import in_form
from risk.domain.training_table import UnfitData, check_directions, prepare

if TYPE_CHECKING:
    from risk.domain.development import Developed

AGE = "age"


def directed(options: Mapping[str, Any], frame: pd.DataFrame) -> dict[str, Any]:
    """The options of a training with the directions that are known of its columns, unless the options name any."""
    named = "rising" in options or "falling" in options
    return {**options, **({} if named else proposed_for(frame.columns))}


def learn(
    frame: pd.DataFrame,
    *,
    target: str,
    positive: str | None,
    date_column: str | None,
    options: Mapping[str, Any],
    business_date: date,
    progress: Callable[[str], None] | None = None,
) -> Developed:
    """Develop a scorecard. `options`: folds, seed, rising, falling, left_out (names of columns), bins drawn by hand. `date_column` holds
    the day of each grant, for the trial on the newest part.

    Raises UnfitData, ValueError.
    """
    # Only who learns loads scikit-learn.
    from risk.domain.development import develop

    left_out = [name for name in [*options.get("left_out", ()), date_column] if name]
    # A direction proposed for a fact that this sample does not have says nothing; a name that nobody knows is a slip.
    named = [name for name in [*options.get("rising", ()), *options.get("falling", ())] if name not in SIGNS]
    unknown = [name for name in [*left_out, *named] if name not in frame.columns]
    if unknown:
        raise UnfitData([f"There is no column {', '.join(unknown)}; the sample has {', '.join(map(str, frame.columns))}."])
    days = _days(frame[date_column], business_date) if date_column else None
    ages = known_ages(frame)
    formed, said = in_form(frame.drop(columns=left_out), leave=[target])
    prepared = prepare(formed, target, positive, business_date, remarks=said)
    known = set(prepared.factors.columns)
    monotone = {name: sign for side, sign in (("rising", 1), ("falling", -1)) for name in options.get(side, ()) if name in known}
    check_directions(prepared, monotone)
    return develop(
        prepared,
        folds=int(options["folds"]),
        seed=int(options["seed"]),
        monotone=monotone or None,
        bins={name: bins for name, bins in options.get("bins", {}).items() if name in known} or None,
        days=days,
        ages=ages,
        progress=progress,
    )


def _days(column: pd.Series[Any], today: date) -> NDArray[np.datetime64]:
    """The days of a column written as year-month-day, none after `today`. Raises UnfitData, naming it."""
    days = pd.to_datetime(column.astype(str), format="%Y-%m-%d", errors="coerce")
    if days.isna().any():
        raise UnfitData([f"{column.name}: every row needs a day, written as year-month-day."])
    if future := int((days.dt.date > today).sum()):
        raise UnfitData([f"{column.name}: {future:,} {'date lies' if future == 1 else 'dates lie'} in the future."])
    return days.to_numpy(dtype="datetime64[D]")


def known_ages(frame: pd.DataFrame) -> NDArray[np.float64] | None:
    """Years of age by row, NaN where unknown, for the test of adverse impact; None where the sample has none that can be read."""
    if AGE not in frame.columns:
        return None
    try:
        made, _ = in_form(frame[[AGE]])
    except UnfitData:
        return None  # left out of the learning, or refused by name there
    return made[AGE].to_numpy(np.float64, na_value=np.nan)
