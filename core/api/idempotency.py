"""A POST may be repeated safely: the key, the effect and the answer are written in one transaction.

A crash between effect and answer rolls everything back, so a key is never stuck; a refusal rolls back too, so it does not
burn its key. Two requests with one key at once: an advisory lock lets one through and tells the other to come back.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from django.core.files.uploadedfile import UploadedFile
from django.db import connection, transaction
from django.http import QueryDict
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.encoders import JSONEncoder

from core.errors import DomainError
from core.models import IdempotencyKey

# What is given again beside status and body.
KEPT_HEADERS = ("ETag", "Location")
V = TypeVar("V", bound=Callable[..., Response])


class IdempotencyRefused(DomainError):
    """The Idempotency-Key does not allow this request."""

    title = "The Idempotency-Key does not allow this"
    messages = {
        "idempotency_key_missing": "Every POST needs an Idempotency-Key header of 1 to 255 characters.",
        "idempotency_key_reused": "This Idempotency-Key was used for another request. Use a new key for a new request.",
        "still_running": "The first request with this Idempotency-Key is still running. Ask again shortly.",
    }

    @property
    def status(self) -> int:  # type: ignore[override]
        return {"idempotency_key_missing": 400, "still_running": 409}.get(self.code, 422)


def idempotent(method: V) -> V:
    """Decorate the `post` of a partner view: same key and same request give the same answer, with `Idempotent-Replayed: true`."""

    @wraps(method)
    def wrapper(self: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        key = request.headers.get("Idempotency-Key", "")
        if not 1 <= len(key) <= 255:
            raise IdempotencyRefused("idempotency_key_missing")
        token: Any = request.auth
        client_id = token.application.client_id
        fingerprint = fingerprint_of(request)
        with transaction.atomic():
            if not _try_lock(f"{client_id}\n{key}"):
                raise IdempotencyRefused("still_running")
            stored = IdempotencyKey.objects.filter(client_id=client_id, key=key).first()
            if stored is not None:
                if stored.fingerprint != fingerprint:
                    raise IdempotencyRefused("idempotency_key_reused")
                kept = json.loads(stored.body)
                return Response(kept["body"], status=stored.status, headers={**kept["headers"], "Idempotent-Replayed": "true"})
            response = method(self, request, *args, **kwargs)
            if response.status_code >= 400:
                transaction.set_rollback(True)
                return response
            headers = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
            kept_text = json.dumps({"body": response.data, "headers": headers}, cls=JSONEncoder)
            IdempotencyKey.objects.create(
                client_id=client_id, key=key, fingerprint=fingerprint, status=response.status_code, body=kept_text
            )
            return response

    return wrapper  # type: ignore[return-value]


def fingerprint_of(request: Request) -> str:
    """SHA-256 over method, path and canonical content; for multipart over field values and file hashes."""
    digest = hashlib.sha256(f"{request.method}\n{request.get_full_path()}\n".encode())
    if (request.content_type or "").startswith("multipart/"):
        parts = []
        for name, values in sorted(cast(QueryDict, request.data).lists()):
            for value in values:
                if isinstance(value, UploadedFile):
                    content = hashlib.sha256(b"".join(value.chunks())).hexdigest()
                    value.seek(0)
                    parts.append([name, value.name, content])
                else:
                    parts.append([name, value])
        digest.update(json.dumps(parts).encode())
    else:
        digest.update(json.dumps(request.data, sort_keys=True, separators=(",", ":"), cls=JSONEncoder).encode())
    return digest.hexdigest()


def _try_lock(name: str) -> bool:
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [number])
        row = cursor.fetchone()
    return bool(row and row[0])
