"""The base of every partner endpoint: token, scope, partner, limits, and pages of results."""

from __future__ import annotations

import base64
from collections.abc import Callable
from functools import cached_property
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.db.models import Model, QuerySet
from oauth2_provider.contrib.rest_framework import OAuth2Authentication
from rest_framework import exceptions
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import SimpleRateThrottle
from rest_framework.views import APIView

from core.api.errors import Malformed
from core.models import PartnerClient

MAX_BODY_BYTES = 1 << 20
MAX_PAGE = 200


class HasScope(BasePermission):
    """The token must carry the scope that the view names for the method."""

    message = "The access token does not cover this."

    def has_permission(self, request: Request, view: APIView) -> bool:
        token: Any = request.auth
        if token is None or not getattr(token, "application", None):
            raise exceptions.NotAuthenticated("Send a valid access token as a Bearer token.")
        needed = getattr(view, "scopes", {}).get(request.method)
        return needed is not None and bool(token.allow_scopes([needed]))


class PartnerThrottle(SimpleRateThrottle):
    """So many requests per minute and client."""

    scope = "partner"

    def get_cache_key(self, request: Request, view: APIView) -> str | None:
        application = getattr(request.auth, "application", None)
        return f"throttle:partner:{application.client_id}" if application else None


class PartnerView(APIView):
    """An endpoint for partner systems. `scopes` maps each HTTP method to the scope it needs."""

    authentication_classes = [OAuth2Authentication]
    permission_classes = [HasScope]
    throttle_classes = [PartnerThrottle]
    scopes: ClassVar[dict[str, str]] = {}

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        is_file = (request.content_type or "").startswith("multipart/")
        length = int(request.META.get("CONTENT_LENGTH") or 0)
        if not is_file and length > MAX_BODY_BYTES:
            raise TooLarge()

    @cached_property
    def partner(self) -> PartnerClient:
        """The partner behind the token. Raises NotAuthenticated when it was switched off."""
        token: Any = self.request.auth
        partner = PartnerClient.objects.filter(client_id=token.application.client_id, is_active=True).first()
        if partner is None:
            raise exceptions.NotAuthenticated("This partner is not active.")
        return partner


class TooLarge(exceptions.APIException):
    """The body is larger than the contract allows."""

    status_code = 413
    default_code = "too_large"
    default_detail = "A request body may have at most 1 MiB."


def page_of(request: Request, rows: QuerySet[Any], represent: Callable[[Any], dict[str, Any]], *, key: str = "pk") -> Response:
    """`{"data": […], "next": url or null}`, newest first by `key`, continued by an opaque cursor."""
    try:
        limit = int(request.query_params.get("limit", "50"))
    except ValueError:
        raise Malformed("limit has to be a whole number.") from None
    if not 1 <= limit <= MAX_PAGE:
        raise Malformed(f"limit has to be between 1 and {MAX_PAGE}.")
    if cursor := request.query_params.get("cursor"):
        try:
            last = base64.urlsafe_b64decode(cursor.encode()).decode()
            rows = rows.filter(**{f"{key}__lt": last})
        except (ValueError, UnicodeError):
            raise Malformed("This cursor is not one of ours.") from None
    found: list[Model] = list(rows.order_by(f"-{key}")[: limit + 1])
    following = None
    if len(found) > limit:
        found = found[:limit]
        last_key = str(getattr(found[-1], key))
        query = request.query_params.dict() | {"cursor": base64.urlsafe_b64encode(last_key.encode()).decode()}
        following = request.build_absolute_uri(f"{request.path}?{urlencode(query)}")
    return Response({"data": [represent(row) for row in found], "next": following})
