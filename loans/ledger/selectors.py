"""Reading the books: balances as of any day, the trial balance, the lines of a loan."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Case, F, QuerySet, Sum, Value, When

from core.fields import MoneyField
from loans.ledger.models import AccountKind, Entry, Posting

ZERO = Decimal(0)


@dataclass(frozen=True)
class TrialLine:
    """One account in one currency: turnover on both sides, and the balance on the side where it falls."""

    code: str
    name: str
    kind: str
    currency: str
    debit: Decimal
    credit: Decimal

    @property
    def balance(self) -> Decimal:
        """Debit minus credit."""
        return self.debit - self.credit

    @property
    def debit_balance(self) -> Decimal:
        return max(self.balance, ZERO)

    @property
    def credit_balance(self) -> Decimal:
        return max(-self.balance, ZERO)

    @property
    def kind_title(self) -> str:
        return str(AccountKind(self.kind).label)


@dataclass(frozen=True)
class TrialBalance:
    """All accounts as of the end of a business day, with the totals per currency. In order when every difference is zero."""

    as_of: date
    lines: tuple[TrialLine, ...]

    def totals(self) -> dict[str, tuple[Decimal, Decimal]]:
        """Sum of debit balances and sum of credit balances per currency."""
        sums: dict[str, tuple[Decimal, Decimal]] = {}
        for line in self.lines:
            debit, credit = sums.get(line.currency, (ZERO, ZERO))
            sums[line.currency] = (debit + line.debit_balance, credit + line.credit_balance)
        return sums

    @property
    def differences(self) -> dict[str, Decimal]:
        """Currencies that do not balance, with debit minus credit. Empty when all is well."""
        return {currency: debit - credit for currency, (debit, credit) in self.totals().items() if debit != credit}


def trial_balance(*, as_of: date) -> TrialBalance:
    """Every account that was ever used, with all bookings up to and including `as_of`. One query."""
    debit = Case(When(amount__gt=0, then=F("amount")), default=Value(ZERO), output_field=MoneyField())
    credit = Case(When(amount__lt=0, then=-F("amount")), default=Value(ZERO), output_field=MoneyField())
    rows = (
        Posting.objects.filter(entry__booking_date__lte=as_of)
        .values("account__code", "account__name", "account__kind", "currency")
        .annotate(debit=Sum(debit), credit=Sum(credit))
        .order_by("currency", "account__code")
    )
    return TrialBalance(
        as_of=as_of,
        lines=tuple(
            TrialLine(row["account__code"], row["account__name"], row["account__kind"], row["currency"], row["debit"], row["credit"])
            for row in rows
        ),
    )


def balance(*, account: str, currency: str, as_of: date | None = None, loan_id: int | None = None) -> Decimal:
    """Debit minus credit of an account in a currency, up to and including a booking day."""
    rows = Posting.objects.filter(account__code=account, currency=currency)
    if as_of is not None:
        rows = rows.filter(entry__booking_date__lte=as_of)
    if loan_id is not None:
        rows = rows.filter(loan_id=loan_id)
    return rows.aggregate(total=Sum("amount"))["total"] or ZERO


def balances_of_loan(loan_id: int) -> dict[str, Decimal]:
    """Debit minus credit by account code for one loan. One query."""
    rows = Posting.objects.filter(loan_id=loan_id).order_by().values_list("account__code").annotate(total=Sum("amount"))
    return {code: total for code, total in rows if total}


def entries_of_loan(loan_id: int) -> QuerySet[Entry]:
    """The entries of one loan, newest first, with their lines: three queries however many there are."""
    return Entry.objects.filter(loan_id=loan_id).order_by("-id").select_related("created_by").prefetch_related("postings__account")


def standing_entries(source_type: str, source_id: Any, *, events: Iterable[str] = ()) -> list[Entry]:
    """The entries of one source that were not reversed, oldest first."""
    rows = Entry.objects.filter(source_type=source_type, source_id=str(source_id), reversal_of=None, reversal=None)
    wanted = list(events)
    if wanted:
        rows = rows.filter(event__in=wanted)
    return list(rows.order_by("id").prefetch_related("postings"))
