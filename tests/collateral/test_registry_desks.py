"""What a registry is asked: each pledge proved by its own receipt, told to nobody who values the asset blind,
worked by whom its silence lies with.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import transaction
from django.urls import reverse

from collateral.events import RegistrationOverdue
from collateral.models import Asset, Pledge
from collateral.selectors.asset_documents import papers_for
from collateral.services.asset_documents import UnableToKeepDocument
from collateral.services.registrations import send_to_registry
from collateral.services.valuations import order_valuation
from collateral.web.registry_views import SentForm
from core.errors import Conflict
from core.models import Branch, User
from core.roles import Role
from core.uuids import uuid7
from loans.models import Application
from monitoring.collateral_alerts import alert_on_silent_registry
from monitoring.models import Alert
from monitoring.services.alerts import UnableToWorkAlert, acknowledge_alert, plan_action, resolve_alert
from tests.collateral.conftest import SignIn, hire
from tests.collateral.papers import sheet
from tests.collateral.test_registrations import car, pending, proposed
from tests.shared_rows import shared

__all__ = ["car", "pending", "proposed"]


@shared
def second(proposed: Pledge) -> Pledge:
    """The same car for another file."""
    file = Application.objects.get(pk=proposed.application_id)
    file.pk, file.reference = uuid7(), "LA-99"
    file.save(force_insert=True)
    return Pledge.objects.create(asset=proposed.asset, application=file, amount=1, rank=5)


class TestAReceipt:
    def test_proves_no_other_pledge(self, proposed: Pledge, second: Pledge, officer: User, today: date) -> None:
        step: dict[str, Any] = {"registry": "Register", "sent_date": today, "actor": officer, "business_date": today}
        sent = send_to_registry(pledge=proposed, **step, receipt=sheet("receipt.pdf", "receipt"))
        assert sent.receipt is not None and not papers_for(sent.asset, sent.receipt.kind).exists()
        assert "document" not in SentForm(asset=second.asset).fields
        with pytest.raises(UnableToKeepDocument, match="other_paper"), transaction.atomic():
            send_to_registry(pledge=second, **step, receipt=sent.receipt)


def test_the_work_list_tells_nobody_of_an_asset_they_value_blind(
    pending: Pledge, branch: Branch, investigator: User, sign_in: SignIn, today: date
) -> None:
    both = hire("otto_other", Role.COLLECTIONS, Role.APPRAISER, branch=branch)
    client, page = sign_in(both), reverse("collateral:registry_list")
    shown = client.get(page)
    assert pending.asset.reference in shown.text and [tab.count for tab in shown.context["views"]] == [0, 1, 0, 0]
    User.objects.filter(username__startswith="appraiser").update(is_active=False)
    value = order_valuation(asset=Asset.objects.get(pk=pending.asset_id), actor=investigator, business_date=today)
    value.together().update(appraiser=both)
    shown = client.get(page)
    assert pending.asset.reference not in shown.text and [tab.count for tab in shown.context["views"]] == [0, 0, 0, 0]
    assert pending.asset.reference not in client.get(page + "?export=csv").text


class TestSilence:
    @pytest.fixture
    def alert(self, pending: Pledge, today: date) -> Alert:
        told = RegistrationOverdue(pledge_id=str(pending.pk))
        alert_on_silent_registry([told])
        return Alert.objects.get()

    def test_is_worked_on_the_desk_of_who_sent_it(self, alert: Alert, officer: User, sign_in: SignIn, today: date) -> None:
        detail, taken, plan = (reverse(f"monitoring:alert_{name}", args=[alert.pk]) for name in ("detail", "acknowledge", "plan"))
        client = sign_in(officer)
        assert taken in client.get(detail).text
        client.post(taken)
        client.post(plan, {"plan": "Ask at the counter."})
        alert.refresh_from_db()
        assert (alert.state, alert.owner, alert.plan) == ("ACTION_PLANNED", officer, "Ask at the counter.")
        assert resolve_alert(alert=alert, outcome=Alert.Outcome.values[0], actor=officer, business_date=today).resolved_by == officer

    def test_is_worked_by_no_other_officer_nor_once_another_took_it(
        self, alert: Alert, officer: User, branch: Branch, sign_in: SignIn, today: date
    ) -> None:
        other = hire("odd_officer", Role.OFFICER, branch=branch)
        with pytest.raises(UnableToWorkAlert, match="not_entitled"):
            acknowledge_alert(alert=alert, actor=other, business_date=today)
        detail, taken = (reverse(f"monitoring:alert_{name}", args=[alert.pk]) for name in ("detail", "acknowledge"))
        assert taken not in sign_in(other).get(detail).text
        Alert.objects.update(owner=hire("rudi_risk", Role.RISK_MANAGER, branch=branch))
        with pytest.raises(Conflict):
            plan_action(alert=alert, plan="Ask there.", actor=officer, business_date=today)
