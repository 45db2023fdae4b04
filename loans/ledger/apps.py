"""The double-entry ledger, an app of its own inside loans so that its tables stand apart."""

from __future__ import annotations

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    """Accounts, entries, postings. Knows nothing of a loan's models."""

    name = "loans.ledger"
    label = "ledger"
    default_auto_field = "django.db.models.BigAutoField"
