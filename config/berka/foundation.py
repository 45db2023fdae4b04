"""What the bank needs before its first client: branches of the 77 districts, staff, one product, the policy in force."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from config.berka.rows import district
from config.berka.source import SourceFile
from config.berka.standing import ACTOR, CURRENCY, FIRST_DAY, begin, brought_by, note_step
from config.simulator.bank import PASSWORD, STAFF
from core import audit
from core.models import BankState, Branch
from core.services.bank import open_bank
from core.services.staff import hire_user
from loans.models import ProductVersion
from loans.models.products import VersionState
from loans.services.products import publish_product
from risk.services import policies, policy_activation

STEP = "foundation"
BANK_NAME = "Berka Bank"
PRODUCT = "berka-loan"
PURPOSE = "not_recorded"
TERMS: dict[str, Any] = {
    "currency": CURRENCY,
    "borrower_kinds": ["PERSON"],
    "min_amount": Decimal(1_000),
    "max_amount": Decimal(1_000_000),
    "min_term_months": 12,
    "max_term_months": 60,
    "annual_rate": Decimal(0),
    # The loan file gives instalments in whole crowns, the accounts pay them to the tenth: crumbs are no arrears.
    "tolerance_amount": Decimal(10),
    "purposes": [{"code": PURPOSE, "title": "Not recorded"}],
    "checklist": [
        {"code": "identity", "title": "Identity checked against the original document", "required": True},
        {"code": "income", "title": "Income seen on documents", "required": True},
        {"code": "obligations", "title": "Obligations elsewhere checked", "required": True},
    ],
}


def lay_foundation(path: Path, fingerprint: str) -> dict[str, Any]:
    """Open the bank and set it up from the districts, once. Returns what the step brought."""
    if (done := brought_by(STEP)) is not None:
        return done
    with transaction.atomic():
        if not BankState.objects.exists():
            open_bank(name=BANK_NAME, currency=CURRENCY, business_date=FIRST_DAY)
        _keep_books_in_crowns()
        begin(fingerprint)
        source = SourceFile(path, "A1 A2 A3", district)
        branches = []
        seen: set[int] = set()
        for line, row in source:
            if row.number in seen:
                source.tally.reject(line, f"district {row.number} stands there twice")
                continue
            seen.add(row.number)
            branches.append(Branch(code=branch_code(row.number), name=row.name, region=row.region))
            source.accept()
        made = Branch.objects.bulk_create(branches)
        _hire(made)
        publish_product(
            code=PRODUCT,
            name="Consumer loan",
            description="As the Berka data shows it: equal instalments, no interest",
            terms=TERMS,
            actor=None,
            business_date=FIRST_DAY,
        )
        return note_step(STEP, {"tallies": {path.name: source.tally.as_dict()}})


def branch_code(district_number: int) -> str:
    """The code of a district's branch."""
    return f"D{district_number:02d}"


def product_version() -> ProductVersion:
    """The terms all loans of the data were granted under."""
    return ProductVersion.objects.select_related("product").get(product__code=PRODUCT, state=VersionState.ACTIVE)


def _keep_books_in_crowns() -> None:
    """An empty bank that was opened in another currency keeps its books in crowns from now on: nothing is booked yet."""
    bank = BankState.objects.select_for_update().get(id=1)
    if bank.currency != CURRENCY:
        before, bank.currency = bank.currency, CURRENCY
        bank.save(update_fields=["currency"])
        audit.record("bank.currency_changed", actor=None, actor_name=ACTOR, target=bank, before=before, after=CURRENCY)


def _hire(branches: list[Branch]) -> None:
    """The staff of the demo, everywhere, with its sign-ins; on a real server without a password until somebody sets one."""
    password = None if settings.SETTINGS_MODULE == "config.settings.prod" else PASSWORD
    people = {
        f"{role_name}{number}": hire_user(
            username=f"{role_name}{number}", full_name=name, roles=(role,), branches=branches, password=password, actor=None
        )
        for role_name, role, names in STAFF
        for number, name in enumerate(names, start=1)
    }
    policy = policies.draft_policy(actor=people["risk1"], business_date=FIRST_DAY, note="First policy of the bank")
    policy_activation.propose_policy(version=policy, actor=people["risk1"], business_date=FIRST_DAY, path="/risk/policy/")
    policy_activation.confirm_policy(version=policy, actor=people["risk2"], business_date=FIRST_DAY)
