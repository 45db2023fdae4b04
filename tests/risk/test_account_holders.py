"""Whose account a statement is of: the applicant's own, by its holder, and nobody else's file."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from core.models import BankState
from loans.models import Application
from loans.services.direct_intake import intake_application
from loans.services.statement_imports import read_waiting, receive_statement
from risk.domain.statement_gaps import joint_holders
from risk.models import ApplicationTrace
from risk.services.cross_checks import CrossCheck, cross_checks
from risk.services.fraud import look_for_fraud
from tests.risk.conftest import TODAY
from tests.risk.deciding import Make
from tests.risk.test_statement_files import IBAN, camt, csv

OTHER = "NL91ABNA0417164300"


@pytest.fixture(autouse=True)
def _bank(bank: BankState, settings: Any, tmp_path: Any) -> None:
    BankState.objects.update(business_date=TODAY)
    settings.MEDIA_ROOT = str(tmp_path / "media")


def send(application: Application, content: str, account: str = "") -> None:
    receive_statement(
        application=application, upload=SimpleUploadedFile("s", content.encode()), account=account, partner=None, actor=None
    )  # fmt: skip
    assert read_waiting() == 1


def of(holder: str) -> str:
    return camt(*range(9)).replace("Freya Lindqvist", holder)


def holder(application: Application) -> CrossCheck:
    return next(row for row in cross_checks(application, business_date=TODAY) if row.code == "statements_owner")


class TestHolder:
    @pytest.mark.parametrize(
        "name",
        ["Freya Lindqvist", "LINDQVIST FREYA", "Freya Lindqvist und Bruno Castellani", "B. Castellani &amp; Freya Lindqvist"],
    )
    def test_is_the_applicant_however_the_bank_writes_it(self, apply: Make, name: str) -> None:
        application = apply()
        send(application, of(name))
        assert not holder(application).differs

    def test_of_a_friend_is_a_difference_that_names_them(self, apply: Make) -> None:
        application = apply()
        send(application, of("Oksana Marchenko"))
        assert holder(application).differs
        assert (holder(application).stated, holder(application).seen) == ("Freya Lindqvist", "Oksana Marchenko")

    def test_that_no_file_names_is_a_difference_as_well(self, apply: Make) -> None:
        application = apply()
        send(application, csv(*range(9)))
        assert holder(application).differs and holder(application).seen == "not named"
        # The same account in a format that names them.
        send(application, camt(*range(9)))
        assert not holder(application).differs

    def test_of_one_account_says_nothing_of_another(self, apply: Make) -> None:
        application = apply()
        send(application, camt(*range(9)))
        send(application, csv(*range(9)).replace(IBAN, OTHER))
        assert holder(application).seen == "not named"

    def test_may_be_joint(self) -> None:
        assert joint_holders("A Smith & B Smith") == ["A Smith & B Smith", "A Smith", "B Smith"]
        assert joint_holders("Freya Lindqvist") == ["Freya Lindqvist"]


def stranger(application: Application) -> Application:
    """Another applicant in the same branch."""
    data = {
        "product": "personal", "amount": "9000.00", "currency": "EUR", "term_months": "24", "purpose": {"code": "car", "text": "Car"},
        "applicant": {"kind": "person", "name": "Teodor Vukasovic", "birth_date": "1971-09-21", "national_id": "L01X00903"},
    }  # fmt: skip
    return intake_application(data=data, branch=application.branch, actor=application.officer, business_date=TODAY)


def rules(application: Application) -> set[str]:
    look_for_fraud(application=application, business_date=TODAY)
    return set(application.fraud_signals.values_list("rule", flat=True))


class TestSharing:
    def test_an_account_that_two_applicants_show_is_a_sign_of_fraud(self, apply: Make) -> None:
        first = apply()
        second = stranger(first)
        send(first, camt(*range(9)))
        send(second, camt(3, 4))
        assert rules(first) == set() and rules(second) == {"ACCOUNT"}
        signal = second.fraud_signals.get()
        assert signal.evidence["others"] == [str(first.pk)]
        assert signal.evidence["words"] == "The account of a statement, or the very file, is also that of one other applicant."

    def test_so_is_one_file_under_two_numbers(self, apply: Make) -> None:
        first = apply()
        second = stranger(first)
        bare = "date,amount,currency\n2026-02-20,2500.00,EUR\n"
        send(first, bare, account=IBAN)
        send(second, bare, account=OTHER)
        assert rules(first) == set() and rules(second) == {"ACCOUNT"}

    def test_the_same_person_shows_it_in_every_file_of_theirs(self, apply: Make) -> None:
        first, second = apply(), apply()
        send(first, camt(*range(9)))
        assert rules(first) == set() and rules(second) == set()
        assert ApplicationTrace.objects.filter(kind="ACCOUNT", application=second).count() == 2  # the account, and the file of it
