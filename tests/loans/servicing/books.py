"""What the tests compare before and after."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from loans.ledger.models import Entry, Posting
from loans.models import Disbursement, Instalment, Loan, Payment, PaymentAllocation, StateChange


def snapshot() -> dict[str, Any]:
    """Everything about loans and the books that a refused action must leave alone."""
    return {
        "entries": list(Entry.objects.order_by("id").values()),
        "postings": list(Posting.objects.order_by("id").values()),
        "loans": list(Loan.objects.order_by("id").values()),
        "instalments": list(Instalment.objects.order_by("id").values()),
        "payments": list(Payment.objects.order_by("id").values()),
        "allocations": list(PaymentAllocation.objects.order_by("id").values()),
        "payouts": [(row.pk, row.state, row.confirmed_by_id) for row in Disbursement.objects.order_by("id")],
        "steps": StateChange.objects.count(),
    }


def lines(entry: Entry) -> list[tuple[str, Decimal]]:
    return [(line.account.code, line.amount) for line in entry.postings.select_related("account").order_by("id")]
