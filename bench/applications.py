"""`POST /applications` with `submit: true`, up to the stored recommendation,
against an empty POST with the same token and checks of repetition.
"""

from __future__ import annotations

import json
from decimal import Decimal
from http.client import HTTPConnection
from itertools import count
from threading import Thread
from typing import Any
from uuid import UUID

import numpy as np
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.core.wsgi import get_wsgi_application
from django.test import Client, override_settings
from django.urls import include, path
from rest_framework.request import Request
from rest_framework.response import Response

from bench.book import DAY, open_bank
from bench.house import tidy
from bench.results import Result, measure, p95
from bench.similar_cases import scorecard_in_force
from core.api.idempotency import idempotent
from core.api.views import PartnerView
from core.services.partners import SCOPES, register_partner
from loans.selectors.terms import application_with_terms
from loans.services.products import publish_product
from risk.models import PolicyVersion
from risk.services.assessment import assess_application
from risk.services.policies import draft_policy

REQUESTS = 150
WARM = 10
SECRET = "a-secret-of-the-bench"
_numbers = count(1)


class EmptyPost(PartnerView):
    """What every POST of the API costs: token, scope, partner, limit, key of repetition, a kept answer."""

    scopes = {"POST": "applications:write"}

    @idempotent
    def post(self, request: Request) -> Response:
        """Do nothing."""
        return Response({}, status=201)


urlpatterns = [path("api/v1/empty", EmptyPost.as_view()), path("", include("config.urls"))]


def run(scale: float) -> list[Result]:
    """p95 of requests in turns, as a partner sends them over one connection: the empty one, the application, and with it the assessment
    that stores a recommendation.
    """
    requests = max(20, int(REQUESTS * scale))
    caller = _Caller()
    with override_settings(ROOT_URLCONF="bench.applications"):
        for _ in range(WARM):
            caller.post("empty", {})
            caller.post("applications", _application())
        tidy("loans_application", "loans_borrower", "core_auditentry", "core_outboxevent")
        empty, submitted, assessed = [], [], []
        for _ in range(requests):
            empty.append(measure(lambda: caller.post("empty", {})))
            submitted.append(measure(lambda: caller.post("applications", _application())))
            assessed.append(submitted[-1] + measure(lambda: _assess(caller.last)))
    return [
        Result("POST /applications with submit, p95, against an empty POST", p95(submitted), p95(empty), "s", 3),
        Result(
            "the same with the facts worked out, scored, held against the policy, and the recommendation stored",
            p95(assessed),
            p95(empty),
            "s",
            3,
        ),
    ]


class _Handler(WSGIRequestHandler):
    """Answers at once and writes no log."""

    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- as the library names it
        """Nothing."""


class _Caller:
    """A partner's program with one token and one connection to a server of this process."""

    def __init__(self) -> None:
        branch = open_bank()
        _product()
        partner = register_partner(name="Bench Partner", client_id="bench", client_secret=SECRET, branch=branch, actor=None)
        asked = {"grant_type": "client_credentials", "scope": " ".join(SCOPES), "client_id": partner.client_id, "client_secret": SECRET}
        self.token = Client(SERVER_NAME="localhost").post("/oauth/token", asked).json()["access_token"]
        server = ThreadedWSGIServer(("localhost", 0), _Handler)
        server.set_app(get_wsgi_application())
        Thread(target=server.serve_forever, daemon=True).start()
        self.wire = HTTPConnection("localhost", server.server_port)
        self.last = ""

    def post(self, where: str, content: Any) -> None:
        headers = {
            "Authorization": f"Bearer {self.token}",
            "Idempotency-Key": f"bench-{next(_numbers)}",
            "Content-Type": "application/json",
        }
        self.wire.request("POST", f"/api/v1/{where}", json.dumps(content), headers)
        answer = self.wire.getresponse()
        said = answer.read()
        if answer.status != 201:
            raise RuntimeError(f"{where} was answered with {answer.status}: {said[:300]!r}")
        self.last = json.loads(said).get("id", "")


def _product() -> None:
    publish_product(
        code="bench-api",
        name="Bench loan by API",
        actor=None,
        business_date=DAY,
        terms={
            "currency": "EUR", "borrower_kinds": ["PERSON"], "min_amount": Decimal(500), "max_amount": Decimal(500_000), "min_term_months": 3,
            "max_term_months": 120, "annual_rate": Decimal("0.079"), "purposes": [{"code": "car", "title": "Car"}],
            "checklist": [{"code": "identity", "title": "Identity checked", "required": True}],
        },
    )  # fmt: skip
    policy = draft_policy(actor=None, business_date=DAY)
    PolicyVersion.objects.filter(state="ACTIVE").update(state="RETIRED")
    PolicyVersion.objects.filter(pk=policy.pk).update(state="ACTIVE")
    scorecard_in_force(np.random.default_rng(5))


def _application() -> dict[str, Any]:
    """A complete application of somebody who was never here."""
    number = next(_numbers)
    return {
        "product": "bench-api",
        "amount": f"{9_000 + number % 900}.00",
        "currency": "EUR",
        "term_months": 36,
        "purpose": {"code": "car", "text": "Estate car"},
        "applicant": {
            "kind": "person",
            "name": f"Mira {word(number)} Adler",
            "birth_date": f"19{60 + number % 40}-04-{1 + number % 28:02d}",
            "national_id": f"ID-{number:08d}",
            "address": {"line1": f"Long Lane {number}", "city": "Graz", "postcode": "8010", "country": "AT"},
            "income": [{"kind": "salary", "monthly_amount": "3100.00"}],
            "obligations": [{"lender": "Elsewhere", "monthly_payment": "120.00", "outstanding": "900.00"}],
        },
        "consents": [{"kind": "bureau", "given_at": "2026-03-01T10:00:00Z"}],
        "submit": True,
    }


def word(number: int) -> str:
    """A made name."""
    return "".join(chr(97 + (number * step) % 26) for step in (3, 7, 11, 5)).capitalize()


def _assess(key: str) -> None:
    assess_application(application=application_with_terms(UUID(key)), business_date=DAY)
