"""Which loan an incoming amount pays: the one its text names, else the only running one of the person whose account it came from."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from core.crypto import blind_index
from core.models import User
from loans.domain.statement_files import Booking
from loans.models import BankAccount, Loan
from loans.selectors.loans import LIVE, visible_loans

_REFERENCE = re.compile(r"(?<![A-Z0-9])LN[- ]?(\d{3,12})(?!\d)", re.IGNORECASE)
CHUNK = 2_000


@dataclass(frozen=True)
class Match:
    """The loan found, or in a sentence why none is."""

    loan_id: int | None
    note: str = ""


def match_bookings(bookings: Sequence[tuple[Booking, str]], user: User) -> list[Match]:
    """A match for each (booking, currency) among the loans that `user` may see. Four queries per two thousand bookings."""
    found: list[Match] = []
    for start in range(0, len(bookings), CHUNK):
        found += _match(bookings[start : start + CHUNK], user)
    return found


def references_in(text: str) -> list[str]:
    """The loan references that a text names, each once, in their usual spelling."""
    return list(dict.fromkeys(f"LN-{digits}" for digits in _REFERENCE.findall(text)))


def _match(bookings: Sequence[tuple[Booking, str]], user: User) -> list[Match]:
    named = [references_in(booking.text) for booking, _ in bookings]
    known = _by_reference(visible_loans(user), (reference for references in named for reference in references))
    payers = _by_payer(visible_loans(user), [booking.counterparty for booking, _ in bookings if booking.counterparty])
    return [_choose(booking, currency, names, known, payers) for (booking, currency), names in zip(bookings, named, strict=True)]


def _by_reference(loans: Any, references: Iterable[str]) -> dict[str, Loan]:
    return {loan.reference: loan for loan in loans.filter(reference__in=set(references))}


def _by_payer(loans: Any, accounts: Sequence[str]) -> dict[str, list[Loan]]:
    """The running loans of whoever owns each account."""
    indexes = {account: blind_index(account, kind="iban") for account in set(accounts)}
    owners: dict[Any, set[Any]] = defaultdict(set)
    for index, owner in BankAccount.objects.filter(iban_index__in=list(indexes.values())).values_list("iban_index", "borrower_id"):
        owners[bytes(index) if isinstance(index, memoryview) else index].add(owner)
    wanted = {owner for found in owners.values() for owner in found}
    running: dict[Any, list[Loan]] = defaultdict(list)
    for loan in loans.filter(borrower__in=wanted, state__in=LIVE, disbursed_date__isnull=False):
        running[loan.borrower_id].append(loan)
    return {account: [loan for owner in owners.get(index, ()) for loan in running[owner]] for account, index in indexes.items()}


def _choose(booking: Booking, currency: str, names: list[str], known: dict[str, Loan], payers: dict[str, list[Loan]]) -> Match:
    loans = [known[name] for name in names if name in known]
    if len(loans) > 1:
        return Match(None, f"The text names {len(loans)} loans.")
    if not loans and names:
        return Match(None, f"There is no loan {names[0]} that the uploader may see.")
    if not loans:
        loans = payers.get(booking.counterparty, [])
        if len(loans) != 1:
            return Match(None, "The text names no loan." if not loans else f"The payer has {len(loans)} loans and names none.")
    loan = loans[0]
    if loan.currency != currency:
        return Match(None, f"The amount is in {currency}, loan {loan.reference} in {loan.currency}.")
    if loan.disbursed_date is None or loan.state not in LIVE or loan.written_off_date is not None:
        return Match(None, f"Loan {loan.reference} takes no payments now.")
    return Match(loan.pk)
