"""A partner system as the tests play it: real tokens from /oauth/token, every POST with a key of its own."""

from __future__ import annotations

import json
from base64 import b64encode
from itertools import count
from typing import Any

from django.test import Client

from core.models import PartnerClient
from core.services.partners import SCOPES

BASE = "/api/v1"
SECRET = "a-secret-of-the-tests"
_numbers = count(1)


def token_of(client_id: str, scopes: str = " ".join(SCOPES), secret: str = SECRET) -> str:
    """An access token by client credentials."""
    basic = b64encode(f"{client_id}:{secret}".encode()).decode()
    answer = Client().post(
        "/oauth/token", {"grant_type": "client_credentials", "scope": scopes}, headers={"Authorization": f"Basic {basic}"}
    )
    assert answer.status_code == 200, answer.content
    return str(answer.json()["access_token"])


class Api:
    """Calls with one token. `post` makes a new Idempotency-Key unless `key` is given; `key=None` sends none."""

    def __init__(self, partner: PartnerClient, scopes: str = " ".join(SCOPES), token: str | None = None) -> None:
        self.partner = partner
        self.token = token or token_of(partner.client_id, scopes)
        self.client = Client(raise_request_exception=False)

    def headers(self, **more: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}", **more}

    def get(self, path: str, **headers: str) -> Any:
        return self.client.get(path if path.startswith("http") else BASE + path, headers=self.headers(**headers))

    def post(self, path: str, content: Any = None, *, key: str | None = "", **headers: str) -> Any:
        sent = self.headers(**headers)
        if key is not None:
            sent["Idempotency-Key"] = key or f"key-{next(_numbers)}"
        body = content if isinstance(content, str | bytes) else json.dumps({} if content is None else content)
        return self.client.post(BASE + path, body, content_type="application/json", headers=sent)

    def upload(self, path: str, fields: dict[str, Any], *, key: str = "") -> Any:
        return self.client.post(BASE + path, fields, headers=self.headers(**{"Idempotency-Key": key or f"key-{next(_numbers)}"}))

    def call(self, method: str, path: str, **headers: str) -> Any:
        return self.client.generic(method, BASE + path, content_type="application/json", headers=self.headers(**headers))


def pointers(answer: Any) -> dict[str, str]:
    """Pointer → code of what an answer names."""
    return {fault["pointer"]: fault["code"] for fault in answer.json().get("errors", [])}


def is_problem(answer: Any, status: int, code: str | None = None) -> bool:
    """Whether an answer is the problem document of this status (and code)."""
    body = answer.json()
    assert answer.headers["Content-Type"] == "application/problem+json", answer.headers
    assert (answer.status_code, body["status"]) == (status, status), body
    assert {"type", "title", "status", "detail", "code"} <= set(body)
    assert code is None or body["code"] == code, body
    return True
