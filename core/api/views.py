"""The base of every partner endpoint: token, scope, partner, limits."""

from __future__ import annotations

from typing import Any, ClassVar, NoReturn

from rest_framework import exceptions
from rest_framework.parsers import MultiPartParser
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle
from rest_framework.views import APIView

from core.api.parsers import MAX_BODY_BYTES, MAX_FILE_BYTES, StrictJSONParser, TooLarge
from core.api.tokens import BearerToken
from core.errors import NotFound
from core.models import PartnerClient
from core.row_security import files_of, see
from core.web.row_security import READING

# Room for the boundaries and the small fields around a file.
_AROUND_A_FILE = 64 << 10


class HasScope(BasePermission):
    """The token must carry the scope that the view names for the method."""

    message = "The access token does not cover this."

    def has_permission(self, request: Request, view: APIView) -> bool:
        token: Any = request.auth
        if token is None or not getattr(token, "application", None):
            raise exceptions.NotAuthenticated("Send a valid access token as a Bearer token.")
        method = "GET" if request.method == "HEAD" else str(request.method)
        needed = getattr(view, "scopes", {}).get(method)
        if needed is None:
            raise exceptions.MethodNotAllowed(method)
        return bool(token.allow_scopes([needed]))


class PartnerThrottle(SimpleRateThrottle):
    """So many requests per minute and client."""

    scope = "partner"

    def get_cache_key(self, request: Request, view: APIView) -> str | None:
        application = getattr(request.auth, "application", None)
        return f"throttle:partner:{application.client_id}" if application else None


class PartnerView(APIView):
    """An endpoint for partner systems. `scopes` maps each HTTP method to the scope it needs; other methods are 405."""

    authentication_classes = [BearerToken]
    permission_classes = [HasScope]
    throttle_classes = [PartnerThrottle]
    parser_classes = [StrictJSONParser]
    scopes: ClassVar[dict[str, str]] = {}
    max_bytes: ClassVar[int] = MAX_BODY_BYTES
    partner: PartnerClient

    @property
    def allowed_methods(self) -> list[str]:
        return [*self.scopes, *(["HEAD"] if "GET" in self.scopes else [])]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if any("\x00" in str(value) for value in kwargs.values()):
            raise NotFound()
        token: Any = request.auth
        partner = PartnerClient.objects.select_related("branch").filter(client_id=token.application.client_id, is_active=True).first()
        if partner is None:
            raise exceptions.NotAuthenticated("This partner is not active.")
        self.partner = partner
        if request.method in READING:
            see(files_of(partner))
        length = request.META.get("CONTENT_LENGTH") or "0"
        if length.isdigit() and int(length) > self.max_bytes:
            raise TooLarge()


class FileView(PartnerView):
    """An endpoint that takes a file as multipart form data."""

    parser_classes = [MultiPartParser]
    max_bytes: ClassVar[int] = MAX_FILE_BYTES + _AROUND_A_FILE


class UnknownAddress(APIView):
    """Whatever stands at no address of the API: the same answer as for something that is not yours."""

    authentication_classes = ()
    permission_classes = ()
    schema = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> NoReturn:
        raise NotFound()
