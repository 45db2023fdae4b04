"""States and outcomes of risk's own things, and which may follow which."""

from __future__ import annotations

from enum import StrEnum

APPROVALS = ("APPROVED", "APPROVED_WITH_CONDITIONS", "COUNTER_OFFERED")
"""The outcomes of a decision that grant something."""


class Recommended(StrEnum):
    """What score and policy say together."""

    APPROVE = "APPROVE"
    REFER = "REFER"
    DECLINE = "DECLINE"


class DecisionOutcome(StrEnum):
    """What people decide."""

    APPROVED = "APPROVED"
    APPROVED_WITH_CONDITIONS = "APPROVED_WITH_CONDITIONS"
    COUNTER_OFFERED = "COUNTER_OFFERED"
    REFERRED = "REFERRED"
    RETURNED = "RETURNED"
    DECLINED = "DECLINED"

    @property
    def grants(self) -> bool:
        """Whether credit is offered."""
        return self in (DecisionOutcome.APPROVED, DecisionOutcome.APPROVED_WITH_CONDITIONS, DecisionOutcome.COUNTER_OFFERED)


def combine(policy: Recommended, *, score_passes: bool | None) -> Recommended:
    """Policy and score together: the stricter counts. A score below the cut-off, or none at all, refers what policy would approve."""
    if policy == Recommended.APPROVE and score_passes is not True:
        return Recommended.REFER
    return policy
