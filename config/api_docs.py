"""The reference of the partner API: its OpenAPI document and a page to read it, without third-party hosts."""

from __future__ import annotations

from csp.constants import SELF, UNSAFE_INLINE
from csp.decorators import csp_update
from django.urls import path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

# The reference page's own assets write style attributes and draw images from data: only this page may.
_read = csp_update({"style-src": [SELF, UNSAFE_INLINE], "img-src": [SELF, "data:"]})(
    SpectacularSwaggerSplitView.as_view(url_name="api_schema", url_self="api_docs")
)

urlpatterns = [
    path("schema", SpectacularAPIView.as_view(), name="api_schema"),
    path("docs", _read, name="api_docs"),
]
