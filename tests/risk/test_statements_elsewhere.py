"""Accounts of one person in two branches are that person's: what they show counts in either, and once."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from core.models import BankState, Branch
from core.row_security import WHOLE_BANK, branches_of, see, sees_whole_bank
from loans.models import Application, BankAccount, StatementLine
from loans.services.statement_imports import receive_statement
from risk.selectors.statements import unsigned_statement
from risk.services.assessment import assess_application
from risk.services.statements import statement_facts
from tests.risk.conftest import TODAY, make_person
from tests.risk.deciding import Make
from tests.shared_rows import shared

IBAN, OTHER = "DE89370400440532013000", "NL91ABNA0417164300"


@shared
def far(bank: BankState) -> Branch:
    return Branch.objects.create(code="B9", name="Far")


@pytest.fixture(autouse=True)
def _files(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = str(tmp_path / "media")


def account(application: Application, iban: str, *rows: tuple[str, int], months: int = 4, to: BankAccount | None = None) -> BankAccount:
    """An account with some months of these lines."""
    made = BankAccount.objects.create(borrower=application.borrower, iban=iban)
    for month in range(months):
        for number, (category, amount) in enumerate(rows):
            StatementLine.objects.create(
                account=made, external_id=f"{month}-{number}", date=TODAY - timedelta(days=30 * month + 5), amount=Decimal(amount),
                currency="EUR", category=category, counterparty_index=to.iban_index if to else None,
            )  # fmt: skip
    return made


def figure(application: Application, code: str) -> Any:
    return statement_facts(application, business_date=TODAY)[code][0]


def test_returned_items_of_another_branch_count_here(file: Make, far: Branch, policy: Any) -> None:
    here, there = file(0), file(0, at=far)
    assert here.borrower_id != there.borrower_id
    account(there, IBAN, ("SALARY", 2000), ("RETURNED", -40))
    see(branches_of(make_person("nora_near", here.branch)))
    try:
        assert figure(here, "returned_count") == 4 and not sees_whole_bank()
        assert assess_application(application=here, business_date=TODAY).facts["statements_on_file"]["value"] == "true"
    finally:
        see(WHOLE_BANK)


def test_money_between_the_two_is_no_income(file: Make, far: Branch) -> None:
    here, there = file(0), file(0, at=far)
    first = account(there, IBAN, ("SALARY", 2000))
    account(here, OTHER, ("INCOME", 900), to=first)
    assert figure(here, "statement_income") == figure(there, "statement_income") == 2000


def test_an_account_that_stands_in_both_counts_once(file: Make, far: Branch) -> None:
    here, there = file(0), file(0, at=far)
    account(there, IBAN, ("SALARY", 2000), months=6)
    account(here, IBAN, ("SALARY", 2000))
    assert (figure(here, "statement_income"), figure(here, "statement_lines")) == (2000, 4)
    assert figure(there, "statement_lines") == 6


def test_a_stranger_shares_nothing(file: Make, far: Branch) -> None:
    here, there = file(0), file(1, at=far)
    account(there, IBAN, ("SALARY", 2000))
    assert not statement_facts(here, business_date=TODAY)


def test_one_that_waits_in_the_other_branch_is_waited_for(file: Make, far: Branch) -> None:
    here, there = file(0), file(0, at=far)
    receive_statement(application=there, upload=SimpleUploadedFile("s.csv", b"date,amount,currency\n"), partner=None, actor=None)
    assert unsigned_statement(here, since=None) == "statement_waiting" and not unsigned_statement(file(1), since=None)
