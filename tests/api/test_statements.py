"""Account statements: sent, read by a worker, their lines once in the borrower's account."""

from __future__ import annotations

import gzip
import io
import zipfile
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from core.models import PartnerClient
from loans.domain.statement_files import FileRefused, read_statements
from loans.models import Application, BankAccount, StatementImport, StatementLine, StatementPeriod
from loans.services import statement_imports
from loans.tasks import read_statements as read_task
from tests.api.client import Api, is_problem, pointers
from tests.api.conftest import MakeFile, MakeLoan
from tests.api.statement_samples import IBAN, camt, sample
from tests.datasets import DATASETS, needs

pytestmark = pytest.mark.django_db
FORMATS = ["CAMT.053", "MT940", "OFX", "CSV"]
SAMPLES = DATASETS / "statements"


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = str(tmp_path / "media")
    return tmp_path / "media"


@pytest.fixture
def application(sent: MakeFile, partner: PartnerClient) -> Application:
    return sent(partner)


def send(api: Api, target: Application, content: bytes, name: str = "statement.dat", **fields: str) -> Any:
    return api.upload(f"/applications/{target.pk}/statements", {"file": SimpleUploadedFile(name, content), **fields})


def read(api: Api, target: Application, content: bytes, **fields: str) -> dict[str, Any]:
    """Send a file, let the worker read it, and ask how it went."""
    answer = send(api, target, content, **fields)
    assert answer.status_code == 202, answer.content
    read_task()
    body: dict[str, Any] = api.get(f"/imports/{answer.json()['id']}").json()
    return body


class TestSending:
    @pytest.mark.parametrize("form", FORMATS)
    def test_is_taken_at_once_and_read_by_a_worker(self, api: Api, application: Application, form: str, media: Path) -> None:
        answer = send(api, application, sample(form))
        body = answer.json()
        assert answer.status_code == 202
        assert body == {"id": body["id"], "status": "RECEIVED", "lines": 0, "accepted": 0, "duplicates": 0, "errors": []}
        assert answer.headers["Location"] == f"/api/v1/imports/{body['id']}"
        assert not StatementLine.objects.exists()
        kept = next(path for path in media.rglob("*") if path.is_file()).read_bytes()
        assert IBAN.encode() not in kept and b"February" not in kept
        assert read_task() == 1
        assert api.get(f"/imports/{body['id']}").json() == {
            "id": body["id"], "status": "DONE", "lines": 2, "accepted": 2, "duplicates": 0, "errors": []
        }  # fmt: skip
        account = BankAccount.objects.get()
        assert (account.iban, account.borrower) == (IBAN, application.borrower)
        assert list(StatementLine.objects.order_by("date").values_list("amount", "currency")) == [
            (Decimal("2500.00"), "EUR"), (Decimal("-900.00"), "EUR")
        ]  # fmt: skip
        assert not [path for path in media.rglob("*") if path.is_file()]

    def test_takes_a_statement_for_a_loan(self, api: Api, lent: MakeLoan, partner: PartnerClient) -> None:
        loan = lent(partner)
        answer = api.upload(f"/loans/{loan.public_id}/statements", {"file": SimpleUploadedFile("a.csv", sample("CSV"))})
        assert answer.status_code == 202
        read_task()
        assert BankAccount.objects.get().borrower == loan.borrower

    @pytest.mark.parametrize("first", FORMATS)
    def test_knows_lines_it_has_whatever_file_they_come_in(self, api: Api, application: Application, first: str) -> None:
        assert read(api, application, sample(first))["accepted"] == 2
        for form in FORMATS:
            again = read(api, application, sample(form))
            assert (again["status"], again["accepted"], again["duplicates"], again["errors"]) == ("DONE", 0, 2, []), form

    def test_takes_no_line_whose_number_stands_with_another_amount(self, api: Api, application: Application) -> None:
        """A forged file that came first does not make the bank's own line a duplicate."""
        line = f"date;amount;currency;account;id\n2026-02-27;2000.00;EUR;{IBAN};X1\n".encode()
        assert read(api, application, line)["accepted"] == 1
        body = read(api, application, line.replace(b"2000.00", b"-50.00"))
        assert (body["status"], body["accepted"], body["duplicates"]) == ("REFUSED", 0, 0)
        assert "another day or amount" in body["errors"][0]["detail"]
        assert StatementPeriod.objects.order_by("id").last().conflicts == 1  # type: ignore[union-attr]

    def test_keeps_which_days_a_file_tells_of_and_its_balances(self, api: Api, application: Application) -> None:
        for form, opening, closing in (("CAMT.053", 100, 1700), ("MT940", 100, 1700), ("OFX", None, None), ("CSV", None, None)):
            read(api, application, sample(form))
            kept = StatementPeriod.objects.order_by("id").last()
            assert kept is not None and kept.conflicts == 0
            first = date(2026, 2, 1) if form == "OFX" else date(2026, 2, 27)
            assert (kept.first_date, kept.last_date, kept.opening, kept.closing) == (first, date(2026, 2, 28), opening, closing), form

    def test_keeps_that_a_file_does_not_reconcile(self, api: Api, application: Application) -> None:
        read(api, application, camt(closing="1700.01"))
        assert StatementPeriod.objects.get().conflicts == 1

    def test_keeps_two_equal_bookings_of_one_day(self, api: Api, application: Application) -> None:
        content = f"date,amount,currency,account,text\n{'2026-02-01,-5.00,EUR,' + IBAN + ',Coffee' + chr(10)}".encode()
        twice = content + f"2026-02-01,-5.00,EUR,{IBAN},Coffee\n".encode()
        assert read(api, application, twice)["accepted"] == 2
        assert read(api, application, twice)["duplicates"] == 2

    def test_repeats_the_answer_for_the_same_key(self, api: Api, application: Application) -> None:
        path = f"/applications/{application.pk}/statements"
        first = api.upload(path, {"file": SimpleUploadedFile("a.csv", sample("CSV"))}, key="once")
        again = api.upload(path, {"file": SimpleUploadedFile("a.csv", sample("CSV"))}, key="once")
        assert (again.json(), again.headers["Location"]) == (first.json(), first.headers["Location"])
        assert StatementImport.objects.count() == 1

    def test_hides_what_others_sent(self, api: Api, other_api: Api, application: Application) -> None:
        sent = send(api, application, sample("CSV")).json()
        assert is_problem(other_api.get(f"/imports/{sent['id']}"), 404)
        assert is_problem(send(other_api, application, sample("CSV")), 404)

    def test_waits_for_a_borrower(self, api: Api, sent: MakeFile, partner: PartnerClient) -> None:
        assert is_problem(send(api, sent(partner, submit=False), sample("CSV")), 409, "no_borrower")

    def test_names_what_an_upload_lacks(self, api: Api, application: Application) -> None:
        answer = api.upload(f"/applications/{application.pk}/statements", {"fle": "x"})
        assert is_problem(answer, 400) and pointers(answer) == {"/file": "required", "/fle": "unknown_field"}


class TestRefusals:
    def test_of_entities_and_document_types(self, api: Api, application: Application) -> None:
        for attack in (
            b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><Document>&x;</Document>',
            b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY l "lol"><!ENTITY m "&l;&l;&l;&l;">]><Document>&m;</Document>',
            b'<?xml version="1.0"?><!DOCTYPE a SYSTEM "http://127.0.0.1:9/x.dtd"><Document/>',
            '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE a [<!ENTITY x "y">]><Document>&x;</Document>'.encode("utf-16"),
            b'OFXHEADER:100\n\n<!DOCTYPE OFX [<!ENTITY x SYSTEM "file:///etc/passwd">]><OFX>&x;</OFX>',
        ):
            assert is_problem(send(api, application, attack), 422, "refused")
        assert not StatementImport.objects.exists()

    def test_of_a_document_type_that_got_past_the_door(self) -> None:
        from loans.domain.statement_files.camt import read_camt

        with pytest.raises(FileRefused, match="document type"):
            read_camt(b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x "y">]><Document>&x;</Document>')

    def test_of_archives_and_bombs(self, api: Api, application: Application) -> None:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("statement.xml", b"0" * 5_000_000)
        for bomb in (packed.getvalue(), gzip.compress(b"0" * 5_000_000), b"MZ\x90\x00\x03", b"", b"  \n"):
            assert is_problem(send(api, application, bomb), 422, "refused")
        assert not StatementImport.objects.exists()

    def test_of_a_file_over_twenty_mebibytes(self, api: Api, application: Application) -> None:
        assert is_problem(send(api, application, b"x" * ((20 << 20) + 1)), 413, "too_large")

    @pytest.mark.parametrize(
        "content",
        [
            b"hello",
            b"<html></html>",
            b"<?xml version='1.0'?><Document>",
            b'<?xml version="1.0" encoding="nonsense"?><Document/>',
            b":20:x\n:25:y\n",
            b"OFXHEADER:100\n\n<OFX></OFX>",
            b"date;amount\n1;2\n",
            b"\xff\xfe\x00",
            b"\x81\x82\x83",
        ],
    )
    def test_of_what_is_no_statement(self, api: Api, application: Application, content: bytes) -> None:
        answer = send(api, application, content)
        if answer.status_code == 202:
            read_task()
            body = api.get(f"/imports/{answer.json()['id']}").json()
            assert body["status"] == "REFUSED" and body["errors"][0]["line"] >= 1 and body["errors"][0]["detail"]
        else:
            assert is_problem(answer, 422, "refused")
        assert not StatementLine.objects.exists()

    def test_of_another_account_than_the_one_named(self, api: Api, application: Application) -> None:
        body = read(api, application, sample("CSV"), account="NL91 ABNA 0417 1643 00")
        assert (body["status"], body["accepted"]) == ("REFUSED", 0)
        assert "not the one" in body["errors"][0]["detail"]

    def test_of_an_account_that_nobody_names(self, api: Api, application: Application) -> None:
        content = b"date,amount,currency\n2026-02-01,5.00,EUR\n"
        assert read(api, application, content)["status"] == "REFUSED"
        assert read(api, application, content, account=IBAN)["accepted"] == 1

    def test_gives_a_file_up_that_fails_its_reader(self, api: Api, application: Application, monkeypatch: pytest.MonkeyPatch) -> None:
        key = send(api, application, sample("CSV")).json()["id"]
        with monkeypatch.context() as patched:
            patched.setattr(statement_imports, "read_statements", lambda _: 1 / 0)
            for _ in range(3):
                assert read_task() == 0
                assert api.get(f"/imports/{key}").json()["status"] == "READING"
        read_task()
        assert api.get(f"/imports/{key}").json()["status"] == "REFUSED"


class TestErrors:
    def test_name_lines_and_leave_the_others(self, api: Api, application: Application) -> None:
        rows = ["2026-02-01,5.00", "2026-02-30,5.00", "2026-02-03,5.005", "2026-02-04,NaN", "2026-02-05,1e3", "2026-02-06,6.00", "x"]
        content = "date,amount,currency\n" + "".join(f"{row},EUR\n" for row in rows)
        body = read(api, application, content.encode(), account=IBAN)
        assert (body["status"], body["lines"], body["accepted"]) == ("DONE", 7, 2)
        assert [fault["line"] for fault in body["errors"]] == [3, 4, 5, 6, 8]

    def test_name_the_line_of_an_entry(self, api: Api, application: Application) -> None:
        body = read(api, application, camt(amount="900.005"))
        line = [number for number, text in enumerate(camt().decode().splitlines(), 1) if text.strip() == "<Ntry>"][1]
        assert (body["status"], body["lines"], body["accepted"]) == ("DONE", 2, 1)
        assert line in [fault["line"] for fault in body["errors"]]

    def test_say_when_a_file_does_not_reconcile(self, api: Api, application: Application) -> None:
        body = read(api, application, camt(closing="1700.01"))
        assert (body["status"], body["accepted"]) == ("DONE", 2)
        assert "1700.00" in body["errors"][0]["detail"]


class TestReading:
    def test_tells_what_lines_are_as_far_as_codes_do(self, api: Api, application: Application) -> None:
        read(api, application, camt())
        salary, rent = StatementLine.objects.order_by("date")
        assert (salary.category, salary.text) == ("SALARY", "Employer Pay for February")
        assert salary.counterparty_index is not None
        assert (rent.category, rent.text) == ("TRANSFER_OUT", "Rent")
        assert (salary.coding, rent.coding) == ("FULL", "NONE")

    @pytest.mark.parametrize(("form", "coding"), [("MT940", {"NONE"}), ("OFX", {"PART", "NONE"}), ("CSV", {"NONE"})])
    def test_keeps_of_each_line_how_far_its_format_told_it(self, api: Api, application: Application, form: str, coding: set[str]) -> None:
        read(api, application, sample(form))
        assert set(StatementLine.objects.values_list("coding", flat=True)) == coding

    @needs(SAMPLES)
    @pytest.mark.parametrize(
        ("name", "lines", "taken"),
        [
            ("camt/camt053.v2.minimal.xml", 1, 1),
            ("camt/camt053.v2.multi.statement.xml", 2, 2),
            ("camt/camt053.v2.five.decimals.xml", 1, 0),
            ("camt/camt053.v4.xml", 1, 1),
            ("camt/camt053.v8.xml", 1, 1),
            ("mt940/betterplace__sepa_mt9401.sta", 97, 97),
            ("mt940/jejik__abnamro.sta", 10, 10),
            ("mt940/jejik__ing.sta", 7, 7),
            ("mt940/jejik__knab.sta", 3, 3),
            ("mt940/jejik__postfinance.sta", 4, 4),
            ("mt940/jejik__rabobank-iban.sta", 4, 4),
            ("mt940/jejik__rabobank.sta", 5, 5),
            ("mt940/jejik__triodos.sta", 2, 2),
            ("mt940/mBank__mt940.sta", 3, 3),
            ("ofx/checking.ofx", 3, 3),
            ("ofx/suncorp.ofx", 1, 1),
        ],
    )
    def test_reads_files_of_real_banks(self, name: str, lines: int, taken: int) -> None:
        file = read_statements((SAMPLES / name).read_bytes())
        assert (file.lines, sum(len(statement.bookings) for statement in file.statements)) == (lines, taken), file.faults

    @needs(SAMPLES)
    @pytest.mark.parametrize("name", ["camt/camt053.v2.wrong.xml", "ofx/decimal_error.ofx", "ofx/bank_small.ofx"])
    def test_refuses_broken_files_of_real_banks(self, name: str) -> None:
        with pytest.raises(FileRefused):
            read_statements((SAMPLES / name).read_bytes())
