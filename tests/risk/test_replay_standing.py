"""A replay works out again how far each figure was relied on: by whose word it was, of which day, and whether it was too old."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from core.models import User
from loans.models import Application, StatementImport, StatementPeriod
from risk.domain.facts import CATALOGUE
from risk.domain.shelf_life import SHELVES
from risk.models import Decision, Investigation, PolicyVersion
from risk.selectors.files import latest_evaluation
from risk.services import request_facts, rules_of_decision, scoring
from risk.services.accounts import record_accounts
from risk.services.facts import record_computed
from risk.services.replay import replay_decision
from risk.services.sign_off import sign_off_investigation
from tests.risk.conftest import TODAY
from tests.risk.deciding import decided
from tests.risk.files import add_document
from tests.risk.test_annual_accounts import GOOD
from tests.risk.test_replay_figures import BY_RECORD, bank_at, frozen, names, received, secure

OLD = TODAY - timedelta(days=120)


@pytest.fixture
def decision(in_review: Application) -> Decision:
    secure(in_review)
    bank_at(in_review, "DE89370400440532013000")
    received(in_review)
    return frozen(in_review)


def facts_of(decision: Decision) -> dict[str, Any]:
    facts: dict[str, Any] = decision.evidence["evaluation"]["facts"]
    return facts


def computed(decision: Decision) -> list[str]:
    return [code for code in facts_of(decision) if CATALOGUE[code].computed and code not in BY_RECORD]


class TestFrozen:
    def test_a_mark_that_was_changed_is_found_on_every_computed_figure(self, decision: Decision) -> None:
        assert replay_decision(decision=decision).differences == ()
        codes = computed(decision)
        assert len(codes) > 45 and {"dsti", "score", "grade", "ltv", "statement_income", "bureau_worst_dpd"} <= set(codes)
        for code in codes:
            mark = facts_of(decision)[code]["authenticity"]
            facts_of(decision)[code]["authenticity"] = "DOCUMENT" if mark == "THIRD_PARTY" else "THIRD_PARTY"
        assert {f"{CATALOGUE[code].title}, by whose word" for code in codes} <= names(replay_decision(decision=decision))

    def test_a_day_that_was_changed_is_found_on_every_computed_figure(self, decision: Decision) -> None:
        codes = computed(decision)
        for code in codes:
            facts_of(decision)[code]["as_of_date"] = (TODAY + timedelta(days=1)).isoformat()
        assert {f"{CATALOGUE[code].title}, as of which day" for code in codes} <= names(replay_decision(decision=decision))

    def test_a_fact_is_stale_or_fresh_by_its_day(self, decision: Decision) -> None:
        for kept in facts_of(decision).values():
            kept["stale"] = not kept["stale"]
        assert {f"{CATALOGUE[code].title}, stale or fresh" for code in facts_of(decision)} <= names(replay_decision(decision=decision))

    def test_by_the_shelf_lives_of_its_day(self, decision: Decision, monkeypatch: pytest.MonkeyPatch) -> None:
        kept = decision.evidence["parts"]["shelves"]
        assert kept["monthly_income"] == 90 and "product" not in kept
        monkeypatch.setitem(SHELVES, "monthly_income", -1)  # type: ignore[arg-type]
        assert replay_decision(decision=decision).identical
        kept["monthly_income"] = -1
        assert {"Net income per month, stale or fresh", "Debt service to income, stale or fresh"} <= names(
            replay_decision(decision=decision)
        )

    def test_the_older_form_is_not_asked(self, decision: Decision) -> None:
        parts = decision.evidence["parts"]
        del parts["shelves"]
        parts["format"] = 2
        facts_of(decision)["ltv"] |= {"authenticity": "THIRD_PARTY", "as_of_date": "2030-01-01"}
        found = replay_decision(decision=decision)
        assert not [part for part in found.parts if "whose word" in part or "by their day" in part]
        assert names(found) == {"Loan to value, as recorded"}

    def test_statements_that_contradict_one_another_do_so_again(self, in_review: Application) -> None:
        account = bank_at(in_review, "DE89370400440532013000")
        file = StatementImport.objects.get(account=account)
        days = {"first_date": TODAY - timedelta(days=130), "last_date": TODAY - timedelta(days=1)}
        StatementPeriod.objects.create(statement=file, account=account, currency="EUR", conflicts=2, **days)
        decision = frozen(in_review)
        assert facts_of(decision)["statement_income"]["authenticity"] == "CONFLICTING"
        assert replay_decision(decision=decision).differences == ()
        del decision.evidence["parts"]["statements"]["conflicts"]
        assert "Income seen on statements, by whose word" in names(replay_decision(decision=decision))


class TestAccounts:
    @pytest.mark.parametrize("shown", [True, False])
    def test_give_ratios_by_the_word_of_their_paper(
        self, company: Application, investigator: User, policy: PolicyVersion, shown: bool
    ) -> None:
        record_accounts(
            application=company, year_end=date(2025, 12, 31), figures=GOOD, evidence=add_document(company) if shown else None, actor=investigator,
            business_date=TODAY,
        )  # fmt: skip
        decision = frozen(company)
        ratio = facts_of(decision)["current_ratio"]
        assert ratio["authenticity"] == ("DOCUMENT" if shown else "UNVERIFIED") and replay_decision(decision=decision).differences == ()
        ratio |= {"authenticity": "THIRD_PARTY", "as_of_date": TODAY.isoformat()}
        wanted = {"Current ratio, by whose word", "Current ratio, as of which day"}
        assert wanted <= names(replay_decision(decision=decision))


class TestFaults:
    """A fault of the house that lets a file through is found once it is mended, by the decision's own evidence."""

    def test_that_takes_the_word_of_nobody_for_a_third_party(self, in_review: Application, monkeypatch: pytest.MonkeyPatch) -> None:
        with monkeypatch.context() as fault:
            fault.setattr(request_facts, "weakest", lambda _: "THIRD_PARTY")
            fault.setattr(scoring, "weakest", lambda _: "THIRD_PARTY")
            stated = {"monthly_income": (Decimal(4200), "The applicant's word", "UNVERIFIED")}
            record_computed(application=in_review, facts=stated, business_date=TODAY)
            decision = frozen(in_review)
            assert facts_of(decision)["dsti"]["authenticity"] == "THIRD_PARTY"
        wanted = {f"{CATALOGUE[code].title}, by whose word" for code in ("dsti", "dti", "stressed_dsti", "score", "grade")}
        assert wanted <= names(replay_decision(decision=decision))

    def test_that_overlooks_how_old_a_fact_is(
        self,
        submitted: Callable[..., Investigation],
        second_investigator: User,
        model: object,
        policy: PolicyVersion,
        approver: User,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        investigation = submitted(as_of=OLD, bureau_as_of=TODAY)
        with monkeypatch.context() as fault:
            fault.setattr("risk.selectors.facts.outlived", lambda *_: [])
            fault.setattr(rules_of_decision, "stale_facts", lambda *_: [])
            fault.setattr(scoring, "is_stale", lambda *_: False)
            sign_off_investigation(investigation=investigation, actor=second_investigator, business_date=TODAY)
            application = Application.objects.select_related("product_version__product", "borrower", "branch").get(
                pk=investigation.application_id
            )
            decision = Decision.objects.get(pk=decided(application, approver, **_as_recommended(application)).pk)
            assert facts_of(decision)["monthly_income"]["stale"] is False
        found = {one.part: (one.frozen_words, one.replayed_words) for one in replay_decision(decision=decision).by_name}
        for code in ("monthly_income", "dsti", "dti", "stressed_dsti"):
            assert found[f"{CATALOGUE[code].title}, stale or fresh"] == ("fresh", "stale"), code
        assert found["Grade, as of which day"] == (TODAY.isoformat(), OLD.isoformat())


def _as_recommended(application: Application) -> dict[str, Any]:
    """Approved, with a reason where the system says otherwise."""
    latest = latest_evaluation(application)
    assert latest is not None
    return {} if latest.outcome == "APPROVE" else {"override_code": "NEW_EVIDENCE"}


def test_on_the_decided_terms_each_is_as_reliable(in_review: Application, approver: User) -> None:
    made = decided(in_review, approver, outcome="COUNTER_OFFERED", amount=Decimal(9000), term_months=24, price_code="")
    decision = Decision.objects.get(pk=made.pk)
    assert replay_decision(decision=decision).identical
    decision.evidence["terms"]["facts"]["dsti"]["authenticity"] = "UNVERIFIED"
    decision.evidence["terms"]["facts"]["dti"]["stale"] = True
    wanted = {f"{title}, how reliable on the decided terms" for title in ("Debt service to income", "Debt to yearly income")}
    assert wanted <= names(replay_decision(decision=decision))
