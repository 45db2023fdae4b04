"""A debt that is new, and one paid by the quarter, is held against what was stated and counts in what the borrower has to carry; so is an
income that fell or stopped lately.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from core.models import User
from loans.models import Application, BankAccount, StatementImport, StatementLine
from risk.models import Explanation, PolicyEvaluation
from risk.services import derivation
from risk.services.assessment import assess_application
from risk.services.cross_checks import CrossCheck, cross_checks
from risk.services.facts import record_fact
from risk.services.replay import replay_decision
from risk.services.statements import statement_facts, statement_facts_again
from risk.web.wording import policy_groups
from tests.risk.files import TODAY, add_document
from tests.risk.test_replay_figures import frozen

YEAR = range(12)


def send_year(application: Application, *, wages: Collection[int] = YEAR, debts: Collection[int] = (), amount: int = 800) -> None:
    """A year's statement of an account elsewhere: 4,200 of wages and 900 of living each month (0 is the last), debts in some."""
    account = BankAccount.objects.create(borrower=application.borrower, iban="DE89370400440532013000")
    file = StatementImport.objects.create(application=application, account=account, source="Branch", sha256="cd" * 32, state="DONE")
    rows = [(362, 100, "SALARY")]
    for month in reversed(YEAR):
        rows += [(30 * month + 10, 4200, "SALARY")] if month in wages else []
        rows += [(30 * month + 9, -900, "HOUSEHOLD")]
        rows += [(30 * month + 8, -amount, "LOAN")] if month in debts else []
    balance = 30_000
    for number, (ago, size, kind) in enumerate(rows):
        balance += size
        StatementLine.objects.create(
            account=account, statement=file, external_id=str(number), date=TODAY - timedelta(days=ago), amount=Decimal(size),
            balance=Decimal(balance), currency="EUR", category=kind,
        )  # fmt: skip


def check_of(application: Application, code: str) -> CrossCheck:
    return next(row for row in cross_checks(application, business_date=TODAY) if row.code == code)


def explain(application: Application, code: str, author: User) -> None:
    """Somebody finds a reason why it differs, be it a true one."""
    Explanation.objects.create(
        application=application, check_code=code, figures=check_of(application, code).figures, code="ELSEWHERE", reason="Shown elsewhere",
        author=author,
    )  # fmt: skip


def results(evaluation: PolicyEvaluation) -> dict[str, tuple[str, str | None]]:
    return {row["code"]: (row["result"], row["value"]) for row in evaluation.rows}


class TestNewDebt:
    @pytest.mark.parametrize(
        ("months", "amount", "seen"), [(range(5), 800, "800.00"), ([0], 800, "800.00"), ([1, 4, 7, 10], 3000, "1000.00")]
    )
    def test_differs_from_what_was_stated(self, in_review: Application, months: Collection[int], amount: int, seen: str) -> None:
        send_year(in_review, debts=months, amount=amount)
        check = check_of(in_review, "obligations_statements")
        assert (check.stated, check.seen, check.verdict) == ("300.00", seen, "DIFFERS")
        evaluation = assess_application(application=in_review, business_date=TODAY)
        assert (evaluation.outcome, results(evaluation)["P18"]) == ("REFER", ("SOFT", "1"))

    def test_is_carried_whatever_it_is_explained_by(self, in_review: Application, investigator: User) -> None:
        send_year(in_review, debts=range(2), amount=2000)
        explain(in_review, "obligations_statements", investigator)
        evaluation = assess_application(application=in_review, business_date=TODAY)
        found, instalment = results(evaluation), Decimal(evaluation.facts["new_instalment"]["value"])
        by_statements = ((2000 + instalment) / 4200).quantize(Decimal("0.0001"))
        assert found["P18"][0] == "PASS" and found["P31"] == ("SOFT", format(by_statements, "f"))
        assert evaluation.outcome == "REFER" and found["P01"] == ("PASS", evaluation.facts["dsti"]["value"])
        assert replay_decision(decision=frozen(in_review)).differences == ()

    def test_that_is_carried_easily_passes_once_it_is_explained(self, in_review: Application, investigator: User) -> None:
        send_year(in_review, debts=range(5))
        explain(in_review, "obligations_statements", investigator)
        evaluation = assess_application(application=in_review, business_date=TODAY)
        assert evaluation.outcome == "APPROVE" and results(evaluation)["P31"][0] == "PASS"

    def test_is_said_on_the_page_how_it_comes_about(self, in_review: Application, auditor: User) -> None:
        send_year(in_review, debts=range(5))
        client = Client()
        client.force_login(auditor)
        page = client.get(reverse("risk:field_panel", args=[in_review.pk]), headers={"HX-Request": "true"}).text
        assert "The highest of a usual month, the last three months (a new debt in full) and the average of the year." in page

    def test_is_asked_of_no_file_without_statements(self, in_review: Application) -> None:
        evaluation = assess_application(application=in_review, business_date=TODAY)
        assert evaluation.outcome == "APPROVE" and "P31" not in results(evaluation) and "statement_dsti" not in evaluation.facts


class TestLessIncome:
    def test_that_stopped_is_held_against_what_was_stated(self, in_review: Application) -> None:
        send_year(in_review, wages=range(3, 12))
        rows = {row.code: row for row in cross_checks(in_review, business_date=TODAY)}
        assert "income_statements" not in rows, "one income is explained once"
        check = rows["income_recent"]
        assert (check.stated, check.seen, check.verdict) == ("4200.00", "0.00", "DIFFERS")
        evaluation = assess_application(application=in_review, business_date=TODAY)
        found = results(evaluation)
        assert evaluation.outcome == "REFER" and evaluation.facts["statement_income"]["value"] == "4200.00"
        assert (found["P18"], found["P26"], found["P32"]) == (("SOFT", "1"), ("PASS", "0.7500"), ("SOFT", "0.0000"))
        assert found["P31"] == ("MISSING", None), "what no income carries has no share of it"
        said = {line.code: line.source for group in policy_groups(evaluation.rows, "EUR", evaluation.facts) for line in group.lines}
        assert said["P31"] == "no figure: a part of it is nought or conflicting"
        assert replay_decision(decision=frozen(in_review)).differences == ()

    def test_that_fell_refers_whatever_it_is_explained_by(self, in_review: Application, investigator: User) -> None:
        send_year(in_review)
        lately = StatementLine.objects.filter(category="SALARY", date__gt=TODAY - timedelta(days=120))
        assert lately.update(amount=Decimal(2100)) == 4
        explain(in_review, "income_recent", investigator)
        evaluation = assess_application(application=in_review, business_date=TODAY)
        found, instalment = results(evaluation), Decimal(evaluation.facts["new_instalment"]["value"])
        assert (evaluation.outcome, found["P18"][0], found["P26"][0], found["P32"]) == ("REFER", "PASS", "PASS", ("SOFT", "0.5000"))
        assert found["P31"] == ("PASS", format(((300 + instalment) / 2100).quantize(Decimal("0.0001")), "f"))

    def test_that_only_waits_for_its_day_is_none(self, in_review: Application) -> None:
        send_year(in_review, wages=range(1, 12), debts=YEAR, amount=300)
        evaluation = assess_application(application=in_review, business_date=TODAY)
        assert evaluation.outcome == "APPROVE" and check_of(in_review, "income_statements").verdict == "AGREES"

    def test_is_held_against_the_figure_that_counts_once(self, in_review: Application, investigator: User) -> None:
        send_year(in_review, wages=range(3, 12))
        record_fact(
            application=in_review, code="monthly_income", value="5000", source="Payslip", authenticity="DOCUMENT",
            evidence=add_document(in_review, "newer.pdf"), as_of_date=TODAY, actor=investigator, business_date=TODAY,
        )  # fmt: skip
        codes = [row.code for row in cross_checks(in_review, business_date=TODAY) if row.differs and row.code.startswith("income")]
        assert codes == ["income_recent", "income_recent_counted"]


def test_an_assessment_from_before_replays_by_the_rules_of_then(in_review: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    send_year(in_review, debts=range(5))
    kept = json.loads(json.dumps(statement_facts(in_review, business_date=TODAY).parts))
    assert kept.pop("lately") is True and kept.pop("new_debts") is True
    then = statement_facts_again(kept, currency="EUR")
    assert then.parts == kept and (then["statement_obligations"][0], then["recent_income"][0]) == (0, None)
    with monkeypatch.context() as before:
        before.setattr(derivation, "statement_facts", lambda *_, **__: then)
        decision = frozen(in_review)
    facts = decision.evidence["evaluation"]["facts"]
    assert facts["statement_obligations"]["value"] == "0.00" and not {"recent_income", "statement_dsti"} & facts.keys()
    assert replay_decision(decision=decision).differences == ()


def test_an_assessment_that_saw_a_new_debt_by_the_former_rules_replays_as_it_was(
    in_review: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    send_year(in_review, debts=YEAR, amount=300)
    last = StatementLine.objects.filter(category="LOAN").order_by("date").last()
    assert last is not None
    StatementLine.objects.create(
        account=last.account, statement=last.statement, external_id="new", date=last.date, amount=-900, currency="EUR", category="LOAN"
    )
    seen = statement_facts(in_review, business_date=TODAY)
    assert seen["statement_obligations"][0] == 1200 and check_of(in_review, "obligations_statements").seen == "1200.00"
    kept = json.loads(json.dumps(seen.parts))
    assert statement_facts_again(kept, currency="EUR") == seen
    assert kept.pop("new_debts") is True
    then = statement_facts_again(kept, currency="EUR")
    assert then.parts == kept and then["statement_obligations"][0] == 600
    with monkeypatch.context() as before:
        before.setattr(derivation, "statement_facts", lambda *_, **__: then)
        decision = frozen(in_review)
    assert decision.evidence["evaluation"]["facts"]["statement_obligations"]["value"] == "600.00"
    assert replay_decision(decision=decision).differences == ()
