"""Co-borrowers and guarantors who were late with us: known to the bank, told to no applicant."""
# ruff: noqa: F811 -- fixtures are asked for by the names they are imported under

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.models import Branch, User
from loans.api.answers import decision_answer
from loans.models import Application, ApplicationOutcome, Borrower, Disbursement, Loan
from loans.services.disbursement import UnableToConfirmDisbursement
from risk.domain.customer_words import reasons_against
from risk.models import Decision
from risk.selectors.own_history import OwnHistory, own_history, parties_history
from risk.selectors.told_reasons import true_reasons
from risk.services.assessment import assess_application, current_assessment, is_overtaken
from risk.services.fact_parts import facts_of_the_moment
from risk.services.letter_words import letter_of
from risk.services.replay import replay_decision
from tests.risk.book import make_past_loans, write_off_part
from tests.risk.conftest import TODAY
from tests.risk.deciding import decided
from tests.risk.test_committee import Make
from tests.risk.test_payout_authority import asked, carry, confirm, matrix  # noqa: F401 -- fixtures among them

pytestmark = pytest.mark.django_db
OTHER = "With the co-borrowers and guarantors named for it the loan does not meet our terms."
WORST, BAD = "parties_worst_dpd", "parties_defaults"


@pytest.fixture
def late(branch: Branch) -> Borrower:
    """Somebody who paid a loan with us 120 days late, long ago."""
    (past,) = make_past_loans(branch, ["late"])
    Loan.objects.filter(application=past).update(state="CLOSED", closed_date=TODAY)
    assert past.borrower is not None
    return past.borrower


def join(application: Application, borrower: Borrower, part: str = "GUARANTOR") -> Application:
    application.parties.create(borrower=borrower, part=part)
    return application


def known(application: Application) -> tuple[Any, Any]:
    found = facts_of_the_moment(application, business_date=TODAY)
    return found[WORST][0], found[BAD][0]


class TestFacts:
    @pytest.mark.parametrize(
        ("part", "told"), [("CO_BORROWER", (120, 1)), ("GUARANTOR", (120, 1)), ("OWNER", (0, 0)), ("DIRECTOR", (0, 0)), ("PLEDGOR", (0, 0))]
    )
    def test_are_of_those_who_answer_for_the_loan(self, in_review: Application, late: Borrower, part: str, told: tuple[int, int]) -> None:
        assert known(in_review) == (0, 0)
        join(in_review, late, part)
        assert known(in_review) == told
        assert facts_of_the_moment(in_review, business_date=TODAY)["own_history_worst_dpd"][0] == 0

    def test_are_of_the_person_in_whichever_branch(self, file: Make, late: Borrower) -> None:
        """The guarantor stands on file anew here; the identifier says who it is."""
        Borrower.objects.filter(pk=late.pk).update(branch=Branch.objects.create(code="B9", name="Far"))
        late.kind, late.national_id, late.birth_date = "PERSON", "L01X77777", None
        late.save(update_fields=["kind", "national_id", "national_id_index", "birth_date"])
        guarantor = {"role": "guarantor", "kind": "person", "name": "Mira Adler", "birth_date": "1970-01-01", "national_id": "L01X77777"}
        mine = file(0, related=[guarantor])
        assert not mine.parties.filter(borrower=late).exists() and known(mine) == (120, 1)

    def test_are_of_loans_they_took_with_others_and_of_each_of_them_once(self, in_review: Application, late: Borrower) -> None:
        """Two who were late on one joint loan were late once; who only guaranteed for it was not."""
        joint = Loan.objects.get().application
        wife, friend = (
            Borrower.objects.create(reference=f"BR-X{number}", branch=in_review.branch, kind="PERSON", name=name, country="DE")
            for number, name in enumerate(("Jon Adler", "Kim Berg"))
        )
        join(joint, wife, "CO_BORROWER")
        join(joint, friend, "GUARANTOR")
        join(in_review, friend)
        assert known(in_review) == (0, 0)
        join(in_review, wife, "CO_BORROWER")
        assert known(in_review) == (120, 1)
        join(in_review, late)
        assert parties_history(in_review.pk, day=TODAY) == OwnHistory((120,), defaulted=1)

    def test_count_what_went_bad_though_it_was_never_late(self, in_review: Application, branch: Branch) -> None:
        (past,) = make_past_loans(branch, ["good"])
        assert past.borrower is not None
        join(in_review, past.borrower)
        assert known(in_review) == (10, 0)
        write_off_part(Loan.objects.get(), Loan.objects.get().signed_date + timedelta(days=40))
        assert known(in_review)[1] == 1

    def test_leave_the_loans_of_the_file_itself_to_its_borrower(self, late: Borrower, branch: Branch) -> None:
        past = Loan.objects.get().application
        wife = Borrower.objects.create(reference="BR-X", branch=branch, kind="PERSON", name="Jon Adler", country="DE")
        join(past, wife, "CO_BORROWER")
        assert known(past) == (0, 0) and own_history(wife.pk, day=TODAY).worst == 120

    def test_take_queries_only_where_somebody_answers(self, in_review: Application, late: Borrower) -> None:
        counts = []
        for part in (None, "GUARANTOR", "CO_BORROWER"):
            if part:
                join(in_review, late, part)
            with CaptureQueriesContext(connection) as queries:
                known(in_review)
            counts.append(len(queries))
        # Who they are, and what they have been late with.
        assert [count - counts[0] for count in counts] == [0, 2, 2]


class TestPolicy:
    def test_refers_and_never_declines(self, in_review: Application, late: Borrower) -> None:
        before = current_assessment(application=in_review, business_date=TODAY)
        assert before.outcome == "APPROVE"
        join(in_review, late)
        assert is_overtaken(in_review, before, TODAY)
        after = current_assessment(application=in_review, business_date=TODAY)
        assert after.outcome == "REFER"
        assert {row["code"]: (row["result"], row["value"]) for row in after.rows if row["result"] != "PASS"} == {
            "P29": ("SOFT", "120"),
            "P30": ("SOFT", "1"),
        }

    def test_replays_from_what_was_known_then(self, in_review: Application, late: Borrower, approver: User) -> None:
        join(in_review, late)
        made = decided(in_review, approver, override_code="LONG_RELATIONSHIP")
        decision = Decision.objects.get(pk=made.pk)
        assert replay_decision(decision=decision).identical
        in_review.parties.filter(part="GUARANTOR").delete()
        assert [one.part for one in replay_decision(decision=decision).differences] == ["parties"], "every figure comes out again"


class TestApplicants:
    def test_are_told_nothing_of_how_others_pay(self, in_review: Application, late: Borrower, approver: User) -> None:
        """One sentence and one code, whatever it is: neither letter nor partner learns what a guarantor owed, or that they owed."""
        join(in_review, late)
        evaluation = assess_application(application=in_review, business_date=TODAY)
        reasons = true_reasons(evaluation, "EUR")
        assert reasons.own == ({"code": "OTHER_PARTIES", "text": OTHER},)
        assert "CREDIT_HISTORY" not in reasons.codes, "the applicant's own credit was paid on time"
        made = decided(in_review, approver, outcome="DECLINED", reasons=list(reasons.own))
        decision = Decision.objects.get(pk=made.pk)
        letter = letter_of(decision)
        assert letter.reasons == [OTHER]
        answer = decision_answer(in_review, ApplicationOutcome.objects.get())
        assert answer["reasons"] == [{"code": "OTHER_PARTIES", "text": OTHER}]
        for told in (json.dumps(answer, default=str), " ".join([*letter.opening, *letter.reasons, *letter.closing])):
            assert not [word for word in ("120", "delay", "late ", "P29", "P30", "bad", "parties_", late.name) if word in told]

    def test_are_told_no_more_by_rows_of_the_banks_own_or_by_the_score(self) -> None:
        """Whatever a row is called, and where a scorecard looks at it."""
        row = {"fact": WORST, "title": "Guarantor was late", "code": "X1", "value": "120", "soft": "30", "hard": "90"}
        factor = {"code": "SCORE_PARTIES_WORST_DPD", "text": "Worst delay of guarantors: 120"}
        assert reasons_against([row | {"result": "FAIL"}], [factor], "EUR") == [
            {"code": "OTHER_PARTIES", "text": OTHER},
            {"code": "SCORE_OTHER_PARTIES", "text": "Who answers for the loan with the applicant lowered the credit score."},
        ]
        unknown = [row | {"result": "MISSING", "fact": fact, "value": None} for fact in (WORST, BAD)]
        said = "What we have to know of the co-borrowers and guarantors could not be established."
        assert reasons_against(unknown, [], "EUR") == [{"code": "OTHER_PARTIES", "text": said}]


class TestPayout:
    def test_waits_when_a_guarantor_fell_late_since(
        self, asked: Disbursement, late: Borrower, second_approver: User, risk_manager: User
    ) -> None:
        """Whoever granted it answers for nothing; somebody else carries it, for as much as they knew of."""
        join(asked.loan.application, late)
        with pytest.raises(UnableToConfirmDisbursement, match="beyond_authority") as refusal:
            confirm(asked, second_approver)
        said = (
            "before a co-borrower or guarantor was 120 days late with us and 1 of the loans of co-borrowers or guarantors with us went bad"
        )
        assert said in refusal.value.detail
        (signature,) = carry(asked.loan, second_approver).signatures
        assert (signature.parties_late, signature.parties_defaults, signature.days_late, signature.defaults) == (120, 1, 0, 0)
        Loan.objects.filter(borrower=late).update(days_past_due=121)
        with pytest.raises(UnableToConfirmDisbursement, match="beyond_authority"):
            confirm(asked, second_approver)
        assert carry(asked.loan, risk_manager).signatures[-1].parties_late == 121
        assert confirm(asked, second_approver).state == "PAID"

    def test_is_carried_for_the_borrowers_delay_by_no_signature_for_a_guarantors(
        self, asked: Disbursement, late: Borrower, second_approver: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        join(asked.loan.application, late)
        assert not carry(asked.loan, second_approver).beyond
        monkeypatch.setattr("risk.services.turned.own_history", lambda *_, **__: OwnHistory((60,)))
        with pytest.raises(UnableToConfirmDisbursement, match="beyond_authority"):
            confirm(asked, second_approver)
