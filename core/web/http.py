"""Requests as views see them, and how pages, fragments and refusals are answered."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.messages import get_messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django_htmx.middleware import HtmxDetails

from core.errors import DomainError
from core.models import User


class HtmxRequest(HttpRequest):
    """A signed-in person's request, with what htmx says about it."""

    htmx: HtmxDetails
    user: User


def render_partial(request: HttpRequest, template: str, *, status: int = 200, **context: Any) -> HttpResponse:
    """Answer with a fragment. Flash messages ride along out of band, so that what happened is stated without a page
    load.
    """
    html = render_to_string(template, context, request=request)
    if len(get_messages(request)):
        html += render_to_string("components/messages.html", {"oob": True}, request=request)
    return HttpResponse(html, status=status)


def render_page(request: HttpRequest, page: str, fragment: str, *, status: int = 200, **context: Any) -> HttpResponse:
    """Answer a full page, or its fragment when htmx asks: one address, both ways."""
    if is_htmx(request):
        return render_partial(request, fragment, status=status, **context)
    return render(request, page, context, status=status)


def is_htmx(request: HttpRequest) -> bool:
    """Whether htmx wants a fragment; after a lost history entry it wants the page."""
    htmx = getattr(request, "htmx", None)
    return bool(htmx) and not getattr(htmx, "history_restore_request", False)


def read_key(text: str) -> UUID | None:
    """The key that a field or an address names; None where it is none."""
    try:
        return UUID(text)
    except ValueError:
        return None


def add_faults(form: Any, refusal: DomainError) -> None:
    """Put a service's faults at the fields of the form they name; the rest, and a plain refusal, at the form itself."""
    for fault in refusal.faults:
        name = fault.field.rsplit(".", 1)[-1]
        form.add_error(name if name in form.fields else None, fault.detail)
    if not refusal.faults:
        form.add_error(None, refusal.detail)
