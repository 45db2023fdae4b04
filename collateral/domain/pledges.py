"""States of pledges, and which may follow which. Pure."""

from __future__ import annotations

from enum import StrEnum


class PledgeState(StrEnum):
    PROPOSED = "PROPOSED"
    REGISTRATION_PENDING = "REGISTRATION_PENDING"  # sent to the registry, which has not answered
    PERFECTED = "PERFECTED"
    PARTLY_RELEASED = "PARTLY_RELEASED"
    SUBSTITUTED = "SUBSTITUTED"
    RELEASED = "RELEASED"
    ENFORCED = "ENFORCED"
    WITHDRAWN = "WITHDRAWN"


_GIVEN_BACK = frozenset({PledgeState.PARTLY_RELEASED, PledgeState.SUBSTITUTED, PledgeState.RELEASED, PledgeState.ENFORCED})
TRANSITIONS: dict[PledgeState, frozenset[PledgeState]] = {
    # What no registry keeps is perfected at once (`needs_registry`).
    PledgeState.PROPOSED: frozenset({PledgeState.REGISTRATION_PENDING, PledgeState.PERFECTED, PledgeState.WITHDRAWN}),
    PledgeState.REGISTRATION_PENDING: frozenset({PledgeState.PERFECTED, PledgeState.WITHDRAWN}),
    PledgeState.PERFECTED: _GIVEN_BACK,
    PledgeState.PARTLY_RELEASED: _GIVEN_BACK,
    PledgeState.SUBSTITUTED: frozenset(),
    PledgeState.RELEASED: frozenset(),
    PledgeState.ENFORCED: frozenset(),
    PledgeState.WITHDRAWN: frozenset(),
}


def may_follow(old: str, new: PledgeState, *, needs_registry: bool = False) -> bool:
    """Whether a pledge may go from `old` to `new`. Of a class that `needs_registry` nothing is perfected that was not sent there."""
    if needs_registry and (old, new) == (PledgeState.PROPOSED, PledgeState.PERFECTED):
        return False
    return new in TRANSITIONS[PledgeState(old)]
