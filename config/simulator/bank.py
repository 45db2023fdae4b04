"""Setting the bank up: branches, staff, products, the partner, the policy and the first scorecards, each through its service."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any

from config.simulator import sample
from core.models import Branch, PartnerClient, User
from core.roles import Role
from core.services.bank import open_bank
from core.services.partners import register_partner
from core.services.staff import hire_user
from loans.models import ProductVersion
from loans.services.products import publish_product
from risk.services import models, policies, policy_activation, training_runs

PASSWORD = "demo-credence"  # noqa: S105 — the demo's sign-ins are printed at its start
PARTNER_ID, PARTNER_SECRET = "demo-partner", "demo-partner-secret"
BRANCHES = (
    ("NOR", "Nordersund", "Coast"),
    ("LIN", "Lindenhafen", "Coast"),
    ("AHL", "Bad Ahlen", "Inland"),
    ("WES", "Westerkoog", "Inland"),
)
STAFF: tuple[tuple[str, Role, tuple[str, str]], ...] = (
    ("officer", Role.OFFICER, ("Maja Kovarik", "Jonas Thiele")),
    ("investigator", Role.INVESTIGATOR, ("Ines Brandhorst", "Paul Okonjo")),
    ("appraiser", Role.APPRAISER, ("Greta Falkenau", "Henk Dorsten")),
    ("approver", Role.APPROVER, ("Anton Oberhof", "Sofia Marquardt")),
    ("risk", Role.RISK_MANAGER, ("Ruth Ellerbek", "Tomas Vranek")),
    ("collections", Role.COLLECTIONS, ("Klara Immhof", "David Sommerau")),
    ("compliance", Role.COMPLIANCE, ("Miriam Castell", "Oskar Lindqvist")),
    ("auditor", Role.AUDITOR, ("Vera Aumann", "Georg Pahl")),
    ("validator", Role.VALIDATOR, ("Noor Haddad", "Emil Krantz")),
    ("admin", Role.ADMINISTRATOR, ("Pia Rosenau", "Lars Behnke")),
)
SAMPLE_ROWS = 2_500
# Fewer than a bank would take, so that the first page comes sooner.
FOLDS = 3

_CHECKS = [
    {"code": "identity", "title": "Identity checked against the original document", "required": True},
    {"code": "income", "title": "Income or turnover seen on documents", "required": True},
    {"code": "obligations", "title": "Obligations elsewhere checked", "required": True},
    {"code": "purpose", "title": "Purpose and payee plausible", "required": True},
    {"code": "visit", "title": "Visit at home or at the business", "required": False},
]


@dataclass(frozen=True)
class House:
    """What the stories need of the bank: branches and people by name, products by code."""

    branches: dict[str, Branch]
    people: dict[str, User]
    products: dict[str, ProductVersion]
    partner: PartnerClient


def _terms(
    kinds: list[str], amounts: tuple[int, int], months: tuple[int, int], rate: str, grades: dict[str, str], **more: Any
) -> dict[str, Any]:
    return {
        "currency": "EUR",
        "borrower_kinds": kinds,
        "min_amount": Decimal(amounts[0]),
        "max_amount": Decimal(amounts[1]),
        "min_term_months": months[0],
        "max_term_months": months[1],
        "annual_rate": Decimal(rate),
        "rate_by_grade": grades,
        "tolerance_amount": Decimal(1),
        "penalty_rate": Decimal("0.09"),
        "checklist": _CHECKS,
        **more,
    }


def _purposes(*pairs: tuple[str, str]) -> list[dict[str, str]]:
    return [{"code": code, "title": title} for code, title in pairs]


def _documents(*pairs: tuple[str, str]) -> list[dict[str, str]]:
    return [{"code": code, "title": title} for code, title in pairs]


PRODUCTS: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
    (
        "personal",
        "Personal loan",
        "Unsecured, for persons",
        _terms(
            ["PERSON"], (1_000, 50_000), (6, 84), "0.0790", {"A": "0.0590", "B": "0.0690", "C": "0.0790", "D": "0.0990"},
            purposes=_purposes(("debt_consolidation", "Debt consolidation"), ("home_improvement", "Home improvement"), ("other", "Something else")),
            required_documents=_documents(("identity", "Identity document"), ("payslips", "Last three payslips")),
        ),
    ),
    (
        "auto",
        "Auto loan",
        "For a vehicle that secures it",
        _terms(
            ["PERSON", "COMPANY"], (3_000, 90_000), (12, 84), "0.0590", {"A": "0.0450", "B": "0.0520", "C": "0.0590", "D": "0.0790"},
            purposes=_purposes(("new_vehicle", "New vehicle"), ("used_vehicle", "Used vehicle")),
            collateral_kinds=["VEHICLE"],
            collateral_required=True,
            required_documents=_documents(("identity", "Identity document"), ("offer", "Dealer's offer")),
        ),
    ),
    (
        "mortgage",
        "Mortgage",
        "For a home that secures it",
        _terms(
            ["PERSON"], (40_000, 900_000), (60, 360), "0.0410", {"A": "0.0360", "B": "0.0385", "C": "0.0410", "D": "0.0480"},
            purposes=_purposes(("purchase", "Purchase"), ("remortgage", "Remortgage"), ("construction", "Construction")),
            collateral_kinds=["REAL_ESTATE", "LAND"],
            collateral_required=True,
            required_documents=_documents(("identity", "Identity document"), ("land_register", "Land register extract")),
        ),
    ),
    (
        "sme-term",
        "SME term loan",
        "For investments of companies",
        _terms(
            ["COMPANY"], (10_000, 750_000), (12, 120), "0.0640", {"A": "0.0520", "B": "0.0580", "C": "0.0640", "D": "0.0820"},
            purposes=_purposes(("equipment", "Equipment"), ("premises", "Premises"), ("expansion", "Expansion")),
            collateral_kinds=["MACHINERY", "REAL_ESTATE", "VEHICLE", "RECEIVABLES"],
            required_documents=_documents(("accounts", "Annual accounts of two years"), ("register", "Extract of the company register")),
            fees=[{"code": "origination", "amount": None, "percent": "0.5", "when": "payout"}],
        ),
    ),
    (
        "working-capital",
        "Working capital loan",
        "Short, for companies",
        _terms(
            ["COMPANY"], (5_000, 250_000), (3, 24), "0.0720", {"A": "0.0610", "B": "0.0660", "C": "0.0720", "D": "0.0900"},
            purposes=_purposes(("stock", "Stock"), ("receivables", "Receivables to be paid")),
            collateral_kinds=["RECEIVABLES", "DEPOSIT", "SECURITIES"],
            method="equal_principal",
            required_documents=_documents(("accounts", "Annual accounts of two years")),
        ),
    ),
    (
        "credit-line",
        "Credit line",
        "A limit that companies draw, repay and draw again",
        _terms(
            ["COMPANY"], (5_000, 150_000), (6, 24), "0.0790", {"A": "0.0680", "B": "0.0730", "C": "0.0790", "D": "0.0960"},
            purposes=_purposes(("stock", "Stock"), ("liquidity", "Liquidity")),
            revolving=True,
            method="interest_only",
            interest_period="daily",
            day_count="act/365",
            required_documents=_documents(("accounts", "Annual accounts of two years")),
        ),
    ),
)  # fmt: skip


def set_up(first_day: date, seed: int) -> House:
    """Open the bank and everything it needs before the first application."""
    open_bank(name="Credence Bank", currency="EUR", business_date=first_day)
    branches = {code: Branch.objects.create(code=code, name=name, region=region) for code, name, region in BRANCHES}
    everywhere = list(branches.values())
    people: dict[str, User] = {}
    for role_name, role, names in STAFF:
        for number, full_name in enumerate(names, start=1):
            # The first of two works at the two branches on the coast, the second everywhere.
            home = everywhere[:2] if number == 1 and role == Role.OFFICER else everywhere
            people[f"{role_name}{number}"] = hire_user(
                username=f"{role_name}{number}", full_name=full_name, roles=(role,), branches=home, password=PASSWORD, actor=None
            )
    products = {
        code: publish_product(code=code, name=name, description=words, terms=terms, actor=None, business_date=first_day)
        for code, name, words, terms in PRODUCTS
    }
    partner = register_partner(name="Brokerline", client_id=PARTNER_ID, client_secret=PARTNER_SECRET, branch=branches["LIN"], actor=None)
    _policy_and_models(people, first_day, seed)
    return House(branches=branches, people=people, products=products, partner=partner)


def _policy_and_models(people: dict[str, User], day: date, seed: int) -> None:
    drafter, second, validator = people["risk1"], people["risk2"], people["validator1"]
    policy = policies.draft_policy(actor=drafter, business_date=day, note="First policy of the bank")
    policy_activation.propose_policy(version=policy, actor=drafter, business_date=day, path="/risk/policy/")
    policy_activation.confirm_policy(version=policy, actor=second, business_date=day)
    for name, frame in (("retail", sample.retail_sample(SAMPLE_ROWS, seed)), ("business", sample.business_sample(SAMPLE_ROWS, seed))):
        of_persons = name == "retail"
        # From files, as a risk manager would: the sample is kept, so that bins can be drawn by hand and trained again.
        order = training_runs.order_training(
            population=name,
            options={
                "target": "bad",
                "positive": "1",
                "seed": seed,
                "folds": FOLDS,
                "date_column": sample.GRANTED,
                "left_out": [sample.AGE] if of_persons else [],
            },
            actor=drafter,
            business_date=day,
            upload=BytesIO(sample.dated(frame, seed, day, ages=of_persons).to_csv(index=False).encode()),
            file_name=f"{name}-sample.csv",
        )
        training_runs.train_waiting()
        order.refresh_from_db()
        version = order.version
        if version is None:
            raise RuntimeError(order.note)
        models.propose_activation(version=version, actor=drafter, business_date=day, path="/risk/models/")
        models.confirm_activation(
            version=version,
            actor=validator,
            business_date=day,
            statement="Sample, folds, calibration, later loans and ages read. The sample is simulated: to be trained again on the bank's own loans.",
        )
