"""Where each room hangs its pages and endpoints."""

from __future__ import annotations

from importlib.util import find_spec

from django.urls import include, path

ROOMS = ("core", "blacklist", "loans", "collateral", "risk", "monitoring")

urlpatterns = [
    path("account/", include("core.web.account_urls")),
    *(path("", include(f"{room}.urls")) for room in ROOMS if find_spec(f"{room}.urls")),
    *(path("api/v1/", include(f"{room}.api.urls")) for room in ROOMS if find_spec(f"{room}.api") and find_spec(f"{room}.api.urls")),
]
