"""The one way from one state to the next: compare-and-set, a history row, nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from itertools import pairwise
from typing import Any

from django.db import models

from core.bulk_rows import insert_rows
from core.errors import Conflict
from core.events import publish_all
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
    _step(row, old_state, new_state, actor, actor_name, business_date, reason).save(force_insert=True)
    publish_all(_told(row, old_state, new_state))


def advance_all(
    rows: Sequence[models.Model],
    new_state: StrEnum,
    *,
    actor: User | None,
    business_date: date,
    reason: str = "",
    actor_name: str = "",
    **values: Any,
) -> None:
    """The same step of many rows of one model, which the caller holds, in three statements.

    Raises Conflict `already_advanced` when the transition table forbids it for one of them, or one is not held.
    """
    steps, told = [], []
    for row in rows:
        old = type(new_state)(row.state)  # type: ignore[attr-defined]
        if not may_advance(old, new_state):
            raise Conflict("already_advanced", state=words(old))
        steps.append(_step(row, old, new_state, actor, actor_name, business_date, reason))
        told += _told(row, old, new_state)
    was = {row.state for row in rows}  # type: ignore[attr-defined]
    manager = type(rows[0])._default_manager
    if manager.filter(pk__in=[row.pk for row in rows], state__in=was).update(state=new_state.value, **values) != len(rows):
        raise Conflict("already_advanced", state=words(new_state))
    StateChange.objects.bulk_create(steps)
    publish_all(told)


def came_in(
    row: models.Model, way: Sequence[StrEnum], *, actor: User | None, business_date: date, actor_name: str = ""
) -> list[ApplicationStatusChanged]:
    """Write the history of a row that was just made in the last state of `way`, with one INSERT, as `way_in` gives it. Returns the events
    that tell of it, for the caller to publish. Raises Conflict when the transition table forbids a step.
    """
    steps, told = way_in(row, way, actor=actor, business_date=business_date, actor_name=actor_name)
    insert_rows(steps)
    return told


def way_in(
    row: models.Model, way: Sequence[StrEnum], *, actor: User | None, business_date: date, actor_name: str = ""
) -> tuple[list[StateChange], list[ApplicationStatusChanged]]:
    """The history of a row that is made in the last state of `way`, still to be added, and the events that tell of it, still to be
    published. The first step is that it began; beginning and handing in are the actor's steps, what follows is the system's.

    Raises Conflict when the transition table forbids a step.
    """
    steps = [_step(row, None, way[0], actor, actor_name, business_date)]
    told = []
    for old, new in pairwise(way):
        if not may_advance(old, new):
            raise Conflict("already_advanced", state=words(old))
        by = (actor, actor_name) if old == way[0] else (None, "")
        steps.append(_step(row, old, new, *by, business_date))
        told += _told(row, old, new)
    return steps, told


def _step(
    row: models.Model, old: StrEnum | None, new: StrEnum, actor: User | None, actor_name: str, business_date: date, reason: str = ""
) -> StateChange:
    return StateChange(
        target_type=row._meta.label_lower,
        target_id=str(row.pk),
        old_state=old.value if old else "",
        new_state=new.value,
        actor=actor,
        actor_name=actor_name or (actor.full_name if actor else "system"),
        reason=reason,
        business_date=business_date,
    )


def _told(row: models.Model, old: StrEnum, new: StrEnum) -> list[ApplicationStatusChanged]:
    """What the world is told of a step: nothing but of applications that were handed in."""
    if not isinstance(row, Application) or old == ApplicationState.DRAFT:
        return []
    return [ApplicationStatusChanged(application_id=str(row.pk), old_state=old.value, new_state=new.value)]


def words(state: str) -> str:
    """A state as people say it: "offer expired"."""
    return str(state).replace("_", " ").lower()
