"""Where a second factor is required, nobody works without one."""

from __future__ import annotations

from collections.abc import Callable

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

_KEPT = "has_second_factor"


class SecondFactorMiddleware:
    """Sends signed-in people without a second factor to set one up, when CREDENCE_REQUIRE_MFA says so.

    Whether there is one is kept in the session once it is known, so that pages pay no query for it; setting one up
    asks for the
    password first, and switching it off ends with the next session.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.CREDENCE_REQUIRE_MFA and self._is_lacking(request):
            return redirect("mfa_activate_totp")
        return self.get_response(request)

    def _is_lacking(self, request: HttpRequest) -> bool:
        if not request.user.is_authenticated or request.path.startswith(self._open_paths()):
            return False
        if request.session.get(_KEPT):
            return False
        if is_mfa_enabled(request.user):
            request.session[_KEPT] = True
            return False
        return True

    @staticmethod
    def _open_paths() -> tuple[str, ...]:
        return (
            reverse("mfa_index"),
            reverse("account_logout"),
            reverse("account_reauthenticate"),
            reverse("account_change_password"),
            settings.STATIC_URL,
            "/api/",
            "/healthz",
            "/readyz",
        )
