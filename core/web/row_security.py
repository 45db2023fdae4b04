"""What a request sees of the bank's rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse

from core.row_security import WHOLE_BANK, branches_of, see, sees_whole_bank

READING = frozenset({"GET", "HEAD", "OPTIONS"})


class RowSecurityMiddleware:
    """Narrows what a reading request of a signed-in person sees; the partner API narrows its own when it knows the partner."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user: Any = request.user
        sight = branches_of(user) if user.is_authenticated and request.method in READING else WHOLE_BANK
        if sight != WHOLE_BANK:
            see(sight)
        try:
            return self.get_response(request)
        finally:
            if not sees_whole_bank():
                see(WHOLE_BANK)
