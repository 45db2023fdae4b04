"""What the statements of a borrower's accounts show, as facts: the lines of a year before the business date, one query.

Lines that the bank itself keeps, of an account with us, are its own books. A file that somebody sends, the applicant over the counter or a
partner who earns on the loan, is a document and no more, and the source names the partner.
"""

from __future__ import annotations

import hashlib
import textwrap
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from core.row_security import whole_bank
from loans.models import Application, BankAccount, StatementLine
from loans.models.accounts import LineCategory
from loans.models.borrowers import BorrowerKind
from loans.selectors.accounts import accounts_of_person
from loans.selectors.retold_lines import as_told
from risk.domain.facts import CATALOGUE, FactType, weakest
from risk.domain.several_accounts import facts_of_people, untold_of_person
from risk.domain.statement_gaps import Hole, without_holes
from risk.domain.statement_months import Rules
from risk.domain.statement_window import WINDOW_DAYS
from risk.models import Fact
from risk.selectors.statements import Standing, standing_of
from risk.selectors.traces import UNASKED, Traces

MANY = 100
OF_LINE = ("id", "date", "amount", "category", "coding", "balance")
OF_ACCOUNT = ("account", "own")
ORIGIN = ("account__is_ours", "statement__application", "statement__partner__name", "told")
Found = dict[str, tuple[Any, str, str]]
Origin = tuple[str, str]
_KEPT_RULES = {"by_source": Rules.BY_SOURCE, "lately": Rules.LATELY, "sales": Rules.SALES, "new_debts": Rules.NEW_DEBTS}


class Lines:
    """Which lines were read, named so that they are found again: their accounts, the last of them, how many, those from or to another
    account of the same person, whether any is more than a payment on a loan, and the hash of all.
    """

    def __init__(self, *, rules: Rules = Rules.PRESENT) -> None:
        self.rules = rules
        self.untold: list[str] | None = None
        """The figures that too many of the lines hide; None where nobody asked."""
        self.days: list[date] = []
        self.origins: set[Origin] = set()
        self._accounts: set[str] = set()
        self._own: list[int] = []
        self._last = self._count = self._retold = 0
        self._tells = False
        self._hash = hashlib.sha256()

    def add(self, line: Mapping[str, Any]) -> None:
        """Read one more, in the order of day and number."""
        self.days = [*self.days[:1], line["date"]]
        self.origins |= _origins_of(line)
        self._retold = max(self._retold, line["told"]["id"] if line["told"] else 0)
        self._accounts.add(str(line["bank_account"]))
        # An account on which nothing but loans is paid shows neither income nor how it is spent.
        self._tells = self._tells or line["category"] != LineCategory.LOAN
        if line["own"]:
            self._own.append(line["id"])
        self._last, self._count = max(self._last, line["id"]), self._count + 1
        balance = "" if line["balance"] is None else f"{line['balance']:f}"
        coding = f"|{line['coding']}" if Rules.BY_SOURCE in self.rules else ""
        said = f"{line['id']}|{line['bank_account']}|{line['date']}|{line['amount']:f}|{line['category']}|{balance}{coding}\n"
        self._hash.update(said.encode())

    def named(self, before: date, standing: Standing) -> dict[str, Any]:
        """As it is frozen with an assessment, with the days that no file tells of, the files that were left out, how many lines contradict
        others, the figures that the lines hide and the rules they were read by.
        """
        aside: dict[str, Any] = {"aside": sorted(map(str, standing.aside))} if standing.aside else {}
        if self.untold is not None:
            aside["untold"] = self.untold
        if self._retold:
            aside["retold"] = self._retold
        if standing.conflicts:
            aside["conflicts"] = standing.conflicts
        rules: dict[str, Any] = {name: True for name, rule in _KEPT_RULES.items() if rule in self.rules}
        if Rules.BY_SOURCE in self.rules:
            rules["holes"] = [[hole.first.isoformat(), hole.last.isoformat()] for hole in standing.holes]
        return {
            "from": (before - timedelta(days=WINDOW_DAYS)).isoformat(),
            "before": before.isoformat(),
            "accounts": sorted(self._accounts),
            "last": self._last,
            "count": self._count,
            "own": self._own,
            "tells": self._tells,
            "sha256": self._hash.hexdigest(),
            **aside,
            **rules,
        }


class Seen(Found):
    """Facts of statements. `until` is the last day that a line tells of: they are as old as it, however late somebody asks. `parts` name
    the lines they are of, None where there is none.
    """

    def __init__(
        self, facts: Mapping[str, tuple[Any, str, str]] | None = None, until: date | None = None, parts: dict[str, Any] | None = None
    ) -> None:
        super().__init__(facts or {})
        self.until = until
        self.parts = parts

    def ages(self) -> dict[str, date]:
        """The day of each fact."""
        return {} if self.until is None else dict.fromkeys(self, self.until)


def statement_facts(application: Application, *, business_date: date, traces: Traces = UNASKED) -> Seen:
    """Facts of the last year of statements before the business date, over all accounts in the currency of the request, in whichever
    branch; nothing when there is no line. What is told of other branches are figures alone.

    Figures the lines cannot give are left unknown (None).
    """
    if not traces.accounts:
        return Seen()
    theirs = accounts_of_person(application.borrower_id)
    rows = StatementLine.objects.filter(
        account__in=theirs, currency=application.currency, date__gte=business_date - timedelta(days=WINDOW_DAYS), date__lt=business_date
    ).exclude(statement__aside__gt="")
    rows = rows.annotate(own=Exists(theirs.filter(iban_index=OuterRef("counterparty_index"))))
    with whole_bank():
        told = as_told(rows.order_by("date", "id"))
        found = list(told.values(*OF_LINE, *OF_ACCOUNT, *ORIGIN, "account__iban_index", "account__borrower"))
    lines = [{**_by_now(row), "bank_account": row["account"], "account": 0} for row in _each_once(found, application.borrower_id)]
    if not lines:
        return Seen()
    standing = standing_of(application.borrower_id, currency=application.currency, since=business_date - timedelta(days=WINDOW_DAYS))
    is_company = application.borrower is not None and application.borrower.kind == BorrowerKind.COMPANY
    return _of_one(lines, business_date, standing=standing, rules=Rules.PRESENT | Rules.SALES if is_company else Rules.PRESENT)


def _each_once(lines: list[dict[str, Any]], borrower_id: UUID | None) -> list[dict[str, Any]]:
    """An account that stands in several branches counts once: as it stands with this borrower, else where most is known of it."""
    told: dict[bytes, Counter[UUID]] = defaultdict(Counter)
    mine = set()
    for line in lines:
        told[bytes(line["account__iban_index"])][line["account"]] += 1
        if line["account__borrower"] == borrower_id:
            mine.add(line["account"])
    counted = {max(rows, key=lambda one: (one in mine, rows[one], one)) for rows in told.values()}
    return [line for line in lines if line["account"] in counted]


def on_file(kept: Mapping[str, Any] | None) -> bool:
    """Whether the lines that were read say how their holder lives: an account on which nothing but loans is paid says nothing of it."""
    return kept is not None and bool(kept["tells"])


def rules_of(kept: Mapping[str, Any]) -> Rules:
    """The rules that lines were read by, as an assessment froze them."""
    return Rules(sum(rule for name, rule in _KEPT_RULES.items() if kept.get(name)))


def statement_facts_again(kept: Mapping[str, Any], *, currency: str) -> Seen:
    """The facts once more from the lines that were named when they were first worked out, by the rules of then: once all money that came in
    was income. `parts` tell whether these are the same lines. One query.
    """
    aside = [UUID(key) for key in kept.get("aside", ())]
    rows = StatementLine.objects.exclude(statement__in=aside).filter(
        currency=currency,
        account__in=kept["accounts"],
        date__gte=date.fromisoformat(kept["from"]),
        date__lt=date.fromisoformat(kept["before"]),
        id__lte=kept["last"],
    )
    own = set(kept["own"])
    told = as_told(rows.order_by("date", "id"), until=kept.get("retold", 0), aside=aside)
    lines = told.values(*OF_LINE, "account", *ORIGIN)
    read = [{**_by_now(row), "bank_account": row["account"], "account": 0, "own": row["id"] in own} for row in lines]
    holes = [Hole(date.fromisoformat(first), date.fromisoformat(last)) for first, last in kept.get("holes", ())]
    return _of_one(
        read, date.fromisoformat(kept["before"]), rules=rules_of(kept), says_untold="untold" in kept,
        standing=Standing(holes=holes, aside=aside, conflicts=kept.get("conflicts", 0)),
    )  # fmt: skip


def _of_one(
    lines: list[dict[str, Any]], business_date: date, *, standing: Standing, rules: Rules = Rules.PRESENT, says_untold: bool = True
) -> Seen:
    if not lines:
        return Seen()
    read = Lines(rules=rules)
    for line in lines:
        read.add(line)
    if says_untold:
        read.untold = untold_of_person(lines, business_date, rules=rules)
    [figures] = facts_of_people(lines, [business_date], rules=rules)
    return _found(read, business_date, figures, standing)


def _lines_in(currency: str) -> QuerySet[StatementLine]:
    """Lines in this currency, those from or to another account of the same borrower marked `own`. What is in another currency says nothing
    that could be added to them."""
    theirs = BankAccount.objects.filter(borrower=OuterRef("account__borrower"), iban_index=OuterRef("counterparty_index"))
    rows = StatementLine.objects.filter(currency=currency).exclude(statement__aside__gt="")
    return as_told(rows.annotate(own=Exists(theirs)).order_by("date", "id"))


def statement_facts_of_many(applications: Sequence[tuple[Application, date]], *, rules: Rules = Rules.PRESENT) -> Iterator[Seen]:
    """The same for many applications, each as of its own day, in their order: worked out together, some at a time. `rules` are without
    `BY_SOURCE` for books of which no line says what it was paid for.
    """
    for start in range(0, len(applications), MANY):
        yield from _of_some(applications[start : start + MANY], rules)


def _of_some(applications: Sequence[tuple[Application, date]], rules: Rules) -> Iterator[Seen]:
    by_borrower: dict[str, dict[UUID | None, list[tuple[int, date, date]]]] = defaultdict(lambda: defaultdict(list))
    for key, (application, day) in enumerate(applications):
        by_borrower[application.currency][application.borrower_id].append((key, day - timedelta(days=WINDOW_DAYS), day))
    lines: list[dict[str, Any]] = []
    for currency, people in by_borrower.items():
        rows = _lines_in(currency).filter(account__borrower__in=people)
        lines += (
            {**_by_now(row), "bank_account": row["account"], "account": key}
            for row in rows.values(*OF_LINE, "account__borrower", *OF_ACCOUNT, *ORIGIN).iterator(chunk_size=5_000)
            for key, first, end in people[row["account__borrower"]]
            if first <= row["date"] < end
        )
    read: dict[int, Lines] = defaultdict(lambda: Lines(rules=rules))
    for line in lines:
        read[line["account"]].add(line)
    days = [day for _, day in applications]
    for key, figures in enumerate(facts_of_people(lines, days, rules=rules)):
        yield _found(read[key], days[key], figures) if key in read else Seen()


def _by_now(line: Mapping[str, Any]) -> dict[str, Any]:
    """A line as the file that says most of it has it."""
    told = line["told"]
    return dict(line) | ({name: told[name] for name in ("category", "coding")} if told else {})


def _origins_of(line: Mapping[str, Any]) -> set[Origin]:
    """By whose word a line is known: the mark, and the partner it came from, and the one who said what it is."""
    kept_by_us = line["account__is_ours"] and line["statement__application"] is None
    mark = Fact.Authenticity.THIRD_PARTY if kept_by_us else Fact.Authenticity.DOCUMENT
    found: set[Origin] = {(mark, line["statement__partner__name"] or "")}
    if line["told"]:
        found.add((Fact.Authenticity.DOCUMENT, line["told"]["partner"] or ""))
    return found


def _found(read: Lines, day: date, figures: Mapping[str, float | None], standing: Standing | None = None) -> Seen:
    """The figures as facts. Those over days that no file tells of are unknown, and none is relied on where files contradict one another."""
    standing = standing or Standing()
    figures = without_holes(figures, standing.holes, day)
    first, last = read.days[0], read.days[-1]
    partners = ", ".join(sorted({partner for _, partner in read.origins if partner}))
    said = f"Statements {first:%d %b %Y} to {last:%d %b %Y}" + (f", from the partner {partners}" if partners else "")
    said, mark = textwrap.shorten(said, 80, placeholder=" \N{HORIZONTAL ELLIPSIS}"), weakest(mark for mark, _ in read.origins)
    if standing.conflicts:
        mark = Fact.Authenticity.CONFLICTING
    return Seen({code: (_exact(code, value), said, mark) for code, value in figures.items()}, last, read.named(day, standing))


def _exact(code: str, value: float | None) -> Decimal | int | None:
    """A statistic as it is stored: counts as whole numbers, the rest as the decimal the float shows."""
    if value is None:
        return None
    return round(value) if CATALOGUE[code].type == FactType.INTEGER else Decimal(repr(value))
