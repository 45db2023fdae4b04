"""Addresses of contracts, loans, payouts, payments and the ledger."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
