"""Who took an application in: who began it, kept a draft of it or handed it in. What they wrote, others look into, sign and decide."""

from __future__ import annotations

from typing import Any

from django.db.models import CharField, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Cast

from core.models import AuditEntry, User
from loans.models import Application, StateChange

DRAFT_SAVED = "application.draft_saved"
"""The audit entry of each keeping of a draft: of who typed, whoever had begun it."""


def intake_deeds(as_text: Any) -> list[tuple[QuerySet[Any], str]]:
    """The rows about a file that name who kept or handed it in, and the field that does; its officer stands in the file itself.
    `as_text` is the key as a text, or stands for one.
    """
    about = {"target_type": Application._meta.label_lower, "target_id": as_text}
    return [
        (StateChange.objects.filter(**about, new_state="SUBMITTED"), "actor_id"),
        (AuditEntry.objects.filter(**about, action=DRAFT_SAVED), "actor_id"),
    ]


def takers_of(application: Application) -> frozenset[int]:
    """Ids of everybody who took an application in. One query."""
    first, *others = [rows.order_by().values_list(field) for rows, field in intake_deeds(str(application.pk))]
    people = {application.officer_id, *(person for (person,) in first.union(*others))}
    return frozenset(person for person in people if person is not None)


def took_in(user: User, application: Application) -> bool:
    """Whether this person took the application in. One query at most."""
    return user.pk == application.officer_id or user.pk in takers_of(application)


def taken_in_by(user: User, file: str = "") -> Q:
    """The same question of many files at once. `file` is the way from the rows to the application; the rows' own key where it is empty."""
    key = f"{file}_id" if file else "pk"
    found = Q(**{f"{file}__officer" if file else "officer": user})
    for rows, field in intake_deeds(Cast(OuterRef(key), CharField())):
        found |= Q(Exists(rows.filter(**{field: user.pk})))
    return found
