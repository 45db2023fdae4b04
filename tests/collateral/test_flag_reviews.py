"""Somebody is responsible for a red flag: taken, given on, given back; and what nobody decides in time is told of."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.urls import reverse

from collateral.models import RedFlag
from collateral.services.flags import DECIDERS, decide_flag
from collateral.services.reviews import UnableToTakeReview, give_review_back, take_review, tell_overdue_reviews
from core.errors import Conflict
from core.events import deliver_pending
from core.models import AuditEntry, Branch, User
from core.roles import Role
from monitoring.models import Alert
from monitoring.services.alerts import resolve_alert
from tests.collateral.conftest import Register, SignIn, hire
from tests.every_role import every_role
from tests.shared_rows import shared


@shared
def flag(register: Register) -> RedFlag:
    return register(in_use=False).flags.get()


def hear() -> None:
    while deliver_pending():
        pass


class TestOverdue:
    def test_raises_an_alert_once_and_each_week_that_it_was_closed(self, flag: RedFlag, risk_manager: User, today: date) -> None:
        late = today + timedelta(days=RedFlag.REVIEW_DAYS + 1)
        assert tell_overdue_reviews(business_date=late - timedelta(days=1)) == 0
        assert [tell_overdue_reviews(business_date=late + timedelta(days=days)) for days in (0, 0, 1, 6)] == [1, 0, 0, 0]
        hear()
        alert = Alert.objects.get(kind=Alert.Kind.REVIEW_LATE)
        assert flag.asset.reference in alert.title and alert.details["in the hands of"] == "nobody"
        take_review(flag=flag, actor=risk_manager, business_date=late)
        assert tell_overdue_reviews(business_date=late + timedelta(days=7)) == 1
        hear()
        assert Alert.objects.filter(kind=Alert.Kind.REVIEW_LATE).count() == 1
        resolve_alert(alert=alert, outcome="USEFUL", actor=risk_manager, business_date=late)
        assert tell_overdue_reviews(business_date=late + timedelta(days=14)) == 1
        hear()
        again = Alert.objects.exclude(pk=alert.pk).get(kind=Alert.Kind.REVIEW_LATE)
        assert again.details["in the hands of"] == risk_manager.full_name

    def test_tells_nothing_of_what_was_decided(self, flag: RedFlag, approver: User, today: date) -> None:
        late = today + timedelta(days=30)
        assert tell_overdue_reviews(business_date=late) == 1
        decide_flag(flag=flag, uphold=False, reason="Runs.", actor=approver, business_date=late)
        hear()
        assert not Alert.objects.filter(kind=Alert.Kind.REVIEW_LATE).exists()
        assert tell_overdue_reviews(business_date=late + timedelta(days=30)) == 0

    @pytest.mark.parametrize("number", [1, 5])
    def test_costs_the_same_however_many(self, register: Register, today: date, number: int, django_assert_num_queries: Any) -> None:
        for place in range(number):
            register(title_number=f"SN {place}", in_use=False)
        # One that looks, one that writes the events, and the savepoint around them.
        with django_assert_num_queries(4):
            assert tell_overdue_reviews(business_date=today + timedelta(days=8)) == number


class TestTaking:
    def test_makes_one_person_responsible(self, flag: RedFlag, approver: User, risk_manager: User, branch: Branch, today: date) -> None:
        taken = take_review(flag=flag, actor=approver, business_date=today)
        assert taken.reviewer == approver and taken.taken_at is not None
        other = hire("another_approver", Role.APPROVER, branch=branch)
        with pytest.raises(Conflict):
            take_review(flag=flag, actor=other, business_date=today)
        with pytest.raises(UnableToTakeReview, match="not_yours"):
            give_review_back(flag=flag, actor=other, business_date=today)
        assert take_review(flag=flag, actor=risk_manager, business_date=today, reviewer=other).reviewer == other
        assert give_review_back(flag=flag, actor=other, business_date=today).reviewer is None
        assert [entry.details["reviewer"] for entry in AuditEntry.objects.filter(action="red_flag.review_taken").order_by("id")] == [
            approver.full_name, other.full_name,
        ]  # fmt: skip

    def test_is_for_who_may_decide_it(
        self, flag: RedFlag, approver: User, officer: User, risk_manager: User, branch: Branch, other_branch: Branch, today: date
    ) -> None:
        with pytest.raises(UnableToTakeReview, match="not_entitled"):
            take_review(flag=flag, actor=officer, business_date=today)
        with pytest.raises(UnableToTakeReview, match="not_manager"):
            take_review(flag=flag, actor=approver, business_date=today, reviewer=risk_manager)
        for person in (officer, hire("stranger", Role.APPROVER, branch=other_branch)):
            with pytest.raises(UnableToTakeReview, match="own_work"):
                take_review(flag=flag, actor=risk_manager, business_date=today, reviewer=person)
        type(flag.asset).objects.filter(pk=flag.asset_id).update(registered_by=approver)
        flag.refresh_from_db()
        with pytest.raises(UnableToTakeReview, match="own_work"):
            take_review(flag=flag, actor=approver, business_date=today)

    def test_ends_with_the_decision(self, flag: RedFlag, approver: User, risk_manager: User, today: date) -> None:
        decide_flag(flag=flag, uphold=True, reason="Idle.", actor=approver, business_date=today)
        with pytest.raises(Conflict):
            take_review(flag=flag, actor=risk_manager, business_date=today)


class TestPages:
    @every_role(Role)
    def test_let_each_role_do_its_own(self, flag: RedFlag, branch: Branch, sign_in: SignIn, role: Role) -> None:
        client = sign_in(hire("somebody", role, branch=branch))
        page = reverse("collateral:flag_review", args=[flag.pk])
        decides = role in DECIDERS
        assert client.get(page).status_code == (200 if decides else 403)
        answer = client.post(page, follow=True)
        flag.refresh_from_db()
        assert (flag.reviewer is not None) is decides
        if not decides:
            return
        assert "The review is yours." in answer.text and "Somebody" in client.get(reverse("collateral:flag_list"), {"view": "mine"}).text
        assert ("Give it to somebody" in answer.text) is (role == Role.RISK_MANAGER)
        work = client.get(reverse("risk:work"))
        assert "Red flags in my hands" in work.text and flag.text in work.text
        assert "in nobody" in client.post(page, {"back": "1"}, follow=True).text
        assert "Red flags in my hands" not in client.get(reverse("risk:work")).text

    def test_a_risk_manager_gives_it_to_who_may_decide(
        self, flag: RedFlag, approver: User, risk_manager: User, officer: User, sign_in: SignIn
    ) -> None:
        client, page = sign_in(risk_manager), reverse("collateral:flag_review", args=[flag.pk])
        assert client.post(page, {"give": "1", "reviewer": str(officer.pk)}).status_code == 422
        done = client.post(page, {"give": "1", "reviewer": str(approver.pk)}, follow=True)
        assert f"The review is in the hands of {approver.full_name}." in done.text
        assert sign_in(approver).get(reverse("risk:work")).text.count(flag.text) == 1

    def test_is_hidden_from_another_branch(self, flag: RedFlag, other_branch: Branch, sign_in: SignIn) -> None:
        stranger = sign_in(hire("stranger", Role.APPROVER, branch=other_branch))
        assert stranger.get(reverse("collateral:flag_review", args=[flag.pk])).status_code == 404
