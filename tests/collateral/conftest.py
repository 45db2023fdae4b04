"""The cast of collateral's tests: one application of a workshop, its lathe, and everybody who looks at it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from collateral.domain.methods import METHODS
from collateral.models import Asset, Pledge, Valuation
from collateral.selectors.owners import owners_on
from collateral.services.assets import register_asset
from collateral.services.titles import check_title
from collateral.services.valuations import accept_valuation, order_valuation, submit_valuation
from config.simulator.worked_values import inputs_for
from core.models import BankState, Branch, Proposal, User
from core.roles import Role
from core.services.staff import hire_user
from loans.models import Application, Borrower, ProductVersion
from loans.services.products import publish_product
from tests.collateral.papers import file_papers
from tests.shared_rows import shared

Register = Callable[..., Asset]
Value = Callable[..., Valuation]
SignIn = Callable[[User], Client]


def about_open(**word: str) -> dict[str, str]:
    """What the second person's form sends: their word, and the proposal that the page shows if one waits."""
    waiting = Proposal.objects.filter(state="OPEN").order_by("-id").first()
    return word | ({"seen": str(waiting.pk)} if waiting else {})


@shared
def branch(bank: BankState) -> Branch:
    return Branch.objects.create(code="B1", name="First branch")


@shared
def other_branch(bank: BankState) -> Branch:
    return Branch.objects.create(code="B2", name="Second branch")


def hire(username: str, *roles: Role, branch: Branch) -> User:
    full_name = username.replace("_", " ").title()
    return hire_user(username=username, full_name=full_name, roles=roles, branches=[branch], password=None, actor=None)


@pytest.fixture
def sign_in() -> SignIn:
    def make(person: User) -> Client:
        client = Client()
        client.force_login(person)
        return client

    return make


@shared
def officer(branch: Branch) -> User:
    return hire("olga_officer", Role.OFFICER, branch=branch)


@shared
def investigator(branch: Branch) -> User:
    return hire("ivan_investigator", Role.INVESTIGATOR, branch=branch)


@shared
def approver(branch: Branch) -> User:
    return hire("adam_approver", Role.APPROVER, branch=branch)


@shared
def risk_manager(branch: Branch) -> User:
    return hire("rita_risk", Role.RISK_MANAGER, branch=branch)


@shared
def appraisers(branch: Branch) -> list[User]:
    return [hire(f"{name}_appraiser", Role.APPRAISER, branch=branch) for name in ("anton", "berta")]


@shared
def product(bank: BankState) -> ProductVersion:
    """A product that may be secured by machinery."""
    return publish_product(
        code="machines",
        name="Machines",
        terms={
            "currency": "EUR",
            "borrower_kinds": ["COMPANY"],
            "min_amount": Decimal(500),
            "max_amount": Decimal(500_000),
            "min_term_months": 1,
            "max_term_months": 120,
            "annual_rate": Decimal("0.06"),
            "collateral_kinds": ["MACHINERY", "VEHICLE"],
        },
        actor=None,
        business_date=bank.business_date,
    )


@shared
def application(branch: Branch, officer: User, product: ProductVersion, today: date) -> Application:
    """A company's application for 100,000.00 EUR, under review."""
    borrower = Borrower.objects.create(reference="BR-1", branch=branch, kind="COMPANY", name="Alder Workshop", country="DE")
    return Application.objects.create(
        reference="LA-1",
        branch=branch,
        borrower=borrower,
        state="REVIEW",
        amount=Decimal("100000.00"),
        currency="EUR",
        term_months=60,
        product_version=product,
        purpose_code="equipment",
        officer=officer,
        created_date=today,
        submitted_date=today,
        submitted_at=timezone.now(),
    )


def put_on_file(for_: Application, officer: User, today: date, *, looked_up: bool = True, proved: bool = True, **changes: Any) -> Asset:
    """A lathe that nothing is wrong with, unless told otherwise. `looked_up`: somebody else has seen its owners in the registry; `proved`:
    the papers for that and for the lien are on file.
    """
    values: dict[str, Any] = {
        "application": for_,
        "kind": "MACHINERY",
        "description": "Lathe, five axes",
        "stated_value": Decimal("200000.00"),
        "owner": for_.borrower,
        "title_number": "SN 4711-A",
        "insured_until": date(2027, 1, 1),
        "actor": officer,
        "business_date": today,
        "unlike_reason": "Both were seen side by side.",
    }
    asset = register_asset(**{**values, **changes})
    if proved:
        file_papers(asset, today)
    if looked_up and asset.title_number:
        holders = [row.owner.person.name for row in owners_on(asset, today)] or [asset.owner_name]
        check_title(asset=asset, holders=holders, checked_date=today, actor=None, business_date=today)
    return asset


@shared
def register(application: Application, officer: User, today: date) -> Register:
    """Register a lathe as `put_on_file` does."""
    return partial(put_on_file, application, officer, today)


@shared
def asset(register: Register) -> Asset:
    return register()


@shared
def pledge(asset: Asset) -> Pledge:
    return asset.pledges.get()


@shared
def ordered(asset: Asset, investigator: User, appraisers: list[User], today: date) -> Valuation:
    return order_valuation(asset=asset, actor=investigator, business_date=today)


def hand_in(today: date, valuation: Valuation, value: str = "210000.00", **changes: Any) -> Valuation:
    """Hand in a value that its comparables bear out, unless told otherwise."""
    values: dict[str, Any] = {
        "market_value": Decimal(value),
        "method": METHODS[valuation.asset.kind][0],
        "comparables": [("Lathe in Graz", Decimal(value)), ("Lathe in Brno", Decimal(value))],
        "independence_declared": True,
        "remarks": "",
        "valued_date": today,
        "actor": valuation.appraiser,
        "business_date": today,
        "inputs": inputs_for(METHODS[valuation.asset.kind][0], Decimal(value)),
    }
    return submit_valuation(valuation=valuation, **{**values, **changes})


@shared
def submit(today: date) -> Value:
    """Hand in a value as `hand_in` does."""
    return partial(hand_in, today)


@shared
def submitted(ordered: Valuation, submit: Value) -> Valuation:
    return submit(ordered)


@shared
def accepted(submitted: Valuation, approver: User, today: date) -> Valuation:
    return accept_valuation(valuation=submitted, actor=approver, business_date=today, no_evidence="ONE_OF_KIND")
