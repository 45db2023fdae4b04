"""The pages of monitoring: who may open them, what they change, what they cost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from core.models import BankState, Branch, User
from core.roles import Role
from loans.models import Loan
from monitoring import tasks
from monitoring.models import Alert, SweepRun
from monitoring.services.alerts import resolve_alert
from tests.every_role import every_role
from tests.loans.servicing.books import snapshot
from tests.loans.servicing.conftest import hire
from tests.monitoring.conftest import FIRST_DUE, spoil

SignIn = Callable[[User], Client]
ALL = {str(role) for role in Role}
ALERT_READERS = ALL - {"APPRAISER", "ADMINISTRATOR"}
OVERDUE_READERS = ALL - {"APPRAISER", "VALIDATOR", "ADMINISTRATOR"}
SWEEP_READERS = {"RISK_MANAGER", "AUDITOR", "COMPLIANCE", "ADMINISTRATOR", "COLLECTIONS"}
WORKERS = {"COLLECTIONS", "RISK_MANAGER", "COMPLIANCE"}


def everything() -> dict[str, Any]:
    """What a refused request must leave alone."""
    return snapshot() | {
        "alerts": list(Alert.objects.order_by("id").values()),
        "runs": list(SweepRun.objects.order_by("id").values()),
        "bank": list(BankState.objects.values()),
    }


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    messages: list[int] = []
    monkeypatch.setattr(tasks.drain_run, "apply_async", lambda kwargs, **_: messages.append(kwargs["run_id"]))
    return messages


@every_role(sorted(ALL))
class TestEveryRole:
    def test_reads_what_its_work_needs_and_changes_nothing_by_it(
        self, role: str, overdue_alert: Alert, branch: Branch, sign_in: SignIn
    ) -> None:
        client = sign_in(hire("somebody", Role(role), branch=branch))
        run = SweepRun.objects.get()
        doors: list[tuple[str, list[Any], set[str]]] = [
            ("overdue_list", [], OVERDUE_READERS),
            ("alert_list", [], ALERT_READERS),
            ("alert_detail", [overdue_alert.pk], ALERT_READERS),
            ("loan_alerts_panel", [overdue_alert.loan.public_id], ALERT_READERS),  # type: ignore[union-attr]
            ("sweep_list", [], SWEEP_READERS),
            ("sweep_detail", [run.pk], SWEEP_READERS),
        ]
        before = everything()
        for name, arguments, readers in doors:
            page = client.get(reverse(f"monitoring:{name}", args=arguments))
            assert page.status_code == (200 if role in readers else 403), name
            if role not in readers:
                assert overdue_alert.loan.reference not in page.text, name  # type: ignore[union-attr]
        assert everything() == before

    def test_works_alerts_only_when_that_is_its_work(self, role: str, overdue_alert: Alert, branch: Branch, sign_in: SignIn) -> None:
        client = sign_in(hire("somebody", Role(role), branch=branch))
        before = everything()
        posts = (("alert_acknowledge", {}), ("alert_plan", {"plan": "Call"}), ("alert_resolve", {"outcome": "TRUE"}))
        for name, data in posts:
            answer = client.post(reverse(f"monitoring:{name}", args=[overdue_alert.pk]), data)
            assert answer.status_code == (
                302 if role in WORKERS or (name == "alert_acknowledge" and role in ALERT_READERS) else 422 if role in ALERT_READERS else 403
            )
        if role in WORKERS:
            overdue_alert.refresh_from_db()
            assert overdue_alert.state == "RESOLVED"
        else:
            assert everything() == before

    def test_closes_the_day_only_as_risk_manager(self, role: str, loan: Loan, branch: Branch, sign_in: SignIn, sent: list[int]) -> None:
        client = sign_in(hire("somebody", Role(role), branch=branch))
        before = everything()
        sent.clear()
        answer = client.post(reverse("monitoring:close_day"))
        if role == "RISK_MANAGER":
            run = SweepRun.objects.get()
            assert answer.status_code == 302
            assert answer["Location"] == reverse("monitoring:sweep_detail", args=[run.pk])
            assert set(sent) == {run.pk}
        else:
            assert answer.status_code == 403
            assert everything() == before
            assert sent == []


class TestBranches:
    def test_other_branches_alerts_and_loans_look_absent(self, overdue_alert: Alert, other_branch: Branch, sign_in: SignIn) -> None:
        client = sign_in(hire("far_collector", Role.COLLECTIONS, branch=other_branch))
        before = everything()
        for name in ("alert_detail",):
            assert client.get(reverse(f"monitoring:{name}", args=[overdue_alert.pk])).status_code == 404
        for name, data in (("alert_acknowledge", {}), ("alert_plan", {"plan": "x"}), ("alert_resolve", {"outcome": "TRUE"})):
            assert client.post(reverse(f"monitoring:{name}", args=[overdue_alert.pk]), data).status_code == 404
            assert client.post(reverse(f"monitoring:{name}", args=[uuid4()]), data).status_code == 404
        panel = reverse("monitoring:loan_alerts_panel", args=[overdue_alert.loan.public_id])  # type: ignore[union-attr]
        assert client.get(panel).status_code == 404
        for name in ("alert_list", "overdue_list"):
            page = client.get(reverse(f"monitoring:{name}"))
            assert overdue_alert.loan.reference not in page.text  # type: ignore[union-attr]
        assert everything() == before

    def test_the_exports_hold_the_own_branch_only(
        self, overdue_alert: Alert, collector: User, other_branch: Branch, sign_in: SignIn
    ) -> None:
        reference = overdue_alert.loan.reference  # type: ignore[union-attr]
        far = hire("far_collector", Role.COLLECTIONS, branch=other_branch)
        for name in ("alert_list", "overdue_list"):
            address = reverse(f"monitoring:{name}")
            assert reference in sign_in(collector).get(address, {"export": "csv"}).content.decode()
            assert reference not in sign_in(far).get(address, {"export": "csv"}).content.decode()


class TestSignedOut:
    @pytest.mark.parametrize("name", ["overdue_list", "alert_list", "sweep_list"])
    def test_is_sent_to_the_sign_in(self, name: str, bank: BankState, client: Client) -> None:
        answer = client.get(reverse(f"monitoring:{name}"))
        assert answer.status_code == 302
        assert "/login" in answer["Location"] or "/account" in answer["Location"]

    @pytest.mark.parametrize("name", ["close_day"])
    def test_closes_nothing(self, name: str, bank: BankState, client: Client) -> None:
        answer = client.post(reverse(f"monitoring:{name}"))
        assert answer.status_code == 403 and reverse("account_login") in answer.content.decode()
        assert not SweepRun.objects.exists()


class TestSweepList:
    def test_begins_with_the_newest(self, close: Any, today: date, collector: User, sign_in: SignIn) -> None:
        for number in range(3):
            close(today + timedelta(days=number))
        page = sign_in(collector).get(reverse("monitoring:sweep_list")).context["page"]
        assert [run.business_date for run in page] == [today + timedelta(days=number) for number in (2, 1, 0)]


class TestWords:
    def test_an_empty_plan_is_refused_at_its_field(self, overdue_alert: Alert, collector: User, sign_in: SignIn) -> None:
        answer = sign_in(collector).post(reverse("monitoring:alert_plan", args=[overdue_alert.pk]), {"plan": ""})
        assert answer.status_code == 422
        assert "There is a problem" in answer.text
        assert "plan" in answer.context["form"].errors

    def test_what_was_typed_is_kept_when_somebody_was_first(
        self, overdue_alert: Alert, collector: User, risk_manager: User, sign_in: SignIn
    ) -> None:
        resolve_alert(alert=overdue_alert, outcome="TRUE", actor=risk_manager, business_date=date(2026, 4, 4))
        answer = sign_in(collector).post(reverse("monitoring:alert_plan", args=[overdue_alert.pk]), {"plan": "Visit on Tuesday"})
        assert answer.status_code == 422
        assert answer.context["plan_form"]["plan"].value() == "Visit on Tuesday"

    def test_a_day_that_is_being_closed_says_so(self, bank: BankState, risk_manager: User, sign_in: SignIn, sent: list[int]) -> None:
        client = sign_in(risk_manager)
        client.post(reverse("monitoring:close_day"))
        answer = client.post(reverse("monitoring:close_day"), follow=True)
        assert "is being closed already" in answer.text
        assert SweepRun.objects.count() == 1

    def test_a_run_shows_what_was_set_aside_and_why(self, loan: Loan, close: Any, risk_manager: User, sign_in: SignIn) -> None:
        spoil(loan)
        run = close(FIRST_DUE + timedelta(days=1))
        page = sign_in(risk_manager).get(reverse("monitoring:sweep_detail", args=[run.pk]))
        assert loan.reference in page.text
        assert "loan_outstanding_not_negative" in page.text

    def test_a_running_run_asks_again_by_itself_and_a_finished_one_does_not(self, loan: Loan, risk_manager: User, sign_in: SignIn) -> None:
        from monitoring.services.sweep import drain, start_run

        run = start_run(actor=None)
        address = reverse("monitoring:sweep_detail", args=[run.pk])
        client = sign_in(risk_manager)
        page = client.get(address)
        assert "hx-trigger" in page.text
        assert "0 of 1 shards" in page.text
        drain(run.pk)
        page = client.get(address, headers={"HX-Request": "true"})
        assert "hx-trigger" not in page.text
        assert "<html" not in page.text

    def test_a_filter_that_finds_nothing_says_so(self, overdue_alert: Alert, collector: User, sign_in: SignIn) -> None:
        page = sign_in(collector).get(reverse("monitoring:overdue_list"), {"text": "nobody"})
        assert list(page.context["page"]) == []
        assert page.status_code == 200


@pytest.mark.parametrize("number", [1, 9])
class TestCost:
    """The same number of queries however long the list is."""

    def test_lists(
        self, number: int, active: Callable[..., Loan], close: Any, collector: User, sign_in: SignIn, django_assert_max_num_queries: Any
    ) -> None:
        for _ in range(number):
            active()
        close(FIRST_DUE + timedelta(days=1))
        client = sign_in(collector)
        for name, most in (("overdue_list", 14), ("alert_list", 14), ("sweep_list", 13)):
            with django_assert_max_num_queries(most):
                page = client.get(reverse(f"monitoring:{name}"))
            assert len(page.context["page"]) == (1 if name == "sweep_list" else number)

    def test_one_run(
        self, number: int, active: Callable[..., Loan], close: Any, collector: User, sign_in: SignIn, django_assert_max_num_queries: Any
    ) -> None:
        for loan in [active() for _ in range(number)]:
            spoil(loan)
        run = close(FIRST_DUE + timedelta(days=1))
        client = sign_in(collector)
        with django_assert_max_num_queries(9):
            page = client.get(reverse("monitoring:sweep_detail", args=[run.pk]))
        assert len(page.context["set_aside"]) == number
