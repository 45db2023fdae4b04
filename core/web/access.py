"""Who may open a page. Rows are narrowed further by the `access_*` selectors; this is only the door."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from allauth.account.decorators import reauthentication_required
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers

from core.errors import NotFound
from core.roles import Role
from core.web.drawn_for import is_anothers
from core.web.http import HtmxRequest, is_htmx
from core.web.sent_again import refuse_signed_out, refuse_stale

P = ParamSpec("P")
View = Callable[Concatenate[HtmxRequest, P], HttpResponseBase]
AnyView = Callable[Concatenate[HttpRequest, P], HttpResponseBase]

# Everybody who handles borrowers' files. An administrator runs accounts and never sees a borrower.
STAFF = frozenset(Role) - {Role.ADMINISTRATOR}


def role_required(*roles: Role) -> Callable[[View[P]], AnyView[P]]:
    """Let in signed-in people with one of the roles (any staff role without arguments); others get the page "You may
    not see this".

    A `NotFound` that the view lets through is answered with the 404 page: absent and forbidden rows look alike.
    Pages behind this door are never stored by browsers or proxies.
    """
    allowed = frozenset(roles) or frozenset(Role)

    def decorate(view: View[P]) -> AnyView[P]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not request.user.is_authenticated:
                # What was typed outlives the session; a part of a page waits where it is while the person signs in beside it.
                if request.method == "POST" and not is_htmx(request):
                    return refuse_signed_out(request)
                return redirect_to_login(request.get_full_path())
            known = cast(HtmxRequest, request)
            # An answer under way to somebody's page can bring their token back after another person has signed in: the stamp still tells.
            if request.method == "POST" and is_anothers(request):
                return refuse_stale(request)
            if not known.user.roles & allowed:
                return _door(request, "403.html", 403)
            try:
                response = view(known, *args, **kwargs)
            except NotFound:
                return _door(request, "404.html", 404)
            add_never_cache_headers(response)
            return response

        return cast("AnyView[P]", guarded)

    return decorate


def _door(request: HttpRequest, template: str, status: int) -> HttpResponseBase:
    """The refusal as a page, or as a few words when a fragment was asked for."""
    if is_htmx(request):
        return render(request, "components/refused.html", {"absent": status == 404}, status=status)
    return render(request, template, status=status)


def step_up_required(view: View[P]) -> View[P]:
    """Ask for the password or second factor again before the step, unless it was given within the last minutes.

    Switched by CREDENCE_REQUIRE_STEP_UP. A form that was sent is kept and goes on by itself afterwards.
    """
    return cast(
        "View[P]",
        reauthentication_required(view, enabled=lambda _request: bool(settings.CREDENCE_REQUIRE_STEP_UP)),
    )
