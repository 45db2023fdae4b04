"""The cast of the risk tests with a scorecard and a policy in force, and a product that a vehicle secures."""

from __future__ import annotations

from decimal import Decimal

import pytest

from core.models import BankState
from loans.services.products import publish_product
from tests.risk.conftest import (
    TODAY,
    approver,
    branch,
    investigator,
    learnt,
    model,
    officer,
    policy,
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
    "risk_manager",
    "second_approver",
    "second_investigator",
]


@pytest.fixture
def product(bank: BankState) -> None:
    """A loan to a person for a vehicle, which secures it."""
    publish_product(
        code="auto",
        name="Auto loan",
        actor=None,
        business_date=TODAY,
        terms={
            "currency": "EUR",
            "borrower_kinds": ["PERSON"],
            "min_amount": Decimal(1000),
            "max_amount": Decimal(400000),
            "min_term_months": 6,
            "max_term_months": 240,
            "annual_rate": Decimal("0.0790"),
            "rate_by_grade": {"A": "0.0490", "B": "0.0590", "C": "0.0690"},
            "purposes": [{"code": "car", "title": "Car"}],
            "collateral_kinds": ["VEHICLE"],
            "collateral_required": True,
            "checklist": [
                {"code": "identity", "title": "Identity checked", "required": True},
                {"code": "income", "title": "Income shown", "required": True},
            ],
        },
    )
