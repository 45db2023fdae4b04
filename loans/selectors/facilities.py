"""Facilities for a user: one that revolves, one that may be stopped, and what was drawn under it."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from core import access
from core.models import User
from core.roles import Role
from loans.models import Facility, Loan
from loans.selectors.loans import DRAWABLE


def access_facility(user: User, facility_id: UUID | str) -> Facility:
    """One revolving facility by its key, or NotFound; an appraiser sees none."""
    return _access(user, facility_id, Facility.objects.filter(revolving=True))


def access_stoppable(user: User, facility_id: UUID | str) -> Facility:
    """One under which money still leaves, or would if it were not suspended, revolving or in stages; or NotFound."""
    left = Loan.objects.filter(facility=OuterRef("pk"), undrawn__gt=0, state__in=DRAWABLE)
    return _access(user, facility_id, Facility.objects.filter(Q(revolving=True) | Exists(left)))


def _access(user: User, facility_id: UUID | str, found: QuerySet[Facility]) -> Facility:
    rows = Facility.objects.none() if user.roles == frozenset({Role.APPRAISER}) else found
    read = rows.select_related("borrower", "branch", "application__product_version__product")
    return access.one(access.within_branches(user, read), pk=facility_id)


def drawings_of(facility: Facility) -> QuerySet[Loan]:
    """The loans drawn under a facility, newest first."""
    return facility.loans.select_related("product_version__product").order_by("-pk")
