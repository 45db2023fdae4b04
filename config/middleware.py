"""What every answer of the house carries."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

# Nothing here uses the browser's sensors, and no page embedded in ours may either.
PERMISSIONS = ", ".join(f"{feature}=()" for feature in ("camera", "microphone", "geolocation", "payment", "usb", "browsing-topics"))


class PrivateAnswersMiddleware:
    """Keeps pages and API answers out of every cache, the browser's included: after signing out, Back shows nothing.

    Static files never pass here (WhiteNoise answers them first). A view that sets its own Cache-Control keeps it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        return response
