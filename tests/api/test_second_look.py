"""What a partner reads of an application that was declined and is taken up again."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from core.events import deliver_pending
from core.models import PartnerClient, User
from loans.models import Application, WebhookDelivery
from loans.services.applications import start_review
from loans.services.decisions import decide_application
from loans.services.second_looks import take_up_declined
from tests.api.client import Api, is_problem
from tests.api.conftest import MakeFile

pytestmark = pytest.mark.django_db


def decide(application: Application, outcome: str, actor: User, today: date, **terms: Any) -> None:
    given: dict[str, Any] = {"amount": None, "term_months": None, "annual_rate": None, "conditions": [], "reasons": []}
    decide_application(application=application, outcome=outcome, actor=actor, business_date=today, **given | terms)


def test_is_under_review_until_it_is_decided_anew(
    api: Api, sent: MakeFile, partner: PartnerClient, risk_manager: User, approver: User, today: date
) -> None:
    hook = {"url": "https://hooks.partner.example/x", "events": ["application.status_changed"]}
    assert api.post("/webhook-endpoints", hook).status_code == 201
    application = sent(partner)
    address = f"/applications/{application.pk}"
    start_review(application=application, actor=None, business_date=today)
    decide(application, "DECLINED", risk_manager, today, reasons=["DSTI"])
    assert api.get(f"{address}/decision").json()["outcome"] == "DECLINED"
    again = take_up_declined(application=application, actor=approver, business_date=today, reason="The car loan is paid off.")
    assert is_problem(api.get(f"{address}/decision"), 404)
    assert api.get(address).json()["status"] == "REVIEW"
    while deliver_pending():
        pass
    assert WebhookDelivery.objects.latest("id").payload["data"]["status"] == "REVIEW"
    decide(again, "DECLINED", approver, today, reasons=["DSTI"])
    assert api.get(f"{address}/decision").json()["outcome"] == "DECLINED"
