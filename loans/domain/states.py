"""States of applications, facilities, loans and payouts, and which steps lead from one to the next."""

from __future__ import annotations

from enum import StrEnum


class ApplicationState(StrEnum):
    """Where an application stands."""

    DRAFT = "DRAFT"
    SUBMITTED = "SUBMITTED"
    INCOMPLETE = "INCOMPLETE"
    INVESTIGATING = "INVESTIGATING"
    REVIEW = "REVIEW"
    REFERRED = "REFERRED"
    APPROVED = "APPROVED"
    COUNTER_OFFERED = "COUNTER_OFFERED"
    DECLINED = "DECLINED"
    RETURNED = "RETURNED"
    OFFERED = "OFFERED"
    ACCEPTED = "ACCEPTED"
    OFFER_REFUSED = "OFFER_REFUSED"
    OFFER_EXPIRED = "OFFER_EXPIRED"
    CONTRACTED = "CONTRACTED"
    WITHDRAWN_IN_COOLING_OFF = "WITHDRAWN_IN_COOLING_OFF"
    WITHDRAWN = "WITHDRAWN"


class LoanState(StrEnum):
    """Where a loan stands. Overdue is derived, not a state."""

    SIGNED = "SIGNED"
    ACTIVE = "ACTIVE"
    CLOSED = "CLOSED"
    MATURED_UNPAID = "MATURED_UNPAID"
    CALLED = "CALLED"
    ENFORCEMENT = "ENFORCEMENT"
    SETTLED = "SETTLED"
    SOLD = "SOLD"


class FacilityState(StrEnum):
    """Where a facility stands."""

    COMMITTED = "COMMITTED"
    AVAILABLE = "AVAILABLE"
    SUSPENDED = "SUSPENDED"
    REDUCED = "REDUCED"
    EXPIRED = "EXPIRED"
    CANCELLED = "CANCELLED"


class DisbursementState(StrEnum):
    """Where money on its way out stands."""

    REQUESTED = "REQUESTED"
    CONFIRMED = "CONFIRMED"
    SENT = "SENT"
    PAID = "PAID"
    RETURNED = "RETURNED"
    REJECTED = "REJECTED"
    CANCELLED = "CANCELLED"


A, L, D, F = ApplicationState, LoanState, DisbursementState, FacilityState

_WITHDRAWABLE = {A.WITHDRAWN}

TRANSITIONS: dict[StrEnum, set[StrEnum]] = {
    A.DRAFT: {A.SUBMITTED} | _WITHDRAWABLE,
    A.SUBMITTED: {A.INCOMPLETE, A.INVESTIGATING} | _WITHDRAWABLE,
    A.INCOMPLETE: {A.INVESTIGATING} | _WITHDRAWABLE,
    A.INVESTIGATING: {A.INCOMPLETE, A.REVIEW} | _WITHDRAWABLE,
    A.REVIEW: {A.REFERRED, A.APPROVED, A.COUNTER_OFFERED, A.DECLINED, A.RETURNED, A.INVESTIGATING} | _WITHDRAWABLE,
    A.REFERRED: {A.REVIEW, A.INVESTIGATING} | _WITHDRAWABLE,
    A.RETURNED: {A.SUBMITTED} | _WITHDRAWABLE,
    # A decline ends the file, unless a second look that the applicant asked for takes it up again.
    A.DECLINED: {A.REVIEW},
    A.APPROVED: {A.OFFERED} | _WITHDRAWABLE,
    A.COUNTER_OFFERED: {A.OFFERED} | _WITHDRAWABLE,
    A.OFFERED: {A.ACCEPTED, A.OFFER_REFUSED, A.OFFER_EXPIRED} | _WITHDRAWABLE,
    A.ACCEPTED: {A.CONTRACTED, A.OFFER_EXPIRED} | _WITHDRAWABLE,
    A.CONTRACTED: {A.WITHDRAWN_IN_COOLING_OFF},
    L.SIGNED: {L.ACTIVE, L.CLOSED},
    L.ACTIVE: {L.CLOSED, L.MATURED_UNPAID, L.CALLED, L.SETTLED, L.SOLD},
    # A reversed payment opens a closed loan again.
    L.CLOSED: {L.ACTIVE},
    # What was owed at maturity may fall due later again: a prepayment that had shortened the contract is taken back.
    L.MATURED_UNPAID: {L.ACTIVE, L.CLOSED, L.CALLED, L.ENFORCEMENT, L.SETTLED, L.SOLD},
    L.CALLED: {L.CLOSED, L.ENFORCEMENT, L.SETTLED, L.SOLD},
    L.ENFORCEMENT: {L.CLOSED, L.SETTLED, L.SOLD},
    D.REQUESTED: {D.CONFIRMED, D.REJECTED, D.CANCELLED},
    D.CONFIRMED: {D.SENT, D.CANCELLED},
    D.SENT: {D.PAID, D.RETURNED},
    F.COMMITTED: {F.AVAILABLE, F.SUSPENDED, F.EXPIRED, F.CANCELLED},
    F.AVAILABLE: {F.SUSPENDED, F.EXPIRED, F.CANCELLED},
    F.SUSPENDED: {F.COMMITTED, F.AVAILABLE, F.EXPIRED, F.CANCELLED},
}

# From these an application goes on; the others are the end of it.
OPEN_STATES = frozenset(
    {
        A.DRAFT,
        A.SUBMITTED,
        A.INCOMPLETE,
        A.INVESTIGATING,
        A.REVIEW,
        A.REFERRED,
        A.RETURNED,
        A.APPROVED,
        A.COUNTER_OFFERED,
        A.OFFERED,
        A.ACCEPTED,
    }
)
# With the bank, after the applicant has handed it in and before there is an answer.
IN_PROCESS = frozenset({A.SUBMITTED, A.INCOMPLETE, A.INVESTIGATING, A.REVIEW, A.REFERRED})


def may_advance(old: StrEnum, new: StrEnum) -> bool:
    """Whether one step leads from `old` to `new`."""
    return new in TRANSITIONS.get(old, set())
