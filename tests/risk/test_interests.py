"""Interests that staff declare themselves: what they bar from, in which branches, who reads why, and how they end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.events import deliver_pending
from core.four_eyes import UnableToConfirm
from core.models import AuditEntry, Branch, Proposal, User
from core.roles import Role
from loans.models import Application, Borrower, DeclaredInterest
from loans.selectors.interests import READERS, has_interest, interested_in
from loans.services.changes import people_of_application
from loans.services.interests import UnableToDeclareInterest, ask_to_withdraw, decide_withdrawal, declare_interest
from loans.services.worklist import assign_application
from loans.web.queue_views import LENDING
from risk.models import Investigation, Recommendation
from risk.selectors.conflicts import people_on_file
from risk.selectors.work import decisions_for, investigations_for
from risk.services.committee import vote_on_decision
from risk.services.decisions import confirm_decision
from risk.services.file_work import UnableToInvestigate
from risk.services.fraud import UnableToJudgeSignal, judge_signal, look_for_fraud
from risk.services.investigations import open_investigation, take_investigation
from risk.services.rules_of_decision import UnableToDecide
from risk.services.sign_off import UnableToSignOff, sign_off_investigation
from tests.risk.conftest import TODAY, make_person
from tests.risk.deciding import LARGE, Make, decided
from tests.risk.test_committee import before_committee
from tests.risk.web.conftest import HTMX, SignIn, sign_in, world

__all__ = ["before_committee", "sign_in"]
pytestmark = pytest.mark.django_db
File = Callable[..., Application]


def declare(application: Application, actor: User, **changes: Any) -> DeclaredInterest:
    given: dict[str, Any] = {"kind": "FRIEND", "reason": "We sang in one choir.", "borrower": application.borrower} | changes
    return declare_interest(application=application, actor=actor, business_date=TODAY, **given)


def deliver() -> None:
    while deliver_pending():
        pass


class TestBarsFrom:
    def test_deciding_and_being_the_second(self, reviewed: Make, approver: User, second_approver: User) -> None:
        application = reviewed(amount=LARGE)
        declare(application, approver)
        with pytest.raises(UnableToDecide, match="conflict_of_interest"):
            decided(application, approver)
        assert not decisions_for(approver).exists() and decisions_for(second_approver).exists()
        third = make_person("third_approver", application.branch, Role.APPROVER)
        decided(application, third, override_code="STRONG_COLLATERAL")
        with pytest.raises(UnableToConfirm, match="conflict_of_interest"):
            confirm_decision(application=application, actor=approver, business_date=TODAY)
        assert approver.pk in people_of_application(application), "nor do they confirm changes of the loan later"

    def test_voting_in_the_committee(self, before_committee: Application, risk_manager: User) -> None:
        declare(before_committee, risk_manager)
        with pytest.raises(UnableToConfirm, match="conflict_of_interest"):
            vote_on_decision(application=before_committee, in_favour=True, reason="", actor=risk_manager, business_date=TODAY)

    def test_investigating_signing_and_judging(
        self, file: File, to_sign_off: Investigation, investigator: User, second_investigator: User, branch: Branch, model: Any, policy: Any
    ) -> None:
        application = Application.objects.select_related("borrower").get(pk=to_sign_off.application_id)
        declare(application, second_investigator)
        assert not investigations_for(second_investigator).exists()
        with pytest.raises(UnableToSignOff, match="own_interest"):
            sign_off_investigation(investigation=to_sign_off, actor=second_investigator, business_date=TODAY)
        fresh = file(4)
        found = open_investigation(application=fresh, business_date=TODAY)
        declare(fresh, investigator)
        assert not investigations_for(investigator).filter(pk=found.pk).exists()
        with pytest.raises(UnableToInvestigate, match="own_interest"):
            take_investigation(investigation=found, actor=investigator, business_date=TODAY)
        iban = "DE02120300000000202051"
        first, second = file(1, iban=iban), file(2, iban=iban)
        for one in (first, second):
            look_for_fraud(application=one, business_date=TODAY)
        signal = second.fraud_signals.get()
        declare(second, investigator)
        with pytest.raises(UnableToJudgeSignal, match="own_interest"):
            judge_signal(signal=signal, state="EXPLAINED", reason="Known.", actor=investigator, business_date=TODAY)

    def test_files_of_the_same_person_in_every_branch_and_in_any_part(self, file: File, approver: User, second_approver: User) -> None:
        mine = file(1)
        declare(mine, approver)
        lake = Branch.objects.create(code="B9", name="Lake")
        spouse = {"role": "spouse", "kind": "person", "name": "Bruno Castellani", "birth_date": "1961-02-11", "national_id": "L01X00001"}
        elsewhere, beside, stranger = file(1, at=lake), file(3, at=lake, related=[spouse]), file(2)
        assert elsewhere.borrower_id != mine.borrower_id
        assert [has_interest(approver, one) for one in (mine, elsewhere, beside, stranger)] == [True, True, True, False]
        assert elsewhere.borrower_id is not None and stranger.borrower_id is not None
        assert interested_in([elsewhere.borrower_id]) == {approver.pk} and interested_in([stranger.borrower_id]) == set()
        assert people_on_file(beside)[approver.pk] == "declared an interest in a party of the file"
        assert second_approver.pk not in people_on_file(beside)

    def test_costs_a_queue_nothing_more_however_many_there_are(self, file: File, approver: User, second_approver: User) -> None:
        Application.objects.update(state="REVIEW")
        counts = []
        decisions_for(approver)  # a person's roles are read once
        for number in (1, 2, 3):
            application = file(number)
            Application.objects.filter(pk=application.pk).update(state="REVIEW")
            declare(application, second_approver)
            with CaptureQueriesContext(connection) as queries:
                assert decisions_for(approver).count() == number
            counts.append(len(queries))
        assert len(set(counts)) == 1 and decisions_for(second_approver).count() == 0


class TestInTheMidstOfAFile:
    def test_what_was_in_hand_is_let_go_and_what_was_put_up_ends(self, reviewed: Make, approver: User, second_investigator: User) -> None:
        application = reviewed(amount=LARGE)
        decided(application, approver, override_code="STRONG_COLLATERAL")
        assign_application(application=application, to=approver, actor=approver)
        declare(application, approver)
        deliver()
        application.refresh_from_db()
        assert application.assigned_to is None
        assert Proposal.objects.get(pk=Recommendation.objects.get().proposal_id).state == "VOIDED"
        declare(application, second_investigator)
        deliver()
        application.refresh_from_db()
        investigation = Investigation.objects.get(application=application)
        assert (application.state, investigation.state, investigation.signed_by) == ("INVESTIGATING", "OPEN", None)

    def test_an_investigation_is_free_for_others(self, in_work: Investigation, investigator: User, second_investigator: User) -> None:
        application = Application.objects.select_related("borrower").get(pk=in_work.application_id)
        declare(application, investigator)
        deliver()
        in_work.refresh_from_db()
        assert in_work.investigator is None
        take_investigation(investigation=in_work, actor=second_investigator, business_date=TODAY)


class TestDeclaring:
    def test_names_what_is_missing_and_is_once(self, file: File, approver: User) -> None:
        application, other = file(1), file(2)
        for changes, field in (({"kind": "X"}, "kind"), ({"reason": " "}, "reason"), ({"borrower": other.borrower}, "borrower")):
            with pytest.raises(UnableToDeclareInterest) as refusal:
                declare(application, approver, **changes)
            assert [fault.field for fault in refusal.value.faults] == [field]
        declare(application, approver)
        with pytest.raises(UnableToDeclareInterest, match="declared"):
            declare(application, approver)

    def test_the_reason_lies_in_no_clear_text(self, file: File, approver: User) -> None:
        declare(file(1), approver, reason="My brother-in-law.")
        with connection.cursor() as cursor:
            cursor.execute("SELECT reason FROM loans_declaredinterest")
            assert b"brother" not in bytes(cursor.fetchone()[0])
        entry = AuditEntry.objects.get(action="interest.declared")
        assert set(entry.details) == {"interest"} and "brother" not in str(entry.details)


class TestEnding:
    def test_takes_a_second_person_without_an_interest_of_their_own(
        self, file: File, approver: User, risk_manager: User, second_risk_manager: User
    ) -> None:
        application = file(1)
        mine = declare(application, approver)
        with pytest.raises(UnableToDeclareInterest, match="not_yours"):
            ask_to_withdraw(interest=mine, reason="x", actor=risk_manager, business_date=TODAY)
        with pytest.raises(UnableToConfirm, match="no_proposal"):
            decide_withdrawal(interest=mine, confirm=True, reason="", actor=risk_manager, business_date=TODAY)
        ask_to_withdraw(interest=mine, reason="I left the choir.", actor=approver, business_date=TODAY)
        assert has_interest(approver, application), "asking ends nothing"
        declare(application, risk_manager)
        for person, code in ((risk_manager, "conflict_of_interest"), (approver, "own_proposal")):
            with pytest.raises(UnableToConfirm, match=code):
                decide_withdrawal(interest=mine, confirm=True, reason="", actor=person, business_date=TODAY)
        with pytest.raises(UnableToDeclareInterest, match="invalid"):
            decide_withdrawal(interest=mine, confirm=False, reason=" ", actor=second_risk_manager, business_date=TODAY)
        decide_withdrawal(interest=mine, confirm=True, reason="", actor=second_risk_manager, business_date=TODAY)
        assert not has_interest(approver, application) and has_interest(risk_manager, application)
        declare(application, approver)

    def test_the_database_wants_another_person(self, file: File, approver: User) -> None:
        mine = declare(file(1), approver)
        with pytest.raises(IntegrityError, match="four_eyes"), transaction.atomic():
            DeclaredInterest.objects.filter(pk=mine.pk).update(withdrawn_by=approver, withdrawn_at=mine.declared_at)


class TestPage:
    def test_is_declared_asked_to_end_and_ended(
        self, file: File, approver: User, risk_manager: User, second_approver: User, sign_in: SignIn
    ) -> None:
        application = file(1)
        own, other, second = sign_in(approver), sign_in(second_approver), sign_in(risk_manager)
        url = reverse("loans:interests_panel", args=[application.pk])
        assert "Nobody is barred" in own.get(url).text and "I have an interest in this file" in own.get(url).text
        send = reverse("loans:interest_declare", args=[application.pk])
        assert own.post(send, {"interest-kind": "FRIEND"}, headers=HTMX).status_code == 422
        sent = {"interest-borrower": str(application.borrower_id), "interest-kind": "FAMILY", "interest-reason": "My brother."}
        assert "My brother." in own.post(send, sent, headers=HTMX).text
        told = other.get(url).text
        assert "Barred" in told and approver.full_name in told and "brother" not in told and "household:" not in told
        assert "My brother." in second.get(url).text and "It is over" not in second.get(url).text
        mine = DeclaredInterest.objects.get()
        end = reverse("loans:interest_withdraw", args=[application.pk, mine.pk])
        assert other.post(end, {f"end-{mine.pk}-reason": "x"}).status_code == 404
        assert "The end is asked for" in own.post(end, {f"end-{mine.pk}-reason": "He moved away."}, headers=HTMX).text
        assert "He moved away." not in other.get(url).text and "It is over" in second.get(url).text
        decide_url = reverse("loans:interest_decide", args=[application.pk, mine.pk])
        assert other.post(decide_url, {f"word-{mine.pk}-outcome": "confirm"}).status_code == 403
        assert "Nobody is barred" in second.post(decide_url, {f"word-{mine.pk}-outcome": "confirm"}, headers=HTMX).text

    def test_each_role_may_do_what_is_its_own_and_nothing_else(self, file: File, branch: Branch, approver: User, sign_in: SignIn) -> None:
        application = file(1)
        mine = declare(application, approver)
        ask_to_withdraw(interest=mine, reason="Over.", actor=approver, business_date=TODAY)
        before = world()
        for role in Role:
            client: Any = sign_in(make_person(f"one_{role.lower()}", branch, role))
            page = client.get(reverse("loans:interests_panel", args=[application.pk]))
            assert (page.status_code == 200) is (role in LENDING), role
            assert ("one choir" in page.text) is (role in READERS), role
            if role not in LENDING:
                assert client.post(reverse("loans:interest_declare", args=[application.pk]), {}).status_code in (403, 404)
            assert client.post(reverse("loans:interest_withdraw", args=[application.pk, mine.pk]), {}).status_code in (403, 404, 422)
            if role not in (Role.RISK_MANAGER, Role.COMPLIANCE):
                sent = {f"word-{mine.pk}-outcome": "confirm"}
                assert client.post(reverse("loans:interest_decide", args=[application.pk, mine.pk]), sent).status_code in (403, 404), role
        assert world() == before and DeclaredInterest.objects.get().withdrawn_at is None

    def test_a_file_out_of_sight_takes_no_word(self, file: File, outsider: User, sign_in: SignIn) -> None:
        application = file(1)
        borrower = Borrower.objects.get(pk=application.borrower_id)
        sent = {"interest-borrower": str(borrower.pk), "interest-kind": "OTHER", "interest-reason": "x"}
        client = sign_in(outsider)
        assert client.get(reverse("loans:interests_panel", args=[application.pk])).status_code == 404
        assert client.post(reverse("loans:interest_declare", args=[application.pk]), sent).status_code == 404
        assert not DeclaredInterest.objects.exists()
