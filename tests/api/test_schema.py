"""The OpenAPI document, the page that shows it, and requests made up from it: no answer is undeclared, none is a failure."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from django.test import Client
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from core.models import PartnerClient
from tests.api.client import BASE, Api
from tests.api.conftest import MakeFile, MakeLoan
from tests.api.operations import OPERATIONS

pytestmark = pytest.mark.django_db
LONG = bool(os.environ.get("CREDENCE_LONG"))


def document() -> dict[str, Any]:
    answer = Client().get(f"{BASE}/schema?format=json")
    assert answer.status_code == 200
    return dict(json.loads(answer.content))


class TestDocument:
    def test_is_openapi_31_with_every_operation_and_its_scope(self, db: None) -> None:
        schema = document()
        assert schema["openapi"].startswith("3.1")
        found = {}
        for path, operations in schema["paths"].items():
            short = re.sub(r"\{(application|loan|import|endpoint)_id\}", "{id}", path.removeprefix(f"{BASE}/"))
            for method, operation in operations.items():
                (scheme,) = operation["security"]
                found[method.upper(), short.replace("{delivery_id}", "{d}")] = scheme["oauth2"][0]
        assert found == OPERATIONS

    def test_declares_every_status_with_the_problem_form(self, db: None) -> None:
        for path, operations in document()["paths"].items():
            for method, operation in operations.items():
                answers = operation["responses"]
                assert {"401", "403", "429"} <= set(answers), (method, path)
                if method == "post":
                    assert {"400", "413", "415", "422"} <= set(answers), (method, path)
                    assert path.endswith("/quotes") or any(
                        parameter["name"] == "Idempotency-Key" and parameter["required"] for parameter in operation["parameters"]
                    )
                for status, answer in answers.items():
                    expected = {"application/problem+json"} if int(status) >= 400 else {"application/json"}
                    assert set(answer.get("content", {})) <= expected, (method, path, status)

    def test_page_comes_from_this_house_alone(self, db: None) -> None:
        answer = Client().get(f"{BASE}/docs")
        page = answer.content.decode()
        assert answer.status_code == 200
        assert not [url for url in re.findall(r"(?:src|href)=[\"']([^\"']+)", page) if "//" in url]
        script = Client().get(f"{BASE}/docs?script=").content.decode()
        assert "cdn" not in page + script
        assert "'unsafe-inline'" not in answer.headers["Content-Security-Policy"].split("script-src")[1].split(";")[0]


CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    negative_data_rejection,
]


@pytest.fixture
def world(
    partner: PartnerClient, sent: MakeFile, offered: MakeFile, lent: MakeLoan, monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Any
) -> dict[str, list[str]]:
    """Something of every kind, so that made-up requests meet real rows."""
    settings.MEDIA_ROOT = str(tmp_path)
    monkeypatch.setattr("core.api.views.PartnerThrottle.rate", "100000/min", raising=False)
    applications = [str(sent(partner).pk), str(sent(partner, submit=False).pk), str(offered(partner).pk)]
    return {"application_id": applications, "loan_id": [str(lent(partner).public_id)], "code": ["consumer"]}


@contextmanager
def one_connection() -> Iterator[None]:
    """A server closes old connections around each request; here all requests share the test's transaction."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    try:
        yield
    finally:
        for signal in (request_started, request_finished):
            signal.connect(close_old_connections)


class TestMadeUpRequests:
    def test_are_answered_as_declared(self, partner: PartnerClient, world: dict[str, list[str]]) -> None:
        try_all(partner, world, 2)

    @pytest.mark.long
    @pytest.mark.skipif(not LONG, reason="part of the long series: set CREDENCE_LONG")
    def test_are_answered_as_declared_at_length(self, partner: PartnerClient, world: dict[str, list[str]]) -> None:
        try_all(partner, world, 150)


def try_all(partner: PartnerClient, world: dict[str, list[str]], examples: int) -> None:
    """So many made-up requests of each operation, well-formed and malformed, at real rows and at none."""
    token = Api(partner).token
    app = get_wsgi_application()
    failures = []
    for result in schemathesis.openapi.from_dict(document()).get_all_operations():
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            operation = result.ok()
            try:
                with one_connection():
                    _try(operation, mode, world, token, app, examples)
            except Unsatisfiable:
                continue  # nothing can be malformed in a request without content
            except (Exception, FailureGroup) as error:  # every operation gets its turn; all that failed is told at the end
                failures.append(f"{operation.label} {mode}: {error}")
    assert not failures, "\n\n".join(failures)


def _try(operation: Any, mode: GenerationMode, world: dict[str, list[str]], token: str, app: Any, examples: int) -> None:
    @hypothesis_settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(operation.as_strategy(generation_mode=mode), st.integers(0, 3))
    def attempt(case: Case, choice: int) -> None:
        if mode is GenerationMode.POSITIVE and choice:
            for name in set(case.path_parameters or {}) & set(world):
                case.path_parameters[name] = world[name][choice % len(world[name])]
        with transaction.atomic():
            case.call_and_validate(app=app, base_url="http://testserver", headers={"Authorization": f"Bearer {token}"}, checks=CHECKS)

    attempt()
