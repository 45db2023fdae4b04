"""Borrowers for a user, found by name, reference or exact identifier; what they owe."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal
from uuid import UUID

from django.db.models import Count, Q, QuerySet, Sum

from core import access
from core.crypto import blind_index, mask
from core.models import User
from core.roles import Role
from core.row_security import whole_bank
from loans.models import Application, Borrower, Loan
from loans.selectors.granted import LIVE_LOANS, granted_to
from loans.selectors.groups import same_person


def visible_borrowers(user: User) -> QuerySet[Borrower]:
    """The borrowers of the user's branches; an appraiser sees none."""
    if user.roles == frozenset({Role.APPRAISER}):
        return Borrower.objects.none()
    return access.within_branches(user, Borrower.objects.all())


def access_borrower(user: User, borrower_id: UUID) -> Borrower:
    """One borrower, or NotFound."""
    return access.one(visible_borrowers(user).select_related("branch"), pk=borrower_id)


def list_borrowers(user: User, *, text: str = "", kind: str = "") -> QuerySet[Borrower]:
    """Borrowers by name, reference or exact identifier, with how many loans they have and what is outstanding: one query."""
    rows = visible_borrowers(user)
    if text:
        rows = rows.filter(Q(name__icontains=text) | Q(reference__iexact=text) | by_identifier(text))
    if kind:
        rows = rows.filter(kind=kind)
    return (
        rows.annotate(
            loan_count=Count("loans", distinct=True),
            outstanding=Sum("loans__outstanding_principal"),
        )
        .select_related("branch")
        .order_by("name", "id")
    )


def by_identifier(text: str) -> Q:
    """Borrowers with exactly this identifier or phone, through the blind indexes."""
    found = Q()
    for kind in ("national_id", "tax_id", "registration_number", "phone"):
        found |= Q(**{f"{kind}_index": blind_index(text, kind=kind)})
    return found


def masked_identifiers(borrower: Borrower) -> list[tuple[str, str, str]]:
    """(field, label, masked value) of what identifies or reaches the borrower; empty ones left out."""
    labels = (
        ("national_id", "Identity document"),
        ("tax_id", "Tax number"),
        ("registration_number", "Registration number"),
        ("phone", "Phone"),
        ("email", "E-mail"),
        ("address_line", "Address"),
    )
    return [(name, label, mask(getattr(borrower, name))) for name, label in labels if getattr(borrower, name)]


def exposure_of(borrower: Borrower) -> Decimal:
    """The exposure to a borrower in all branches: what is told is a sum, never the rows of another branch."""
    with whole_bank():
        return exposure_of_group(same_person(borrower))


def exposure_of_group(keys: Collection[UUID], *, without: Application | None = None) -> Decimal:
    """What the bank has lent or promised to these borrowers: outstanding, not yet drawn, signed and offered, in the bank's currency.

    A revolving limit counts in full while it may be drawn, after that with what is drawn of it. `without` leaves what is granted under one
    application out, so that a decision can add its own amount. Two queries.
    """
    loans = Loan.objects.filter(borrower__in=keys, state__in=LIVE_LOANS)
    paid_out = loans.aggregate(total=Sum("outstanding_principal"))["total"] or Decimal(0)
    return paid_out + granted_to(keys, without=without)


def search_everything(user: User, text: str) -> dict[str, list[object]]:
    """Borrowers, applications and loans that a word finds, at most ten of each."""
    text = text.strip()
    if len(text) < 2:
        return {"borrowers": [], "applications": [], "loans": []}
    borrowers = visible_borrowers(user).filter(Q(name__icontains=text) | Q(reference__iexact=text) | by_identifier(text))
    own = access.within_branches(user, Application.objects.all())
    named = Q(reference__iexact=text) | Q(borrower__name__icontains=text)
    loans = access.within_branches(user, Loan.objects.all()).filter(named)
    if user.roles == frozenset({Role.APPRAISER}):
        own, loans = own.none(), loans.none()
    return {
        "borrowers": list(borrowers.select_related("branch").order_by("name")[:10]),
        "applications": list(own.filter(named).select_related("borrower", "product_version__product").order_by("-id")[:10]),
        "loans": list(loans.select_related("borrower", "product_version__product").order_by("-id")[:10]),
    }
