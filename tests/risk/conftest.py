"""The cast of the risk tests, a product, a trained scorecard in force, a policy in force, and files at each stage."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest

from core.models import BankState, Branch, User, UserBranch, UserRole
from core.roles import Role
from loans.services.products import publish_product
from risk.domain.training import report, train
from risk.domain.training_table import prepare
from risk.models import ModelVersion, PolicyVersion
from risk.services.models import data_fingerprint, register_model
from risk.services.policies import draft_policy
from tests.risk.files import apply, company, file, in_review, in_work, opened, reviewed, submitted, to_sign_off
from tests.shared_rows import shared

__all__ = ["apply", "company", "file", "in_review", "in_work", "opened", "reviewed", "submitted", "to_sign_off"]

TODAY = date(2026, 3, 2)
# Why a scorecard of made-up loans, without days or ages, may be proposed all the same.
OPINION = "Folds, calibration and grades read: fit for use."
ALL_THE_SAME = {"no_later_trial": "NO_DAYS", "impact_unknown": "NO_AGES"}


@shared
def branch(bank: BankState) -> Branch:
    return Branch.objects.create(code="B1", name="Harbour")


def make_person(username: str, branch: Branch, *roles: Role) -> User:
    person = User.objects.create_user(username, "pass-word-1", full_name=username.replace("_", " ").title())
    for role in roles:
        UserRole.objects.create(user=person, role=role)
    UserBranch.objects.create(user=person, branch=branch)
    return person


@shared
def officer(branch: Branch) -> User:
    return make_person("otto_officer", branch, Role.OFFICER)


@shared
def investigator(branch: Branch) -> User:
    return make_person("ida_investigator", branch, Role.INVESTIGATOR)


@shared
def second_investigator(branch: Branch) -> User:
    return make_person("ines_investigator", branch, Role.INVESTIGATOR)


@shared
def approver(branch: Branch) -> User:
    return make_person("anna_approver", branch, Role.APPROVER)


@shared
def second_approver(branch: Branch) -> User:
    return make_person("alex_approver", branch, Role.APPROVER)


@shared
def risk_manager(branch: Branch) -> User:
    return make_person("rita_risk", branch, Role.RISK_MANAGER)


@shared
def second_risk_manager(branch: Branch) -> User:
    return make_person("rolf_risk", branch, Role.RISK_MANAGER)


@shared
def validator(branch: Branch) -> User:
    return make_person("vera_validator", branch, Role.VALIDATOR)


@shared
def auditor(branch: Branch) -> User:
    return make_person("anton_auditor", branch, Role.AUDITOR)


@shared
def outsider(branch: Branch) -> User:
    """An approver of another branch."""
    return make_person("olga_outsider", Branch.objects.create(code="B2", name="Hill"), Role.APPROVER)


def past_loans(rows: int = 600, seed: int = 7) -> pd.DataFrame:
    """Made-up outcomes in which debt service and short employment are risky: for tests only."""
    draw = np.random.default_rng(seed)
    dsti = draw.uniform(0.05, 0.7, rows).round(4)
    months = draw.integers(0, 240, rows)
    amount = draw.integers(2, 60, rows) * 1000
    risk = -3.4 + 5.0 * dsti - 0.006 * months + draw.normal(0, 0.4, rows)
    bad = (draw.uniform(size=rows) < 1 / (1 + np.exp(-risk))).astype(int)
    return pd.DataFrame({"dsti": dsti, "employment_months": months, "amount": amount, "bad": bad})


@pytest.fixture(scope="session")
def learnt() -> dict[str, Any]:
    """A trained scorecard with its measures: once for all tests, because training takes a while."""
    frame = past_loans()
    prepared = prepare(frame, "bad")
    return {
        "definition": train(prepared, folds=3),
        "metrics": report(prepared, folds=3),
        "features": [str(column) for column in prepared.factors.columns],
        "data_rows": len(frame),
        "fingerprint": data_fingerprint(frame),
    }


@shared
def model(learnt: dict[str, Any], bank: BankState) -> ModelVersion:
    """The retail scorecard in force."""
    version = register_model(name="retail", actor=None, business_date=TODAY, **learnt)
    ModelVersion.objects.filter(pk=version.pk).update(state="ACTIVE", activated_date=TODAY)
    version.refresh_from_db()
    return version


@shared
def policy(bank: BankState) -> PolicyVersion:
    """The default policy in force."""
    version = draft_policy(actor=None, business_date=TODAY)
    PolicyVersion.objects.filter(pk=version.pk).update(state="ACTIVE", activated_date=TODAY)
    version.refresh_from_db()
    return version


@shared
def product(bank: BankState) -> None:
    publish_product(
        code="personal",
        name="Personal loan",
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
            "checklist": [
                {"code": "identity", "title": "Identity checked", "required": True},
                {"code": "income", "title": "Income shown", "required": True},
                {"code": "visit", "title": "Visit", "required": False},
            ],
        },
    )
