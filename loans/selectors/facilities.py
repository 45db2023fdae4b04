"""Revolving facilities for a user: one, and what was drawn under it."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from core import access
from core.models import User
from core.roles import Role
from loans.models import Facility, Loan


def access_facility(user: User, facility_id: UUID | str) -> Facility:
    """One revolving facility by its key, or NotFound; an appraiser sees none."""
    rows = Facility.objects.none() if user.roles == frozenset({Role.APPRAISER}) else Facility.objects.filter(revolving=True)
    read = rows.select_related("borrower", "branch", "application__product_version__product")
    return access.one(access.within_branches(user, read), pk=facility_id)


def drawings_of(facility: Facility) -> QuerySet[Loan]:
    """The loans drawn under a facility, newest first."""
    return facility.loans.select_related("product_version__product").order_by("-pk")
