"""What is asked of a scorecard before it is proposed, and by which coded reason a risk manager may answer where it is not there. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from risk.domain.adverse_impact import adverse_bands, is_adverse

LATER, UNEQUAL, UNTESTED = "no_later_trial", "adverse_impact", "impact_unknown"
REASONS: dict[str, dict[str, str]] = {
    LATER: {
        "NO_DAYS": "The sample carries no days of the grant, and there is no other sample",
        "TOO_FEW_LATER": "Too few later loans have ended either way",
        "SAME_PERIOD": "All loans were granted within one short period",
    },
    UNEQUAL: {
        "RISK_DIFFERS": "The band goes bad more often by as much, and no less unequal card predicts as well",
        "FEW_IN_BAND": "The band is small, and its ratio within what chance shows",
        "WATCHED": "Approved for a trial period, with the ratio of applications watched by month",
    },
    UNTESTED: {
        "NO_AGES": "The sample carries no ages; the ratio of applications is watched by month",
        "NEW_PRODUCT": "A sample of another lender, which keeps no ages",
        "FEW_AGES": "Too few loans of known age in all bands but one; the ratio of applications is watched by month",
    },
}


@dataclass(frozen=True)
class Ground:
    """What a scorecard lacks, in words; `reasons` are the codes that may answer for it, with their words."""

    code: str
    words: str

    @property
    def reasons(self) -> dict[str, str]:
        return REASONS[self.code]


def grounds_against(development: Mapping[str, Any], *, of_persons: bool) -> list[Ground]:
    """What stands against putting a scorecard in force, from the document of its development. Companies have no age."""
    found = []
    time = development.get("time", {})
    if "measures" not in time:
        found.append(Ground(LATER, time.get("why_not") or "It was never tried on loans granted later than those it learnt from."))
    if of_persons:
        tested = development.get("impact") or {}
        if tested.get("lowest") is None:
            found.append(Ground(UNTESTED, "Whether it turns an age band away far more often than another is not known of its sample."))
        elif is_adverse(tested):
            bands = ", ".join(adverse_bands(tested))
            found.append(Ground(UNEQUAL, f"Of some ages far fewer reach the cut-off than of the best, by ratio below 0.80: {bands}."))
    return found


def reason_words(code: str, reason: str) -> str:
    """The words of a coded reason; its code where a later version no longer knows it."""
    return REASONS.get(code, {}).get(reason, reason)
