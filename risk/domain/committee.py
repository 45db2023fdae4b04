"""How the votes of a committee become a decision. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from risk.domain.authority import CommitteeRules


class Result(StrEnum):
    """What the votes say."""

    OPEN = "OPEN"
    PASSED = "PASSED"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class Ballot:
    """One vote, and whether a risk manager cast it."""

    in_favour: bool
    by_manager: bool


def result_of(ballots: Sequence[Ballot], rules: CommitteeRules, *, objections: int = 0) -> Result:
    """Open until the quorum has voted, and a risk manager where one has to; then more than the share in favour passes. A tie refuses.

    `objections` are members who voted against it when it was put up before and have not voted again: they make up no quorum and count
    against, so that nobody is asked until enough others say yes.
    """
    if len(ballots) < rules.quorum or (rules.needs_manager and not any(ballot.by_manager for ballot in ballots)):
        return Result.OPEN
    favour = Decimal(sum(ballot.in_favour for ballot in ballots))
    return Result.PASSED if favour > rules.share * (len(ballots) + objections) else Result.FAILED
