"""Where each room hangs its pages and endpoints."""

from __future__ import annotations

from django.urls import include, path
from oauth2_provider.views import RevokeTokenView

from config.health import healthz, readyz
from core.api.token_view import PartnerTokenView
from core.api.views import UnknownAddress

ROOMS = ("core", "blacklist", "loans", "collateral", "risk", "monitoring")

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("account/", include("core.web.account_urls")),
    # Only what partners need of OAuth2: client credentials in, tokens out, tokens back.
    path("oauth/token", PartnerTokenView.as_view(), name="oauth_token"),
    path("oauth/revoke", RevokeTokenView.as_view(), name="oauth_revoke"),
    path("api/v1/", include("config.api_docs")),
    *(path("", include(f"{room}.urls")) for room in ROOMS),
    path("api/v1/", include("loans.api.urls")),
    path("api/v1/<path:rest>", UnknownAddress.as_view()),
]
