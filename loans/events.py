"""What loans tells the world. Ids are text or integers, so that they travel as JSON."""

from __future__ import annotations

from dataclasses import dataclass

from core.events import Event


@dataclass(frozen=True)
class ApplicationSubmitted(Event):
    """An application is complete and with the bank."""

    application_id: str


@dataclass(frozen=True)
class ApplicationDecided(Event):
    """The applicant has an answer."""

    application_id: str
    outcome: str


@dataclass(frozen=True)
class ApplicationStatusChanged(Event):
    """An application moved from one state to the next."""

    application_id: str
    old_state: str
    new_state: str


@dataclass(frozen=True)
class OfferLapsed(Event):
    """An offer ended by night: not accepted in time (`old_state` OFFERED), or accepted and without a contract (ACCEPTED)."""

    application_id: str
    old_state: str
    business_date: str


@dataclass(frozen=True)
class InterestDeclared(Event):
    """A member of staff declared an interest in a borrower."""

    interest_id: str


@dataclass(frozen=True)
class CustomerAmended(Event):
    """A customer's record says otherwise than before."""

    borrower_id: str
    amendment_id: str


@dataclass(frozen=True)
class StatementRead(Event):
    """A file that somebody sent brought new lines of an applicant's accounts, contradicts those that are there, or is left out."""

    statement_id: str


@dataclass(frozen=True)
class ScreeningProbed(Event):
    """A partner asks for screenings unusually often."""

    partner_id: str
    count: int


@dataclass(frozen=True)
class LoanContracted(Event):
    """A contract was made of an accepted offer."""

    loan_id: int
    application_id: str


@dataclass(frozen=True)
class ContractLapsed(Event):
    """A contract ended by night because nothing was paid out of it in time."""

    loan_id: int
    business_date: str


@dataclass(frozen=True)
class DisbursementRequested(Event):
    """Somebody asks for money of a loan to leave."""

    loan_id: int
    disbursement_id: str


@dataclass(frozen=True)
class LoanDisbursed(Event):
    """Money has left the bank for a loan."""

    loan_id: int
    disbursement_id: str


@dataclass(frozen=True)
class PaymentPosted(Event):
    """A payment was booked."""

    loan_id: int
    payment_id: str


@dataclass(frozen=True)
class PaymentReversed(Event):
    """A payment was taken back."""

    loan_id: int
    payment_id: str


@dataclass(frozen=True)
class LoanClosed(Event):
    """Nothing is owed any more."""

    loan_id: int


@dataclass(frozen=True)
class LoanReopened(Event):
    """A closed loan owes something again: a payment was taken back."""

    loan_id: int


@dataclass(frozen=True)
class LoanMaturedUnpaid(Event):
    """The last due date of a loan has gone by and something is still owed: told by the nightly sweep, each time it happens."""

    loan_id: int
    business_date: str


@dataclass(frozen=True)
class LoanPassedMilestone(Event):
    """A loan's days past due reached a milestone (1, 31, 91): told once per episode, by the nightly sweep."""

    loan_id: int
    milestone: int
    days_past_due: int
    business_date: str
