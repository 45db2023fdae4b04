"""People who are signed in, and the same loans at each step of their life as the tests of servicing have."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from core.models import Branch, User
from core.roles import Role
from tests.loans.servicing.conftest import (
    accepted,
    active,
    approver,
    auditor,
    branch,
    collector,
    hire,
    loan,
    officer,
    on,
    other_branch,
    product,
    requested,
    risk_manager,
    second_approver,
    signed,
)
from tests.shared_rows import shared

__all__ = [
    "accepted",
    "active",
    "approver",
    "auditor",
    "branch",
    "collector",
    "loan",
    "officer",
    "on",
    "other_branch",
    "product",
    "requested",
    "risk_manager",
    "second_approver",
    "signed",
]

SignIn = Callable[[User], Client]


@pytest.fixture
def sign_in() -> SignIn:
    def make(person: User) -> Client:
        client = Client()
        client.force_login(person)
        return client

    return make


@pytest.fixture
def person_with(branch: Branch) -> Callable[[Role], User]:
    """Somebody of the first branch with one role."""

    def make(role: Role) -> User:
        return hire(f"some_{role.lower()}", role, branch=branch)

    return make


@shared
def stranger(other_branch: Branch) -> User:
    """An officer of another branch."""
    return hire("stan_stranger", Role.OFFICER, branch=other_branch)
