"""How a scorecard came about, as one document: sample, bins, coefficients, validation, calibration, stability.

Plain JSON, kept with the version for as long as its decisions have to be explained.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from risk.domain import metrics
from risk.domain.adverse_impact import impact_of
from risk.domain.alike_factors import alike_factors
from risk.domain.classing import fine_classes
from risk.domain.scorecard import Card
from risk.domain.scorecard.classifier import ScorecardClassifier
from risk.domain.training import Bins, across_folds, definition_of, measures_of, one_thread
from risk.domain.training_table import Prepared

LATER_SHARE = 0.25
"""The share of the rows, the newest, on which a card learnt from the older ones is tried."""
LEAST_LATER_BADS = 10
TENTHS = 10


@dataclass(frozen=True)
class Developed:
    """A trained scorecard: what the version keeps, its measures per fold, and the document of its development."""

    definition: dict[str, Any]
    measures: dict[str, Any]
    document: dict[str, Any]
    factors: list[str]


@one_thread
def develop(
    prepared: Prepared,
    *,
    folds: int = 5,
    seed: int = 42,
    monotone: Mapping[str, int] | None = None,
    bins: Bins | None = None,
    titles: Mapping[str, str] | None = None,
    days: NDArray[np.datetime64] | None = None,
    ages: NDArray[np.float64] | None = None,
    progress: Callable[[str], None] | None = None,
) -> Developed:
    """Train a scorecard and write its document. `days` is the day each row was granted; without it nothing is said about time. `ages` are
    years at the grant, NaN where unknown, whether or not the card may look at them: for the test of adverse impact alone.

    `bins` are drawn by hand, the rest is learnt; they hold on every fold. Raises UnfitData, ValueError.
    """
    say = progress or (lambda _text: None)
    found = across_folds(prepared, folds=folds, seed=seed, monotone=monotone, bins=bins, progress=progress)
    say("The whole sample")
    model = ScorecardClassifier(monotonic_cst=monotone, bins=bins, seed=seed).fit(prepared.factors, prepared.bad)
    card = model.card_
    document: dict[str, Any] = {
        "folds": folds,
        "seed": seed,
        "scaling": {"pdo": card.pdo, "base_score": card.base_score, "base_odds": card.base_odds, "base_points": card.base_points},
        "intercept": _short(model.intercept_),
        "weights": {name: _short(weight) for name, weight in model.woe_weights_.items()},
        "monotone": dict(monotone or {}),
        "by_hand": sorted(bins or {}),
        "fine": fine_classes(prepared, card),
        "spread": {name: _short(float(np.std([row[name] for row in found.scorecard]))) for name in found.scorecard[0]},
        "calibration": [
            {"rows": one.rows, "expected": _short(one.expected), "observed": _short(one.observed)}
            for one in metrics.calibration(prepared.bad, found.probability)
        ],
        "alike": alike_factors(card, prepared.factors),
        "distribution": distribution_of(card.points_of(prepared.factors)),
    }
    if days is not None:
        say("The newest part of the sample")
        document["time"] = _over_time(prepared, days, card, seed=seed, monotone=monotone, bins=bins)
    definition = definition_of(card, found.points, prepared.bad, titles)
    if ages is not None:
        document["impact"] = impact_of(ages, found.points, definition["grades"]["cut_off"])
    return Developed(
        definition=definition,
        measures=measures_of(prepared, found, card, seed),
        document=document,
        factors=[str(column) for column in prepared.factors.columns],
    )


def distribution_of(points: NDArray[np.int64]) -> dict[str, list[int]]:
    """Tenths of a sample by score, which drift is measured against: upper edges, and rows of each tenth.

    Of the card that is used, not of those of the folds: drift asks who applies, not how good the score is.
    """
    edges = sorted({int(np.floor(edge)) for edge in np.quantile(points, np.arange(1, TENTHS) / TENTHS)})
    return {"edges": edges, "rows": _counts(points, edges)}


def _counts(points: NDArray[np.int64], edges: list[int]) -> list[int]:
    held = np.bincount(np.searchsorted(np.asarray(edges), points, side="left"), minlength=len(edges) + 1)
    return [int(one) for one in held]


def _over_time(
    prepared: Prepared, days: NDArray[np.datetime64], whole: Card, *, seed: int, monotone: Mapping[str, int] | None, bins: Bins | None
) -> dict[str, Any]:
    """A card learnt from the older rows tried on the newest, and how far the two parts differ in what the whole card looks at."""
    ordered = np.sort(days)
    since = ordered[int(len(ordered) * (1 - LATER_SHARE))]
    later = days >= since
    kept: dict[str, Any] = {
        "first": str(ordered[0]),
        "last": str(ordered[-1]),
        "since": str(since),
        "rows": int(later.sum()),
        "bads": int(prepared.bad[later].sum()),
        "months": _months(days, prepared.bad),
    }
    older_bads, later_bads = int(prepared.bad[~later].sum()), kept["bads"]
    if min(older_bads, later_bads, int((1 - prepared.bad[later]).sum())) < LEAST_LATER_BADS:
        return kept | {"why_not": f"Too few endings of either kind on one side of {since} to try a card on later loans."}
    old, new = prepared.factors.loc[~later], prepared.factors.loc[later]
    card = ScorecardClassifier(monotonic_cst=monotone, bins=bins, seed=seed).fit(old, prepared.bad[~later]).card_
    measured = metrics.summary(prepared.bad[later], 1.0 / (1.0 + np.exp(-card.log_odds_bad(card.points_of(new)))))
    before = whole.points_of(old)
    edges = distribution_of(before)["edges"]
    shift = metrics.psi(_counts(before, edges), _counts(whole.points_of(new), edges))
    return kept | {
        "measures": {name: _short(value) for name, value in measured.items()},
        "score": _stability(shift),
        "factors": {
            one.name: _stability(
                metrics.psi(
                    np.bincount(one.bins_of(old[one.name]), minlength=len(one.bins)),
                    np.bincount(one.bins_of(new[one.name]), minlength=len(one.bins)),
                )
            )
            for one in whole.features
        },
    }


def _months(days: NDArray[np.datetime64], bad: NDArray[np.int64]) -> list[dict[str, Any]]:
    """Rows and bads by the month in which they were granted, oldest first."""
    months, place = np.unique(days.astype("datetime64[M]"), return_inverse=True)
    rows, bads = np.bincount(place), np.bincount(place, bad)
    return [{"month": str(month), "rows": int(n), "bads": int(b)} for month, n, b in zip(months, rows, bads, strict=True)]


def _stability(shift: metrics.Stability) -> dict[str, Any]:
    return {"index": _short(shift.index), "noise_limit": _short(shift.noise_limit), "verdict": shift.verdict}


def _short(number: float) -> float:
    return round(float(number), 6)
