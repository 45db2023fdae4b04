"""Bank accounts of borrowers and the lines of their statements, for a user."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db.models import CharField, Count, F, Max, Q, QuerySet, Sum
from django.db.models.expressions import RawSQL
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Coalesce

from core import access
from core.models import User
from loans.domain.statement_words import Telling
from loans.models import Application, BankAccount, Borrower, StatementImport, StatementLine
from loans.selectors.borrowers import visible_borrowers
from loans.selectors.groups import SAME_PERSON
from loans.selectors.retold_lines import as_told

MOST_IMPORTS = 20


def access_account(user: User, account_id: UUID) -> BankAccount:
    """One account of a borrower the user may see, or NotFound."""
    rows = BankAccount.objects.filter(borrower__in=visible_borrowers(user)).select_related("borrower__branch")
    return access.one(rows, pk=account_id)


def accounts_of(borrower: Borrower) -> QuerySet[BankAccount]:
    """The accounts of a borrower with how many statement lines each has and the day of the last: one query."""
    return borrower.accounts.annotate(line_count=Count("lines"), last_day=Max("lines__date")).order_by("-is_ours", "bank_name", "id")


def accounts_of_person(borrower_id: UUID | None) -> QuerySet[BankAccount]:
    """The accounts of this person or company, whichever branch they were opened in. The caller sees the whole bank."""
    return BankAccount.objects.filter(borrower_id__in=_rows_of(borrower_id))


def imports_of_person(borrower_id: UUID | None) -> QuerySet[StatementImport]:
    """The files of statements that came for any application of this person or company. The caller sees the whole bank."""
    return StatementImport.objects.filter(application__borrower_id__in=_rows_of(borrower_id))


def _rows_of(borrower_id: UUID | None) -> RawSQL:
    text = SAME_PERSON.replace("%(borrower)s", "%s")
    return RawSQL(text, [borrower_id] * text.count("%s"))  # noqa: S611 -- a constant of this house; the key is a parameter


def imports_of(application: Application) -> QuerySet[StatementImport]:
    """The files of statements that came for a file, the newest first: one query."""
    return application.statement_imports.select_related("account").order_by("-created_at", "-id")[:MOST_IMPORTS]


def how_told(imports: Iterable[StatementImport]) -> dict[UUID, Telling]:
    """How far the lines that each file brought say what they are for, by now: one query. A file that brought none is not among them."""
    coding = StatementLine.Coding
    rows = (
        as_told(StatementLine.objects.filter(statement__in=[one.pk for one in imports]))
        .annotate(now=Coalesce(KeyTextTransform("coding", "told"), F("coding"), output_field=CharField()))
        .order_by()
        .values("statement")
        .annotate(lines=Count("pk"), untold=Count("pk", filter=Q(now=coding.NONE)), few=Count("pk", filter=Q(now=coding.PART)))
    )
    return {row["statement"]: Telling(row["lines"], row["untold"], row["few"]) for row in rows}


@dataclass(frozen=True)
class LineFilter:
    """Which lines of a statement are shown; empty words filter nothing. Days are inclusive."""

    text: str = ""
    category: str = ""
    first_day: date | None = None
    last_day: date | None = None


def list_lines(account: BankAccount, wanted: LineFilter) -> QuerySet[StatementLine]:
    """The lines of an account, newest first."""
    rows = as_told(account.lines.select_related("statement"))
    if wanted.text:
        rows = rows.filter(text__icontains=wanted.text)
    if wanted.category:
        rows = rows.filter(Q(told__category=wanted.category) | Q(told__isnull=True, category=wanted.category))
    if wanted.first_day:
        rows = rows.filter(date__gte=wanted.first_day)
    if wanted.last_day:
        rows = rows.filter(date__lte=wanted.last_day)
    return rows.order_by("-date", "-id")


@dataclass(frozen=True)
class LineSum:
    """What came in and what went out in one currency, of the lines that count, and how many lines there are."""

    currency: str
    count: int
    received: Decimal
    sent: Decimal


def sum_lines(rows: QuerySet[StatementLine]) -> list[LineSum]:
    """Money in and out of the lines per currency, without those of a file that is left out, in one query."""
    counts = Q(statement=None) | Q(statement__aside="")
    sums = (
        rows.order_by()
        .values("currency")
        .annotate(
            number=Count("pk"), received=Sum("amount", filter=Q(amount__gt=0) & counts), sent=Sum("amount", filter=Q(amount__lt=0) & counts)
        )
        .order_by("currency")
    )
    return [LineSum(row["currency"], row["number"], row["received"] or Decimal(0), row["sent"] or Decimal(0)) for row in sums]
