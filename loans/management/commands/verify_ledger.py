"""python manage.py verify_ledger: recompute every entry, payment, loan and the trial balance from the postings."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from loans.ledger.models import Entry, Posting
from loans.ledger.selectors import trial_balance
from loans.models import Loan
from loans.selectors.audit import first_difference


class Command(BaseCommand):
    """Exit 0 when the books are clean; name the first difference and exit 1 when they are not."""

    help = "Recompute the books and the figures of every loan; name the first difference."

    def handle(self, *args: Any, **options: Any) -> None:
        difference = first_difference()
        if difference is not None:
            raise CommandError(str(difference))
        last = Entry.objects.order_by("-booking_date").values_list("booking_date", flat=True).first() or date.min
        for currency, amount in trial_balance(as_of=last).differences.items():
            raise CommandError(f"The trial balance of {last} differs by {amount} {currency}.")
        self.stdout.write(
            f"The books are clean: {Entry.objects.count()} entries, {Posting.objects.count()} lines, {Loan.objects.count()} loans."
        )
