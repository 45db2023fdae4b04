"""The loans of the data: which can be replayed, which can be judged, which have no statements here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from config.berka.people import KnownAccount, find_accounts
from config.berka.rows import PastLoanRow, past_loan
from config.berka.source import SourceFile
from loans.models import StatementImport, StatementLine


@dataclass(frozen=True, slots=True)
class KnownLoan:
    """A loan of the data with the account it is paid from."""

    row: PastLoanRow
    account: KnownAccount

    @property
    def reference(self) -> str:
        """How the bank knows the loan of the data."""
        return f"berka-loan-{self.row.number}"


@dataclass(frozen=True)
class PastLoans:
    """All loans that read, in order of their grant, and what became of the lines of their file."""

    replayed: list[KnownLoan]
    scored: list[KnownLoan]
    without_statements: list[KnownLoan]
    tally: dict[str, Any]

    @property
    def all(self) -> list[KnownLoan]:
        return [*self.replayed, *self.scored, *self.without_statements]


def last_whole_day(slice_brought: dict[str, Any]) -> date | None:
    """The last day of a slice of which every line is there."""
    if not slice_brought["last_day"]:
        return None
    day = date.fromisoformat(slice_brought["last_day"])
    return day if slice_brought["last_day_is_whole"] else day - timedelta(days=1)


def read_loans(path: Path, *, second_slice: str, replay_until: date | None) -> PastLoans:
    """Read the loans. An account of the second slice makes a loan one to be judged; a grant up to `replay_until` one to be replayed."""
    source = SourceFile(path, "loan_id account_id date amount duration payments status", past_loan)
    accounts = find_accounts()
    judged = _accounts_in(second_slice)
    sorted_out: dict[str, list[KnownLoan]] = {"replayed": [], "scored": [], "without": []}
    seen: set[int] = set()
    for line, row in source:
        account = accounts.get(row.account)
        if account is None:
            source.tally.reject(line, f"there is no account {row.account}")
        elif row.number in seen:
            source.tally.reject(line, f"loan {row.number} stands there twice")
        else:
            seen.add(row.number)
            source.accept()
            early = replay_until is not None and row.granted_date <= replay_until
            group = "scored" if account.id in judged else "replayed" if early else "without"
            sorted_out[group].append(KnownLoan(row, account))
    for found in sorted_out.values():
        found.sort(key=lambda loan: (loan.row.granted_date, loan.row.number))
    return PastLoans(sorted_out["replayed"], sorted_out["scored"], sorted_out["without"], source.tally.as_dict())


def _accounts_in(file_name: str) -> set[UUID]:
    statement = StatementImport.objects.get(source=file_name, state="DONE")
    return set(StatementLine.objects.filter(statement=statement).values_list("account_id", flat=True).distinct())
