"""What the statements of a borrower's accounts show, as facts: the lines of a year before the business date, one query.

Lines that the bank itself keeps, of an account with us, are its own books. A file that somebody sends, the applicant over the counter or a
partner who earns on the loan, is a document and no more, and the source names the partner.
"""

from __future__ import annotations

import textwrap
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from loans.models import Application, BankAccount, StatementLine
from risk.domain.facts import CATALOGUE, FactType, weakest
from risk.domain.several_accounts import facts_of_people
from risk.models import Fact

WINDOW_DAYS = 365
MANY = 100
OF_ACCOUNT = ("account", "own")
ORIGIN = ("account__is_ours", "statement__application", "statement__partner__name")
Found = dict[str, tuple[Any, str, str]]
Origin = tuple[str, str]


class Seen(Found):
    """Facts of statements. `until` is the last day that a line tells of: they are as old as it, however late somebody asks."""

    def __init__(self, facts: Mapping[str, tuple[Any, str, str]] | None = None, until: date | None = None) -> None:
        super().__init__(facts or {})
        self.until = until

    def ages(self) -> dict[str, date]:
        """The day of each fact."""
        return {} if self.until is None else dict.fromkeys(self, self.until)


def statement_facts(application: Application, *, business_date: date) -> Seen:
    """Facts of the last year of statements before the business date, over all accounts in the currency of the request; nothing when there is no
    line.

    Figures the lines cannot give are left unknown (None).
    """
    rows = (
        _lines_in(application.currency)
        .filter(account__borrower=application.borrower_id, date__gte=business_date - timedelta(days=WINDOW_DAYS), date__lt=business_date)
        .values("date", "amount", "category", "balance", *OF_ACCOUNT, *ORIGIN)
    )
    lines = [{**row, "bank_account": row["account"], "account": 0} for row in rows]
    if not lines:
        return Seen()
    [figures] = facts_of_people(lines, [business_date])
    return _found(lines[0]["date"], lines[-1]["date"], {_origin_of(line) for line in lines}, figures)


def _lines_in(currency: str) -> QuerySet[StatementLine]:
    """Lines in this currency, those from or to another account of the same borrower marked `own`. What is in another currency says nothing
    that could be added to them."""
    theirs = BankAccount.objects.filter(borrower=OuterRef("account__borrower"), iban_index=OuterRef("counterparty_index"))
    return StatementLine.objects.filter(currency=currency).annotate(own=Exists(theirs)).order_by("date", "id")


def statement_facts_of_many(applications: Sequence[tuple[Application, date]]) -> Iterator[Seen]:
    """The same for many applications, each as of its own day, in their order: worked out together, some at a time."""
    for start in range(0, len(applications), MANY):
        yield from _of_some(applications[start : start + MANY])


def _of_some(applications: Sequence[tuple[Application, date]]) -> Iterator[Seen]:
    by_borrower: dict[str, dict[UUID | None, list[tuple[int, date, date]]]] = defaultdict(lambda: defaultdict(list))
    for key, (application, day) in enumerate(applications):
        by_borrower[application.currency][application.borrower_id].append((key, day - timedelta(days=WINDOW_DAYS), day))
    lines: list[dict[str, Any]] = []
    for currency, people in by_borrower.items():
        rows = _lines_in(currency).filter(account__borrower__in=people)
        lines += (
            {**row, "bank_account": row["account"], "account": key}
            for row in rows.values("account__borrower", "date", "amount", "category", "balance", *OF_ACCOUNT, *ORIGIN).iterator(
                chunk_size=5_000
            )
            for key, first, end in people[row["account__borrower"]]
            if first <= row["date"] < end
        )
    spans: dict[int, tuple[date, date]] = {}
    origins: dict[int, set[Origin]] = defaultdict(set)
    for line in lines:
        key, day = line["account"], line["date"]
        spans[key] = (spans.get(key, (day, day))[0], day)
        origins[key].add(_origin_of(line))
    for key, figures in enumerate(facts_of_people(lines, [day for _, day in applications])):
        yield _found(*spans[key], origins[key], figures) if key in spans else Seen()


def _origin_of(line: Mapping[str, Any]) -> Origin:
    """By whose word a line is known: the mark, and the partner it came from."""
    kept_by_us = line["account__is_ours"] and line["statement__application"] is None
    return Fact.Authenticity.THIRD_PARTY if kept_by_us else Fact.Authenticity.DOCUMENT, line["statement__partner__name"] or ""


def _found(first: date, last: date, origins: set[Origin], figures: Mapping[str, float | None]) -> Seen:
    partners = ", ".join(sorted({partner for _, partner in origins if partner}))
    said = f"Statements {first:%d %b %Y} to {last:%d %b %Y}" + (f", from the partner {partners}" if partners else "")
    said, mark = textwrap.shorten(said, 80, placeholder=" \N{HORIZONTAL ELLIPSIS}"), weakest(mark for mark, _ in origins)
    return Seen({code: (_exact(code, value), said, mark) for code, value in figures.items()}, last)


def _exact(code: str, value: float | None) -> Decimal | int | None:
    """A statistic as it is stored: counts as whole numbers, the rest as the decimal the float shows."""
    if value is None:
        return None
    return round(value) if CATALOGUE[code].type == FactType.INTEGER else Decimal(repr(value))
