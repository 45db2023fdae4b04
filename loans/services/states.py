"""The one way from one state to the next: compare-and-set, a history row, nothing else."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Any

from django.db import models

from core.errors import Conflict
from core.events import publish
from core.models import User
from loans.domain.states import ApplicationState, may_advance
from loans.events import ApplicationStatusChanged
from loans.models import Application, StateChange


def advance(
    row: models.Model,
    new_state: StrEnum,
    *,
    actor: User | None,
    business_date: date,
    reason: str = "",
    actor_name: str = "",
    **values: Any,
) -> None:
    """Move `row` to `new_state`, setting `values` with it. Call inside a transaction.

    Raises Conflict: `already_advanced` when the transition table forbids the step or somebody was first.
    """
    old_state = type(new_state)(row.state)  # type: ignore[attr-defined]
    if not may_advance(old_state, new_state):
        raise Conflict("already_advanced", state=words(old_state))
    manager = type(row)._default_manager
    if manager.filter(pk=row.pk, state=old_state.value).update(state=new_state.value, **values) != 1:
        row.refresh_from_db(fields=["state"])
        raise Conflict("already_advanced", state=words(row.state))  # type: ignore[attr-defined]
    row.state = new_state.value  # type: ignore[attr-defined]
    for name, value in values.items():
        setattr(row, name, value)
    StateChange.objects.create(
        target_type=row._meta.label_lower,
        target_id=str(row.pk),
        old_state=old_state.value,
        new_state=new_state.value,
        actor=actor,
        actor_name=actor_name or (actor.full_name if actor else "system"),
        reason=reason,
        business_date=business_date,
    )
    if isinstance(row, Application) and old_state != ApplicationState.DRAFT:
        _tell(row, old_state, new_state)


def _tell(application: Application, old: StrEnum, new: StrEnum) -> None:

    publish(ApplicationStatusChanged(application_id=str(application.pk), old_state=old.value, new_state=new.value))


def words(state: str) -> str:
    """A state as people say it: "offer expired"."""
    return str(state).replace("_", " ").lower()
