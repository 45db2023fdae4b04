"""A replay works every computed figure out from its frozen parts, and finds by name whatever was changed:
a figure, a part of it, a term.
"""

from __future__ import annotations

import json
from copy import deepcopy
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from collateral.models import Asset, Pledge, Valuation
from core.models import User
from loans.models import Application, BankAccount, StatementImport, StatementLine
from risk.domain.facts import CATALOGUE, FactType
from risk.models import BureauReport, Decision, PolicyVersion
from risk.selectors.files import latest_evaluation
from risk.services import evidence as evidence_module
from risk.services.accounts import record_accounts
from risk.services.assessment import assess_application
from risk.services.decision_words import seal
from risk.services.evidence import DECIDED, FORMAT, gather_evidence
from risk.services.facts import record_computed, record_fact
from risk.services.replay import Replay, replay_decision
from risk.services.replay_facts import DECIDED_AS
from tests.risk.conftest import TODAY
from tests.risk.deciding import decided
from tests.risk.files import add_document
from tests.risk.test_annual_accounts import GOOD
from tests.risk.web.bureaus import report

DECLINE = (
    dict.fromkeys(DECIDED)
    | {"outcome": "DECLINED", "conditions": [], "reasons": [], "rationale": "No."}
    | dict.fromkeys(("override_code", "price_code"), "")
)
BY_RECORD = {"address_registered"}
"""Worked out when the register's paper came in; what is asked is whether it is as it was recorded then."""


def secure(application: Application) -> None:
    """Two machines, one of them behind a claim of others, valued half a year ago."""
    for rank, prior in ((1, 0), (2, 3000)):
        asset = Asset.objects.create(
            reference=f"A-{rank}", branch=application.branch, kind="MACHINERY", description="Lathe", currency="EUR", stated_value=1, registered_date=TODAY,
            state="REGISTERED",
        )  # fmt: skip
        Valuation.objects.create(
            asset=asset, currency="EUR", state="ACCEPTED", market_value=Decimal("9000.50"), method="SALES", valued_date=TODAY - timedelta(days=180),
            expires_date=TODAY + timedelta(days=180), ordered_date=TODAY,
        )  # fmt: skip
        Pledge.objects.create(asset=asset, application=application, rank=rank, amount=8000, prior_claims=prior)


def bank_at(application: Application, iban: str, months: int = 4) -> BankAccount:
    """An account with some months of wages and spending, read from a statement."""
    account = BankAccount.objects.create(borrower=application.borrower, iban=iban)
    file = StatementImport.objects.create(application=application, account=account, source="Branch", sha256="cd" * 32, state="DONE")
    rows = [("SALARY", "4200.00", 5), ("LOAN", "-300.00", 7), ("HOUSEHOLD", "-700.10", 9), ("GAMBLING", "-20", 11), ("CASH_IN", "90", 12)]
    balance = Decimal(50)
    for month in range(months):
        for number, (category, amount, day) in enumerate(rows):
            balance += Decimal(amount)
            StatementLine.objects.create(
                account=account, statement=file, external_id=f"{month}-{number}", date=TODAY - timedelta(days=30 * (months - month) - day),
                amount=Decimal(amount), balance=balance, currency="EUR", category=category,
            )  # fmt: skip
    return account


def received(application: Application, monthly: str = "300.00", on: date = TODAY) -> BureauReport:
    """A report on the applicant that says what the facts of these tests say of the bureau, and payments of so much a month."""
    account = {"lender": "Other bank", "outstanding": "9000.00", "monthly_payment": monthly, "dpd": 0}
    return BureauReport.objects.create(
        application=application, borrower=application.borrower, adapter="test", state="RECEIVED", number="SB-0", as_of_date=on,
        answer=report(report="SB-0", as_of=on.isoformat(), worst_dpd=0, enquiries_6m=1, accounts=[account]).decode(), in_file_at=timezone.now(), next_at=timezone.now(),
        figures={"bureau_worst_dpd": "0", "bureau_enquiries": "1", "total_debt": "9000.00", "monthly_obligations": monthly},
        requested_by=User.objects.get(username="ida_investigator"), requested_at=timezone.now(), requested_date=TODAY,
    )  # fmt: skip


def frozen(application: Application, *, terms: dict[str, Any] | None = None) -> Decision:
    """The file assessed and declined, its evidence as the database gives it back."""
    assess_application(application=application, business_date=TODAY)
    latest = latest_evaluation(application)
    assert latest is not None
    kept = gather_evidence(application, evaluation=latest, terms=terms or DECLINE, business_date=TODAY)
    return Decision(
        application=application,
        evidence=json.loads(json.dumps(kept.evidence)),
        evidence_hash=kept.hash,
        words=seal(kept.words),
        outcome="DECLINED",
        rationale="No.",
        price_code="",
        system_recommendation=latest.outcome,
    )


def names(replay: Replay) -> set[str]:
    return {one.part for one in replay.by_name}


def another(code: str, value: str) -> str:
    kind = CATALOGUE[code]
    match kind.type:
        case FactType.FLAG:
            return "false" if value == "true" else "true"
        case FactType.WORDS:
            return "D" if value != "D" else "E"
        case FactType.INTEGER:
            return str(int(value) + 1)
        case _:
            return kind.canonical(Decimal(value) + Decimal("0.01"))


def tampered(decision: Decision) -> set[str]:
    """Every computed figure of the evidence written otherwise. Returns their titles, save those that only their record tells of."""
    facts = decision.evidence["evaluation"]["facts"]
    computed = [code for code in facts if CATALOGUE[code].computed and code not in BY_RECORD]
    for code in computed:
        facts[code]["value"] = another(code, facts[code]["value"])
    return {CATALOGUE[code].title for code in computed}


class TestPerson:
    @pytest.fixture
    def decision(self, in_review: Application) -> Decision:
        secure(in_review)
        account = bank_at(in_review, "DE89370400440532013000")
        bank_at(in_review, "DE02120300000000202051", months=2)
        StatementLine.objects.filter(account=account, category="CASH_IN").update(
            counterparty_index=account.borrower.accounts.last().iban_index
        )
        received(in_review)
        return frozen(in_review)

    def test_every_figure_is_worked_out_and_found_when_it_was_changed(self, decision: Decision) -> None:
        assert replay_decision(decision=decision).differences == ()
        facts = decision.evidence["evaluation"]["facts"]
        assert {
            "dsti",
            "dti",
            "ltv",
            "collateral_coverage",
            "statement_income",
            "bureau_worst_dpd",
            "age",
            "grade",
            "failed_checks",
        } <= set(facts)
        titles = tampered(decision)
        found = names(replay_decision(decision=decision))
        assert len(titles) > 45 and titles <= found
        assert {f"{title}, as recorded" for title in titles} <= found

    def test_what_only_its_record_tells_is_held_against_it(self, decision: Decision) -> None:
        decision.evidence["evaluation"]["facts"]["address_registered"]["value"] = "false"
        assert names(replay_decision(decision=decision)) == {"Registered at the stated address, as recorded"}

    @pytest.mark.parametrize(
        ("place", "value", "named"),
        [
            (("request", "amount"), "13000.00", "New instalment per month"),
            (("request", "birth_date"), "1956-05-04", "Age at maturity"),
            (("charge", "stress_rate"), "0.05", "Debt service to income under stress"),
            (("collateral", "pledges", 1, "prior"), "9000.00", "Collateral coverage"),
            (("collateral", "pledges", 0, "haircut"), "0.9", "Collateral coverage"),
            (("own_history",), [40], "Worst delay on loans with us"),
            (("screening", "blocked"), 1, "Screening clear"),
            (("checks", "failed"), ["identity"], "Checks not in order"),
        ],
    )
    def test_a_part_that_was_changed_no_longer_gives_the_figure(
        self, decision: Decision, place: tuple[Any, ...], value: Any, named: str
    ) -> None:
        part = decision.evidence["parts"]
        for step in place[:-1]:
            part = part[step]
        part[place[-1]] = value
        replay = replay_decision(decision=decision)
        assert named in names(replay) and "evidence hash" in {one.part for one in replay.others}

    def test_an_income_or_duty_that_was_changed_no_longer_gives_the_ratio(self, decision: Decision) -> None:
        decision.evidence["evaluation"]["facts"]["monthly_income"]["value"] = "9000.00"
        found = {one.part: (one.frozen_words, one.replayed_words) for one in replay_decision(decision=decision).by_name}
        held = decision.evidence["evaluation"]["facts"]
        worked = (Decimal(300) + Decimal(held["new_instalment"]["value"])) / 9000
        assert found["Debt service to income"] == (held["dsti"]["value"], f"{worked:.4f}")
        assert {"Debt to yearly income", "Disposable income after the loan", "Net income per month, as recorded"} <= set(found)

    def test_lines_of_statements_are_read_again(self, decision: Decision) -> None:
        later = StatementLine.objects.filter(category="SALARY").first()
        assert later is not None
        StatementLine.objects.create(
            account=later.account, external_id="later", date=later.date, amount=-5, currency="EUR", category="RETURNED"
        )
        assert replay_decision(decision=decision).identical, "what came in afterwards was not read then"
        StatementLine.objects.filter(category="SALARY").update(amount=Decimal(9000))
        replay = replay_decision(decision=decision)
        assert {"Income seen on statements", "Largest credit"} <= names(replay)
        assert [one.part for one in replay.others] == ["lines of the statements"]

    def test_the_page_names_figure_frozen_and_recomputed(self, in_review: Application, approver: User, auditor: User) -> None:
        made = decided(in_review, approver)
        decision = Decision.objects.get(pk=made.pk)
        evidence = deepcopy(decision.evidence)
        evidence["evaluation"]["facts"]["dsti"]["value"] = "0.0100"
        decision.evidence = evidence
        Decision.objects.bulk_create(
            [Decision(**{f.attname: getattr(decision, f.attname) for f in Decision._meta.fields if f.name != "id"})]
        )
        client = Client()
        client.force_login(auditor)
        page = client.post(reverse("risk:decision_replay", args=[Decision.objects.first().pk])).text  # type: ignore[union-attr]
        assert "Debt service to income</th><td>0.0100</td><td>0.1" in page


class TestCompany:
    def test_cover_and_ratios_are_worked_out_from_the_accounts(
        self, company: Application, investigator: User, policy: PolicyVersion
    ) -> None:
        who: dict[str, Any] = {"application": company, "actor": investigator, "business_date": TODAY}
        paper = add_document(company, "accounts.pdf")
        older = GOOD | {"opening_cash": Decimal(60), "cash": Decimal(80), "receivables": Decimal(320)}
        for year, figures in ((date(2024, 12, 31), older), (date(2025, 12, 31), GOOD)):
            record_accounts(year_end=year, figures=figures, evidence=paper, **who)
        contracts: dict[str, Any] = {"source": "Contracts", "authenticity": "DOCUMENT", "as_of_date": TODAY, "evidence": paper}
        record_fact(code="debt_service", value="120", **contracts, **who)
        report = received(company, monthly="20.00")
        told = {code: (report.figures[code], "Bureau report SB-0", "THIRD_PARTY") for code in ("bureau_worst_dpd", "bureau_enquiries")}
        record_computed(application=company, facts=told, business_date=TODAY, author_name="credit bureau")
        decision = frozen(company)
        assert replay_decision(decision=decision).differences == ()
        assert decision.evidence["evaluation"]["facts"]["bureau_debt_service"]["value"] == "240.00"
        # The same year was entered again after the decision: it stood on what was known then.
        record_accounts(
            year_end=date(2024, 12, 31), figures=older | {"receivables": Decimal(300), "other_assets": Decimal(20)}, evidence=paper, **who
        )
        assert replay_decision(decision=decision).identical
        titles = tampered(decision)
        assert {"Debt service cover", "Payments in the bureau report per year", "Current ratio", "Growth of turnover"} <= titles
        assert titles <= names(replay_decision(decision=decision))
        decision = frozen(company)
        decision.evidence["parts"]["accounts"]["figures"]["inventory"] = "900"
        assert names(replay_decision(decision=decision)) == {"Current ratio"}


class TestTerms:
    @pytest.fixture
    def decision(self, in_review: Application, approver: User) -> Decision:
        made = decided(in_review, approver, outcome="COUNTER_OFFERED", amount=Decimal(9000), term_months=24, price_code="")
        return Decision.objects.get(pk=made.pk)

    @pytest.mark.parametrize("name", DECIDED)
    def test_each_is_in_the_hash_and_held_against_the_decision(self, decision: Decision, name: str) -> None:
        assert replay_decision(decision=decision).differences == ()
        other = {"amount": Decimal(9001), "term_months": 25, "annual_rate": Decimal("0.01"), "conditions": [{"code": "x"}], "reasons": []}
        stored = getattr(decision, name)
        setattr(decision, name, other.get(name, "APPROVED"))
        replay = replay_decision(decision=decision)
        assert DECIDED_AS[name] in names(replay) and "evidence hash" not in {one.part for one in replay.others}
        setattr(decision, name, stored)
        decision.evidence["decided"][name] = (
            "8000.0000" if name == "amount" else "0.09" if name == "annual_rate" else other.get(name, "APPROVED")
        )
        replay = replay_decision(decision=decision)
        assert DECIDED_AS[name] in names(replay) and "evidence hash" in {one.part for one in replay.others}

    def test_every_figure_on_them_is_worked_out(self, decision: Decision) -> None:
        facts = decision.evidence["terms"]["facts"]
        following = ("dsti", "dti", "new_instalment", "disposable_income", "stressed_dsti", "loan_amount", "loan_months", "score", "grade")
        for code in following:
            facts[code]["value"] = another(code, facts[code]["value"])
        assert {f"{CATALOGUE[code].title}, on the decided terms" for code in following} <= names(replay_decision(decision=decision))

    def test_that_were_not_held_against_the_policy_are_missed(self, decision: Decision) -> None:
        del decision.evidence["terms"]
        assert "need to hold the terms against the policy" in {one.part for one in replay_decision(decision=decision).differences}

    def test_what_the_system_said_is_asked_again(self, decision: Decision) -> None:
        decision.system_recommendation = "DECLINE"
        assert names(replay_decision(decision=decision)) == {"what the system recommended"}


def test_evidence_in_the_old_form_replays_as_it_stands(in_review: Application, approver: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence_module, "kept_with", lambda _: None)
    made = decided(in_review, approver, outcome="COUNTER_OFFERED", amount=Decimal(9000), term_months=24)
    decision = Decision.objects.get(pk=made.pk)
    old = {"format", "application", "investigation", "facts", "score", "evaluation", "documents", "fraud_rules", "terms"}
    assert set(decision.evidence) == old and decision.evidence["format"] == 1
    replay = replay_decision(decision=decision)
    assert replay.identical and "policy rows on the decided terms" in replay.parts
    assert not {part for part in replay.parts if "from their parts" in part or ("decided" in part and "terms" not in part)}


def test_an_assessment_without_its_parts_is_made_anew_before_anybody_decides(in_review: Application, approver: User) -> None:
    latest = latest_evaluation(in_review)
    assert latest is not None
    type(latest).objects.bulk_create(
        [type(latest)(**{f.attname: getattr(latest, f.attname) for f in latest._meta.fields if f.name not in ("id", "parts")})]
    )
    made = decided(in_review, approver)
    assert isinstance(made, Decision) and made.evidence["format"] == FORMAT
