"""The import of the Berka data: what it brings, what it rejects, that twice is once, and where it refuses to work."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.models import Max, Sum

from blacklist.models import BlacklistEntry
from config.berka import UnableToImport, import_berka
from config.berka.foundation import lay_foundation
from config.berka.replay import first_due_date
from config.berka.standing import LOCK
from core.models import AuditEntry, BankState, Branch, OutboxEvent
from core.services.bank import open_bank
from loans.models import Application, Borrower, Loan, Payment, StandingOrder, StatementImport, StatementLine
from monitoring.models import SweepRun
from risk.models import Decision, Fact, PolicyEvaluation, Score
from risk.services.replay import replay_decision
from risk.services.statements import statement_facts, statement_facts_of_many
from tests.config import berka_files
from tests.datasets import DATASETS, needs

REAL = DATASETS / "berka"


def silent(done: int, of: int, words: str) -> None:
    """Nobody watches."""


def row_counts() -> dict[str, int]:
    """How many rows each table of the house has, and the date the bank stands on."""
    counts = {model._meta.label: model._default_manager.count() for model in apps.get_models() if model._meta.managed}
    return counts | {"date": BankState.objects.get().business_date.toordinal()}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return berka_files.write(tmp_path_factory.mktemp("berka"))


@pytest.fixture(scope="class")
def report(files: Path, django_db_setup: None, django_db_blocker: Any) -> Iterator[dict[str, Any]]:
    """The tiny data imported once for all tests of the class; afterwards it is rolled back."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield import_berka(files, silent)
        transaction.set_rollback(True)


@pytest.mark.django_db
class TestImportBerka:
    def test_names_every_rejected_line_with_its_reason(self, report: dict[str, Any]) -> None:
        rejected = {
            name: [(one["line"], one["reason"]) for one in tally["rejected"]]
            for name, tally in report["files"].items()
            if tally["rejected"]
        }
        assert rejected == {
            "client.asc": [(30, "birth_number '709999' holds no day"), (31, "there is no district 9")],
            "account.asc": [(30, "account 99 has no owner in disp.asc")],
            "disp.asc": [(31, "there is no client 500")],
            "order.asc": [(4, "there is no account 500")],
            berka_files.FIRST: [
                (31, "transaction 3 of account 1 stands there twice"),
                (32, "there is no account 500"),
                (34, "4 of 10 fields: the line is cut"),
            ],
        }
        for tally in report["files"].values():
            assert tally["rows"] == tally["accepted"] + len(tally["rejected"])

    def test_reconciles_with_the_source_to_the_cent(self, report: dict[str, Any], files: Path) -> None:
        totals = report["totals"]
        for name in (berka_files.FIRST, berka_files.SECOND):
            sides = totals["transactions"][name]
            statement = StatementImport.objects.get(source=name)
            assert sides["source"] == sides["bank"]
            assert sides["bank"]["lines"] == statement.accepted == report["files"][name]["accepted"]
            kept = StatementLine.objects.filter(statement=statement).aggregate(sum=Sum("amount"))["sum"]
            assert Decimal(sides["source"]["credit"]) - Decimal(sides["source"]["debit"]) == kept
        assert totals["transactions"][berka_files.FIRST]["source"]["credit"] == f"{12 * Decimal('9000.50') + Decimal('77.80')}"
        assert totals["loans"]["scored"]["source"] == totals["loans"]["scored"]["bank"]
        assert totals["loans"]["replayed"] == {"source": "72000.00", "bank": "72000.00"}
        assert totals["loans"]["without_statements"] == {"loans": 1, "source": "50000.00"}
        assert totals["payments"] == {"statements": "4998.50", "bank": "4998.50"}
        assert totals["standing_orders"] == {"orders": 2, "source": "1372.70", "bank": "1372.70"}
        assert report["loans"] == {"total": 28, "by_status": {"A": 2, "B": 1, "C": 19, "D": 6}}

    def test_makes_districts_branches_and_clients_their_borrowers(self, report: dict[str, Any]) -> None:
        assert list(Branch.objects.values_list("code", "name", "region"))[:2] == [
            ("D01", "Town 1", "north Bohemia"),
            ("D02", "Town 2", "south Bohemia"),
        ]
        client = Borrower.objects.get(name="Client 1")
        assert (client.branch.code, client.city) == ("D03", "Town 2")  # the branch keeps the account, the town is the client's own
        assert client.birth_date == date(1961, 4, 12) and client.national_id == "615412/00001"
        assert StandingOrder.objects.get(external_id="1").payee_account == "YZ 87144583"
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM loans_standingorder WHERE position('87144583'::bytea in payee_account) > 0")
            assert cursor.fetchone()[0] == 0

    def test_replays_the_early_loans_day_by_day(self, report: dict[str, Any]) -> None:
        assert (report["replayed"]["loans"], report["replayed"]["payments"]) == (3, 5)
        assert BankState.objects.get().business_date == date(1993, 4, 16)
        assert SweepRun.objects.filter(state="DONE").count() == 105
        payment = Payment.objects.order_by("value_date").first()
        assert payment.value_date == payment.booking_date == date(1993, 1, 12) and payment.source == "IMPORT"
        assert not OutboxEvent.objects.filter(delivered_at=None).exists()
        decisions = Decision.objects.all()
        assert {one.decided_by_name for one in decisions} == {"import"} and all(one.decided_by is None for one in decisions)
        assert all(replay_decision(decision=one).identical for one in decisions) and len(decisions) == 3
        assert set(Loan.objects.values_list("annual_rate", flat=True)) == {Decimal(0)}

    def test_finds_the_loan_that_fell_behind_and_has_it_proposed(self, report: dict[str, Any]) -> None:
        (late,) = report["replayed"]["overdue"]
        loan = Loan.objects.get(reference=late["reference"])
        assert (late["loan"], late["account"], late["status"], late["since"]) == (52, 2, "B", "1993-01-12")
        assert (late["days_past_due"], late["arrears"]) == (93, "4000.00") == (loan.days_past_due, f"{loan.arrears:.2f}")
        entry = BlacklistEntry.objects.get()
        assert late["blacklist"] == {"reference": entry.reference, "state": "PROPOSED", "proposed_date": "1993-04-13"}
        assert entry.subject_key == loan.borrower.subject_key
        assert set(loan.alerts.values_list("kind", flat=True)) == {"OVERDUE", "DEFAULTED"}

    def test_scores_the_later_loans_out_of_sample(self, report: dict[str, Any]) -> None:
        scored = report["scored"]
        assert scored["loans"] == 24 and scored["auc"] > 0.8
        assert {status: found["loans"] for status, found in scored["by_outcome"].items()} == {"C": 18, "D": 6}
        assert all(sum(found["recommended"].values()) == found["loans"] for found in scored["by_outcome"].values())
        scores = Score.objects.select_related("model_version", "application")
        assert scores.count() == 24 and len({one.model_version_id for one in scores}) == 4
        for one in scores:
            assert one.model_version.state == "DRAFT" and one.model_version.data_rows == 18  # it learnt from the other folds
        minor = Application.objects.get(external_reference="berka-loan-6024")
        assert minor.recommendation == "DECLINE" and "Age: fails" in minor.flags
        assert minor.state == "INVESTIGATING" and not minor.loans.exists()

    def test_looks_at_nothing_from_the_day_of_the_grant_on(self, report: dict[str, Any]) -> None:
        judged = Application.objects.filter(external_reference__in=[f"berka-loan-{n + 5000}" for n in berka_files.JUDGED])
        assert all(one.recommendation and one.created_date.year == 1997 for one in judged)
        assert Fact.objects.filter(application__in=judged).aggregate(last=Max("as_of_date"))["last"] == date(1997, 8, 15)
        assert set(PolicyEvaluation.objects.filter(application__in=judged).values_list("business_date", flat=True)) == {
            date(1997, 7, 15),
            date(1997, 8, 15),
        }
        one = judged.order_by("created_date").first()
        before = statement_facts(one, business_date=one.created_date)
        account = StatementLine.objects.filter(account__borrower=one.borrower).first().account
        StatementLine.objects.create(account=account, external_id="later", date=one.created_date, amount=Decimal(99_999), currency="CZK")
        assert statement_facts(one, business_date=one.created_date) == before

    def test_works_out_many_statements_as_it_does_one(self, report: dict[str, Any]) -> None:
        without = Borrower.objects.get(name="Client 4")
        asked = [(one, one.created_date) for one in Application.objects.select_related("borrower")]
        asked.append((Application(borrower=without), date(1997, 1, 1)))
        assert list(statement_facts_of_many(asked)) == [statement_facts(one, business_date=day) for one, day in asked]

    def test_changes_nothing_when_it_is_called_again(self, report: dict[str, Any], files: Path) -> None:
        before = row_counts()
        assert import_berka(files, silent) == report
        assert row_counts() == before

    def test_writes_the_same_report_as_json_and_as_text(self, report: dict[str, Any], files: Path, tmp_path: Path) -> None:
        said = StringIO()
        call_command("import_berka", files, report=tmp_path / "report.json", stdout=said)
        kept = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
        assert kept == report and list(kept) == ["files", "loans", "scored", "replayed", "totals"]
        assert "line 34: 4 of 10 fields: the line is cut" in said.getvalue() and "DIFFERENT" not in said.getvalue()

    def test_refuses_other_files_afterwards(self, report: dict[str, Any], tmp_path: Path) -> None:
        other = berka_files.write(tmp_path)
        (other / "order.asc").write_text((other / "order.asc").read_text().replace("372.70", "372.80"))
        with pytest.raises(UnableToImport, match="other_files"):
            import_berka(other, silent)

    def test_leaves_the_steps_in_the_audit_trail(self, report: dict[str, Any]) -> None:
        steps = AuditEntry.objects.filter(action__startswith="berka.").order_by("id")
        assert [one.target_label for one in steps if one.action == "berka.step"] == [
            "foundation",
            "people",
            f"slice {berka_files.FIRST}",
            f"slice {berka_files.SECOND}",
            "replay",
            "judgement",
        ]
        assert {one.actor_name for one in steps} == {"import"}


@pytest.mark.django_db
class TestWhereItRefuses:
    def test_a_bank_whose_days_have_begun(self, bank: BankState, files: Path) -> None:
        with pytest.raises(CommandError, match=r"only into an empty bank whose business date is 1993-01-01; this one stands on 2026-03-02"):
            call_command("import_berka", files)
        assert not Borrower.objects.exists() and not AuditEntry.objects.filter(action="berka.started").exists()

    def test_a_bank_somebody_works_in(self, files: Path) -> None:
        open_bank(name="Mine", currency="EUR", business_date=date(1993, 1, 1))
        Branch.objects.create(code="X", name="A branch")
        with pytest.raises(UnableToImport, match="somebody works in it"):
            import_berka(files, silent)

    def test_a_folder_without_the_files(self, tmp_path: Path) -> None:
        (tmp_path / "loan.asc").write_text("")
        with pytest.raises(UnableToImport, match=r"district.asc, client.asc, account.asc, disp.asc, order.asc, feup_trans_test.csv, trans"):
            import_berka(tmp_path, silent)
        assert not BankState.objects.exists()

    def test_a_bank_into_which_another_import_runs(self, owner_connection: Any, files: Path) -> None:
        with owner_connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
            with pytest.raises(UnableToImport, match="running"):
                import_berka(files, silent)
            # A connection that is closed keeps its lock until its process has ended, and the next test may come before that.
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
        assert not BankState.objects.exists()


@pytest.mark.django_db
def test_an_interrupted_import_goes_on_where_it_was(files: Path) -> None:
    def impatient(done: int, of: int, words: str) -> None:
        if words.startswith("replaying 01 Mar"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_berka(files, impatient)
    assert BankState.objects.get().business_date == date(1993, 3, 1) and Payment.objects.count() == 2
    report = import_berka(files, silent)
    assert (report["replayed"]["loans"], report["replayed"]["payments"], report["scored"]["loans"]) == (3, 5, 24)
    assert SweepRun.objects.count() == 105 and Borrower.objects.count() == 28 and Application.objects.count() == 27
    assert [one["loan"] for one in report["replayed"]["overdue"]] == [52]


@pytest.mark.django_db
def test_an_empty_bank_opened_in_another_currency_keeps_its_books_in_crowns(files: Path) -> None:
    open_bank(name="Mine", currency="EUR", business_date=date(1993, 1, 1))
    lay_foundation(files / "district.asc", "fingerprint")
    bank = BankState.objects.get()
    assert (bank.name, bank.currency) == ("Mine", "CZK")
    assert AuditEntry.objects.get(action="bank.currency_changed").details == {"before": "EUR", "after": "CZK"}


@pytest.mark.parametrize(
    ("granted", "due"),
    [
        (date(1993, 7, 5), date(1993, 7, 12)),
        (date(1993, 7, 11), date(1993, 7, 12)),
        (date(1993, 7, 12), date(1993, 8, 12)),
        (date(1993, 12, 31), date(1994, 1, 12)),
    ],
)
def test_the_first_instalment_falls_due_on_the_next_twelfth(granted: date, due: date) -> None:
    assert first_due_date(granted) == due


@pytest.mark.long
@pytest.mark.django_db
@needs(REAL)
def test_the_published_data_reconciles_and_scores_well() -> None:
    report = import_berka(REAL, silent)
    first = report["files"]["trans_1993-01_1994-03_first3MiB.asc"]
    assert (first["rows"], first["accepted"]) == (49_103, 49_102)
    assert first["rejected"] == [{"line": 49_104, "reason": "4 of 10 fields: the line is cut"}]
    assert report["files"]["feup_trans_test.csv"] == {"rows": 30_200, "accepted": 30_200, "rejected": []}
    assert report["loans"] == {"total": 682, "by_status": {"A": 203, "B": 31, "C": 403, "D": 45}}
    assert {status: found["loans"] for status, found in report["scored"]["by_outcome"].items()} == {"A": 40, "B": 3, "C": 284, "D": 27}
    assert report["scored"]["loans"] == 354 and report["scored"]["auc"] >= 0.88
    assert (report["replayed"]["loans"], report["replayed"]["payments"]) == (37, 123)
    assert [(one["loan"], one["blacklist"]["state"]) for one in report["replayed"]["overdue"]] == [(5314, "PROPOSED")]
    for sides in report["totals"]["transactions"].values():
        assert sides["source"] == sides["bank"]
    for group in ("scored", "replayed"):
        assert report["totals"]["loans"][group]["source"] == report["totals"]["loans"][group]["bank"]
    assert BankState.objects.get().business_date == date(1994, 3, 31)
