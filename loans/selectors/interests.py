"""Who of the staff declared an interest: in the parties of a file, in any of many borrowers, and as readers may see it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from core import access
from core.models import User
from core.roles import Role
from loans.models import Application, Borrower, DeclaredInterest

# Who learns why; the others learn only who is barred.
READERS = (Role.RISK_MANAGER, Role.COMPLIANCE, Role.AUDITOR)
_IDENTIFIERS = ("national_id_index", "tax_id_index", "registration_number_index")


def interests_in(file: Any) -> QuerySet[DeclaredInterest]:
    """Open declarations about any party of an application, given its key or what stands for one inside a larger question."""
    outer = OuterRef(file) if isinstance(file, OuterRef) else file
    # Two questions, not one with an "or" between two joins, so that each is answered from an index.
    party, applicant = Borrower.objects.filter(parts__application=outer), Borrower.objects.filter(applications=outer)
    return DeclaredInterest.objects.filter(Exists(party.filter(_same())) | Exists(applicant.filter(_same())), withdrawn_at=None)


def has_interest(user: User, application: Application) -> bool:
    """Whether somebody declared an interest in a party of the file: one query."""
    return interests_in(application.pk).filter(staff=user).exists()


def staff_by_borrower(borrowers: Iterable[UUID]) -> dict[UUID, set[int]]:
    """Ids of the staff with an interest in each of these borrowers, whom nobody declared anything about left out: two queries at most."""
    found: dict[UUID, set[int]] = defaultdict(set)
    declared = list(DeclaredInterest.objects.filter(withdrawn_at=None).values_list("staff", "borrower", "subject_kind", *_IDENTIFIERS))
    if not declared:
        return found
    for key, kind, *identifiers in Borrower.objects.filter(pk__in=set(borrowers)).values_list("pk", "kind", *_IDENTIFIERS):
        for staff, borrower, subject_kind, *known in declared:
            same = any(mine and mine == theirs for mine, theirs in zip(identifiers, known, strict=True))
            if borrower == key or (same and kind == subject_kind):
                found[key].add(staff)
    return found


def interested_in(borrowers: Iterable[UUID]) -> frozenset[int]:
    """Ids of the staff with an interest in any of these borrowers."""
    return frozenset[int]().union(*staff_by_borrower(borrowers).values())


def interests_of_file(application: Application) -> list[DeclaredInterest]:
    """What was declared about the parties of a file and is not withdrawn, newest first: one query."""
    return list(interests_in(application.pk).select_related("staff", "borrower"))


def may_read_reason(user: User, interest: DeclaredInterest) -> bool:
    """Whether the kind and the reason of a declaration are shown to this person."""
    return interest.staff_id == user.pk or user.has_role(*READERS)


def access_interest(user: User, application: Application, interest_id: UUID) -> DeclaredInterest:
    """One open declaration that bears on a file the user was let into; of others' only who may read the reason. Else NotFound."""
    rows = interests_in(application.pk).select_related("staff", "borrower", "application")
    return access.one(rows if user.has_role(*READERS) else rows.filter(staff=user), pk=interest_id)


def _same() -> Q:
    """The borrower a declaration is about, or another row of the same person or company."""
    alike = Q()
    for name in _IDENTIFIERS:
        alike |= Q(**{name: OuterRef(name)})
    return Q(pk=OuterRef("borrower_id")) | Q(alike, kind=OuterRef("subject_kind"))
