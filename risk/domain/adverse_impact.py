"""Whether a scorecard turns one group of people away far more often than another: the four-fifths rule, as the bank's own test.

The share of each age band that reaches the cut-off is held against that of the band which reaches it most often. Below 0.80 the card has an
adverse impact: no proof of unfairness, since the bands may differ in risk, and a reason to look before it is in force. Pure.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

LEAST_RATIO = 0.80
LEAST_ROWS = 30
"""A band with fewer says nothing either way."""
STARTS = (25, 35, 45, 55, 62)
"""Years of age at which a band begins; from 62 on an applicant is elderly in the words of 12 CFR 1002.2(o)."""
BANDS = ("under 25", *(f"{low} to {high - 1}" for low, high in itertools.pairwise(STARTS)), f"{STARTS[-1]} and over")


def impact_of(ages: ArrayLike, points: ArrayLike, cut_off: int) -> dict[str, Any]:
    """The impact on the rows of a sample whose age is known (NaN where not), by their points. Shape as `impact`."""
    years, scored = np.asarray(ages, dtype=np.float64), np.asarray(points)
    known = ~np.isnan(years)
    band = np.searchsorted(STARTS, years[known], side="right")
    passed = scored[known] >= cut_off
    return impact(np.bincount(band, minlength=len(BANDS)).tolist(), np.bincount(band[passed], minlength=len(BANDS)).tolist())


def impact(rows: Sequence[int], passed: Sequence[int]) -> dict[str, Any]:
    """Plain JSON of counts per band: {"by": "age", "bands": [{"band", "rows", "passed", "ratio"}], "lowest"}. `ratio` is None for a band
    of too few rows, and `lowest` None where fewer than two bands can be compared.
    """
    rates = [reached / held if held >= LEAST_ROWS else None for held, reached in zip(rows, passed, strict=True)]
    told = [rate for rate in rates if rate is not None]
    best = max(told, default=0.0)
    ratios = [None if rate is None or not best else round(rate / best, 4) for rate in rates]
    bands = [
        {"band": title, "rows": int(held), "passed": int(reached), "ratio": ratio}
        for title, held, reached, ratio in zip(BANDS, rows, passed, ratios, strict=True)
    ]
    return {"by": "age", "bands": bands, "lowest": min((one for one in ratios if one is not None), default=None) if len(told) > 1 else None}


def is_adverse(found: Mapping[str, Any]) -> bool:
    """Whether some band reaches the cut-off less than four fifths as often as another."""
    return found.get("lowest") is not None and found["lowest"] < LEAST_RATIO


def adverse_bands(found: Mapping[str, Any]) -> list[str]:
    """These bands, with their ratios, for people."""
    return [
        f"{one['band']} ({one['ratio']:.2f})" for one in found.get("bands", ()) if one["ratio"] is not None and one["ratio"] < LEAST_RATIO
    ]
