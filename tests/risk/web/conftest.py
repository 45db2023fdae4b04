"""Browsers of the risk tests: signed in, with and without htmx."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from core.models import AuditEntry, OutboxEvent, Proposal, User
from loans.models import Application, ApplicationOutcome
from risk.models import ChecklistItem, Decision, Fact, Investigation, ModelVersion, PolicyVersion, Recommendation

SignIn = Callable[[User], Client]
HTMX = {"HX-Request": "true"}


@pytest.fixture
def sign_in() -> SignIn:
    def make(person: User) -> Client:
        client = Client()
        client.force_login(person)
        return client

    return make


def world() -> dict[str, object]:
    """Everything an action of this room could have changed: equal before and after a refusal."""
    return {
        "applications": list(Application.objects.order_by("pk").values_list("pk", "state", "version", "recommendation")),
        "investigations": list(Investigation.objects.order_by("pk").values()),
        "checks": list(ChecklistItem.objects.order_by("pk").values()),
        "facts": list(Fact.objects.order_by("pk").values_list("pk", flat=True)),
        "models": list(ModelVersion.objects.order_by("pk").values_list("pk", "state", "activated_by")),
        "policies": list(PolicyVersion.objects.order_by("pk").values_list("pk", "state", "rules", "examples", "activated_by")),
        "proposals": list(Proposal.objects.order_by("pk").values_list("pk", "state")),
        "counts": [row.objects.count() for row in (Decision, Recommendation, ApplicationOutcome, AuditEntry, OutboxEvent)],
    }
