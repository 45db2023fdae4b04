"""How states of loans, payouts and instalments, and what happened to them, are said on pages: (status, words)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from core.web.components import Event
from core.web.formats import money
from core.web.history import done
from loans.ledger.models import Entry
from loans.models import Loan, Payment
from loans.selectors import schedules
from loans.selectors.loans import History

LOAN_STATES: Mapping[str, tuple[str, str]] = {
    "SIGNED": ("info", "Waiting for payout"),
    "ACTIVE": ("good", "Active"),
    "CLOSED": ("neutral", "Closed"),
    "MATURED_UNPAID": ("bad", "Matured, unpaid"),
    "CALLED": ("bad", "Called"),
    "ENFORCEMENT": ("bad", "Enforcement"),
    "SETTLED": ("neutral", "Settled"),
    "SOLD": ("neutral", "Sold"),
}
FACILITY_STATES: Mapping[str, tuple[str, str]] = {
    "COMMITTED": ("info", "Nothing drawn yet"),
    "AVAILABLE": ("good", "May be drawn"),
    "SUSPENDED": ("warn", "Suspended"),
    "REDUCED": ("warn", "Reduced"),
    "EXPIRED": ("neutral", "Ended"),
    "CANCELLED": ("neutral", "Cancelled"),
}
PAYOUT_STATES: Mapping[str, tuple[str, str]] = {
    "REQUESTED": ("info", "Requested"),
    "CONFIRMED": ("info", "Confirmed"),
    "SENT": ("info", "Sent"),
    "PAID": ("good", "Paid"),
    "RETURNED": ("bad", "Returned"),
    "REJECTED": ("bad", "Refused"),
    "CANCELLED": ("neutral", "Taken back"),
}
LINE_STATES: Mapping[str, tuple[str, str]] = {
    schedules.PAID: ("good", "Paid"),
    schedules.PART: ("info", "Paid in part"),
    schedules.OVERDUE: ("bad", "Overdue"),
    schedules.DUE: ("warn", "Due today"),
    schedules.LATER: ("neutral", "To come"),
}
_ACTIONS: Mapping[str, str] = {
    "contract.made": "Contract made",
    "disbursement.requested": "Payout requested",
    "disbursement.proposed": "Payout put up for a second person",
    "disbursement.confirmed": "Payout confirmed and paid",
    "disbursement.rejected": "Payout refused",
    "disbursement.cancelled": "Payout taken back",
    "payment.posted": "Payment booked",
    "payment.reversed": "Payment reversed",
    "payment.suspense_used": "Paid from suspense",
}
# Said by another entry about the same act already.
_SAID_TWICE = frozenset({"disbursement.proposed"})


_SOURCES: Mapping[str, str] = {
    "API": "Partner",
    "IMPORT": "Import",
    "SIMULATION": "Simulation",
    "SET_OFF": "Set-off",
    "COLLATERAL": "Collateral sold",
}


def booked_by(payment: Payment) -> str:
    """Who booked a payment: a person, a partner, or the door it came through."""
    if payment.posted_by:
        return payment.posted_by.full_name
    return payment.partner.name if payment.partner else _SOURCES.get(payment.source, "System")


def paid_for(payment: Payment) -> str:
    """Which instalments a payment paid: "No. 3 and 4", "No. 5, rest waits". Reads the prefetched allocations."""
    parts = list(payment.allocations.all())
    numbers = [str(number) for number in sorted({part.instalment.number for part in parts if part.instalment})]
    listed = " and ".join([", ".join(numbers[:-1]), numbers[-1]] if len(numbers) > 1 else numbers)
    waits = any(part.component == "suspense" for part in parts)
    moved = any(part.component == "set_off" for part in parts)
    said = [
        f"No. {listed}" if numbers else "",
        "set off against another loan" if moved else "",
        ("rest waits" if numbers or moved else "waits in suspense") if waits else "",
    ]
    words = ", ".join(part for part in said if part)
    return words[:1].upper() + words[1:]


def ledger_lines(entry: Entry) -> list[tuple[str, Decimal | None, Decimal | None]]:
    """The lines of an entry as (account, debit, credit)."""
    return [
        (str(line.account), line.amount if line.amount > 0 else None, -line.amount if line.amount < 0 else None)
        for line in entry.postings.all()
    ]


def arrears_mark(loan: Loan) -> tuple[str, str]:
    """How late a loan is."""
    if not loan.days_past_due:
        return "good", "Not overdue"
    mark = "bad" if loan.days_past_due > 90 else "warn"
    return mark, "1 day overdue" if loan.days_past_due == 1 else f"{loan.days_past_due} days overdue"


def events_of(history: History, loan: Loan) -> list[Event]:
    """The timeline of a loan, newest first: its own steps, and what was done to its money."""
    events = [
        Event(
            f"Loan is now {LOAN_STATES[step.new_state][1].lower()}" if step.new_state in LOAN_STATES else step.new_state,
            step.at,
            step.actor_name,
            step.reason,
            LOAN_STATES.get(step.new_state, ("neutral", ""))[0],
        )
        for step in history.steps
    ]
    for entry in history.entries:
        if entry.action in _SAID_TWICE:
            continue
        title = _ACTIONS.get(entry.action) or done(entry)
        amount = entry.details.get("amount") or entry.details.get("principal")
        parts = [entry.target_label if entry.target_label != loan.reference else "", money(amount, loan.currency) if amount else ""]
        reason = str(entry.details.get("reason") or "")
        text = ", ".join(part for part in [*parts, reason] if part)
        events.append(
            Event(title, entry.at, entry.actor_name, text, "bad" if entry.action.endswith(("reversed", "rejected")) else "neutral")
        )
    return sorted(events, key=lambda event: str(event.at), reverse=True)
