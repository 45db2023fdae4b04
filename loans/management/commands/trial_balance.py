"""python manage.py trial_balance [--as-of DATE]: every account as of the end of a business day, as CSV."""

from __future__ import annotations

import csv
from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.business_date import get_business_date
from core.models import BankState
from core.money import to_text
from loans.ledger.selectors import trial_balance


class Command(BaseCommand):
    """Exit 0 when debits and credits agree in every currency, 1 when they do not."""

    help = "The trial balance as CSV: account, kind, currency, turnover on both sides, balance on the side where it falls."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--as-of", type=date.fromisoformat, metavar="DATE", help="The business day, YYYY-MM-DD; the current one by default"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            found = trial_balance(as_of=options["as_of"] or get_business_date())
        except BankState.DoesNotExist as error:
            raise CommandError("The bank is not open yet.") from error
        writer = csv.writer(self.stdout, lineterminator="\n")
        writer.writerow(["account", "name", "kind", "currency", "debit", "credit", "debit_balance", "credit_balance"])
        for line in found.lines:
            amounts = (line.debit, line.credit, line.debit_balance, line.credit_balance)
            writer.writerow([line.code, line.name, line.kind, line.currency, *(to_text(amount, line.currency) for amount in amounts)])
        for currency, (debit, credit) in sorted(found.totals().items()):
            writer.writerow(["", "Total", "", currency, "", "", to_text(debit, currency), to_text(credit, currency)])
        if found.differences:
            raise CommandError(f"Debits and credits differ: {', '.join(f'{amount} {code}' for code, amount in found.differences.items())}.")
