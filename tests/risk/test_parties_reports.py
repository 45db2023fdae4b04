"""What a bureau says of co-borrowers and guarantors: heard before anybody decides, and counted where it speaks against the loan."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from core.models import User
from loans.models import Application, Borrower
from risk.models import BureauReport, Decision, Explanation, Investigation, ModelVersion, PolicyVersion
from risk.selectors.bureau import unheard_report
from risk.selectors.files import latest_evaluation
from risk.services.assessment import assess_application, is_overtaken
from risk.services.bureau import UnableToOrderReport, fetch_due, take_report
from risk.services.cross_checks import CrossCheck, cross_checks, unexplained
from risk.services.fact_parts import facts_from_moment, facts_of_the_moment
from risk.services.file_work import UnableToInvestigate
from risk.services.freshness import fresh_until, stale_facts
from risk.services.letter_words import letter_of
from risk.services.putting_up import submit_investigation
from risk.services.replay import replay_decision
from risk.services.rules_of_decision import UnableToDecide
from tests.risk.conftest import TODAY
from tests.risk.deciding import decided
from tests.risk.test_replay_figures import frozen, received
from tests.risk.web.bureaus import Bureau, bureau, report

__all__ = ["bureau"]

pytestmark = pytest.mark.django_db
WORST = "parties_worst_dpd"
JOINT = {"obligations_joint", "debt_joint"}


def join(application: Application, part: str = "CO_BORROWER") -> Borrower:
    born, number = "1985-01-01", "L01X88888"
    who = Borrower.objects.create(
        reference="BR-9", branch=application.branch, kind="PERSON", name="Jon Adler", birth_date=born, national_id=number, country="DE"
    )
    application.parties.create(borrower=who, part=part)
    who.refresh_from_db()
    return who


def said(worst: int = 0, monthly: str = "0.00", owed: str = "0.00") -> bytes:
    account = {"lender": "Northbank", "outstanding": owed, "monthly_payment": monthly, "dpd": 0}
    subject = {"name": "Jon Adler", "birth_date": "1985-01-01"}
    return report(report="NB-9", subject=subject, worst_dpd=worst, accounts=[account] if monthly != "0.00" else [])


def on(application: Application, who: Borrower, *, heard: bool = True, as_of: Any = TODAY, **figures: Any) -> BureauReport:
    """A report on a party that came, and is in the file unless told otherwise."""
    monthly, owed = figures.get("monthly", "0.00"), figures.get("owed", "0.00")
    return BureauReport.objects.create(
        application=application, borrower=who, adapter="test", state="RECEIVED", number="NB-9", as_of_date=as_of,
        answer=said(**figures).decode(), in_file_at=timezone.now() if heard else None, next_at=timezone.now(),
        figures={"bureau_worst_dpd": str(figures.get("worst", 0)), "bureau_enquiries": "2", "total_debt": owed, "monthly_obligations": monthly},
        requested_by=User.objects.get(username="ida_investigator"), requested_at=timezone.now(), requested_date=TODAY,
    )  # fmt: skip


def worst(application: Application) -> tuple[Any, str, str]:
    return facts_of_the_moment(application, business_date=TODAY)[WORST]


def joint(application: Application) -> dict[str, CrossCheck]:
    return {row.code: row for row in cross_checks(application, business_date=TODAY) if row.code.endswith("_joint")}


class TestWorstDelay:
    @pytest.mark.parametrize(("part", "words"), [("CO_BORROWER", "a co-borrower"), ("GUARANTOR", "a guarantor")])
    def test_is_the_worse_of_books_and_reports(self, in_review: Application, part: str, words: str) -> None:
        who = join(in_review, part)
        assert worst(in_review) == (0, "Our books", "DOCUMENT")
        on(in_review, who, worst=400)
        assert worst(in_review) == (400, f"Bureau report NB-9 on {words}", "THIRD_PARTY")
        assess_application(application=in_review, business_date=TODAY)
        latest = latest_evaluation(in_review)
        assert latest is not None and latest.outcome == "REFER"
        assert [row["fact"] for row in latest.rows if row["result"] != "PASS"] == [WORST]

    def test_is_not_that_of_who_does_not_answer_for_the_loan(self, in_review: Application) -> None:
        on(in_review, join(in_review, "OWNER"), worst=400)
        assert worst(in_review) == (0, "Our books", "DOCUMENT")

    def test_of_a_good_report_lets_the_file_pass(self, in_review: Application) -> None:
        on(in_review, join(in_review))
        assert worst(in_review) == (0, "Our books and bureau reports", "DOCUMENT")
        assess_application(application=in_review, business_date=TODAY)
        latest = latest_evaluation(in_review)
        assert latest is not None and latest.outcome == "APPROVE"

    @pytest.mark.parametrize("state", ["UNKNOWN", "UNUSABLE", "FAILED"])
    def test_is_nobodys_word_where_the_bureau_gave_nothing(self, in_review: Application, state: str) -> None:
        row = on(in_review, join(in_review), heard=False)
        BureauReport.objects.filter(pk=row.pk).update(state=state, as_of_date=None, figures={})
        assert worst(in_review) == (0, "Our books; no bureau report on a co-borrower came", "UNVERIFIED")
        assess_application(application=in_review, business_date=TODAY)
        latest = latest_evaluation(in_review)
        assert latest is not None and latest.outcome == "REFER"
        # One that came and is in the file counts, whatever was asked after it.
        on(in_review, Borrower.objects.get(reference="BR-9"))
        assert worst(in_review)[2] == "DOCUMENT"

    def test_is_nobodys_word_where_the_record_names_somebody_else_by_now(self, in_review: Application) -> None:
        row = on(in_review, join(in_review), worst=10)
        BureauReport.objects.filter(pk=row.pk).update(asked="0" * 64)
        assert worst(in_review) == (10, "Our books; a co-borrower reported under an earlier record", "UNVERIFIED")

    def test_outlives_the_report_no_longer_than_the_applicants_would(self, in_review: Application) -> None:
        on(in_review, join(in_review), as_of=TODAY - timedelta(days=28))
        assess_application(application=in_review, business_date=TODAY)
        latest = latest_evaluation(in_review)
        assert latest is not None and latest.outcome == "APPROVE" and stale_facts(latest, TODAY) == []
        fresh = fresh_until(latest)
        assert fresh is not None and fresh.day == TODAY + timedelta(days=2)
        title = "Worst delay of co-borrowers and guarantors"
        assert fresh.titles == (title,) and stale_facts(latest, TODAY + timedelta(days=3)) == [title]
        later = facts_of_the_moment(in_review, business_date=TODAY + timedelta(days=3))[WORST]
        assert later == (0, "Our books; the bureau report on a co-borrower is too old", "UNVERIFIED")

    def test_overtakes_an_assessment_that_did_not_know_it(self, in_review: Application) -> None:
        who = join(in_review)
        assess_application(application=in_review, business_date=TODAY)
        latest = latest_evaluation(in_review)
        assert latest is not None and not is_overtaken(in_review, latest, TODAY)
        on(in_review, who, worst=400)
        assert is_overtaken(in_review, latest, TODAY)


class TestHeard:
    def test_is_every_report_on_who_answers_before_anybody_decides(self, in_review: Application, approver: User) -> None:
        row = on(in_review, join(in_review), heard=False)
        assert unheard_report(in_review) == ("report_unread", "Jon Adler")
        with pytest.raises(UnableToDecide, match="report_unread"):
            decided(in_review, approver)
        in_review.parties.filter(borrower=row.borrower).update(part="OWNER")
        assert unheard_report(in_review) is None

    def test_comes_into_an_open_file_by_itself(self, in_work: Investigation, bureau: Bureau, investigator: User) -> None:
        application = in_work.application
        row = on(application, join(application), heard=False)
        BureauReport.objects.filter(pk=row.pk).update(state="WAITING", as_of_date=None, figures={}, answer="")
        bureau.answer = (200, said(worst=60), 0.0)
        assert fetch_due(business_date=TODAY) == 1
        row.refresh_from_db()
        assert row.state == "RECEIVED" and row.in_file_at and worst(application)[0] == 60
        assert not application.facts.filter(author_name="credit bureau").exists()  # nothing of it is said of the applicant

    def test_is_put_into_the_file_by_its_investigator(self, in_review: Application, investigator: User, client: Client) -> None:
        row = on(in_review, join(in_review), heard=False, worst=400)
        client.force_login(investigator)
        page = client.get(reverse("risk:bureau_panel", args=[in_review.pk]))
        assert "Put into the file" in page.content.decode()
        client.post(reverse("risk:bureau_take", args=[in_review.pk, row.pk]))
        row.refresh_from_db()
        assert row.in_file_at and row.taken_by == investigator
        assert Investigation.objects.get(application=in_review).state == "OPEN"  # what was signed did not know it

    def test_is_not_taken_of_who_does_not_answer(self, in_review: Application, investigator: User) -> None:
        row = on(in_review, join(in_review, "OWNER"), heard=False)
        with pytest.raises(UnableToOrderReport, match="only_shown"):
            take_report(report=row, actor=investigator, business_date=TODAY)
        row.refresh_from_db()
        assert row.in_file_at is None


class TestJointDuties:
    def test_have_to_be_explained_or_recorded(
        self, opened: Callable[..., Investigation], submitted: Callable[..., Investigation], investigator: User
    ) -> None:
        application = (investigation := submitted()).application
        assert joint(application) == {}
        received(application)
        on(application, join(application), monthly="900.00", owed="40000.00")
        rows = joint(application)
        assert rows.keys() == JOINT and all(row.differs for row in rows.values())
        assert (rows["obligations_joint"].stated, rows["obligations_joint"].seen) == ("300.00", "900.00")
        assert set(unexplained(application, business_date=TODAY)) >= JOINT
        Investigation.objects.filter(pk=investigation.pk).update(state="OPEN")
        with pytest.raises(UnableToInvestigate, match="of all who borrow"):
            submit_investigation(investigation=investigation, summary="Sound.", actor=investigator, business_date=TODAY)

    def test_agree_where_those_of_all_are_recorded(self, in_review: Application) -> None:
        on(in_review, join(in_review), monthly="310.00", owed="9500.00")
        assert joint(in_review) == {}  # the household's figure holds them, to a tenth

    def test_are_not_those_of_a_guarantor_or_of_another_person(self, in_review: Application) -> None:
        row = on(in_review, join(in_review, "GUARANTOR"), monthly="900.00", owed="40000.00")
        assert joint(in_review) == {}
        in_review.parties.filter(borrower=row.borrower).update(part="CO_BORROWER")
        assert joint(in_review).keys() == JOINT
        BureauReport.objects.filter(pk=row.pk).update(asked="0" * 64)
        assert joint(in_review) == {}

    def test_explained_hold_until_another_report_says_otherwise(self, in_review: Application, investigator: User) -> None:
        who = join(in_review)
        on(in_review, who, monthly="900.00", owed="40000.00")
        for row in joint(in_review).values():
            Explanation.objects.create(
                application=in_review, check_code=row.code, figures=row.figures, code="SHARED", reason="Their home.", author=investigator
            )
        assert not JOINT & set(unexplained(in_review, business_date=TODAY))
        on(in_review, who, monthly="1900.00", owed="40000.00")
        assert unexplained(in_review, business_date=TODAY) == ["obligations_joint"]


class TestEvidence:
    def test_replays_and_finds_a_report_that_says_otherwise_now(self, in_review: Application) -> None:
        row = on(in_review, join(in_review), worst=400)
        received(in_review)
        decision = frozen(in_review)
        assert replay_decision(decision=decision).differences == ()
        BureauReport.objects.filter(pk=row.pk).update(answer=b"")
        kept = BureauReport.objects.get(pk=row.pk)
        kept.answer = said(worst=12).decode()
        kept.save(update_fields=["answer"])
        assert [one.part for one in replay_decision(decision=decision).differences] == ["bureau reports on co-borrowers and guarantors"]

    def test_of_an_older_house_replays_by_our_books_alone(self, in_review: Application) -> None:
        on(in_review, join(in_review), worst=400)
        parts = frozen(in_review).evidence["parts"]
        del parts["parties_reports"]
        assert facts_from_moment(parts, business_date=TODAY)[WORST] == (0, "Our books", "DOCUMENT")

    def test_names_to_the_applicant_no_report_on_another(
        self, in_review: Application, approver: User, model: ModelVersion, policy: PolicyVersion
    ) -> None:
        received(in_review)
        on(in_review, join(in_review), worst=400)
        assess_application(application=in_review, business_date=TODAY)
        reasons = [{"code": "OTHER_PARTIES", "text": "With the co-borrowers and guarantors named for it the loan does not meet our terms."}]
        decision = decided(in_review, approver, outcome="DECLINED", reasons=reasons)
        assert isinstance(decision, Decision)
        letter = " ".join(letter_of(decision).closing)
        assert "number SB-0" in letter and "NB-9" not in letter and "Adler" not in letter
