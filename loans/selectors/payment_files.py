"""Files of incoming payments and their lines, for the people of the branch that uploaded them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet, Sum

from core import access
from core.models import User
from core.roles import Role
from loans.models import PaymentFile, PaymentLine

READERS = (Role.OFFICER, Role.COLLECTIONS, Role.RISK_MANAGER, Role.AUDITOR)


def visible_files(user: User) -> QuerySet[PaymentFile]:
    """The files of the user's branches; everybody's for roles that answer for the whole bank."""
    rows = access.within_branches(user, PaymentFile.objects.all())
    return rows if user.has_role(*READERS) else rows.none()


def access_payment_file(user: User, file_id: UUID) -> PaymentFile:
    """One file, or NotFound."""
    return access.one(visible_files(user).select_related("uploaded_by", "posted_by"), pk=file_id)


def access_payment_line(user: User, line_id: UUID) -> PaymentLine:
    """One line of a file that the user may see, or NotFound."""
    rows = PaymentLine.objects.select_related("file__uploaded_by", "loan__borrower", "payment", "decided_by")
    return access.one(rows.filter(file__in=visible_files(user)), pk=line_id)


def list_files(user: User) -> QuerySet[PaymentFile]:
    """Files for the list, newest first, with how many lines stand where: one query."""
    counts: dict[str, Any] = {f"n_{state.lower()}": Count("lines", filter=Q(lines__state=state)) for state in PaymentLine.State.values}
    return visible_files(user).select_related("uploaded_by").annotate(n_lines=Count("lines"), **counts).order_by("-id")


def list_lines(file: PaymentFile, state: str = "") -> QuerySet[PaymentLine]:
    """The lines of a file, in its order."""
    rows = file.lines.select_related("loan__borrower", "payment")
    return (rows.filter(state=state) if state in PaymentLine.State.values else rows).order_by("number", "id")


def list_unmatched(user: User) -> QuerySet[PaymentLine]:
    """What a person has to take up: lines without a loan, oldest first. Those of a file that is still to be booked too."""
    return PaymentLine.objects.filter(file__in=visible_files(user), state=PaymentLine.State.UNMATCHED).select_related("file").order_by("id")


def sums_by_state(file: PaymentFile) -> dict[str, tuple[int, Decimal]]:
    """How many lines of a file stand where, and over which sum. One query."""
    rows = file.lines.order_by().values("state").annotate(number=Count("pk"), total=Sum("amount"))
    return {row["state"]: (row["number"], row["total"]) for row in rows}
