"""The letter to the applicant and the credit memo: what they say, in whose words, to whom, and as files everybody can read."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from core.models import AuditEntry, Branch, User, UserBranch, UserRole
from core.roles import Role
from loans.models import Application, ConditionPrecedent, Product
from risk.domain.customer_words import reasons_against, rule_sentence, score_sentence
from risk.domain.default_policy import DEFAULT_RULES
from risk.models import BureauReport, Decision
from risk.selectors.files import latest_evaluation
from risk.selectors.letters import WRITERS
from risk.selectors.requests import Request, request_of
from risk.selectors.told_reasons import true_reasons
from risk.services import letters
from risk.services.decisions import decide
from risk.services.letter_words import UnableToWriteLetter, letter_of
from risk.services.letters import write_letter
from risk.services.rules_of_decision import UnableToDecide
from risk.web.panels import FILE_READERS
from risk.web.papers import memo_of
from tests.risk.conftest import TODAY

Make = Callable[..., Any]


def against(application: Application) -> list[dict[str, str]]:
    """What the system holds against a file, in the customer's words."""
    evaluation = latest_evaluation(application)
    assert evaluation is not None
    return list(true_reasons(evaluation, "EUR").own)


@pytest.fixture
def decided(reviewed: Make, approver: User) -> Callable[..., Decision]:
    """A decision about a file; declined for what the system holds against it unless told otherwise."""

    def make(outcome: str = "DECLINED", facts: dict[str, str] | None = None, **changes: Any) -> Decision:
        application = reviewed(facts={"monthly_obligations": "2600"} if facts is None else facts)
        terms: dict[str, Any] = {
            "outcome": outcome, "amount": None, "term_months": None, "annual_rate": None, "conditions": [],
            "reasons": against(application)[:4], "rationale": "The income does not carry it.",
            "override_code": "",
        }  # fmt: skip
        terms |= changes
        if terms["reasons"] is None:
            terms["reasons"] = against(application)
        made = decide(application=application, actor=approver, business_date=TODAY, **terms)
        assert isinstance(made, Decision)
        return Decision.objects.select_related("application__borrower", "application__branch", "application__product_version__product").get(
            pk=made.pk
        )

    return make


class TestCustomersWords:
    def test_exist_for_every_rule_of_the_house(self) -> None:
        for rule in DEFAULT_RULES:
            row = {"fact": rule.fact, "title": rule.title, "result": "FAIL", "value": "1", "soft": rule.soft, "hard": rule.hard}
            sentence = rule_sentence(row, "EUR")
            assert sentence != f"{rule.title} is outside our limit." and sentence.endswith(".") and "{" not in sentence

    def test_name_the_figure_and_the_limit_that_was_passed(self) -> None:
        row = {"fact": "dsti", "title": "DSTI", "value": "0.5312", "soft": "0.40", "hard": "0.50"}
        assert rule_sentence(row | {"result": "FAIL"}, "EUR").endswith("would take 53.1% of the income. Our limit is 50.0%.")
        assert rule_sentence(row | {"result": "SOFT"}, "EUR").endswith("Our limit is 40.0%.")
        assert rule_sentence(row | {"result": "FAIL", "value": None}, "EUR") == "DSTI is outside our limit."
        assert score_sentence("SCORE_EMPLOYMENT_MONTHS", "Months: 3") == "The length of the present employment lowered the credit score."
        assert score_sentence("SCORE_SHOE_SIZE", "Shoe size: 44") == "Shoe size lowered the credit score."


def test_what_nobody_could_establish_is_a_reason_where_nothing_else_is() -> None:
    row = {"code": "I01", "title": "Identity verified", "fact": "identity_verified", "result": "MISSING"}
    assert reasons_against([row], [], "EUR") == [{"code": "I01", "text": "Identity verified could not be established."}]


class TestLetter:
    def test_gives_the_main_reasons_in_the_customers_words(self, decided: Callable[..., Decision]) -> None:
        letter = letter_of(decided())
        assert letter.subject == "Our decision on your application"
        assert letter.opening[0] == "Thank you for your application of 2 March 2026 for a loan of 12,000 EUR over 36 months."
        assert 1 <= len(letter.reasons) <= 4 and "of the income. Our limit is 50.0%." in letter.reasons[0]
        assert not any("credit bureau" in sentence for sentence in letter.closing)
        assert "ask us by 1 April 2026 to look at it again" in letter.closing[0], "the days that its product promises"
        assert "apply again at any time" in letter.closing[1]

    def test_says_when_the_report_of_a_bureau_was_used_and_whose(
        self, decided: Callable[..., Decision], investigator: User, settings: Any
    ) -> None:
        decision = decided()
        BureauReport.objects.create(
            application=decision.application, borrower=decision.application.borrower, adapter="http", state="RECEIVED",
            number="NB-7", next_at=decision.decided_at, requested_by=investigator, requested_at=decision.decided_at,
            requested_date=TODAY, in_file_at=decision.decided_at,
        )  # fmt: skip
        assert "We used a report of our credit bureau, number NB-7. The bureau did not take" in letter_of(decision).closing[1]
        settings.CREDENCE_BUREAU_NAME = "Northern Bureau, Quay 1, Harbour"
        assert "a report of Northern Bureau, Quay 1, Harbour, number NB-7." in letter_of(decision).closing[1]

    def test_of_a_counter_offer_says_what_can_be_lent_and_until_when(self, decided: Callable[..., Decision]) -> None:
        made = decided("COUNTER_OFFERED", {"living_expenses": "3300"}, amount=Decimal(3000), term_months=24, reasons=[])
        assert "We can lend you 3,000 EUR over 24 months at" in letter_of(made).opening[1]
        # Nobody chose a reason: what speaks against the request is told, with its figure and limit.
        assert "These are the main reasons:" in letter_of(made).leading[-1] and "too little would be left" in letter_of(made).reasons[0]
        assert letter_of(made).opening[1].endswith("a year.") and letter_of(made).conditions == []
        assert letter_of(made).leading[0].startswith("Tell us by ") and "only that one binds" in letter_of(made).leading[1]

    def test_of_a_counter_offer_names_its_conditions_with_it(
        self, decided: Callable[..., Decision], approver: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """As it reads it may be accepted."""
        conditions = [{"code": "guarantor", "text": "Guarantee signed"}, {"code": "other", "text": "Close the Northbank card"}]
        changes: dict[str, Any] = {"amount": Decimal(3000), "term_months": 24, "reasons": [], "conditions": conditions}
        made = decided("COUNTER_OFFERED", {"living_expenses": "3300"}, **changes)
        ConditionPrecedent.objects.create(application=made.application, code="collateral_perfected", title="Collateral registered")
        letter = letter_of(made)
        assert letter.opening[1].endswith("We pay it out when each of these conditions is met:")
        assert letter.conditions == ["Collateral registered", "Guarantee signed", "Close the Northbank card"]
        sent: dict[str, Any] = {}
        monkeypatch.setattr(letters, "set_paper", lambda _, data: sent.update(data) or b"")
        write_letter(decision=made, actor=approver, business_date=TODAY)
        assert sent["conditions"] == letter.conditions and sent["leading"] == letter.leading
        monkeypatch.undo()
        assert b"pdfuaid:part" in write_letter(decision=made, actor=approver, business_date=TODAY)

    def test_tells_four_reasons_and_no_decision_keeps_more(self, decided: Callable[..., Decision]) -> None:
        facts = {"monthly_obligations": "2600", "total_debt": "400000", "living_expenses": "3400", "bureau_worst_dpd": "120"}
        with pytest.raises(UnableToDecide) as refusal:
            decided(facts=facts, reasons=None)
        [fault] = refusal.value.faults
        assert fault.field == "reasons" and "tells 4 reasons at most" in fault.detail and not Decision.objects.exists()

    def test_is_told_apart_from_reasons_that_an_older_house_kept_beside_it(self, decided: Callable[..., Decision], approver: User) -> None:
        """Who looks back reads what was sent (12 CFR 1002.12(b))."""
        decision = decided()
        decision.reasons = [{"code": f"R{number}", "text": f"Reason {number}."} for number in range(6)]
        told = [text for label, text in memo_of(decision, "Test Bank")["decision"] if label == "Reason told"]
        assert told == letter_of(decision).reasons == [f"Reason {number}." for number in range(4)]
        assert [text for label, text in memo_of(decision, "Test Bank")["decision"] if label == "Reason not told"] == [
            "Reason 4.",
            "Reason 5.",
        ]
        decision.outcome = "RETURNED"
        assert letter_of(decision).reasons[-1] == "Reason 5.", "what is missing is asked for, all of it"

    def test_of_an_incomplete_file_says_what_is_missing_and_by_when(self, decided: Callable[..., Decision]) -> None:
        made = decided("RETURNED", {}, reasons=[{"code": "INCOMPLETE", "text": "The last payslip is missing."}])
        letter = letter_of(made)
        assert letter.reasons == ["The last payslip is missing."] and "by 1 April 2026" in letter.closing[0]

    def test_is_tagged_recorded_and_the_same_again(self, decided: Callable[..., Decision], approver: User, auditor: User) -> None:
        decision = decided()
        pdf = write_letter(decision=decision, actor=approver, business_date=TODAY)
        assert pdf.startswith(b"%PDF-1.7") and b"pdfuaid:part" in pdf and b"/StructTreeRoot" in pdf
        assert pdf == write_letter(decision=decision, actor=approver, business_date=TODAY)
        assert AuditEntry.objects.filter(action="decision.letter_written", actor=approver).count() == 1
        assert AuditEntry.objects.filter(action="decision.letter_copied", actor=approver).count() == 1
        with pytest.raises(UnableToWriteLetter, match="not_entitled"):
            write_letter(decision=decision, actor=auditor, business_date=TODAY)

    def test_is_not_written_about_what_was_granted(self, decided: Callable[..., Decision], approver: User) -> None:
        with pytest.raises(UnableToWriteLetter, match="nothing_to_tell"):
            write_letter(decision=decided("APPROVED", {}), actor=approver, business_date=TODAY)
        assert not AuditEntry.objects.filter(action="decision.letter_written").exists()


class TestMemo:
    def test_stands_on_the_frozen_evidence(self, decided: Callable[..., Decision]) -> None:
        decision = decided()
        memo = memo_of(decision, "Test Bank")
        assert memo["headline"].endswith("fails.") or "fail" in memo["headline"]
        rows = [row for group in memo["groups"] for row in group["rows"]]
        assert ["Debt service to income", "Fail"] in [[row[0], row[-1]] for row in rows]
        drawn = memo["score"]["rows"]
        assert all(0 <= row["from"] <= 1 and row["from"] + row["wide"] <= 1.01 for row in drawn)
        assert ("Authority", "One person, authority matrix by default") in memo["decision"]
        assert memo["checks"] and memo["signatures"][0][0] == "Anna Approver"
        again = Decision.objects.get(pk=decision.pk)
        assert json.dumps(memo_of(again, "Test Bank")) == json.dumps(memo)
        pdf = letters.set_paper("memo.typ", memo)
        assert b"pdfuaid:part" in pdf and pdf == letters.set_paper("memo.typ", memo)


def test_papers_of_a_returned_file_tell_what_was_decided_on(decided: Callable[..., Decision]) -> None:
    """Though the applicant handed it in again since, with other wishes."""
    decision = decided("RETURNED", {}, reasons=[{"code": "INCOMPLETE", "text": "The last payslip is missing."}])

    def papers() -> str:
        present = Decision.objects.select_related("application__borrower", "application__branch").get(pk=decision.pk)
        return json.dumps([memo_of(present, "Test Bank"), asdict(letter_of(present))])

    before = papers()
    assert all(words in before for words in ("12,000 EUR over 36 months", "Personal loan", "Estate car", "2 Mar 2026", "2 March 2026"))
    again = {"amount": 9000, "term_months": 12, "purpose_text": "A boat", "submitted_date": TODAY + timedelta(days=9)}
    Application.objects.filter(pk=decision.application_id).update(**again)
    Product.objects.update(name="Renamed loan")
    assert papers() == before


def test_papers_of_an_older_decision_say_what_it_kept() -> None:
    kept = {"amount": "12000.00", "currency": "EUR", "term_months": 36, "purpose": "car", "product": "personal v1"}
    later = Decision(evidence={"application": kept}, decided_date=TODAY, application=Application(submitted_date=TODAY + timedelta(days=9)))
    assert request_of(later) == Request(Decimal("12000.00"), "EUR", 36, "car", "personal v1", None)


def client_of(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def test_each_role_gets_only_the_papers_that_are_its_own(decided: Callable[..., Decision], branch: Branch, outsider: User) -> None:
    decision = decided()
    letter, memo, page = (reverse(f"risk:decision_{name}", args=[decision.pk]) for name in ("letter", "memo", "detail"))
    for role in Role:
        person = User.objects.create(username=f"a_{role.lower()}", full_name=role.label, password="!")
        UserRole.objects.create(user=person, role=role)
        UserBranch.objects.create(user=person, branch=branch)
        client = client_of(person)
        assert client.post(letter).status_code == (200 if role in WRITERS else 403)
        if role in FILE_READERS:
            shown = client.get(page).text
            assert memo in shown and (letter in shown) == (role in WRITERS)
        if role not in FILE_READERS:
            assert client.get(memo).status_code == 403
        elif role == Role.AUDITOR:
            read = client.get(memo)
            assert (read.status_code, read["Content-Type"]) == (200, "application/pdf")
            assert f"memo-{decision.application.reference}" in read["Content-Disposition"]
    assert AuditEntry.objects.filter(action="decision.letter_written").count() == 1
    assert AuditEntry.objects.filter(action="decision.letter_copied").count() == len(WRITERS) - 1
    assert client_of(outsider).get(memo).status_code == client_of(outsider).post(letter).status_code == 404
