"""From key to key: what is asked within goes without hashing, and what comes after as before."""

from __future__ import annotations

import pytest
from django.db import DataError, connection, transaction

from core.by_keys import by_keys

pytestmark = pytest.mark.django_db


def settings() -> tuple[str, str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('enable_hashjoin'), current_setting('random_page_cost')")
        found: tuple[str, str] = cursor.fetchone()
    return found


def test_holds_within_and_no_longer() -> None:
    before = settings()
    with by_keys():
        assert settings() == ("off", "1.1")
    assert settings() == before != ("off", "1.1")


def test_is_taken_back_with_what_failed_within() -> None:
    before = settings()
    with pytest.raises(DataError), transaction.atomic(), by_keys(), connection.cursor() as cursor:
        cursor.execute("SELECT 1 / 0")
    assert settings() == before
