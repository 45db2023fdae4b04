"""Several files about the accounts of one person: what they say together, what they leave out, and where they contradict one another."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from core.models import BankState, User
from loans.models import Application, StatementImport, StatementLine, StatementPeriod
from loans.services.statement_imports import read_waiting, receive_statement
from risk.models import Investigation, PolicyVersion
from risk.services.assessment import assess_application
from risk.services.cross_checks import CrossCheck, cross_checks
from risk.services.statements import Seen, statement_facts, statement_facts_again
from tests.risk.conftest import TODAY
from tests.risk.deciding import Make

IBAN = "DE89370400440532013000"
FIRST = date(2025, 6, 1)


@pytest.fixture(autouse=True)
def _bank(bank: BankState, settings: Any, tmp_path: Path) -> None:
    BankState.objects.update(business_date=TODAY)
    settings.MEDIA_ROOT = str(tmp_path / "media")


def send(application: Application, content: str) -> StatementImport:
    """A file that somebody sends, read."""
    sent = receive_statement(application=application, upload=SimpleUploadedFile("s", content.encode()), partner=None, actor=None)
    assert read_waiting() == 1
    sent.refresh_from_db()
    return sent


ENTRY = (
    '<Ntry><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>{side}</CdtDbtInd><Sts>BOOK</Sts><BookgDt><Dt>{day}</Dt></BookgDt>'
    "<AcctSvcrRef>{ref}</AcctSvcrRef><NtryDtls><TxDtls><Purp><Cd>{code}</Cd></Purp></TxDtls></NtryDtls></Ntry>"
)
BALANCE = '<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd></Bal>'


def rows_of(month: int) -> list[tuple[date, int, str]]:
    """Wages and what was gambled away in a month of thirty days after the first."""
    start = FIRST + timedelta(days=30 * month)
    return [
        (start + timedelta(days=2), 2000, "SALA"),
        (start + timedelta(days=20), -500, "GAMB"),
        (start + timedelta(days=28), -1400, "SUPP"),
    ]


def camt(*months: int, amounts: dict[int, int] | None = None) -> str:
    """The statement of these months, whole, with the balances that the account really had."""
    rows = [(day, (amounts or {}).get(amount, amount), code) for month in months for day, amount, code in rows_of(month)]
    opening = 5000 + 100 * min(months)
    entries = "".join(
        ENTRY.format(amount=abs(amount), side="CRDT" if amount > 0 else "DBIT", day=day, code=code, ref=f"R{day}{code}")
        for day, amount, code in rows
    )
    bounds = BALANCE.format(kind="OPBD", amount=opening) + BALANCE.format(
        kind="CLBD", amount=opening + sum(amount for _, amount, _ in rows)
    )
    first, last = (FIRST + timedelta(days=30 * month) for month in (min(months), max(months) + 1))
    days = f"<FrToDt><FrDtTm>{first}T00:00:00</FrDtTm><ToDtTm>{last - timedelta(days=1)}T23:59:59</ToDtTm></FrToDt>"
    account = f"<Acct><Id><IBAN>{IBAN}</IBAN></Id><Ccy>EUR</Ccy><Ownr><Nm>Freya Lindqvist</Nm></Ownr></Acct>"
    return f"<Document><BkToCstmrStmt><Stmt>{days}{account}{bounds}{entries}</Stmt></BkToCstmrStmt></Document>"


def csv(*months: int) -> str:
    lines = [f"{day},{amount}.00,EUR,{IBAN},Text of {code}" for month in months for day, amount, code in rows_of(month)]
    return "date,amount,currency,account,text\n" + "\n".join(lines) + "\n"


def whole(application: Application) -> CrossCheck | None:
    rows = cross_checks(application, business_date=TODAY)
    return next((row for row in rows if row.code == "statements_whole"), None)


def shown(application: Application) -> Seen:
    return statement_facts(application, business_date=TODAY)


class TestInTwoFormats:
    @pytest.mark.parametrize("forms", [(camt, csv), (csv, camt)])
    def test_an_account_counts_once(self, apply: Make, forms: Any) -> None:
        application = apply()
        send(application, forms[0](*range(9)))
        again = send(application, forms[1](*range(9)))
        assert (again.state, again.accepted, again.duplicates) == ("DONE", 0, 27) and StatementLine.objects.count() == 27
        check = whole(application)
        assert check is not None and not check.differs

    def test_what_contradicts_an_earlier_file_is_not_added_and_makes_all_of_it_doubtful(self, apply: Make, policy: PolicyVersion) -> None:
        application = apply()
        send(application, camt(*range(9)))
        forged = send(application, camt(*range(9), amounts={2000: 4200}))
        assert forged.accepted == 0 and any("covers this day" in fault["detail"] for fault in forged.errors)
        assert shown(application)["statement_income"][0] == 2000
        assert {mark for _, _, mark in shown(application).values()} == {"CONFLICTING"}
        check = whole(application)
        assert check is not None and check.differs and "contradictions" in (check.seen or "")
        results = {row["fact"]: row["result"] for row in assess_application(application=application, business_date=TODAY).rows}
        assert results["cash_share"] in ("UNVERIFIED", "CONFLICTING") and results["income_regularity"] != "PASS"


class TestHoles:
    def test_months_that_follow_from_one_another_are_whole(self, apply: Make) -> None:
        application = apply()
        for month in range(9):
            send(application, camt(month))
        check = whole(application)
        assert check is not None and not check.differs and check.seen == "whole"
        assert StatementPeriod.objects.count() == 9 and shown(application)["gambling_share"][0] is not None

    def test_months_that_were_cut_out_are_a_difference_and_leave_figures_unknown(
        self, in_work: Investigation, investigator: User, policy: PolicyVersion, client: Client
    ) -> None:
        application = in_work.application
        send(application, camt(0, 1, 2))
        send(application, camt(5, 6, 7, 8))
        check = whole(application)
        assert check is not None and check.differs and check.seen == "none of 30 Aug 2025 to 28 Oct 2025"
        seen = shown(application)
        assert seen["gambling_share"][0] is None and seen["statement_income"][0] is None and seen["lowest_balance"][0] is None
        assert (seen["statement_months"][0], seen["statement_lines"][0]) == (4, 21)
        results = {row["fact"]: row["result"] for row in assess_application(application=application, business_date=TODAY).rows}
        assert {results[code] for code in ("gambling_share", "returned_count", "cash_share", "income_regularity")} == {"MISSING"}
        client.force_login(investigator)
        page = client.get(reverse("risk:field_panel", args=[application.pk]), headers={"HX-Request": "true"}).text
        assert "none of 30 Aug 2025 to 28 Oct 2025" in page and "Statements without gap or contradiction" in page

    def test_are_kept_with_the_assessment_and_come_to_the_same_again(self, apply: Make, policy: PolicyVersion) -> None:
        application = apply()
        send(application, camt(0, 1, 2))
        send(application, camt(5, 6, 7, 8))
        first = shown(application)
        send(application, camt(3, 4))
        assert shown(application)["gambling_share"][0] is not None
        kept = json.loads(json.dumps(first.parts))
        again = statement_facts_again(kept, currency="EUR")
        assert {code: value for code, (value, _, _) in again.items() if code != "statement_lines"} == {
            code: value for code, (value, _, _) in first.items() if code != "statement_lines"
        }
        assert again.parts is not None and again.parts["holes"] == kept["holes"] == [["2025-08-30", "2025-10-28"]]


def test_what_the_bank_keeps_itself_is_held_against_no_file(apply: Make) -> None:
    assert whole(apply()) is None
