"""Partner addresses of quotes, loans and payments."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
