"""Reads of margin calls and covenants for a user."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Count, Q, QuerySet

from collateral.models import Covenant, MarginCall
from collateral.selectors.assets import blind_loans
from core import access
from core.models import User
from core.roles import Role
from loans.models import Loan
from loans.selectors.loans import visible_loans

VIEWS = (("waiting", "Waiting"), ("late", "Not answered in time"), ("ended", "Ended"))
_VIEW_ROWS = {
    "waiting": Q(state__in=MarginCall.WAITING),
    "late": Q(state=MarginCall.State.ESCALATED),
    "ended": ~Q(state__in=MarginCall.WAITING),
}


def visible_calls(user: User) -> QuerySet[MarginCall]:
    """The margin calls of loans the user may see, but for those that would tell them of an asset they have to value alone."""
    rows = MarginCall.objects.filter(loan__in=visible_loans(user))
    blind = blind_loans(user)
    seen = rows if blind is None else rows.exclude(loan__in=blind)
    return seen.select_related("loan__borrower", "loan__branch", "loan__application")


def waiting_calls(user: User) -> QuerySet[MarginCall]:
    """Those nothing has met yet, as a badge counts them: for who answers for the whole bank the book is not touched."""
    rows = MarginCall.objects.filter(state__in=MarginCall.WAITING)
    if user.roles == frozenset({Role.APPRAISER}):
        return rows.none()
    blind = blind_loans(user)
    return access.within_branches(user, rows if blind is None else rows.exclude(loan__in=blind), branch="loan__branch")


def access_margin_call(user: User, margin_call_id: UUID) -> MarginCall:
    """One margin call, or NotFound."""
    return access.one(visible_calls(user), pk=margin_call_id)


def list_margin_calls(user: User, *, view: str) -> QuerySet[MarginCall]:
    """The worklist: what is due first comes first; of those that ended, the newest."""
    rows = visible_calls(user).filter(_VIEW_ROWS[view])
    return rows.order_by("-ended_date", "-id") if view == "ended" else rows.order_by("due_date", "id")


def count_calls(user: User) -> dict[str, int]:
    """How many stand in each view: one query."""
    return visible_calls(user).aggregate(**{name: Count("pk", filter=_VIEW_ROWS[name]) for name, _ in VIEWS})


def covenant_of(loan: Loan) -> Covenant | None:
    """What coverage the loan's contract asks for; None when nothing was agreed."""
    return Covenant.objects.filter(application=loan.application_id).select_related("agreed_by").first()


def calls_of(loan: Loan) -> list[MarginCall]:
    """The margin calls of one loan, newest first."""
    return list(MarginCall.objects.filter(loan=loan).select_related("loan"))
