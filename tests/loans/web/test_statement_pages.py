"""Statements of an applicant's accounts in the browser: sent, read by the worker with its faults named, and who may."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from core.models import Branch, User
from core.roles import Role
from loans.models import Application, ProductVersion, StatementImport, StatementLine
from loans.services.direct_intake import intake_application
from loans.services.interests import declare_interest
from loans.services.statement_imports import SENDERS, UnableToReceiveStatement, read_waiting, receive_statement
from tests.every_role import every_role
from tests.loans.servicing.conftest import IBAN, hire
from tests.loans.web.conftest import SignIn
from tests.shared_rows import shared

pytestmark = pytest.mark.django_db
PersonWith = Callable[[Role], User]
HTMX = {"HX-Request": "true"}
ROWS = f"account,date,amount,currency,text\n{IBAN},2026-02-03,1500.00,EUR,Salary\n{IBAN},2026-02-31,-20.00,EUR,Card\n"


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = str(tmp_path / "media")


@shared
def file(branch: Branch, officer: User, product: ProductVersion, today: date) -> Application:
    """A file that is being investigated."""
    data = {
        "product": "consumer", "amount": "12000.00", "currency": "EUR", "term_months": 12,
        "purpose": {"code": "equipment", "text": "Lathe"},
        "applicant": {"kind": "person", "name": "Mira Number", "birth_date": "1985-04-12", "national_id": "ID-9000001"},
    }  # fmt: skip
    return intake_application(data=data, branch=branch, actor=officer, business_date=today)


def at(name: str, application: Application) -> str:
    return reverse(f"loans:{name}", args=[application.pk])


def sent(content: bytes = ROWS.encode(), **fields: str) -> dict[str, Any]:
    return {"statement-file": SimpleUploadedFile("account.csv", content), **fields}


def test_is_read_by_the_worker_and_says_line_by_line_what_could_not_be(file: Application, person_with: PersonWith, sign_in: SignIn) -> None:
    client = sign_in(person_with(Role.INVESTIGATOR))
    assert f'hx-get="{at("statements_panel", file)}"' in client.get(reverse("loans:application_detail", args=[file.pk])).text
    assert "Send statement" in client.get(at("statements_panel", file)).text
    answer = client.post(at("statement_send", file), sent(), follow=True)
    assert "Being read" in answer.text and 'hx-trigger="load delay:2s"' in answer.text
    assert read_waiting() == 1
    page = client.get(at("statements_panel", file), headers=HTMX).text
    assert "load delay" not in page
    assert "1 new" in page and "Line 3: 2026-02-31 is no day of the calendar." in page and "1 statement line" in page
    assert StatementLine.objects.get().account.borrower == file.borrower
    history = client.get(reverse("loans:application_detail", args=[file.pk])).text
    assert "Statement received" in history and "Statement read" in history
    again = client.post(at("statement_send", file), sent(), headers=HTMX)
    assert again.status_code == 200 and "Being read" in again.text
    read_waiting()
    assert "0 new, 1 there before" in client.get(at("statements_panel", file)).text


def test_says_at_its_field_what_is_not_taken(file: Application, officer: User, sign_in: SignIn) -> None:
    client = sign_in(officer)
    for data, words in (({}, "Choose a file."), (sent(gzip.compress(b"x" * 400)), "There is a problem")):
        answer = client.post(at("statement_send", file), data)
        assert answer.status_code == 422 and words in answer.text
    assert not StatementImport.objects.exists()


@every_role(list(Role))
def test_each_role_does_only_what_is_its_own(file: Application, person_with: PersonWith, sign_in: SignIn, role: Role) -> None:
    client = sign_in(person_with(role))
    assert client.get(at("statement_send", file)).status_code in (405, 403)
    answer = client.post(at("statement_send", file), sent())
    assert (answer.status_code == 302) is (role in SENDERS), answer.status_code
    assert StatementImport.objects.exists() is (role in SENDERS)
    shown = client.get(at("statements_panel", file))
    assert ("Send statement" in shown.text) is (role in SENDERS)


def test_is_for_nobody_of_another_branch_with_an_interest_or_after_the_investigation(
    file: Application, other_branch: Branch, branch: Branch, sign_in: SignIn, today: date
) -> None:
    stranger = sign_in(hire("stranger_officer", Role.OFFICER, branch=other_branch))
    assert stranger.get(at("statements_panel", file)).status_code == 404
    assert stranger.post(at("statement_send", file), sent()).status_code == 404
    friend = hire("friend_officer", Role.OFFICER, branch=branch)
    assert file.borrower is not None
    declare_interest(application=file, borrower=file.borrower, kind="FAMILY", reason="My sister", actor=friend, business_date=today)
    colleague = hire("other_officer", Role.OFFICER, branch=branch)
    upload = sent()["statement-file"]
    with pytest.raises(UnableToReceiveStatement, match="own_interest"):
        receive_statement(application=file, upload=upload, partner=None, actor=friend)
    Application.objects.filter(pk=file.pk).update(state="REVIEW")
    file.refresh_from_db()
    with pytest.raises(UnableToReceiveStatement, match="closed"):
        receive_statement(application=file, upload=upload, partner=None, actor=colleague)
    assert "Send statement" not in sign_in(colleague).get(at("statements_panel", file)).text
    assert not StatementImport.objects.exists()


def test_costs_the_same_however_many_came(file: Application, officer: User, sign_in: SignIn, django_assert_num_queries: Any) -> None:
    client = sign_in(officer)
    for number in (1, 4):
        for _ in range(number):
            receive_statement(application=file, upload=sent()["statement-file"], partner=None, actor=officer)
        read_waiting()
        # session, user, roles, branches, application; files that came, accounts with their lines; declared interests.
        with django_assert_num_queries(9):
            client.get(at("statements_panel", file), headers=HTMX)


def test_says_what_a_file_does_not_tell_and_what_to_ask_for(file: Application, person_with: PersonWith, sign_in: SignIn) -> None:
    client = sign_in(person_with(Role.INVESTIGATOR))
    page = client.get(at("statements_panel", file)).text
    assert "What a CSV needs" in page and "<code>GAMBLING</code>" in page
    client.post(at("statement_send", file), sent())
    read_waiting()
    page = client.get(at("statements_panel", file)).text
    assert "This file does not say what each payment is for: income," in page
    assert "Ask the bank for CAMT.053, or for a CSV with the column code." in page


def test_says_nothing_of_a_file_that_tells_and_refuses_a_code_by_its_cell(
    file: Application, person_with: PersonWith, sign_in: SignIn
) -> None:
    client = sign_in(person_with(Role.INVESTIGATOR))
    rows = f"account,date,amount,currency,code\n{IBAN},2026-02-03,1500.00,EUR,SALARY\n{IBAN},2026-02-04,-20.00,EUR,Grocery\n"
    client.post(at("statement_send", file), sent(rows.encode()))
    read_waiting()
    page = client.get(at("statements_panel", file)).text
    assert "1 new" in page and "Line 3: &#x27;Grocery&#x27; is no code that is known." in page and "Ask the bank" not in page
    assert StatementLine.objects.get().category == "SALARY"
