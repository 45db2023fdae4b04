"""States of applications, loans and payouts, and which steps lead from one to the next."""

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


class DisbursementState(StrEnum):
    """Where money on its way out stands."""

    REQUESTED = "REQUESTED"
    CONFIRMED = "CONFIRMED"
    SENT = "SENT"
    PAID = "PAID"
    RETURNED = "RETURNED"
    REJECTED = "REJECTED"
    CANCELLED = "CANCELLED"
