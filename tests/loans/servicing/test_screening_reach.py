"""Where screening reaches applications and live loans: activation, lifting, watch lists, runs over the book; all over the outbox."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from blacklist.models import BlacklistEntry, ScreeningHit, ScreeningRun, WatchList
from blacklist.selectors import has_blocking, index
from blacklist.services import confirm_entry, confirm_lift, decide_appeal, decide_hit, file_appeal, propose_entry, propose_lift
from blacklist.services.runs import start_book_screening, start_nightly_screening
from blacklist.services.watch_lists import import_watch_list
from core.events import deliver_pending, publish
from core.models import Branch, User
from core.roles import Role
from loans.events import LoanPassedMilestone
from loans.models import Application, ApplicationHold, Borrower, Loan
from loans.services.book_screening import drain_screening
from loans.services.direct_intake import intake_application
from monitoring.models import Alert
from monitoring.services.turn_of_day import carry_out_turn
from tests.loans.servicing.conftest import hire
from tests.shared_rows import shared

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def forgotten_index() -> None:
    index.forget()


@shared
def compliance(branch: Branch) -> User:
    return hire("carl_compliance", Role.COMPLIANCE, branch=branch)


def bar(name: str, *, collector: User, compliance: User, today: date, key: str = "") -> BlacklistEntry:
    entry = propose_entry(
        subject_kind_code="person",
        names=[name],
        reason_code="default",
        evidence="Known from elsewhere.",
        source="person",
        subject_key=key,
        actor=collector,
        business_date=today,
    )
    return confirm_entry(entry=entry, actor=compliance, business_date=today)


def is_held(application: Application) -> bool:
    """Whether screening or the list stops the application; the applicants of these tests resemble each other,
    which is no matter of theirs.
    """
    by_list = (ApplicationHold.Reason.SCREENING, ApplicationHold.Reason.BLACKLIST)
    return application.holds.filter(released_at=None, reason__in=by_list).exists()


def applicant(application: Application) -> Borrower:
    party = application.parties.select_related("borrower").first()
    assert party is not None
    return party.borrower


class TestActivation:
    def test_holds_open_applications_and_alerts_on_live_exposure_within_a_minute(
        self,
        accepted: Callable[..., Application],
        active: Callable[..., Loan],
        collector: User,
        compliance: User,
        today: date,
    ) -> None:
        application, loan = accepted(), active()
        other = accepted()
        deliver_pending()
        begin = time.monotonic()
        bar(applicant(application).name, collector=collector, compliance=compliance, today=today)
        bar(loan.borrower.name, collector=collector, compliance=compliance, today=today)
        deliver_pending()
        assert time.monotonic() - begin < 60
        assert is_held(application)
        assert not is_held(other)
        assert Alert.objects.filter(kind=Alert.Kind.BLACKLISTED_EXPOSURE, loan=loan).exists()

    def test_lifting_releases_what_it_held(
        self, accepted: Callable[..., Application], collector: User, compliance: User, risk_manager: User, today: date
    ) -> None:
        application = accepted()
        entry = bar(applicant(application).name, collector=collector, compliance=compliance, today=today)
        deliver_pending()
        assert is_held(application)
        propose_lift(entry=entry, actor=collector, reason="Paid in full.")
        confirm_lift(entry=entry, actor=risk_manager, business_date=today)
        deliver_pending()
        assert not is_held(application)
        assert not has_blocking(applicant(application).subject_key)

    def test_a_false_positive_releases_too(
        self, accepted: Callable[..., Application], collector: User, compliance: User, risk_manager: User, today: date
    ) -> None:
        application = accepted()
        bar(applicant(application).name, collector=collector, compliance=compliance, today=today)
        deliver_pending()
        for hit in ScreeningHit.objects.filter(state="OPEN"):
            decide_hit(hit=hit, outcome="FALSE_POSITIVE", reason="Other birth place.", actor=risk_manager, business_date=today)
        deliver_pending()
        assert not is_held(application)


class TestChangedSpelling:
    def test_is_held_at_another_branch(
        self,
        accepted: Callable[..., Application],
        other_branch: Branch,
        product: Any,
        collector: User,
        compliance: User,
        today: date,
    ) -> None:
        first = accepted(
            applicant={"kind": "person", "name": "Jonathan Feuerbach", "birth_date": "1985-04-12", "national_id": "ID-4711-01"}
        )
        bar("Jonathan Feuerbach", collector=collector, compliance=compliance, today=today, key=applicant(first).subject_key)
        again = intake_application(
            data={
                "product": "consumer",
                "amount": "5000.00",
                "currency": "EUR",
                "term_months": 12,
                "purpose": {"code": "equipment", "text": "A lathe"},
                "applicant": {
                    "kind": "person",
                    "name": "FEUERBACHER, Jonatan",
                    "birth_date": "1985-04-12",
                    "national_id": "NEW-IDENTITY-77",
                },
            },
            actor=hire("oscar_officer", Role.OFFICER, branch=other_branch),
            branch=other_branch,
            business_date=today,
        )
        assert is_held(again)


class TestWatchListDelta:
    def test_holds_applications_alerts_on_exposure_and_releases_when_the_record_goes(
        self, accepted: Callable[..., Application], active: Callable[..., Loan], compliance: User, today: date
    ) -> None:
        application, loan = accepted(), active()
        watch_list = WatchList.objects.create(code="house", title="House list", format="plain")
        filler = "".join(f"{number},Somebody Numbered{chr(96 + number)},person\n" for number in range(1, 20))

        def take_in(*names: str) -> None:
            content = "uid,name,kind\n" + filler + "".join(f"x{number},{name},person\n" for number, name in enumerate(names))
            import_watch_list(watch_list=watch_list, files={"list": io.BytesIO(content.encode())}, actor=compliance, business_date=today)
            deliver_pending()

        take_in()
        assert not is_held(application)
        take_in(applicant(application).name, loan.borrower.name)
        assert is_held(application)
        assert Alert.objects.filter(kind=Alert.Kind.SCREENING_HIT, borrower=loan.borrower).exists()
        take_in()
        assert not is_held(application)
        assert not has_blocking(loan.borrower.subject_key)


class TestRuns:
    def test_the_whole_book_meets_the_list_in_pieces(
        self,
        accepted: Callable[..., Application],
        collector: User,
        compliance: User,
        today: date,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr("loans.services.book_screening.PIECE", 1)
        first, second = accepted(), accepted()
        entry = bar(applicant(first).name, collector=collector, compliance=compliance, today=today)
        ScreeningHit.objects.all().delete()
        ApplicationHold.objects.all().delete()
        run = start_book_screening(actor=compliance, business_date=today)
        drain_screening(run.pk)
        drain_screening(run.pk)
        run.refresh_from_db()
        assert (run.state, run.subjects) == ("DONE", Borrower.objects.count())
        assert ScreeningHit.objects.get().entry == entry
        deliver_pending()
        assert (is_held(first), is_held(second)) == (True, False)

    def test_the_turn_of_a_day_asks_for_the_nightly_delta(self, accepted: Callable[..., Application], today: date) -> None:
        accepted()
        carry_out_turn(business_date=today, next_date=today)
        carry_out_turn(business_date=today, next_date=today)
        run = ScreeningRun.objects.get()
        assert run == start_nightly_screening(business_date=today)
        drain_screening(run.pk)
        run.refresh_from_db()
        assert (run.state, run.shard, run.subjects) == ("DONE", "nightly", Borrower.objects.count())


class TestTheWholeWay:
    def test_from_default_over_two_more_attempts_to_the_way_back(
        self,
        accepted: Callable[..., Application],
        active: Callable[..., Loan],
        branch: Branch,
        other_branch: Branch,
        officer: User,
        collector: User,
        compliance: User,
        risk_manager: User,
        today: date,
    ) -> None:
        """Default, proposed by rule, confirmed; held at another branch and at a partner's request; appeal, lift, and a free file again."""
        who = {"kind": "person", "name": "Jonathan Feuerbach", "birth_date": "1985-04-12", "national_id": "ID-4711-01"}
        loan = active(applicant=who)
        publish(LoanPassedMilestone(loan_id=loan.pk, business_date=today.isoformat(), milestone=91, days_past_due=91))
        deliver_pending()
        entry = BlacklistEntry.objects.get()
        assert (entry.state, entry.source, entry.subject_key) == ("PROPOSED", "rule", loan.borrower.subject_key)
        confirm_entry(entry=entry, actor=compliance, business_date=today)
        deliver_pending()
        assert Alert.objects.filter(kind=Alert.Kind.BLACKLISTED_EXPOSURE, loan=loan).exists()

        def apply(name: str, number: str, *, at: Branch, by: User | None) -> Application:
            purpose = {"code": "equipment", "text": "A lathe"}
            applicant_data = {"kind": "person", "name": name, "birth_date": "1985-04-12", "national_id": number}
            return intake_application(
                data={
                    "product": "consumer",
                    "amount": "5000.00",
                    "currency": "EUR",
                    "term_months": 12,
                    "purpose": purpose,
                    "applicant": applicant_data,
                },
                branch=at,
                actor=by,
                business_date=today,
            )

        elsewhere = apply(
            "FEUERBACHER, Jonatan", "NEW-ID-0001", at=other_branch, by=hire("oscar_officer", Role.OFFICER, branch=other_branch)
        )
        partner = apply("Jonathan Feurbach", "NEW-ID-0002", at=branch, by=None)
        own = apply("Jonathan Feuerbach", "ID-4711-01", at=branch, by=officer)
        assert [is_held(one) for one in (elsewhere, partner, own)] == [True, True, True]

        file_appeal(entry=entry, grounds="All is paid.", actor=officer, business_date=today)
        decide_appeal(entry=entry, granted=True, reason="The arrears are paid.", actor=risk_manager, business_date=today)
        deliver_pending()
        assert [is_held(one) for one in (elsewhere, partner, own)] == [False, False, False]
        assert not is_held(apply("Jonathan Feuerbach", "ID-4711-01", at=branch, by=officer))
