"""A statement that was read, added to its account beside what earlier files brought of it."""

from __future__ import annotations

import hashlib
import hmac
from collections import Counter

from django.conf import settings

from core.crypto import blind_index
from loans.domain.statement_files import Booking, Statement
from loans.domain.statement_kinds import category_of, coding_of, tells_more
from loans.domain.statement_overlap import KnownLine, Merged, Span, merge
from loans.models import BankAccount, RetoldLine, StatementImport, StatementLine, StatementPeriod
from loans.selectors.retold_lines import as_told
from loans.services.statements import CHUNK


def add_part(statement: StatementImport, account: BankAccount, part: Statement, *, form: str) -> Merged:
    """Add the lines of one account that are new, and keep which days the file tells of, with their balances. What contradicts an earlier
    file is not added; that it does is kept with the days. What it says of lines that were there and said less stands beside them.
    Four queries, and those that the lines take.
    """
    days = part.days()
    if days is None:
        return Merged()
    # One file at a time: two that overlap, read at once, would each find the other's lines missing.
    BankAccount.objects.select_for_update(of=("self",)).get(pk=account.pk)
    span = Span(*days)
    bookings = _identified(part)
    known = _known(account, part.currency, span, [identity for identity, _ in bookings])
    lines = [KnownLine(line.external_id, line.date, line.amount, line.statement.form if line.statement else "") for line in known]
    merged = merge(bookings, lines, _covered(account, part.currency), span=span, form=form, line=part.line)
    StatementLine.objects.bulk_create(
        [_line(statement, account, part.currency, form, *bookings[place]) for place in merged.fresh], batch_size=CHUNK
    )
    statement.retold += _retell(statement, {line.external_id: line for line in known}, merged, bookings, form)
    StatementPeriod(
        statement=statement,
        account=account,
        currency=part.currency,
        first_date=span.first,
        last_date=span.last,
        opening=part.opening,
        closing=part.closing,
        owner=part.owner,
        conflicts=len(merged.conflicts) + (0 if part.reconciles else 1),
    ).save(force_insert=True)
    return merged


def _identified(part: Statement) -> list[tuple[str, Booking]]:
    """Each booking with what makes it the same line in two files of one format that overlap; equal ones of a day are numbered."""
    seen: Counter[str] = Counter()
    found = []
    for booking in part.bookings:
        identity = f"id|{booking.own_id}" if booking.own_id else f"{booking.day.isoformat()}|{booking.amount}|{booking.traits}"
        seen[identity] += 1
        found.append((_fingerprint(f"{identity}|{0 if booking.own_id else seen[identity]}"), booking))
    return found


def _fingerprint(identity: str) -> str:
    """Keyed, because a bank's texts name people and accounts."""
    return hmac.new(settings.CREDENCE_INDEX_KEY, f"statement_line:{identity}".encode(), hashlib.sha256).hexdigest()[:48]


def _retell(
    statement: StatementImport, known: dict[str, StatementLine], merged: Merged, bookings: list[tuple[str, Booking]], form: str
) -> int:
    """Keep what the file says of lines that were there, where it says more than any before it; how many those are."""
    rows = []
    for identity, place in merged.there:
        booking, line = bookings[place][1], known.get(identity)
        coding = coding_of(form, booking.kind)
        if line is not None and tells_more(coding, line.kind[1]):
            rows.append(RetoldLine(line=line, statement=statement, category=category_of(booking.kind, booking.amount), coding=coding))
    RetoldLine.objects.bulk_create(rows, batch_size=CHUNK)
    return len(rows)


def _known(account: BankAccount, currency: str, span: Span, identities: list[str]) -> list[StatementLine]:
    """The lines of these days in this currency, and those with the same number on whatever day; none of a file that is left out."""
    lines = StatementLine.objects.filter(account=account).exclude(statement__aside__gt="")
    rows = lines.filter(currency=currency, date__range=(span.first, span.last)) | lines.filter(external_id__in=identities)
    return list(as_told(rows.order_by("id").select_related("statement")))


def _covered(account: BankAccount, currency: str) -> list[Span]:
    """The days that earlier files tell of."""
    rows = StatementPeriod.objects.filter(account=account, currency=currency, statement__aside="")
    return [Span(*days) for days in rows.values_list("first_date", "last_date")]


def _line(statement: StatementImport, account: BankAccount, currency: str, form: str, identity: str, booking: Booking) -> StatementLine:
    return StatementLine(
        account=account,
        statement=statement,
        external_id=identity,
        date=booking.day,
        amount=booking.amount,
        balance=booking.balance,
        currency=currency,
        category=category_of(booking.kind, booking.amount),
        coding=coding_of(form, booking.kind),
        text=booking.text,
        counterparty_index=blind_index(booking.counterparty, kind="iban") if booking.counterparty else None,
    )
