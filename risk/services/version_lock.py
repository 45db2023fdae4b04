"""One at a time where a version of policy or scorecard is numbered or put in force, so that two at once wait in the place of colliding."""

from __future__ import annotations

from django.db import connection

POLICIES = 0x504F4C43
MODELS = 0x4D4F444C


def lock_versions(of: int) -> None:
    """Let nobody else number or activate a version of these until this transaction ends. To be taken before anything of theirs is read:
    there may be no row yet that could be locked.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [of])
