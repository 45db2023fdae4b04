"""The one way an entry changes its state: compare-and-set, history row, list version."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import connection

from blacklist.domain.states import IN_FORCE, EntryState, may_follow
from blacklist.models import BlacklistEntry, EntryHistory, ListVersion
from core.errors import Conflict
from core.models import User

LIST_LOCK = 7_204_117  # any constant: names the advisory lock of the list version


def advance_entry(
    entry: BlacklistEntry,
    to: EntryState,
    *,
    actor: User | None,
    business_date: date,
    reason: str = "",
    actor_name: str = "system",
    **fields: Any,
) -> None:
    """Move `entry` on, only if it still stands where the caller saw it, and write its history.

    A move into or out of force also brings a new list version. Raises Conflict `already_advanced`.
    """
    old = EntryState(entry.state)
    if not may_follow(old, to):
        raise Conflict("already_advanced", state=entry.get_state_display().lower())
    if (old in IN_FORCE) != (to in IN_FORCE):
        fields["list_version"] = new_list_version()
    moved = BlacklistEntry.objects.filter(pk=entry.pk, state=old.value).update(state=to.value, **fields)
    if moved != 1:
        entry.refresh_from_db(fields=["state"])
        raise Conflict("already_advanced", state=entry.get_state_display().lower())
    for name, value in {"state": to.value, **fields}.items():
        setattr(entry, name, value)
    write_history(
        entry,
        old.value,
        actor=actor,
        business_date=business_date,
        reason=reason,
        actor_name=actor_name,
    )


def write_history(
    entry: BlacklistEntry,
    from_state: str,
    *,
    actor: User | None,
    business_date: date,
    reason: str,
    actor_name: str,
) -> None:
    """Add one row to the entry's history; `to_state` is where the entry now stands."""
    EntryHistory.objects.create(
        entry=entry,
        business_date=business_date,
        from_state=from_state,
        to_state=entry.state,
        actor=actor,
        actor_name=actor.full_name if actor else actor_name,
        reason=reason,
    )


def new_list_version() -> int:
    """Draw the next list version. The lock lasts until commit, so numbers become visible in their order."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LIST_LOCK])
    return ListVersion.objects.create().pk
