"""The way in: `/` leads to the page where a person's day starts, and the theme is kept per person."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from core.services.preferences import choose_theme
from core.web.navigation import day_page


def home(request: HttpRequest) -> HttpResponse:
    """Send a signed-in person to their day page, others to the sign-in."""
    if not request.user.is_authenticated:
        return redirect("account_login")
    user = request.user
    url = day_page(user)
    return redirect(url) if url and user.roles else render(request, "403.html", status=403)


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Keep the theme of a signed-in person; without one the browser keeps it itself."""
    if request.user.is_authenticated:
        choose_theme(user=request.user, theme=request.POST.get("theme", ""))
    target = request.POST.get("next", "/")
    return redirect(target if url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}) else "/")
