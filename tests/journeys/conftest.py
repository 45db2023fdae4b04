"""The cast of the risk tests with a scorecard and a policy in force."""

from tests.risk.conftest import (
    approver,
    branch,
    investigator,
    learnt,
    model,
    officer,
    policy,
    product,
    risk_manager,
    second_approver,
    second_investigator,
)

__all__ = [
    "approver",
    "branch",
    "investigator",
    "learnt",
    "model",
    "officer",
    "policy",
    "product",
    "risk_manager",
    "second_approver",
    "second_investigator",
]
