"""The queue and the list of applications: what each view holds, what it costs, and who sees it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.urls import reverse

from core.models import User
from loans.models import Application
from loans.selectors.applications import QUEUE_VIEWS, QueueFilter, count_queue, list_queue
from tests.loans.web.conftest import SignIn
from tests.loans.web.test_application_pages import MakeApplication, waiting

__all__ = ["waiting"]
pytestmark = pytest.mark.django_db


class TestQueueAndList:
    @pytest.mark.parametrize("number", [1, 4])
    def test_cost_the_same_however_long_they_are(
        self, accepted: MakeApplication, approver: User, sign_in: SignIn, number: int, django_assert_max_num_queries: Any
    ) -> None:
        for _ in range(number):
            accepted()
        client = sign_in(approver)
        # session, user, roles, branches, bank, products, open proposals, counts, count, rows.
        with django_assert_max_num_queries(12):
            client.get(reverse("loans:application_queue"))
        with django_assert_max_num_queries(10):
            page = client.get(reverse("loans:application_list"))
        assert len(page.context["rows"]) == number

    def test_say_behind_each_view_how_many_it_holds(
        self, accepted: MakeApplication, approver: User, second_approver: User, today: date
    ) -> None:
        files = [accepted() for _ in range(7)]
        states = ["REVIEW", "REVIEW", "REFERRED", "INVESTIGATING", "INCOMPLETE", "OFFERED", "DECLINED"]
        with_whom = [None, approver, second_approver, approver, None, approver, approver]
        for number, (file, state, person) in enumerate(zip(files, states, with_whom, strict=True)):
            due, decided = today + timedelta(days=number - 1), today if state == "DECLINED" else None
            Application.objects.filter(pk=file.pk).update(state=state, assigned_to=person, due_date=due, decided_date=decided)
        asleep = accepted()
        Application.objects.filter(pk=asleep.pk).update(
            state="REVIEW",
            assigned_to=approver,
            decided_date=None,
            snoozed_until=today + timedelta(days=1),
            due_date=today + timedelta(days=9),
        )
        counts = count_queue(approver, today)
        for view, _ in QUEUE_VIEWS:
            assert counts.views[view] == list_queue(approver, QueueFilter(view=view), today).count(), view
        assert counts.views == {
            "mine": 2, "unassigned": 1, "due": 2, "second": 0, "snoozed": 1, "investigating": 1, "applicant": 1, "open": 6,
        }  # fmt: skip
        asked = sum(file.amount for file in [*files[:3], asleep] if file.amount)
        assert (counts.waiting, counts.waiting_amount, counts.overdue, counts.decided_recently) == (4, asked, 1, 1)

    def test_read_no_further_than_the_page(self, waiting: Application, approver: User, today: date) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("SET LOCAL enable_sort = off")
            plan = list_queue(approver, QueueFilter(), today)[:25].explain()
        assert "application_work" in plan

    def test_hide_what_belongs_to_another_branch(self, waiting: Application, stranger: User, sign_in: SignIn) -> None:
        client = sign_in(stranger)
        for name in ("application_queue", "application_list"):
            assert waiting.reference not in client.get(reverse(f"loans:{name}")).text
        for name in ("application_detail", "application_peek"):
            assert client.get(reverse(f"loans:{name}", args=[waiting.pk])).status_code == 404

    def test_says_with_whom_a_file_was_before(self, waiting: Application, approver: User, second_approver: User, sign_in: SignIn) -> None:
        where = reverse("loans:assign_to_me")
        sign_in(approver).post(where, {"pick": [waiting.pk]})
        answer = sign_in(second_approver).post(where, {"pick": [waiting.pk]}, follow=True)
        assert f"{waiting.reference} was with {approver.full_name}." in answer.text
        waiting.refresh_from_db()
        assert waiting.assigned_to == second_approver
