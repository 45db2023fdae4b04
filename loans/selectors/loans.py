"""Loans for a user: one, and the labels of their buckets."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from core import access
from core.models import User
from core.roles import Role
from loans.domain.delinquency import BUCKETS
from loans.models import Loan


def visible_loans(user: User) -> QuerySet[Loan]:
    """The loans of the user's branches; an appraiser sees none."""
    if user.roles == frozenset({Role.APPRAISER}):
        return Loan.objects.none()
    return access.within_branches(user, Loan.objects.all())


def access_loan(user: User, public_id: UUID | str) -> Loan:
    """One loan by its public id, or NotFound."""
    rows = visible_loans(user).select_related("borrower", "branch", "product_version__product", "application")
    return access.one(rows, public_id=public_id)


def bucket_labels() -> list[str]:
    """The labels of the buckets of days past due, from none to the worst."""
    return [label for label, _, _ in BUCKETS]
