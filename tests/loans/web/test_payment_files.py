"""Statements of incoming payments: read and matched in the background, booked line by line, each once ever, the rest taken up by people."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.models import User
from core.roles import Role
from loans.models import Loan, Payment, PaymentFile, PaymentLine
from loans.selectors.audit import first_difference
from loans.selectors.payment_files import READERS
from loans.services import payment_files
from loans.services.payment_files import UnableToImportPayments, post_file, receive_payments, work_files
from loans.services.payment_matching import references_in
from loans.services.payments import CASHIERS
from loans.services.statements import open_account
from tests.every_role import every_role
from tests.loans.servicing.books import snapshot
from tests.loans.web.conftest import SignIn

pytestmark = pytest.mark.django_db
FIRST_DUE = date(2026, 4, 2)
OURS = "AT483200000012345864"
PAYER = "DE02120300000000202051"
Move = Callable[[date], date]
PersonWith = Callable[[Role], User]
Send = Callable[..., PaymentFile]


@pytest.fixture(autouse=True)
def _own_folder(settings: LazySettings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = str(tmp_path)


@pytest.fixture
def due(loan: Loan, on: Move) -> Loan:
    on(FIRST_DUE)
    return loan


def statement(*lines: tuple[str, str], day: str = "2026-04-02", payer: str = "", currency: str = "EUR") -> bytes:
    """A CSV as banks export it, of (amount, text)."""
    rows = "".join(f"{OURS};{day};{amount};{currency};{text};{payer}\n" for amount, text in lines)
    return f"account;date;amount;currency;text;counterparty\n{rows}".encode()


def upload(content: bytes, name: str = "statement.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


@pytest.fixture
def send(officer: User) -> Send:
    """Upload a statement and have it read."""

    def make(content: bytes, actor: User = officer) -> PaymentFile:
        file = receive_payments(upload=upload(content), actor=actor)
        work_files()
        file.refresh_from_db()
        return file

    return make


def book(file: PaymentFile, actor: User) -> PaymentFile:
    post_file(file=file, actor=actor)
    work_files()
    file.refresh_from_db()
    return file


def states(file: PaymentFile) -> list[str]:
    return list(file.lines.order_by("number").values_list("state", flat=True))


class TestReading:
    def test_matches_by_the_number_in_the_text_and_books_nothing(self, due: Loan, send: Send) -> None:
        before = snapshot()
        file = send(
            statement(
                ("1032.80", f"Instalment {due.reference.lower().replace('-', ' ')} April"),
                ("500.00", "LN-99999999"),
                ("20.00", "Thank you"),
                ("-30.00", f"{due.reference} given back"),
            )
        )
        assert (file.state, states(file)) == ("READ", ["MATCHED", "UNMATCHED", "UNMATCHED"])
        assert list(file.lines.order_by("number").values_list("note", flat=True)) == [
            "",
            "There is no loan LN-99999999 that the uploader may see.",
            "The text names no loan.",
        ]
        assert snapshot() == before

    def test_matches_by_the_payer_s_account_when_they_have_one_loan(self, due: Loan, send: Send) -> None:
        open_account(borrower=due.borrower, iban=PAYER, bank_name="", actor=None)
        file = send(statement(("1032.80", "April"), payer=PAYER))
        assert states(file) == ["MATCHED"]

    def test_keeps_two_equal_amounts_of_one_day_apart(self, due: Loan, send: Send) -> None:
        assert states(send(statement(("10.00", due.reference), ("10.00", due.reference)))) == ["MATCHED", "MATCHED"]

    def test_knows_a_line_that_was_there_before(self, due: Loan, send: Send, officer: User) -> None:
        book(send(statement(("10.00", due.reference))), officer)
        again = send(statement(("10.00", due.reference), ("11.00", due.reference)))
        assert states(again) == ["DUPLICATE", "MATCHED"]
        book(again, officer)
        assert [payment.amount for payment in Payment.objects.order_by("pk")] == [Decimal("10.00"), Decimal("11.00")]

    def test_keeps_no_file_and_no_text_in_clear(self, due: Loan, send: Send, tmp_path: Path) -> None:
        send(statement(("10.00", "Mother Superior pays")))
        assert not [path for path in tmp_path.rglob("*") if path.is_file()]
        with connection.cursor() as cursor:
            cursor.execute("SELECT text FROM loans_paymentline")
            assert "Superior" not in str(cursor.fetchone())

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"PK\x03\x04 an archive",
            b"MZ\x00\x01",
            b"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>",
        ],
    )
    def test_refuses_at_the_door_what_is_no_statement(self, officer: User, sign_in: SignIn, due: Loan, content: bytes) -> None:
        page = sign_in(officer).post(reverse("loans:payment_file_list"), {"file": upload(content)})
        assert page.status_code == 422
        assert page.context["form"].errors["file"]
        assert not PaymentFile.objects.exists()

    @pytest.mark.parametrize("content", [b"hello", b"\xff\xfe\x00", b"<Document/>", b"a;b\n1;2\n", b":20:x\n:25:y\n:61:broken\n"])
    def test_says_what_could_not_be_read(self, send: Send, due: Loan, officer: User, sign_in: SignIn, content: bytes) -> None:
        try:
            file = send(content)
        except UnableToImportPayments:
            return  # at the door already
        assert file.state == "REFUSED"
        page = sign_in(officer).get(reverse("loans:payment_file_detail", args=[file.pk]))
        assert "What could not be read" in page.text

    def test_takes_a_file_once(self, due: Loan, send: Send, officer: User, sign_in: SignIn) -> None:
        content = statement(("10.00", due.reference))
        send(content)
        page = sign_in(officer).post(reverse("loans:payment_file_list"), {"file": upload(content)})
        assert page.status_code == 422
        assert officer.full_name in page.context["form"].errors["file"][0]
        assert PaymentFile.objects.count() == 1

    def test_costs_the_same_queries_for_many_lines(self, due: Loan, officer: User) -> None:
        costs = []
        for size in (5, 500):
            receive_payments(upload=upload(statement(*((f"{number + 1}.00", due.reference) for number in range(size)))), actor=officer)
            with CaptureQueriesContext(connection) as queries:
                work_files()
            costs.append(len(queries))
        assert costs[0] == costs[1]


class TestBooking:
    def test_books_what_is_matched_and_leaves_the_rest(self, due: Loan, send: Send, officer: User) -> None:
        file = book(send(statement(("1032.80", due.reference), ("20.00", "Thank you"))), officer)
        assert (file.state, states(file)) == ("DONE", ["POSTED", "UNMATCHED"])
        payment = Payment.objects.get()
        assert (payment.loan, payment.amount, payment.value_date, payment.source) == (due, Decimal("1032.80"), FIRST_DUE, "FILE")
        assert first_difference() is None

    def test_a_doubled_message_books_once(self, due: Loan, send: Send, officer: User) -> None:
        file = book(send(statement(("1032.80", due.reference))), officer)
        PaymentFile.objects.filter(pk=file.pk).update(state="POSTING")
        work_files()
        work_files()
        assert Payment.objects.count() == 1

    def test_goes_on_where_a_killed_worker_stopped(self, due: Loan, send: Send, officer: User, monkeypatch: pytest.MonkeyPatch) -> None:
        file = send(statement(("10.00", due.reference), ("11.00", due.reference), ("12.00", due.reference)))
        post_file(file=file, actor=officer)
        real, calls = payment_files.post_payment, []

        def dies(**asked: Any) -> Payment:
            calls.append(asked)
            if len(calls) == 2:
                raise KeyboardInterrupt
            return real(**asked)

        monkeypatch.setattr(payment_files, "post_payment", dies)
        with pytest.raises(KeyboardInterrupt):
            work_files()
        assert Payment.objects.count() == 1
        monkeypatch.setattr(payment_files, "post_payment", real)
        work_files()
        assert sorted(payment.amount for payment in Payment.objects.all()) == [Decimal(10), Decimal(11), Decimal(12)]
        file.refresh_from_db()
        assert file.state == "DONE"

    def test_a_line_that_is_refused_goes_to_the_worklist_with_the_reason(self, due: Loan, send: Send, officer: User) -> None:
        file = book(send(statement(("10.00", due.reference), day="2026-04-09")), officer)
        line = file.lines.get()
        assert (file.state, line.state) == ("DONE", "UNMATCHED")
        assert "business date" in line.note
        assert not Payment.objects.exists()

    def test_is_asked_for_once(self, due: Loan, send: Send, officer: User, sign_in: SignIn) -> None:
        file = send(statement(("10.00", due.reference)))
        client = sign_in(officer)
        url = reverse("loans:payment_file_book", args=[file.pk])
        assert client.post(url).status_code == 302
        assert client.post(url).status_code == 422
        nothing = send(statement(("10.00", "Thank you")))
        assert client.post(reverse("loans:payment_file_book", args=[nothing.pk])).status_code == 422


class TestWorklist:
    @pytest.fixture
    def line(self, due: Loan, send: Send) -> PaymentLine:
        return send(statement(("1032.80", "Thank you"))).lines.get()

    def test_shows_what_a_line_would_pay_before_it_is_booked(self, due: Loan, line: PaymentLine, officer: User, sign_in: SignIn) -> None:
        client = sign_in(officer)
        assert "Thank you" in client.get(reverse("loans:payment_line_list")).text
        url = reverse("loans:payment_line", args=[line.pk])
        before = snapshot()
        page = client.get(url, {"loan": due.reference.lower()})
        assert [(part.instalment, part.what, part.amount) for part in page.context["parts"]] == [
            (1, "Interest", Decimal("60.00")),
            (1, "Principal", Decimal("972.80")),
        ]
        assert snapshot() == before
        assert client.post(url, {"loan": due.reference}).status_code == 302
        line.refresh_from_db()
        assert (line.state, line.loan, line.decided_by) == ("POSTED", due, officer)
        assert first_difference() is None

    def test_books_a_line_once(self, due: Loan, line: PaymentLine, officer: User, sign_in: SignIn) -> None:
        client, url = sign_in(officer), reverse("loans:payment_line", args=[line.pk])
        assert client.post(url, {"loan": due.reference}).status_code == 302
        before = snapshot()
        assert client.post(url, {"loan": due.reference}).status_code == 422
        assert client.post(reverse("loans:payment_line_aside", args=[line.pk]), {"reason": "Late"}).status_code == 422
        assert snapshot() == before

    @pytest.mark.parametrize("loan", ["", "LN-1", "x" * 50, "'; DROP TABLE", "\x00"])
    def test_refuses_a_loan_that_is_none(self, line: PaymentLine, officer: User, sign_in: SignIn, loan: str) -> None:
        client, url = sign_in(officer), reverse("loans:payment_line", args=[line.pk])
        before = snapshot()
        assert client.post(url, {"loan": loan}).status_code == 422
        assert client.get(url, {"loan": loan}).status_code == 422
        assert snapshot() == before

    def test_sets_aside_with_a_reason(self, line: PaymentLine, officer: User, sign_in: SignIn) -> None:
        client, url = sign_in(officer), reverse("loans:payment_line_aside", args=[line.pk])
        assert client.post(url, {"reason": " "}).status_code == 422
        assert client.post(url, {"reason": "Rent, not ours"}).status_code == 302
        line.refresh_from_db()
        assert (line.state, line.note) == ("SET_ASIDE", "Rent, not ours")
        assert "Nothing waits" in client.get(reverse("loans:payment_line_list")).text


class TestRoles:
    @every_role(Role)
    def test_cashiers_book_and_some_read(self, due: Loan, send: Send, person_with: PersonWith, sign_in: SignIn, role: Role) -> None:
        file = send(statement(("10.00", "Thank you"), ("11.00", due.reference)))
        line = file.lines.get(state="UNMATCHED")
        client: Client = sign_in(person_with(role))
        for url in (
            reverse("loans:payment_file_list"),
            reverse("loans:payment_file_detail", args=[file.pk]),
            reverse("loans:payment_line_list"),
            reverse("loans:payment_line", args=[line.pk]),
        ):
            assert (client.get(url).status_code == 200) is (role in READERS)
        if role in CASHIERS:
            return
        before = snapshot()
        refused = [
            client.post(reverse("loans:payment_file_list"), {"file": upload(statement(("1.00", "x")))}),
            client.post(reverse("loans:payment_file_book", args=[file.pk])),
            client.post(reverse("loans:payment_line", args=[line.pk]), {"loan": due.reference}),
            client.post(reverse("loans:payment_line_aside", args=[line.pk]), {"reason": "No"}),
        ]
        assert {answer.status_code for answer in refused} <= {403, 404, 422}
        assert snapshot() == before
        assert (PaymentFile.objects.count(), PaymentFile.objects.get().state) == (1, "READ")

    def test_another_branch_finds_nothing(self, due: Loan, send: Send, stranger: User, sign_in: SignIn) -> None:
        file = send(statement(("10.00", "Thank you")))
        client = sign_in(stranger)
        assert client.get(reverse("loans:payment_file_detail", args=[file.pk])).status_code == 404
        assert client.get(reverse("loans:payment_line", args=[file.lines.get().pk])).status_code == 404
        assert "Nothing waits" in client.get(reverse("loans:payment_line_list")).text

    def test_no_line_is_matched_to_a_loan_of_another_branch(self, due: Loan, send: Send, stranger: User) -> None:
        file = send(statement(("10.00", due.reference)), actor=stranger)
        assert states(file) == ["UNMATCHED"]


def test_references_are_read_however_they_are_written() -> None:
    assert references_in("ln-20001, LN 20001; LN20002 XLN-20003 LN-1") == ["LN-20001", "LN-20002"]


def test_reads_mt940(due: Loan, send: Send) -> None:
    text = f":20:START\n:25:12030000/0000202051\n:28C:1/1\n:60F:C260401EUR0,00\n:61:2604020402C1032,80NTRFNONREF\n:86:{due.reference}\n:62F:C260402EUR1032,80\n-"
    assert states(send(BytesIO(text.encode()).getvalue())) == ["MATCHED"]
