"""An alert is worked off by people: taken, planned, resolved, each step once and by those whose work it is."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from core.errors import Conflict
from core.models import AuditEntry, OutboxEvent, User
from loans.models import Loan
from monitoring.models import Alert
from monitoring.services.alerts import UnableToWorkAlert, acknowledge_alert, plan_action, raise_alert, resolve_alert

DAY = date(2026, 4, 4)


def test_an_alert_is_told_and_written_down(overdue_alert: Alert) -> None:
    assert AuditEntry.objects.filter(action="alert.raised", target_id=str(overdue_alert.pk)).count() == 1
    assert OutboxEvent.objects.filter(name="AlertRaised").count() == 1


def test_goes_from_open_to_resolved(overdue_alert: Alert, collector: User) -> None:
    acknowledge_alert(alert=overdue_alert, actor=collector, business_date=DAY)
    assert (overdue_alert.state, overdue_alert.owner) == ("ACKNOWLEDGED", collector)
    plan_action(alert=overdue_alert, plan=" Call on Monday. ", actor=collector, business_date=DAY)
    assert (overdue_alert.state, overdue_alert.plan) == ("ACTION_PLANNED", "Call on Monday.")
    resolve_alert(alert=overdue_alert, outcome="TRUE", actor=collector, business_date=DAY)
    assert (overdue_alert.state, overdue_alert.outcome) == ("RESOLVED", "TRUE")
    assert (overdue_alert.resolved_by, overdue_alert.resolved_date) == (collector, DAY)
    actions = list(AuditEntry.objects.filter(target_id=str(overdue_alert.pk)).order_by("id").values_list("action", flat=True))
    assert actions == ["alert.raised", "alert.acknowledged", "alert.action_planned", "alert.resolved"]


def test_two_people_take_it_and_the_second_hears_it(overdue_alert: Alert, collector: User, risk_manager: User) -> None:
    stale = Alert.objects.get(pk=overdue_alert.pk)
    acknowledge_alert(alert=overdue_alert, actor=collector, business_date=DAY)
    with pytest.raises(Conflict):
        acknowledge_alert(alert=stale, actor=risk_manager, business_date=DAY)
    overdue_alert.refresh_from_db()
    assert overdue_alert.owner == collector


@pytest.mark.parametrize("step", ["acknowledge", "plan", "resolve"])
def test_nothing_follows_a_resolution(step: str, overdue_alert: Alert, collector: User) -> None:
    resolve_alert(alert=overdue_alert, outcome="FALSE", actor=collector, business_date=DAY)
    before = Alert.objects.values().get()
    calls: dict[str, Any] = {
        "acknowledge": lambda: acknowledge_alert(alert=overdue_alert, actor=collector, business_date=DAY),
        "plan": lambda: plan_action(alert=overdue_alert, plan="Again", actor=collector, business_date=DAY),
        "resolve": lambda: resolve_alert(alert=overdue_alert, outcome="TRUE", actor=collector, business_date=DAY),
    }
    with pytest.raises(Conflict):
        calls[step]()
    assert Alert.objects.values().get() == before


@pytest.mark.parametrize("plan", ["", "   "])
def test_a_plan_says_something(plan: str, overdue_alert: Alert, collector: User) -> None:
    with pytest.raises(UnableToWorkAlert, match="plan_missing"):
        plan_action(alert=overdue_alert, plan=plan, actor=collector, business_date=DAY)


@pytest.mark.parametrize("outcome", ["", "MAYBE"])
def test_a_resolution_names_an_outcome(outcome: str, overdue_alert: Alert, collector: User) -> None:
    with pytest.raises(UnableToWorkAlert, match="outcome_missing"):
        resolve_alert(alert=overdue_alert, outcome=outcome, actor=collector, business_date=DAY)
    overdue_alert.refresh_from_db()
    assert overdue_alert.state == "OPEN"


@pytest.mark.parametrize("who", ["officer", "approver"])
def test_others_do_not_work_alerts(who: str, overdue_alert: Alert, request: pytest.FixtureRequest) -> None:
    with pytest.raises(UnableToWorkAlert, match="not_entitled"):
        acknowledge_alert(alert=overdue_alert, actor=request.getfixturevalue(who), business_date=DAY)
    overdue_alert.refresh_from_db()
    assert overdue_alert.state == "OPEN"


def test_one_open_alert_per_kind_and_subject(overdue_alert: Alert, loan: Loan, collector: User) -> None:
    again: dict[str, Any] = {
        "kind": Alert.Kind.OVERDUE,
        "level": 1,
        "subject": overdue_alert.subject,
        "title": "Again",
        "business_date": DAY,
        "loan": loan,
        "branch_id": loan.branch_id,
    }
    assert raise_alert(**again) is None
    resolve_alert(alert=overdue_alert, outcome="USEFUL", actor=collector, business_date=DAY)
    assert raise_alert(**again) is not None
    assert Alert.objects.count() == 2
