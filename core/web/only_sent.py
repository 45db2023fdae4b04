"""Addresses that only take what a form sends, opened by hand: after a reload or "back" a person learns where to go, never a blank page."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import Resolver404, resolve

from core.web.http import is_htmx

NOT_ALLOWED = 405
# Doors of programs, whose answers are no pages.
PROGRAMS = ("/api/", "/oauth/")


class OnlySentMiddleware:
    """Gives the bare refusal of a method its page, with a link to the nearest page above the address. The status stays what it is."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = self.get_response(request)
        bare = answer.status_code == NOT_ALLOWED and not answer.streaming and not answer.content
        if not bare or request.method != "GET" or is_htmx(request) or request.path.startswith(PROGRAMS):
            return answer
        page = render(request, "405.html", {"back": page_above(request.path)}, status=NOT_ALLOWED)
        page["Allow"] = answer["Allow"]
        return page


def page_above(path: str) -> str:
    """The nearest address above this one that the house knows; the day page where there is none."""
    parts = path.strip("/").split("/")
    for length in range(len(parts) - 1, 0, -1):
        above = f"/{'/'.join(parts[:length])}/"
        try:
            resolve(above)
        except Resolver404:
            continue
        return above
    return "/"
