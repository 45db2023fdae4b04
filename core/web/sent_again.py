"""A form that was sent after its session or its token had changed in another tab: it is not taken, and what was typed is not lost.

Why this opens no door to forged forms. The CSRF check stays what it is: nothing that fails it reaches a view. All this adds is an answer
that holds what was sent as a form with a fresh token, and only if all of these are so:

- the browser says that a page of this very origin sent it (`Origin`; `Sec-Fetch-Site` where it is sent), which no page elsewhere can have
  it say;
- it carries the stamp of `drawn_for`, which only this house can make, and only a page shown to that person holds: whoever forges a form
  on another site, or from an account of their own, has no stamp of the person they aim at;
- the stamp names who is signed in now, or nobody is: then it can only be sent once that person is. Another person's form is neither shown
  nor sent on, even where its token holds.

So a form that is a click away from being sent was drawn by this house for the same person, within the longest session, and sent from a
page of it. Where one of these fails, the answer shows nothing that was sent, says that it is lost, and leads back. Nothing is kept on the
server; passwords and whatever else the pages of the account take are never given back, and files the browser has to be handed again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.http.request import UnreadablePostError
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.urls import reverse

from core.web import drawn_for
from core.web.http import is_htmx

FORBIDDEN = 403
# The status of an answer that htmx puts in the place of the part.
CONFLICT = 409
# What a script of this house reads from the answer to a part of a page, and sends the part once more with.
FRESH_TOKEN = "X-Fresh-Token"  # noqa: S105 -- the name of a header
_OWN = {"csrfmiddlewaretoken", drawn_for.FIELD}
# What pages carry for themselves, keys, moments, marks of a state, the button that was pressed: it is sent again, and nobody typed it.
_CARRIED = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}(\s|$)|\d{4}-\d\d-\d\dT|[0-9a-f]{32}", re.ASCII)
_CARRIED_NAMES = re.compile(r"(^|[-_])(seen|key|version|earlier|next|submit|save|book|propose|give|back|try|[A-Z]+_FORMS)$", re.ASCII)


@dataclass(frozen=True)
class Typed:
    """A field as it was sent: its name, what it held, and the words for a person; none for what no person typed."""

    name: str
    parts: tuple[str, ...]
    label: str


def refuse_stale(request: HttpRequest, reason: str = "") -> HttpResponse:
    """What CSRF_FAILURE_VIEW answers: 403, with what was typed where it is safe to give it back."""
    sender = _sender(request)
    if not request.user.is_authenticated and (sender or is_htmx(request)):
        # A part of a page asks for the way in by itself.
        return redirect_to_login("/") if is_htmx(request) else refuse_signed_out(request)
    same = sender == str(request.user.pk)
    if is_htmx(request) and same:
        return HttpResponse(status=FORBIDDEN, headers={FRESH_TOKEN: get_token(request)})
    if is_htmx(request):
        return render(request, "components/not_yours.html", status=CONFLICT)
    if same:
        return _page(request, "same", fields=_typed(request), files=sorted(request.FILES))
    return _page(request, "other" if sender else "unknown")


def refuse_signed_out(request: HttpRequest) -> HttpResponse:
    """The answer to a form that came while nobody was signed in any more: sign in beside it, then send it from here."""
    fields = _typed(request) if _sender(request) else []
    return _page(
        request, "out", fields=fields, files=sorted(request.FILES) if fields else [], drawn_for_then=request.POST.get(drawn_for.FIELD, "")
    )


def _page(request: HttpRequest, case: str, **kept: Any) -> HttpResponse:
    return render(request, "403_csrf.html", {"case": case, "sent_to": request.get_full_path(), **kept}, status=FORBIDDEN)


def _sender(request: HttpRequest) -> str:
    """Whom the form was drawn for, if a page of this origin sent it; empty where that is not sure."""
    if request.method != "POST" or request.headers.get("Origin") != f"{request.scheme}://{request.get_host()}":
        return ""
    if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin" or request.path.startswith(
        reverse("account_login").removesuffix("login/")
    ):
        return ""
    try:
        return drawn_for.read_person(request)
    except UnreadablePostError:
        return ""


def _typed(request: HttpRequest) -> list[Typed]:
    return [
        Typed(name, tuple(map(str, values)), _label(name, " ".join(map(str, values))))
        for name, values in request.POST.lists()
        if name not in _OWN and "password" not in name.lower()
    ]


def _label(name: str, value: str) -> str:
    """The words of a field's name, as "Requested amount"; empty for what holds nothing or was typed by nobody."""
    if not value.strip() or _CARRIED.match(value) or _CARRIED_NAMES.search(name):
        return ""
    return name.rsplit("-", 1)[-1].replace("_", " ").strip().capitalize()
