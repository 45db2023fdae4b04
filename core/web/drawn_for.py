"""For whom a form was drawn: a signed stamp that every form of the house carries beside its CSRF token.

The token says that a form comes from this browser; signing in anew changes it, and then nobody can tell any more whose form it was. The
stamp can: it is made by this house alone, names one person and runs out with the longest session. It lets nothing through by itself, and
another person's is refused.
"""

from __future__ import annotations

from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner
from django.http import HttpRequest

FIELD = "drawn_for"
_SALT = "core.web.drawn_for"


def stamp(request: HttpRequest) -> str:
    """The stamp of who looks at the page; empty for nobody."""
    user = getattr(request, "user", None)
    return TimestampSigner(salt=_SALT).sign(str(user.pk)) if user is not None and user.is_authenticated else ""


def read_person(request: HttpRequest) -> str:
    """The key of the person whom the sent form was drawn for; empty without a stamp that holds, or with those of several people."""
    people = {_person(text) for text in request.POST.getlist(FIELD)}
    return people.pop() if len(people) == 1 else ""


def is_anothers(request: HttpRequest) -> bool:
    """Whether the sent form says that it was drawn for another person than who sends it. A form that says nothing is nobody's."""
    return read_person(request) not in ("", str(request.user.pk))


def _person(text: str) -> str:
    try:
        return TimestampSigner(salt=_SALT).unsign(text, max_age=settings.SESSION_COOKIE_AGE)
    except BadSignature:
        return ""
