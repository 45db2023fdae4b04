"""Who calls: an access token in the Authorization header, and nowhere else."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from oauth2_provider.oauth2_backends import get_oauthlib_core
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request


class BearerToken(BaseAuthentication):
    """The token of the header. Neither address nor body is looked at: tokens in addresses end up in logs, and a body is only read
    when the caller is known.
    """

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        headers = {"Authorization": request.META.get("HTTP_AUTHORIZATION", "")}
        # Quoted again: a question mark that the path had quoted would begin a query, of which oauthlib takes ASCII alone.
        address = f"{request.scheme}://api{quote(request.path)}"
        valid, found = get_oauthlib_core().server.verify_request(address, request.method, "", headers, scopes=[])
        return (found.user, found.access_token) if valid else None

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'
