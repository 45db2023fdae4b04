"""Two files that tell differently of one account: somebody says which holds, and whoever signs accepts it."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from core.models import AuditEntry, BankState, User
from loans.models import Application, BankAccount, StatementImport, StatementLine
from loans.services.statement_asides import told_together
from risk.models import Decision, Explanation, Investigation, ModelVersion, PolicyVersion
from risk.selectors.statements import contradictions_of, unsigned_statement
from risk.services.contradictions import UnableToSettle, settle_contradiction
from risk.services.cross_checks import differences
from risk.services.decision_words import words_of
from risk.services.field_work import explain_difference
from risk.services.file_work import UnableToInvestigate
from risk.services.investigations import take_back_investigation
from risk.services.putting_up import submit_investigation
from risk.services.replay import replay_decision
from risk.services.sign_off import UnableToSignOff, sign_off_investigation
from risk.services.statement_checks import files_left_out
from risk.services.statements import statement_facts_again
from risk.web.papers import memo_of
from tests.risk.conftest import TODAY
from tests.risk.deciding import decided
from tests.risk.test_statement_files import camt, csv, send, shown, whole
from tests.risk.web.conftest import HTMX, SignIn, sign_in

__all__ = ["sign_in"]
pytestmark = pytest.mark.django_db
WHY = "The bank confirmed it in writing."
FORGED = {2000: 4200}


@pytest.fixture(autouse=True)
def _bank(bank: BankState, settings: Any, tmp_path: Path) -> None:
    BankState.objects.update(business_date=TODAY)
    settings.MEDIA_ROOT = str(tmp_path / "media")


def settle(application: Application, statement: StatementImport, actor: User, holds: str, reason: str = WHY) -> list[StatementImport]:
    return settle_contradiction(
        application=application, statement=statement.pk, holds=holds, reason=reason, actor=actor, business_date=TODAY
    )


def income(application: Application) -> tuple[object, str] | None:
    """What is seen coming in a month, and its mark."""
    found = shown(application).get("statement_income")
    return None if found is None else (found[0], found[2])


class TestTheEarlierHolds:
    def test_and_the_later_counts_no_more(self, in_work: Investigation, investigator: User) -> None:
        application = in_work.application
        send(application, camt(*range(9)))
        forged = send(application, camt(*range(10), amounts=FORGED))
        assert forged.accepted == 3 and income(application) is not None and income(application)[1] == "CONFLICTING"  # type: ignore[index]
        assert settle(application, forged, investigator, "EARLIER") == []
        assert income(application) == (2000, "DOCUMENT")
        check = whole(application)
        assert check is not None and not check.differs and contradictions_of(application) == []
        assert StatementLine.objects.count() == 30, "its lines stay to be read"
        entry = AuditEntry.objects.get(action="statements.settled")
        assert (entry.details["holds"], entry.details["left_out"]) == ("EARLIER", [str(forged.pk)])

    def test_is_accepted_by_who_signs_and_kept_with_the_decision(
        self,
        to_sign_off: Investigation,
        investigator: User,
        second_investigator: User,
        approver: User,
        policy: PolicyVersion,
        model: ModelVersion,
    ) -> None:
        application = to_sign_off.application
        mine: dict[str, Any] = {"actor": investigator, "business_date": TODAY}
        take_back_investigation(investigation=to_sign_off, reason="A statement.", **mine)
        send(application, camt(*range(9)))
        forged = send(application, camt(*range(9), amounts=FORGED))
        settle(application, forged, investigator, "EARLIER")
        for one in differences(application, business_date=TODAY):
            if one.explanation is None:
                explain_difference(application=application, check_code=one.code, code="ELSEWHERE", reason="Cash.", **mine)
        submit_investigation(investigation=to_sign_off, summary="Sound.", **mine)
        left_out = Explanation.objects.get(code="OUTWEIGHED")
        others = [str(key) for key in Explanation.objects.exclude(pk=left_out.pk).values_list("pk", flat=True)]
        who: dict[str, Any] = {"investigation": to_sign_off, "actor": second_investigator, "business_date": TODAY}
        with pytest.raises(UnableToSignOff, match="unseen") as refusal:
            sign_off_investigation(explanations_seen=others, **who)
        assert "Statement left out (another source of the account)" in str(refusal.value.detail)
        sign_off_investigation(explanations_seen=[*others, str(left_out.pk)], **who)
        reviewed = Application.objects.select_related("product_version__product", "borrower", "branch").get(pk=application.pk)
        made = decided(reviewed, approver, outcome="RETURNED", reasons=[{"code": "INCOMPLETE", "text": "The last payslip is missing."}])
        decision = Decision.objects.select_related("application__borrower", "application__branch").get(pk=made.pk)
        assert decision.evidence["parts"]["statements"]["aside"] == [str(forged.pk)]
        assert words_of(decision)["explanations"][str(left_out.pk)]["reason"] == WHY
        row = next(row for row in memo_of(decision, "")["differences"] if row[0] == "Statement left out")
        assert row[2].startswith("left out") and WHY.rstrip(".") in row[3]
        assert replay_decision(decision=decision).identical

    def test_what_was_assessed_before_comes_to_the_same_again(self, in_work: Investigation, investigator: User) -> None:
        application = in_work.application
        send(application, camt(*range(8)))
        forged = send(application, camt(*range(10), amounts=FORGED))
        kept = json.loads(json.dumps(shown(application).parts))
        before = {code: value for code, (value, _, _) in statement_facts_again(kept, currency="EUR").items()}
        settle(application, forged, investigator, "EARLIER")
        again = statement_facts_again(kept, currency="EUR")
        assert {code: value for code, (value, _, _) in again.items()} == before and again.parts == kept
        now = json.loads(json.dumps(shown(application).parts))
        assert now["aside"] == [str(forged.pk)] and statement_facts_again(now, currency="EUR").parts == now


class TestThisOneHolds:
    def test_and_is_read_again_in_the_place_of_the_others(self, in_work: Investigation, investigator: User) -> None:
        application = in_work.application
        forged = send(application, camt(*range(9), amounts=FORGED))
        true = send(application, camt(*range(9)))
        told_twice = send(application, csv(*range(9)))
        again = settle(application, true, investigator, "THIS")
        assert {one.pk for one in again} == {true.pk, told_twice.pk}
        forged.refresh_from_db()
        assert forged.aside == "OUTWEIGHED" and income(application) is None, "nothing is told of these days before they are sent again"
        rows = self.rows(application)
        assert sorted(seen for _, seen, _ in rows) == ["left out", "to be sent again", "to be sent again"]
        sent = send(application, camt(*range(9)))
        assert (sent.accepted, sent.errors) == (27, []) and income(application) == (2000, "DOCUMENT")
        send(application, csv(*range(9)))
        assert [(seen, explained) for _, seen, explained in self.rows(application)] == [("left out", True)]
        check = whole(application)
        assert check is not None and not check.differs

    @staticmethod
    def rows(application: Application) -> list[tuple[str, str | None, bool]]:
        found = [one for one in differences(application, business_date=TODAY) if one.code.startswith("statements_left_out")]
        return [(one.code, one.seen, one.is_explained) for one in found]

    def test_needs_another_file_that_somebody_sent(self, in_work: Investigation, investigator: User) -> None:
        application = in_work.application
        alone = send(application, camt(0).replace('<Amt Ccy="EUR">5000</Amt>', '<Amt Ccy="EUR">4000</Amt>'))
        assert [one.earlier for one in contradictions_of(application)] == [()]
        with pytest.raises(UnableToSettle, match="nothing_earlier"):
            settle(application, alone, investigator, "THIS")
        settle(application, alone, investigator, "EARLIER")
        assert shown(application) == {}


class TestRefusals:
    @pytest.mark.parametrize(("holds", "reason", "field"), [("", WHY, "holds"), ("BOTH", WHY, "holds"), ("EARLIER", " ", "reason")])
    def test_name_their_field(self, in_work: Investigation, investigator: User, holds: str, reason: str, field: str) -> None:
        send(in_work.application, camt(*range(3)))
        forged = send(in_work.application, camt(*range(3), amounts=FORGED))
        with pytest.raises(UnableToSettle, match="invalid") as refusal:
            settle(in_work.application, forged, investigator, holds, reason)
        assert [fault.field for fault in refusal.value.faults] == [field]
        assert not StatementImport.objects.exclude(aside="").exists()

    def test_settled_once_and_by_who_works_on_the_file(
        self, in_work: Investigation, investigator: User, second_investigator: User, approver: User
    ) -> None:
        send(in_work.application, camt(*range(3)))
        forged = send(in_work.application, camt(*range(3), amounts=FORGED))
        with pytest.raises(UnableToInvestigate, match="not_entitled"):
            settle(in_work.application, forged, approver, "EARLIER")
        settle(in_work.application, forged, investigator, "EARLIER")
        with pytest.raises(UnableToSettle, match="settled"):
            settle(in_work.application, forged, investigator, "THIS")

    def test_the_database_wants_a_person_and_a_moment(self, in_work: Investigation) -> None:
        send(in_work.application, camt(*range(3)))
        with pytest.raises(IntegrityError, match="statement_left_out_by_somebody"), transaction.atomic():
            StatementImport.objects.update(aside="OUTWEIGHED")


def test_is_called_the_same_as_long_as_it_counts(in_work: Investigation, investigator: User) -> None:
    application = in_work.application
    send(application, camt(*range(9)))
    half = camt(*range(4), amounts=FORGED)
    forged = send(application, half.replace("</Stmt>", "</Stmt>" + re.findall("<Stmt>.*</Stmt>", camt(*range(4, 9), amounts=FORGED))[0]))
    settle(application, forged, investigator, "EARLIER")
    assert forged.periods.count() == 2
    said = [list(files_left_out(application, business_date=TODAY + timedelta(days=days))) for days in (0, 230)]
    assert len(said[0]) == 1 and said[0] == said[1]


def test_holds_all_accounts_that_files_tell_of_together(in_work: Investigation) -> None:
    ibans = ("DE89370400440532013000", "NL91ABNA0417164300", "DE02120300000000202051", "GB29NWBK60161331926819")
    sent = []
    for two in pairwise(ibans):
        rows = "".join(f"2025-08-0{number},10.00,EUR,{iban},Text {iban}\n" for number, iban in enumerate(two, 1))
        sent.append(send(in_work.application, "date,amount,currency,account,text\n" + rows))
    accounts = BankAccount.objects.filter(borrower=in_work.application.borrower)
    assert told_together(sent[:1]) == set(accounts.values_list("pk", flat=True)) and accounts.count() == 4


def test_another_file_of_the_applicant_is_signed_again(in_work: Investigation, investigator: User) -> None:
    send(in_work.application, camt(*range(3)))
    forged = send(in_work.application, camt(*range(3), amounts=FORGED))
    signed = timezone.now()
    assert unsigned_statement(in_work.application, since=signed) == ""
    settle(in_work.application, forged, investigator, "EARLIER")
    assert unsigned_statement(in_work.application, since=signed) == "statement_read"
    assert unsigned_statement(in_work.application, since=timezone.now()) == ""


def test_is_settled_on_the_panel(in_work: Investigation, investigator: User, approver: User, sign_in: SignIn) -> None:
    application = in_work.application
    send(application, camt(*range(3)))
    forged = send(application, camt(*range(4), amounts=FORGED))
    panel = reverse("risk:field_panel", args=[application.pk])
    there = reverse("risk:contradiction_settle", args=[application.pk, forged.pk])
    page = sign_in(approver).get(panel, headers=HTMX).text
    assert "Files that contradict one another" in page and there not in page
    client = sign_in(investigator)
    page = client.get(panel, headers=HTMX).text
    assert there in page and "An earlier file covers this day" in page and "Held against" in page
    prefix = f"settle-{forged.pk}"
    refused = client.post(there, {f"{prefix}-reason": "My words"}, headers=HTMX)
    assert refused.status_code == 422 and "Choose which of them holds." in refused.text and "My words" in refused.text
    done = client.post(there, {f"{prefix}-holds": "EARLIER", f"{prefix}-reason": WHY}, headers=HTMX)
    assert done.status_code == 200 and "Files that contradict one another" not in done.text
    assert "Statement left out" in done.text and WHY in done.text
    lines = sign_in(approver).get(reverse("loans:account_detail", args=[forged.account_id]))
    assert lines.text.count("Left out, as another source holds") == 3 and "Received 6,000.00 EUR" in lines.text and "12 lines" in lines.text
    statements = client.get(reverse("loans:statements_panel", args=[application.pk]), headers=HTMX).text
    assert "Left out, as another source holds" in statements
