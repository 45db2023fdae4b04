"""What a decision keeps of people: parties, explanations, summary and judged signals, sealed, in its hash, its replay and its memo."""

from __future__ import annotations

import json
from copy import deepcopy
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from core.four_eyes import UnableToConfirm
from core.models import BankState, Branch, User
from core.roles import Role
from loans.models import Application, ApplicationParty, Borrower, FormerParty
from risk.domain import authority
from risk.models import Decision, FraudSignal, Investigation, ModelVersion, PolicyVersion
from risk.services import evidence as evidence_module
from risk.services.decision_words import words_of
from risk.services.decisions import confirm_decision
from risk.services.facts import record_computed
from risk.services.field_work import explain_difference
from risk.services.fraud import judge_signal
from risk.services.investigations import take_back_investigation
from risk.services.letters import set_paper
from risk.services.putting_up import submit_investigation
from risk.services.replay import replay_decision
from risk.services.replay_words import words_compared
from risk.services.sign_off import sign_off_investigation
from risk.web.papers import memo_of
from tests.risk.conftest import TODAY, make_person
from tests.risk.deciding import decided
from tests.risk.files import visit
from tests.risk.test_committee import in_force
from tests.risk.test_judged_anew import amend
from tests.risk.web.conftest import SignIn, sign_in
from tests.shared_rows import shared

__all__ = ["sign_in"]

SEEN = "Hafenweg 9, 20457 Hamburg"


@shared
def guaranteed(
    to_sign_off: Investigation,
    branch: Branch,
    investigator: User,
    second_investigator: User,
    second_risk_manager: User,
    policy: PolicyVersion,
    model: ModelVersion,
) -> Application:
    """A file in review with a co-borrower and a guarantor, two explained differences and a signal that was judged."""
    application = to_sign_off.application
    BankState.objects.update(business_date=TODAY)
    for part, name in (("CO_BORROWER", "Jonas Lindqvist"), ("GUARANTOR", "Astrid Holm")):
        other = Borrower.objects.create(reference=f"C-{part}", branch=branch, kind="PERSON", name=name, country="SE")
        ApplicationParty.objects.create(application=application, borrower=other, part=part)
    judged(application, second_risk_manager, "Freya Lindqvist resembles one.")
    record_computed(application=application, facts={"total_debt": ("20000", "Bureau report SB-1", "THIRD_PARTY")}, business_date=TODAY)
    mine: dict[str, Any] = {"actor": investigator, "business_date": TODAY}
    take_back_investigation(investigation=to_sign_off, reason="A visit.", **mine)
    visit(application, investigator, address="DIFFERS", address_seen=SEEN)
    why: dict[str, Any] = {"application": application, "code": "MISSTATED", **mine}
    debt = explain_difference(check_code="debt_bureau", reason="Forgot a card.", **why)
    home = explain_difference(check_code="address_visit", reason="Moved in with her brother.", **why)
    submit_investigation(investigation=to_sign_off, summary="Earns well; lives with her brother.", **mine)
    seen = [str(debt.pk), str(home.pk)]
    sign_off_investigation(investigation=to_sign_off, explanations_seen=seen, actor=second_investigator, business_date=TODAY)
    return Application.objects.select_related("product_version__product", "borrower", "branch").get(pk=application.pk)


def granted(application: Application, actor: User) -> Decision:
    """Granted by one person, and read back as the database keeps it."""
    made = decided(application, actor)
    return Decision.objects.select_related("application__borrower", "application__branch").get(pk=made.pk)


def judged(application: Application, by: User, words: str) -> None:
    """A signal raised, and judged at once."""
    told = {"words": words, "others": []}
    signal = FraudSignal.objects.create(application=application, rule="NAME", finding=str(len(words)), raised_date=TODAY, evidence=told)
    judge_signal(signal=signal, state="EXPLAINED", reason="A twin sister.", actor=by, business_date=TODAY)


def two_people(first: User, second: User) -> None:
    """Whatever is lent takes two people."""
    rows = (authority.AuthorityRow(3, "Two people", Decimal(30_000), authority.ANY_GRADE),)
    in_force("AUTHORITY", authority.as_document(authority.Authority(rows)), first, second)


def parts(decision: Decision) -> list[str]:
    return [one.part for one in replay_decision(decision=decision).differences]


class TestEvidence:
    def test_knows_who_was_liable_what_was_accepted_and_how_signals_were_judged(self, guaranteed: Application, approver: User) -> None:
        decision = granted(guaranteed, approver)
        evidence, words = decision.evidence, words_of(decision)
        assert evidence["format"] == 3
        assert [one["part"] for one in evidence["parties"]] == ["APPLICANT", "CO_BORROWER", "GUARANTOR"]
        assert list(words["names"].values()) and set(words["names"]) == {one["subject"] for one in evidence["parties"]}
        assert {(one["check"], one["code"]) for one in evidence["explanations"]} == {
            ("debt_bureau", "MISSTATED"),
            ("address_visit", "MISSTATED"),
        }
        assert {one["author"] for one in evidence["explanations"]} == {"Ida Investigator"}
        assert [(one["rule"], one["state"], one["judged_by"]) for one in evidence["signals"]] == [("NAME", "EXPLAINED", "Rolf Risk")]
        assert words["summary"] == "Earns well; lives with her brother."
        assert {one["reason"] for one in words["explanations"].values()} == {"Forgot a card.", "Moved in with her brother."}
        replay = replay_decision(decision=decision)
        assert replay.identical and {"parties", "explanations", "fraud signals", "sealed words"} <= set(replay.parts)

    def test_keeps_nothing_of_a_person_in_clear(self, guaranteed: Application, approver: User) -> None:
        decision = granted(guaranteed, approver)
        clear = json.dumps(decision.evidence)
        for secret in ("Lindqvist", "Astrid", "Hafenweg", "brother", "Forgot a card", "twin sister"):
            assert secret not in clear
        assert Decision.objects.filter(pk=decision.pk).extra(where=["position('Lindqvist'::bytea in words) = 0"]).exists()

    @pytest.mark.parametrize(
        ("part", "edit"),
        [
            ("names", lambda part: part.update({next(iter(part)): "Somebody Else"})),
            ("explanations", lambda part: next(iter(part.values())).update(reason="Looked at it.")),
            ("signals", lambda part: next(iter(part.values())).update(reason="Nothing.")),
        ],
    )
    def test_an_edit_of_a_word_is_found(self, guaranteed: Application, approver: User, part: str, edit: Any) -> None:
        decision = granted(guaranteed, approver)
        words = words_of(decision)
        edit(words[part])
        decision.words = json.dumps(words)
        assert "sealed words" in parts(decision)
        decision.words = ""
        assert "sealed words" in parts(decision), "nor may they be gone"

    def test_an_edit_of_what_is_frozen_changes_the_hash(self, guaranteed: Application, approver: User) -> None:
        decision = granted(guaranteed, approver)
        frozen = decision.evidence
        for name, change in (("parties", {"part": "SPOUSE"}), ("explanations", {"code": "SPELLING"}), ("signals", {"state": "CONFIRMED"})):
            decision.evidence = deepcopy(frozen)
            decision.evidence[name][-1].update(change)
            assert {"evidence hash", name if name != "signals" else "fraud signals"} <= set(parts(decision))

    def test_rows_that_say_otherwise_now_are_named(self, guaranteed: Application, approver: User) -> None:
        decision = granted(guaranteed, approver)
        FraudSignal.objects.update(reason="Another reason.")
        assert parts(decision) == ["how fraud signals were judged"]
        guarantor = ApplicationParty.objects.get(part="GUARANTOR")
        guarantor.delete()
        assert parts(decision) == ["parties", "how fraud signals were judged"]
        FormerParty.objects.create(application=guaranteed, borrower=guarantor.borrower, part="GUARANTOR", dropped_date=TODAY)
        assert parts(decision) == ["how fraud signals were judged"], "a file handed in again without them had them then"

    def test_a_signal_judged_after_it_was_put_up_ends_what_was_put_up(
        self, guaranteed: Application, approver: User, second_approver: User, risk_manager: User, second_risk_manager: User
    ) -> None:
        two_people(risk_manager, second_risk_manager)
        put_up = decided(guaranteed, approver)
        assert not isinstance(put_up, Decision) and put_up.content["form"] == 3
        judged(guaranteed, risk_manager, "The machine was also used by one other applicant.")
        with pytest.raises(UnableToConfirm, match="changed"):
            confirm_decision(application=guaranteed, actor=second_approver, business_date=TODAY)
        decided(guaranteed, approver)
        confirmed = confirm_decision(application=guaranteed, actor=second_approver, business_date=TODAY)
        assert confirmed.second_by_name == "Alex Approver" and len(words_of(confirmed)["signals"]) == 2


def test_what_was_put_up_in_the_older_form_is_confirmed_in_it_and_replays(
    guaranteed: Application,
    approver: User,
    second_approver: User,
    risk_manager: User,
    second_risk_manager: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    two_people(risk_manager, second_risk_manager)
    older = evidence_module.gather_evidence
    with monkeypatch.context() as then:
        then.setattr("risk.services.decisions.gather_evidence", lambda *args, **named: older(*args, **named, form=2))
        then.setattr("risk.services.decisions.FORMAT", None)
        put_up = decided(guaranteed, approver)
    assert not isinstance(put_up, Decision) and "form" not in put_up.content
    decision = Decision.objects.get(pk=confirm_decision(application=guaranteed, actor=second_approver, business_date=TODAY).pk)
    assert decision.evidence["format"] == 2 and "parties" not in decision.evidence and not words_of(decision)
    replay = replay_decision(decision=decision)
    assert replay.identical and "sealed words" not in replay.parts
    memo = memo_of(decision, "Test Bank")
    assert ("Borrower", "Freya Lindqvist, name as on record today") in memo["summary"]
    assert memo["parties"] == memo["differences"] == memo["signals"] == []
    assert b"pdfuaid:part" in set_paper("memo.typ", memo)


class TestMemo:
    def test_tells_parties_figures_explanations_summary_and_signals(self, guaranteed: Application, approver: User) -> None:
        decision = granted(guaranteed, approver)
        memo = memo_of(decision, "Bank of today", signals=True)
        assert memo["bank"] != "Bank of today" and memo["borrower"] == "Freya Lindqvist"
        assert [row[:2] + row[3:] for row in memo["parties"]] == [
            ["Applicant", "Freya Lindqvist", "Borrows"],
            ["Co-borrower", "Jonas Lindqvist", "Borrows jointly and owes the whole"],
            ["Guarantor", "Astrid Holm", "Guarantees"],
        ]
        income = next(row for group in memo["figures"] for row in group["rows"] if row[0] == "Net income per month")
        assert income[1:] == ["4,200 EUR / mo", "Payslips and bureau", "2 Mar 2026", "Document"]
        assert memo["found"] == "Earns well; lives with her brother."
        debt, home = sorted(memo["differences"], key=lambda row: row[0] != "Debt")
        assert debt[:3] == ["Debt", "9,000 EUR", "20,000 EUR (bureau report)"]
        assert debt[3].startswith("Stated wrongly; what was seen counts: Forgot a card. Ida Investigator, ")
        assert SEEN not in json.dumps(memo) and "Moved in with her brother" in home[3], "an address stays out of sight"
        assert memo["signals"][0][:2] == ["Nearly the same name", "Freya Lindqvist resembles one."]
        assert memo["signals"][0][2].startswith("Explained: A twin sister. Rolf Risk,")
        pdf = set_paper("memo.typ", memo)
        assert b"pdfuaid:part" in pdf and b"/StructTreeRoot" in pdf

    def test_tells_nothing_of_signals_to_who_is_not_shown_them(
        self, guaranteed: Application, approver: User, auditor: User, officer: User, branch: Branch, sign_in: SignIn
    ) -> None:
        decision = granted(guaranteed, approver)
        assert memo_of(decision, "")["signals"] == []
        page, memo, replay = (reverse(f"risk:decision_{name}", args=[decision.pk]) for name in ("detail", "memo", "replay"))
        collector = make_person("carl_collector", branch, Role.COLLECTIONS)
        telling = sign_in(auditor).get(memo).content
        FraudSignal.objects.update(reason="Another reason.")
        for reader in (officer, collector):
            client = sign_in(reader)
            assert client.get(memo).content not in (b"", telling)
            words = client.get(page).text + client.post(replay).text
            assert "twin sister" not in words and "resembles" not in words and "Another reason" not in words
            assert "How fraud signals were judged differs" in words and "not shown" in words
        words = sign_in(auditor).get(page).text + sign_in(auditor).post(replay).text
        assert "A twin sister" in words and "Another reason" in words
        FraudSignal.objects.all().delete()
        other = Decision(evidence=decision.evidence | {"signals": []}, application=guaranteed, words=decision.words)
        assert "fraud signals" in [part for part, _, _ in words_compared(other)], "that a part was compared tells nothing"

    def test_is_the_same_after_names_changed(self, guaranteed: Application, approver: User, officer: User, risk_manager: User) -> None:
        decision = granted(guaranteed, approver)
        before = set_paper("memo.typ", memo_of(decision, BankState.objects.get().name, signals=True))
        amend(guaranteed, officer, risk_manager, name="Freya Castellani")
        Branch.objects.update(name="New Harbour")
        BankState.objects.update(name="Renamed Bank")
        User.objects.update(full_name="Somebody Else")
        again = Decision.objects.select_related("application__borrower", "application__branch").get(pk=decision.pk)
        assert again.application.borrower is not None and again.application.borrower.name == "Freya Castellani"
        assert set_paper("memo.typ", memo_of(again, BankState.objects.get().name, signals=True)) == before
