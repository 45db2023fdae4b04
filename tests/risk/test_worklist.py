"""Taking files up, giving them back, laying them aside: nobody gets another's file, nor one that person may not work on."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from core.models import AuditEntry, BankState, Branch, User, UserBranch, UserRole
from core.roles import Role
from loans.models import Application, ApplicationHold
from loans.services.worklist import UnableToHandFile, snooze_application, wake_application
from risk.models import Decision, Fact, Investigation
from risk.selectors.conflicts import people_on_file, without_conflict
from risk.selectors.work import WORKERS, Work, decisions_for, waiting_for
from risk.services.decisions import decide, reject_decision
from risk.services.investigations import open_investigation, take_back_investigation
from risk.services.sign_off import sign_off_investigation
from risk.services.worklist import UnableToTakeWork, give_back, take_next
from tests.risk.conftest import TODAY
from tests.risk.deciding import did_before, read
from tests.risk.files import make_stranger

Make = Callable[..., Any]


def taken(actor: User) -> Application | None:
    return take_next(actor=actor, business_date=TODAY)


def colleague(username: str, branch: Branch, role: Role) -> User:
    """Somebody who never signs in with a password, whose hash takes its time."""
    person = User.objects.create(username=username, full_name=username.replace("_", " ").title(), password="!")
    UserRole.objects.create(user=person, role=role)
    UserBranch.objects.create(user=person, branch=branch)
    return person


def fresh(application: Application) -> Application:
    return Application.objects.get(pk=application.pk)


@pytest.mark.django_db(transaction=True)
def test_people_at_once_never_get_the_same_file(file: Make, branch: Branch) -> None:
    """Eight people with a connection each empty a queue of sixteen together: every file is given once, and none is left."""
    for number in range(16):
        open_investigation(application=file(number), business_date=TODAY)
    people = [colleague(f"investigator_{number}", branch, Role.INVESTIGATOR) for number in range(8)]
    start, given = threading.Barrier(len(people)), []

    def work(person: User) -> None:
        start.wait()
        try:
            while (application := taken(person)) is not None:
                given.append((application.pk, person.pk))
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(given) == len({pk for pk, _ in given}) == 16
    assert sorted(given) == sorted(Application.objects.values_list("pk", "assigned_to_id"))
    assert sorted(given) == sorted(Investigation.objects.values_list("application_id", "investigator_id"))


class TestTakeNext:
    def test_passes_over_a_row_that_somebody_is_just_taking(self, in_review: Application, approver: User) -> None:
        assert "FOR UPDATE" in str(decisions_for(approver).select_for_update(skip_locked=True).query)
        assert "SKIP LOCKED" in str(decisions_for(approver).select_for_update(skip_locked=True).query)

    def test_goes_through_the_hands_that_may(
        self,
        to_sign_off: Investigation,
        investigator: User,
        second_investigator: User,
        approver: User,
        risk_manager: User,
        model: Any,
        policy: Any,
    ) -> None:
        application = to_sign_off.application
        assert fresh(application).assigned_to is None  # put up, so nobody's
        assert taken(investigator) is None and taken(approver) is None
        assert waiting_for(second_investigator).counts == {Work.INVESTIGATE: 0, Work.SIGN_OFF: 1}
        assert taken(second_investigator) == application
        sign_off_investigation(investigation=to_sign_off, actor=second_investigator, business_date=TODAY)
        assert fresh(application).assigned_to is None
        assert waiting_for(approver).counts == {Work.SECOND: 0, Work.DECIDE: 1}
        assert taken(second_investigator) is None
        assert taken(approver) == application
        assert taken(risk_manager) is None

    def test_sends_an_investigation_back_to_its_investigator(
        self, to_sign_off: Investigation, investigator: User, second_investigator: User
    ) -> None:
        taken(second_investigator)
        take_back_investigation(investigation=to_sign_off, reason="Income?", actor=second_investigator, business_date=TODAY)
        assert fresh(to_sign_off.application).assigned_to == investigator

    def test_gives_the_most_urgent_first_and_leaves_out_what_is_held_back(self, reviewed: Make, approver: User) -> None:
        held, late, early = (reviewed(number=f"L01X00T{number}") for number in (47, 48, 49))
        for application, days in ((held, 1), (late, 9), (early, 3)):
            Application.objects.filter(pk=application.pk).update(due_date=TODAY + timedelta(days=days))
        ApplicationHold.objects.exclude(application=held).delete()  # the three share their papers
        ApplicationHold.objects.get_or_create(application=held, reason="SCREENING", source="hit:1")
        assert [taken(approver), taken(approver), taken(approver)] == [early, late, None]

    def test_leaves_an_investigation_that_others_have_to_let_go_first(self, file: Make, investigator: User) -> None:
        held, flagged = file(1), file(2)
        for application, reason in ((held, "SCREENING"), (flagged, "COLLATERAL")):
            open_investigation(application=application, business_date=TODAY)
            ApplicationHold.objects.create(application=application, reason=reason, source="test:1")
        assert taken(investigator) == flagged
        assert taken(investigator) is None
        ApplicationHold.objects.filter(application=held).update(released_at=timezone.now())
        assert taken(investigator) == held

    def test_gives_a_put_up_decision_to_somebody_else(self, reviewed: Make, approver: User, second_approver: User) -> None:
        application = reviewed(amount="300000.00", term="240")
        assert taken(approver) == application
        decide(
            application=application, outcome="APPROVED", amount=None, term_months=None, annual_rate=None, conditions=[], reasons=[],
            rationale="Well covered.", override_code="STRONG_COLLATERAL", actor=approver, business_date=TODAY,
        )  # fmt: skip
        assert taken(approver) is None
        assert waiting_for(second_approver).counts == {Work.SECOND: 1, Work.DECIDE: 0}
        assert taken(second_approver) == application
        reject_decision(application=application, reason="Too thin.", actor=second_approver, business_date=TODAY)
        assert fresh(application).assigned_to == approver

    def test_gives_what_was_referred_to_risk_managers_alone(self, in_review: Application, approver: User, risk_manager: User) -> None:
        Application.objects.filter(pk=in_review.pk).update(state="REFERRED")
        assert taken(approver) is None
        assert taken(risk_manager) is not None

    def test_never_gives_a_file_one_may_not_decide(self, in_review: Application, branch: Branch, risk_manager: User) -> None:
        """The question asked of many files at once has the answer it has for one."""
        people = [colleague(f"risk_{number}", branch, Role.RISK_MANAGER) for number in range(5)]
        Application.objects.filter(pk=in_review.pk).update(officer=people[0])
        for person, did in zip(people[1:4], ("TAKEN", "SIGNED", "ANSWERED"), strict=True):
            did_before(in_review, person, did)
        Fact.objects.create(
            application=in_review, code="other", value="1", source="x", as_of_date=TODAY, recorded_date=TODAY,
            author=people[4], author_name="Rita",
        )  # fmt: skip
        for person in people:
            assert person.pk in people_on_file(fresh(in_review))
            assert not without_conflict(Application.objects.all(), person).exists()
            assert taken(person) is None
        assert taken(risk_manager) == in_review

    def test_is_for_those_who_investigate_or_decide(self, in_review: Application, outsider: User, branch: Branch) -> None:
        assert taken(outsider) is None
        for role in set(Role) - set(WORKERS):
            with pytest.raises(UnableToTakeWork, match="not_entitled"):
                taken(colleague(f"a_{role.lower()}", branch, role))
        assert not Application.objects.exclude(assigned_to=None).exists()


class TestGiveBack:
    def test_lets_another_go_on_while_what_was_done_stays(
        self, in_work: Investigation, investigator: User, second_investigator: User
    ) -> None:
        give_back(application=in_work.application, actor=investigator)
        in_work.refresh_from_db()
        assert in_work.investigator is None
        assert taken(second_investigator) == in_work.application
        in_work.refresh_from_db()
        assert in_work.investigator == second_investigator

    def test_is_the_holders_or_a_risk_managers(
        self, in_work: Investigation, investigator: User, second_investigator: User, risk_manager: User
    ) -> None:
        application = in_work.application
        with pytest.raises(UnableToHandFile, match="not_yours"):
            give_back(application=application, actor=second_investigator)
        assert fresh(application).assigned_to == investigator
        give_back(application=application, actor=risk_manager)
        with pytest.raises(UnableToHandFile, match="not_held"):
            give_back(application=application, actor=risk_manager)


class TestSnooze:
    def test_ends_on_its_day_and_with_its_holder(self, in_work: Investigation, investigator: User, bank: BankState) -> None:
        application = in_work.application
        asleep: dict[str, Any] = {"application": application, "until": date(2026, 3, 5), "reason": "colleague", "note": "Back from leave"}
        snooze_application(actor=investigator, business_date=TODAY, **asleep)
        kept = fresh(application)
        assert (kept.snoozed_until, kept.snooze_reason) == (date(2026, 3, 5), "Waiting for a colleague: Back from leave")
        assert AuditEntry.objects.filter(action="application.snoozed").exists()
        wake_application(application=application, actor=investigator)
        assert fresh(application).snoozed_until is None
        snooze_application(actor=investigator, business_date=TODAY, **asleep)
        give_back(application=application, actor=investigator)
        kept = fresh(application)
        assert (kept.assigned_to, kept.snoozed_until, kept.snooze_reason) == (None, None, "")
        with pytest.raises(IntegrityError, match="application_snoozed_by_its_holder"), transaction.atomic():
            Application.objects.filter(pk=application.pk).update(snoozed_until=TODAY)

    def test_refuses_days_that_do_not_fit_and_reasons_without_words(self, in_work: Investigation, investigator: User) -> None:
        application = in_work.application
        wrong: tuple[tuple[dict[str, Any], str], ...] = (
            ({"until": TODAY}, "until"),
            ({"until": TODAY + timedelta(days=31)}, "until"),
            ({"until": date(2026, 3, 7)}, "until"),  # a Saturday
            ({"reason": "tired"}, "reason"),
            ({"reason": "other"}, "note"),
        )
        for changes, field in wrong:
            asked = {"until": date(2026, 3, 5), "reason": "colleague", "note": ""} | changes
            with pytest.raises(UnableToHandFile) as refusal:
                snooze_application(application=application, actor=investigator, business_date=TODAY, **asked)
            assert [fault.field for fault in refusal.value.faults] == [field]
        assert fresh(application).snoozed_until is None

    def test_is_the_holders_alone(self, in_work: Investigation, risk_manager: User) -> None:
        application = in_work.application
        with pytest.raises(UnableToHandFile, match="not_yours"):
            snooze_application(
                application=application, until=date(2026, 3, 5), reason="colleague", note="", actor=risk_manager, business_date=TODAY
            )


def client_of(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


class TestPages:
    def test_lead_from_the_queue_to_a_decision_in_three_clicks(self, reviewed: Make, approver: User) -> None:
        """Start next, the outcome, submit; what stands between them is typing. A fourth click starts the next one."""
        application, other = reviewed(), reviewed(number="L01X00T48")
        make_stranger(other)
        client, clicks = client_of(approver), 0
        assert client.get(reverse("risk:work")).context["waiting"].total == 2
        clicks += 1
        where = client.post(reverse("risk:work_next"))["Location"]
        assert where == reverse("loans:application_detail", args=[application.pk])
        panel = reverse("risk:decision_panel", args=[application.pk])
        assert panel in client.get(where).text
        clicks += 2  # a tile and the button of the form
        answer = client.post(panel, {"outcome": "APPROVED", "rationale": "Carries it."} | read(application), headers={"HX-Request": "true"})
        assert "The decision is taken" in answer.text and Decision.objects.count() == 1
        assert clicks <= 4 and f'action="{reverse("risk:work_next")}"' in answer.text
        assert client.post(reverse("risk:work_next"))["Location"] == reverse("loans:application_detail", args=[other.pk])

    def test_show_time_left_in_business_days(self, in_work: Investigation, investigator: User, bank: BankState) -> None:
        application = in_work.application
        assert application.due_date == date(2026, 3, 9)
        client = client_of(investigator)
        for day, words, status in (
            (TODAY, "5 days left", "neutral"),
            (date(2026, 3, 6), "1 day left", "warn"),
            (date(2026, 3, 8), "1 day left", "warn"),
            (date(2026, 3, 9), "Due today", "warn"),
            (date(2026, 3, 11), "2 days overdue", "bad"),
        ):
            BankState.objects.update(business_date=day)
            row = client.get(reverse("risk:work")).context["rows"][0]
            assert (row[2].words, row[2].status) == (words, status), day
            assert words in client.get(reverse("loans:application_queue")).text

    def test_lay_aside_take_up_and_give_back(self, in_work: Investigation, investigator: User, bank: BankState) -> None:
        application = in_work.application
        client = client_of(investigator)
        page = reverse("risk:work_file", args=[application.pk])
        refused = client.post(page, {"until": "2026-03-07", "reason": "other", "note": ""})
        assert refused.status_code == 422 and set(refused.context["form"].errors) == {"until", "note"}
        client.post(page, {"until": "2026-03-05", "reason": "third_party", "note": "Registry"})
        listed = client.get(reverse("risk:work"))
        assert listed.context["rows"] == [] and [tab.count for tab in listed.context["views"]] == [0, 1]
        assert "Waiting for a third party: Registry" in client.get(f"{reverse('risk:work')}?view=snoozed").text
        assert "Take up now" in client.get(page).text
        BankState.objects.update(business_date=date(2026, 3, 5))
        assert [row[0] for row in client.get(reverse("risk:work")).context["rows"]] == [application]
        assert client.post(reverse("risk:work_wake", args=[application.pk])).status_code == 302
        assert client.post(reverse("risk:work_wake", args=[application.pk])).status_code == 409
        client.post(reverse("risk:work_release", args=[application.pk]))
        assert client.post(reverse("risk:work_release", args=[application.pk])).status_code == 422
        assert "Nobody works on it" in client.get(page).text

    def test_each_role_does_only_what_is_its_own(self, in_work: Investigation, branch: Branch, outsider: User, investigator: User) -> None:
        application = in_work.application
        assert client_of(outsider).get(reverse("risk:work_file", args=[application.pk])).status_code == 404
        for role in Role:
            Application.objects.update(assigned_to=investigator)
            self._try(role, client_of(colleague(f"a_{role.lower()}", branch, role)), application)

    def _try(self, role: Role, client: Client, application: Application) -> None:
        about = [application.pk]
        may = role in WORKERS
        assert client.get(reverse("risk:work")).status_code == (200 if may else 403)
        assert client.post(reverse("risk:work_next")).status_code == (302 if may else 403)
        assert client.get(reverse("risk:work_file", args=about)).status_code == (200 if may else 403)
        asked = {"until": "2026-03-05", "reason": "colleague", "note": ""}
        assert client.post(reverse("risk:work_file", args=about), asked).status_code == (422 if may else 403)
        assert client.post(reverse("risk:work_wake", args=about)).status_code == (422 if may else 403)
        before = fresh(application).assigned_to
        released = client.post(reverse("risk:work_release", args=about))
        assert released.status_code == (302 if role == Role.RISK_MANAGER else 422 if may else 403)
        assert fresh(application).assigned_to == (None if role == Role.RISK_MANAGER else before)
