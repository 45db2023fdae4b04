"""Loans for a user: one, the list by saved view with counts and totals, and what happened to one."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

from django.db.models import Count, Q, QuerySet, Sum

from core import access
from core.models import AuditEntry, User
from core.roles import Role
from loans.domain.delinquency import BUCKETS
from loans.domain.states import LoanState
from loans.models import Disbursement, Loan, Payment, StateChange

LIVE = tuple(s.value for s in (LoanState.ACTIVE, LoanState.MATURED_UNPAID, LoanState.CALLED, LoanState.ENFORCEMENT))
ENDED = tuple(s.value for s in (LoanState.CLOSED, LoanState.SETTLED, LoanState.SOLD))
# From these money may still be paid out.
DRAWABLE = (LoanState.SIGNED.value, LoanState.ACTIVE.value)
VIEWS = (("all", "All"), ("active", "Active"), ("overdue", "Overdue"), ("payout", "Waiting for payout"), ("closed", "Closed"))
_VIEW_ROWS = {
    "all": Q(),
    "active": Q(state__in=LIVE),
    "overdue": Q(days_past_due__gt=0),
    "payout": Q(state__in=DRAWABLE, undrawn__gt=0),
    "closed": Q(state__in=ENDED),
}


def visible_loans(user: User) -> QuerySet[Loan]:
    """The loans of the user's branches; an appraiser sees none."""
    if user.roles == frozenset({Role.APPRAISER}):
        return Loan.objects.none()
    return access.within_branches(user, Loan.objects.all())


def access_loan(user: User, public_id: UUID | str) -> Loan:
    """One loan by its public id, or NotFound."""
    rows = visible_loans(user).select_related("borrower", "branch", "product_version__product", "application", "facility")
    return access.one(rows, public_id=public_id)


def bucket_labels() -> list[str]:
    """The labels of the buckets of days past due, from none to the worst."""
    return [label for label, _, _ in BUCKETS]


@dataclass(frozen=True)
class LoanFilter:
    """What a list of loans shows: a saved view and filters; empty words filter nothing."""

    view: str = "all"
    text: str = ""
    state: str = ""
    bucket: str = ""
    product: str = ""

    @property
    def narrowed(self) -> bool:
        return bool(self.text or self.state or self.bucket or self.product)


def list_loans(user: User, wanted: LoanFilter, *, order: str = "-id") -> QuerySet[Loan]:
    """Loans of a view, newest first unless told otherwise, with borrower, product and branch in one query."""
    rows = visible_loans(user).filter(_VIEW_ROWS.get(wanted.view, Q()))
    if text := wanted.text.strip():
        rows = rows.filter(Q(borrower__name__icontains=text) | Q(reference__iexact=text))
    if wanted.state:
        rows = rows.filter(state=wanted.state)
    if wanted.bucket:
        rows = rows.filter(bucket=wanted.bucket)
    if wanted.product:
        rows = rows.filter(product_version__product__code=wanted.product)
    return rows.select_related("borrower", "product_version__product", "branch").order_by(order, "-id")


def count_views(user: User) -> dict[str, int]:
    """The live count of every saved view, in one query."""
    counts: dict[str, int] = visible_loans(user).aggregate(**{name: Count("pk", filter=rows) for name, rows in _VIEW_ROWS.items()})
    return counts


@dataclass(frozen=True)
class CurrencyTotal:
    """The sums of the loans in one currency; two currencies are never added."""

    currency: str
    count: int
    principal: Decimal
    outstanding: Decimal
    arrears: Decimal


def sum_loans(rows: QuerySet[Loan]) -> list[CurrencyTotal]:
    """How many loans there are and what they come to, per currency, in one query."""
    sums = (
        rows.order_by()
        .values("currency")
        .annotate(number=Count("pk"), granted=Sum("principal"), left=Sum("outstanding_principal"), late=Sum("arrears"))
        .order_by("currency")
    )
    return [CurrencyTotal(row["currency"], row["number"], row["granted"], row["left"], row["late"]) for row in sums]


@dataclass(frozen=True)
class History:
    """What happened to a loan, its payouts and payments: steps from state to state and entries of the audit trail, newest first."""

    steps: list[StateChange] = field(default_factory=list)
    entries: list[AuditEntry] = field(default_factory=list)


def history_of_loan(loan: Loan, payouts: list[Disbursement], payments: list[Payment], *, limit: int = 30) -> History:
    """Two queries: the steps of the loan itself, and what people and the machine did to it and its money."""
    own = Q(target_type=loan._meta.label_lower, target_id=str(loan.pk))
    about = own
    if payouts:
        about |= Q(target_type=Disbursement._meta.label_lower, target_id__in=[str(row.pk) for row in payouts])
    if payments:
        about |= Q(target_type=Payment._meta.label_lower, target_id__in=[str(row.pk) for row in payments])
    return History(
        steps=list(StateChange.objects.filter(own).order_by("-id")[:limit]),
        entries=list(AuditEntry.objects.filter(about).order_by("-id")[:limit]),
    )
