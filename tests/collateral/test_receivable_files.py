"""Receivables that come in files: previewed, taken in once by a worker, and listed by pages."""

from __future__ import annotations

import io
import json
import tracemalloc
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from collateral.domain.receivable_files import ReceivableLine, read_receivables
from collateral.models import Asset, FactsVersion, Receivable, ReceivableFile
from collateral.selectors.asset_facts import list_changes
from collateral.selectors.counting import counted_of
from collateral.services import receivable_files
from collateral.services.receivable_files import (
    UnableToImportReceivables,
    drop_receivables,
    preview_receivables,
    take_receivables,
    take_waiting,
)
from collateral.services.receivables import UnableToRecordReceivable, add_receivable
from core.crypto import blind_index
from core.errors import Conflict
from core.models import Branch, User
from core.roles import Role
from loans.models import Borrower
from tests.collateral.conftest import Register, SignIn, hire
from tests.collateral.test_asset_facts import GOOD
from tests.collateral.test_services import open_codes
from tests.every_role import every_role
from tests.shared_rows import shared

HEADER = "debtor_name;debtor_number;invoice_number;nominal;currency;issued_date;due_date\n"
RECORDERS = {Role.OFFICER, Role.INVESTIGATOR}


@pytest.fixture(autouse=True)
def quiet(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


@shared
def asset(register: Register) -> Asset:
    """An assignment with one receivable on file: R-1 of Kranich Bau AG, 10,000 EUR."""
    return register(kind="RECEIVABLES", title_number="A-1", facts=GOOD["RECEIVABLES"], description="Receivables of ours")


def table(*lines: str) -> io.BytesIO:
    return io.BytesIO((HEADER + "".join(f"{line}\n" for line in lines)).encode())


def many(count: int, today: date) -> io.BytesIO:
    return table(*(f"Debtor {n % 7};;I-{n};100.50;EUR;{today - timedelta(days=9)};{today + timedelta(days=n % 60)}" for n in range(count)))


def preview(asset: Asset, stream: io.BytesIO, officer: User, today: date) -> ReceivableFile:
    return preview_receivables(asset=asset, stream=stream, file_name="list.csv", actor=officer, business_date=today)


class TestPreview:
    def test_names_each_line_that_cannot_be_used_and_keeps_no_receivable(self, asset: Asset, officer: User, today: date) -> None:
        file = preview(
            asset,
            table(
                "Elm;;E-1;100.00;EUR;2026-02-01;2026-04-01",
                "Elm;;E-2;-5;EUR;2026-02-01;2026-04-01",
                "Elm;;E-3;NaN;EUR;2026-02-01;2026-04-01",
                "Elm;;E-4;100.005;EUR;2026-02-01;2026-04-01",
                "Elm;;E-5;100;USD;2026-02-01;2026-04-01",
                "Elm;;E-6;100;EUR;2031-02-01;2031-04-01",
                "Elm;;E-7;100;EUR;2026-02-01;2026-01-01",
                ";;E-8;100;EUR;2026-02-01;2026-04-01",
                "elm;;e 1;100;EUR;2026-02-01;2026-04-01",
                "Elm;;E-9;1e30;EUR;2026-02-01;2026-04-01",
                "Kranich Bau AG;HRB 1;R-1;10000;EUR;2026-02-01;2026-04-01",
                "Elm;;E-10;100",
                "Elm;;E-11;100;EUR;2026-W05-1;2026-04-01",
                "Elm;;E-12;100;EUR;20260201;2026-04-01",
            ),
            officer,
            today,
        )
        assert (file.usable, file.known, file.refused, file.total) == (1, 1, 12, Decimal(100))
        assert [one["line"] for one in file.refusals] == [3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14, 15]
        told = " | ".join(one["reason"] for one in file.refusals)
        for words in ("USD", "decimals", "later day", "before it was issued", "debtor_name is missing", "stands in line 2 already"):
            assert words in told
        assert Receivable.objects.count() == 1

    def test_knows_an_invoice_of_a_debtor_however_either_is_written(self, asset: Asset, officer: User, today: date) -> None:
        lines = (f"{debtor};;{number};100;EUR;2026-02-01;2026-04-01" for debtor, number in (("Acme GmbH", "INV-1"), ("ACME Ltd", "INV 1")))
        file = preview(asset, table(*lines), officer, today)
        assert (file.usable, file.refused) == (1, 1) and "stands in line 2 already" in file.refusals[0]["reason"]
        facts = {"nominal": Decimal(100), "issued_date": date(2026, 2, 1), "due_date": date(2026, 4, 1)}
        told: dict[str, Any] = {"asset": asset, "actor": officer, "business_date": today}
        add_receivable(facts=facts | {"debtor_name": "Acme GmbH", "invoice_number": "INV-9"}, **told)
        with pytest.raises(UnableToRecordReceivable, match="on the list already"):
            add_receivable(facts=facts | {"debtor_name": "ACME", "invoice_number": "inv 9"}, **told)

    @pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"name;amount\nElm;5\n", HEADER.encode() + b"a\0;;;;;;\n"])
    def test_refuses_what_is_no_such_table_and_keeps_nothing_of_it(
        self, asset: Asset, officer: User, today: date, tmp_path: Path, content: bytes
    ) -> None:
        with pytest.raises(UnableToImportReceivables):
            preview(asset, io.BytesIO(content), officer, today)
        assert not ReceivableFile.objects.exists()
        assert not [path for path in tmp_path.rglob("*") if path.is_file()]

    def test_keeps_the_file_encrypted_until_it_is_dropped(
        self, asset: Asset, officer: User, today: date, tmp_path: Path, django_capture_on_commit_callbacks: Any
    ) -> None:
        file = preview(asset, table("Elm & Sons;;E-1;100;EUR;2026-02-01;2026-04-01"), officer, today)
        (kept,) = [path for path in tmp_path.rglob("*") if path.is_file()]
        assert b"Elm" not in kept.read_bytes()
        with django_capture_on_commit_callbacks(execute=True):
            drop_receivables(file=file, actor=officer, business_date=today)
        assert not kept.exists()
        with pytest.raises(Conflict):
            take_receivables(file=file, actor=officer, business_date=today)


class TestTakingIn:
    def test_keeps_the_usable_lines_once_however_often_the_worker_is_woken(self, asset: Asset, officer: User, today: date) -> None:
        file = preview(asset, many(30, today), officer, today)
        add_receivable(
            asset=asset,
            facts={**GOOD["RECEIVABLES"], "debtor_name": "Debtor 0", "invoice_number": "I-0"},
            actor=officer,
            business_date=today,
        )
        take_receivables(file=file, actor=officer, business_date=today)
        with pytest.raises(Conflict):
            take_receivables(file=file, actor=officer, business_date=today)
        assert (take_waiting(), take_waiting()) == (1, 0)
        file.refresh_from_db()
        assert (file.state, file.usable, file.known, file.stored_as) == ("DONE", 29, 1, "")
        assert Receivable.objects.count() == 31
        kept = Receivable.objects.filter(source=file).order_by("invoice_number")
        assert FactsVersion.objects.filter(row__in=kept.values("pk"), recorded_by=officer).count() == 29
        asset.refresh_from_db()
        counted = counted_of(asset, on=today)
        assert asset.counted_share == counted.share < 1
        assert counted.reasons[-1].endswith("Debtor 0, Kranich Bau AG.")  # by name, as they are written

    def test_flags_debtors_of_the_own_group_and_invoices_assigned_elsewhere(
        self, asset: Asset, register: Register, officer: User, today: date
    ) -> None:
        other = register(kind="RECEIVABLES", title_number="A-2", facts={**GOOD["RECEIVABLES"], "invoice_number": "X-9"})
        name = Borrower.objects.get().name
        lines = ("KRANICH BAU;;x 9;100;EUR;2026-02-01;2026-04-01", f"{name} GmbH;;Y-1;100;EUR;2026-02-01;2026-04-01")
        take_receivables(file=preview(asset, table(*lines), officer, today), actor=officer, business_date=today)
        take_waiting()
        assert {"connected_debtor", "invoice_elsewhere"} <= open_codes(asset)
        assert other.reference in asset.flags.get(code="invoice_elsewhere").evidence["elsewhere"]
        assert Receivable.objects.get(invoice_number="Y-1").connected

    def test_gives_up_in_words_when_the_asset_is_gone_or_the_file_kills_its_reader(
        self, asset: Asset, officer: User, today: date, tmp_path: Path
    ) -> None:
        gone, broken = (preview(asset, many(2, today), officer, today) for _ in range(2))
        for file in (gone, broken):
            take_receivables(file=file, actor=officer, business_date=today)
        (tmp_path / broken.stored_as).write_bytes(b"cut")
        assert take_waiting() == 1
        for _ in range(3):
            take_waiting()
        broken.refresh_from_db()
        assert (broken.state, broken.usable) == ("DROPPED", 0)
        assert "could not be read" in broken.refusals[0]["reason"]
        late = preview(asset, table("Oak;;O-1;1;EUR;2026-02-01;2026-04-01"), officer, today)
        take_receivables(file=late, actor=officer, business_date=today)
        Asset.objects.filter(pk=asset.pk).update(state="SOLD")
        take_waiting()
        late.refresh_from_db()
        assert late.state == "DROPPED"
        assert "its file is closed" in late.refusals[0]["reason"]
        with pytest.raises(UnableToRecordReceivable):
            preview(asset, many(2, today), officer, today)

    def test_costs_queries_by_the_batch_and_memory_not_by_the_file(
        self, asset: Asset, officer: User, today: date, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(receivable_files, "BATCH", 50)
        costs = []
        for start, count in ((0, 50), (1000, 150)):
            lines = (f"Debtor;;J-{start + n};1;EUR;2026-02-01;2026-04-01" for n in range(count))
            file = preview(asset, table(*lines), officer, today)
            take_receivables(file=file, actor=officer, business_date=today)
            with CaptureQueriesContext(connection) as queries:
                take_waiting()
            costs.append(len(queries))
        assert costs[1] - costs[0] == 2 * 2  # two more batches: what is known here, and what stands elsewhere

    def test_keeps_what_is_written_to_the_letter(self, asset: Asset, officer: User, today: date) -> None:
        names = ["Back\\slash \\N \\. GmbH", "Ta\tb", "\\N", "Ünïcode 株式会社", 'Qu"ote']
        lines = ('"{}";HRB 7;K-{};1.50;EUR;2026-2-1;2026-04-01'.format(name.replace('"', '""'), n) for n, name in enumerate(names))
        take_receivables(file=preview(asset, table(*lines), officer, today), actor=officer, business_date=today)
        take_waiting()
        rows = list(Receivable.objects.exclude(source=None).order_by("invoice_number"))
        assert [row.debtor_name for row in rows] == names
        assert {(row.debtor_number, row.nominal, row.issued_date, row.disputed_date) for row in rows} == {
            ("HRB 7", Decimal("1.5"), date(2026, 2, 1), None)
        }
        assert set(Receivable.objects.filter(debtor_number_index=blind_index("hrb7", kind="registration_number"))) == set(rows)
        known = FactsVersion.objects.get(row=rows[1].pk)
        assert (json.loads(known.content)["debtor_name"], known.recorded_by) == ("Ta\tb", officer)

    def test_reads_in_little_memory(self, today: date) -> None:
        stream = many(5_000, today)
        tracemalloc.start()
        usable = sum(isinstance(line, ReceivableLine) for line in read_receivables(stream, currency="EUR", on=today))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert (usable, peak < 200_000) == (5_000, True)


class TestPages:
    def test_cost_the_same_however_many_receivables_there_are(self, asset: Asset, officer: User, today: date, sign_in: SignIn) -> None:
        client = sign_in(officer)
        addresses = [reverse(f"collateral:{name}", args=[asset.pk]) for name in ("receivable_list", "asset_facts", "asset_detail")]

        def cost(url: str) -> int:
            client.get(url)
            with CaptureQueriesContext(connection) as queries:
                assert client.get(url).status_code == 200
            return len(queries)

        few = [cost(url) for url in addresses]
        take_receivables(file=preview(asset, many(60, today), officer, today), actor=officer, business_date=today)
        take_waiting()
        assert [cost(url) for url in addresses] == few
        page = client.get(addresses[0], {"text": "Debtor 3", "page": "9"})
        assert {row.receivable.debtor_name for row, _ in page.context["rows"]} == {"Debtor 3"}
        assert len(client.get(addresses[0]).context["rows"]) == 25
        assert client.get(addresses[0], {"view": "settled"}).context["rows"] == []
        assert len(client.get(addresses[0], {"export": "csv"}).content.splitlines()) == 62
        assert len(list_changes(asset)) == 61

    def test_upload_preview_and_taking_in(self, asset: Asset, officer: User, today: date, sign_in: SignIn) -> None:
        client = sign_in(officer)
        url = reverse("collateral:receivable_upload", args=[asset.pk])
        bad = client.post(url, {"file": SimpleUploadedFile("x.csv", b"nothing")})
        assert (bad.status_code, "The header has to name" in bad.text) == (422, True)
        page = client.post(
            url, {"file": SimpleUploadedFile("x.csv", many(3, today).getvalue() + b"Elm;;E;0;EUR;2026-02-01;2026-04-01\n")}, follow=True
        )
        assert "Line 5" in page.text
        assert "Take in 3 receivables" in page.text
        file = ReceivableFile.objects.get()
        take = reverse("collateral:receivable_file_take", args=[file.pk])
        assert client.post(take).status_code == 302
        again = client.post(take)
        assert (again.status_code, "the action no longer fits" in again.text) == (409, True)
        take_waiting()
        assert "3 receivables kept" in client.get(reverse("collateral:receivable_file", args=[file.pk])).text

    @every_role(Role)
    def test_every_role_does_what_it_may(
        self, asset: Asset, officer: User, branch: Branch, today: date, sign_in: SignIn, role: Role
    ) -> None:
        file = preview(asset, many(1, today), officer, today)
        client = sign_in(hire(f"a_{role.value.lower()}", role, branch=branch))
        pressed = {
            reverse("collateral:receivable_upload", args=[asset.pk]),
            reverse("collateral:receivable_file_take", args=[file.pk]),
            reverse("collateral:receivable_file_drop", args=[file.pk]),
        }
        for url in sorted(pressed):
            assert (client.post(url).status_code == 403) is (role not in RECORDERS), url

    def test_are_not_there_for_people_of_another_branch(
        self, asset: Asset, officer: User, other_branch: Branch, today: date, sign_in: SignIn
    ) -> None:
        file = preview(asset, many(1, today), officer, today)
        client = sign_in(hire("olaf_officer", Role.OFFICER, branch=other_branch))
        assert client.get(reverse("collateral:receivable_list", args=[asset.pk])).status_code == 404
        assert client.post(reverse("collateral:receivable_file_take", args=[file.pk])).status_code == 404
