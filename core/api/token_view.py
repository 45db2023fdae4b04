"""The door at which partners get their tokens: whoever knocks with the wrong secret too often waits a minute."""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import Any

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, JsonResponse
from oauth2_provider.views import TokenView

MOST_FAILURES = 10
SECONDS = 60


class PartnerTokenView(TokenView):  # type: ignore[misc]  # the library has no types
    """OAuth2 client credentials in, a token out. Failures count by client and address,
    so that nobody locks a partner out from elsewhere.
    """

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        key = _key(request)
        if cache.get(key, 0) >= MOST_FAILURES:
            detail = "Too many requests with a wrong secret. Wait a minute."
            body = {"error": "temporarily_unavailable", "error_description": detail}
            return JsonResponse(body, status=429, headers={"Retry-After": str(SECONDS), "Cache-Control": "no-store"})
        answer: HttpResponse = super().post(request, *args, **kwargs)
        if answer.status_code in (400, 401):
            cache.add(key, 0, SECONDS)
            cache.incr(key)
        return answer


def _key(request: HttpRequest) -> str:
    """Client and address, as a fingerprint: neither stands in the cache."""
    who = f"{_client(request)}|{request.META.get('REMOTE_ADDR', '')}"
    return f"token-failures:{hashlib.sha256(who.encode()).hexdigest()}"


def _client(request: HttpRequest) -> str:
    """The client that the request names, in its header or its body."""
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(given, validate=True).decode("utf-8", "replace").partition(":")[0]
        except (binascii.Error, ValueError):
            return ""
    return str(request.POST.get("client_id", ""))
