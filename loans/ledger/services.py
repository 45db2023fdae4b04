"""Writing to the books: post an entry, reverse an entry. There is no third way, and neither changes what stands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import IntegrityError, connection, transaction

from core.errors import DomainError
from core.models import User
from core.money import MoneyError, check_amount
from loans.ledger.models import Account, Entry, Posting

Line = tuple[str, Decimal, str]


@dataclass(frozen=True)
class EntryDraft:
    """An entry to be posted. `postings` are (account code, signed amount, currency): debit positive, credit negative.

    (source_type, source_id, event, booking_date) names what it comes from; the same key is never posted twice. Lines of zero
    are left out.
    """

    booking_date: date
    value_date: date
    text: str
    source_type: str
    source_id: str
    event: str
    postings: Sequence[Line]
    loan_id: int | None = None


class UnableToPost(DomainError):
    """The entry may not stand in the books."""

    title = "This was not booked"
    messages = {
        "already_posted": "This was booked before.",
        "unbalanced": "Debits and credits differ by {difference} {currency}.",
        "empty": "There is nothing to book.",
        "unknown_account": "There is no account {accounts}.",
        "bad_amount": "{detail}",
        "closed_day": "The bank is on {business_date}. Nothing can be booked on {booking_date}.",
        "already_reversed": "This entry was reversed before.",
        "is_reversal": "A reversal is not reversed; book the original again.",
    }


@transaction.atomic
def post(draft: EntryDraft, *, actor: User | None) -> Entry:
    """Book one entry on the current business date.

    Raises UnableToPost: `already_posted`, `unbalanced`, `empty`, `unknown_account`, `bad_amount`, `closed_day`.
    """
    lines = _checked([line for line in draft.postings if line[1] != 0])
    _hold_day(draft.booking_date)
    accounts = {account.code: account for account in Account.objects.filter(code__in={code for code, _, _ in lines})}
    if unknown := {code for code, _, _ in lines} - set(accounts):
        raise UnableToPost("unknown_account", accounts=", ".join(sorted(unknown)))
    entry = _insert(
        Entry(
            booking_date=draft.booking_date,
            value_date=draft.value_date,
            text=draft.text[:140],
            source_type=draft.source_type,
            source_id=draft.source_id,
            event=draft.event,
            loan_id=draft.loan_id,
            created_by=actor,
        )
    )
    Posting.objects.bulk_create(
        [
            Posting(entry=entry, account=accounts[code], amount=amount, currency=currency, loan_id=draft.loan_id)
            for code, amount, currency in lines
        ]
    )
    return entry


@transaction.atomic
def reverse(entry: Entry, *, booking_date: date, actor: User | None, text: str = "") -> Entry:
    """Book the opposite of an entry, on the current business date and with the value date of the original. Once per entry.

    Raises UnableToPost: `already_reversed`, `is_reversal`, `closed_day`.
    """
    if entry.reversal_of_id is not None:
        raise UnableToPost("is_reversal")
    _hold_day(booking_date)
    opposite = _insert(
        Entry(
            booking_date=booking_date,
            value_date=entry.value_date,
            text=(text or f"Reversal: {entry.text}")[:140],
            source_type=entry.source_type,
            source_id=entry.source_id,
            event=f"{entry.event}:reversed:{entry.pk}"[:30],
            loan_id=entry.loan_id,
            reversal_of=entry,
            created_by=actor,
        )
    )
    Posting.objects.bulk_create(
        [
            Posting(entry=opposite, account_id=line.account_id, amount=-line.amount, currency=line.currency, loan_id=line.loan_id)
            for line in entry.postings.all()
        ]
    )
    return opposite


def _checked(lines: list[Line]) -> list[Line]:
    if not lines:
        raise UnableToPost("empty")
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for _, amount, currency in lines:
        try:
            sums[currency] += check_amount(amount, currency, positive=False)
        except MoneyError as error:
            raise UnableToPost("bad_amount", detail=str(error)) from error
    for currency, difference in sums.items():
        if difference:
            raise UnableToPost("unbalanced", difference=difference, currency=currency)
    return lines


def _hold_day(booking_date: date) -> None:
    """The booking date has to be the bank's, and stays so until this transaction ends: the turn of the day waits for it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT business_date FROM core_bankstate WHERE id = 1 FOR SHARE")
        row = cursor.fetchone()
    today = row[0] if row else None
    if booking_date != today:
        raise UnableToPost("closed_day", business_date=today, booking_date=booking_date)


def _insert(entry: Entry) -> Entry:
    try:
        with transaction.atomic():
            entry.save(force_insert=True)
    except IntegrityError as error:
        if "entry_source_once" in str(error):
            raise UnableToPost("already_posted") from error
        if "reversal_of_id" in str(error):
            raise UnableToPost("already_reversed") from error
        raise
    return entry
