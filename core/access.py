"""Who may see which rows. Every `access_*` selector of every room narrows its rows here first."""

from __future__ import annotations

from typing import TypeVar

from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db.models import Model, QuerySet

from core.errors import NotFound
from core.models import User
from core.roles import Role

M = TypeVar("M", bound=Model)


def within_branches(user: User, rows: QuerySet[M], *, branch: str = "branch") -> QuerySet[M]:
    """The rows of the user's branches; everybody's for roles that answer for the whole bank; none for those who may not see borrowers."""
    if not user.is_active or not user.roles or user.roles == frozenset({Role.ADMINISTRATOR}):
        return rows.none()
    if user.is_bank_wide:
        return rows
    return rows.filter(**{f"{branch}__in": user.branch_ids})


def one(rows: QuerySet[M], **lookup: object) -> M:
    """The one row, or NotFound whether it is absent or hidden."""
    try:
        return rows.get(**lookup)
    except (ObjectDoesNotExist, ValueError, ValidationError):
        raise NotFound from None
