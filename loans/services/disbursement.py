"""Money out: one person requests, another confirms, and the books know both steps."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from core import audit, four_eyes
from core.errors import DomainError
from core.events import publish
from core.models import User
from core.money import MoneyError, check_amount, grouped
from core.references import next_reference
from core.roles import Role
from loans.domain.product_rules import is_iban
from loans.domain.states import DisbursementState, FacilityState, LoanState
from loans.events import DisbursementRequested, LoanDisbursed
from loans.ledger import chart
from loans.ledger.services import EntryDraft, post
from loans.models import ApplicationHold, Disbursement, Facility, Loan
from loans.models.applications import Channel
from loans.selectors.interests import has_interest
from loans.services import locks
from loans.services.conditions import list_open_conditions
from loans.services.contracts import payout_fees, replan
from loans.services.exposures import exposure_test
from loans.services.figures import refresh_loan
from loans.services.holds import held_reasons, measure_again
from loans.services.screening import screen_payout
from loans.services.states import advance, words

PROPOSAL = "disbursement"
CONFIRMERS = (Role.APPROVER, Role.RISK_MANAGER)
# What is drawn under such a limit stays owed; what is not paid out yet stays here.
CLOSED_LIMITS = (FacilityState.SUSPENDED, FacilityState.CANCELLED)


class UnableToRequestDisbursement(DomainError):
    """The payout cannot be requested."""

    title = "The payout was not requested"
    messages = {
        "not_entitled": "Only loan officers request payouts.",
        "not_open": "Nothing is paid out of this loan any more; it is {state}.",
        "limit_closed": "Nothing is paid out under this limit now; it is {state}.",
        "bad_amount": "{detail}",
        "limit_exceeded": "Only {undrawn} {currency} of this loan are not drawn yet.",
        "below_fees": "The fees of {fees} {currency} are taken from the first payout, which has to be larger.",
        "payee_missing": "Enter who is paid.",
        "invalid_iban": "This is not a valid IBAN; check its digits.",
        "already_requested": "The same payout to the same payee is requested already.",
    }


class UnableToConfirmDisbursement(DomainError):
    """The payout may not be confirmed now; `code` says why."""

    title = "The payout was not confirmed"
    messages = {
        "own_request": "You requested this payout yourself. Another person has to confirm it.",
        "not_entitled": "Only approvers and risk managers of this branch confirm payouts.",
        "own_interest": "You declared an interest in a party of this file. Another person has to confirm the payout.",
        "already_decided": "Somebody was first: this payout is {state}.",
        "open_condition": "These conditions are open: {conditions}.",
        "on_hold": "The application is on hold; what holds it has to be decided first.",
        "fraud_signal": "A fraud signal stands against the file. Who judges signals and did not work on the file decides it, under Fraud signals "
        "on the page of the application.",
        "screening_hit": "A screening hit or blacklist entry stands against the borrower, a party or the payee. Compliance decides it.",
        "limit_exceeded": "Only {undrawn} {currency} of this loan are not drawn yet.",
        "not_open": "Nothing is paid out of this loan any more; it is {state}.",
        "limit_closed": "Nothing is paid out under this limit now; it is {state}.",
        "beyond_authority": "The exposure to the borrower's connected group is {exposure} {currency}; {carried_by} may carry {most}. "
        "Somebody with the authority carries it first, under Authority on the page of the loan.",
    }


class UnableToRejectDisbursement(DomainError):
    """The payout cannot be refused or taken back."""

    title = "The payout was not refused"
    messages = {
        "not_entitled": "Only approvers and risk managers of this branch, or who requested it, refuse a payout.",
        "already_decided": "Somebody was first: this payout is {state}.",
        "reason_missing": "Write down why.",
    }


@transaction.atomic
def request_disbursement(
    *, loan: Loan, amount: Decimal, payee_name: str, payee_iban: str, actor: User | None, business_date: date
) -> Disbursement:
    """Ask for money to leave. Nothing moves before another person confirms. Amount in the loan's currency.

    Without an actor only imported loans are paid out. Raises UnableToRequestDisbursement.
    """
    # Before the loan is held: an application is locked before its loans.
    measure_again(loan.application, business_date=business_date)
    held = locks.lock_loan(loan.pk)
    imported = actor is None and held.application.channel == Channel.IMPORT
    if not imported and (actor is None or not actor.has_role(Role.OFFICER)):
        raise UnableToRequestDisbursement("not_entitled")
    _check_request(held, amount, payee_name, payee_iban, imported)
    disbursement = Disbursement(
        reference=next_reference("DP"),
        loan=held,
        amount=amount,
        payee_name=payee_name.strip(),
        payee_iban=payee_iban.replace(" ", "").upper(),
        requested_by=actor,
    )
    disbursement.save(force_insert=True)
    if actor is not None:
        four_eyes.propose(
            kind=PROPOSAL,
            target=disbursement,
            title=f"Payout {disbursement.reference} of {grouped(amount, held.currency)} {held.currency} from {held.reference}",
            roles=CONFIRMERS,
            actor=actor,
            content=_content(disbursement),
            path=f"/loans/{held.public_id}/#payout",
            branch_id=held.branch_id,
        )
    audit.record(
        "disbursement.requested", actor=actor, target=disbursement, branch=held.branch_id, business_date=business_date, amount=amount
    )
    publish(DisbursementRequested(loan_id=held.pk, disbursement_id=str(disbursement.pk)))
    return disbursement


def confirm_disbursement(*, disbursement: Disbursement, actor: User | None, business_date: date, actor_name: str = "") -> Disbursement:
    """Let requested money leave: the second pair of eyes. Screens everybody and looks at the file beside all others again, then pays out
    and books.

    Looking and paying out are one transaction, in which the application is held. What was found is kept even when it stops the payout: the
    hits are what compliance decides, the signals what investigators judge; so are what else holds the file by now and the word to those who
    may carry an exposure that has grown since the decision. Raises UnableToConfirmDisbursement: `own_request`, `not_entitled`,
    `own_interest`, `already_decided`, `open_condition`, `on_hold`, `fraud_signal`, `screening_hit`, `limit_exceeded`, `limit_closed`,
    `not_open`, `beyond_authority`.
    """
    _check_person(disbursement, actor)
    with transaction.atomic():
        application = locks.lock_application(disbursement.loan.application)
        clear = screen_payout(disbursement=disbursement, actor=actor, business_date=business_date)
        measure_again(application, business_date=business_date)
        try:
            return _let_go(disbursement, clear=clear, actor=actor, business_date=business_date, actor_name=actor_name)
        except DomainError as refusal:
            refused = refusal
    raise refused


@transaction.atomic
def reject_disbursement(*, disbursement: Disbursement, reason: str, actor: User, business_date: date) -> Disbursement:
    """Refuse a requested payout; who requested it takes it back the same way.

    Raises UnableToRejectDisbursement: `not_entitled`, `already_decided`, `reason_missing`.
    """
    if not reason.strip():
        raise UnableToRejectDisbursement("reason_missing")
    loan = locks.lock_loan(disbursement.loan_id)
    held = Disbursement.objects.select_for_update(of=("self",)).get(pk=disbursement.pk)
    own = held.requested_by_id == actor.pk
    if not own and not _entitled(actor, loan):
        raise UnableToRejectDisbursement("not_entitled")
    if held.state != DisbursementState.REQUESTED:
        raise UnableToRejectDisbursement("already_decided", state=words(held.state))
    proposal = four_eyes.open_proposal(kind=PROPOSAL, target=held)
    if proposal is not None:
        four_eyes.reject(proposal, actor=actor, reason=reason)
    state = DisbursementState.CANCELLED if own else DisbursementState.REJECTED
    advance(held, state, actor=actor, business_date=business_date, reason=reason)
    audit.record(
        f"disbursement.{state.lower()}", actor=actor, target=held, branch=loan.branch_id, business_date=business_date, reason=reason
    )
    return held


def _check_request(loan: Loan, amount: Decimal, payee_name: str, payee_iban: str, imported: bool) -> None:
    if loan.state not in (LoanState.SIGNED, LoanState.ACTIVE):
        raise UnableToRequestDisbursement("not_open", state=words(loan.state))
    if loan.facility.state in CLOSED_LIMITS:
        raise UnableToRequestDisbursement("limit_closed", state=words(loan.facility.state))
    try:
        check_amount(amount, loan.currency)
    except MoneyError as error:
        raise UnableToRequestDisbursement("bad_amount", detail=str(error)) from error
    # Sent twice by mistake; two payouts to two payees may well wait side by side.
    if loan.disbursements.filter(state=DisbursementState.REQUESTED, amount=amount, payee_name=payee_name.strip()).exists():
        raise UnableToRequestDisbursement("already_requested")
    if amount > loan.undrawn:
        raise UnableToRequestDisbursement("limit_exceeded", undrawn=grouped(loan.undrawn, loan.currency), currency=loan.currency)
    fees = payout_fees(loan) if loan.disbursed_date is None else Decimal(0)
    if amount <= fees:
        raise UnableToRequestDisbursement("below_fees", fees=grouped(fees, loan.currency), currency=loan.currency)
    if not payee_name.strip():
        raise UnableToRequestDisbursement("payee_missing")
    if not is_iban(payee_iban) and not (imported and not payee_iban):
        raise UnableToRequestDisbursement("invalid_iban")


def _content(disbursement: Disbursement) -> dict[str, Any]:
    """What the second person confirms: any later edit of it voids the proposal."""
    index = bytes(disbursement.payee_iban_index or b"").hex()
    return {"loan": disbursement.loan_id, "amount": f"{disbursement.amount:.4f}", "payee": disbursement.payee_name, "account": index}


def _entitled(actor: User, loan: Loan) -> bool:
    return actor.is_active and actor.has_role(*CONFIRMERS) and (actor.is_bank_wide or loan.branch_id in actor.branch_ids)


def _check_person(disbursement: Disbursement, actor: User | None) -> None:
    loan = Loan.objects.select_related("application").get(pk=disbursement.loan_id)
    if actor is None:
        if disbursement.requested_by_id is not None or loan.application.channel != Channel.IMPORT:
            raise UnableToConfirmDisbursement("not_entitled")
        return
    if actor.pk == disbursement.requested_by_id:
        raise UnableToConfirmDisbursement("own_request")
    if not _entitled(actor, loan):
        raise UnableToConfirmDisbursement("not_entitled")
    if has_interest(actor, loan.application):
        raise UnableToConfirmDisbursement("own_interest")


@transaction.atomic
def _let_go(disbursement: Disbursement, *, clear: bool, actor: User | None, business_date: date, actor_name: str) -> Disbursement:
    loan = locks.lock_loan(disbursement.loan_id)
    held = Disbursement.objects.select_for_update(of=("self",)).get(pk=disbursement.pk)
    _check_facts(loan, held, clear=clear)
    if (proposal := four_eyes.open_proposal(kind=PROPOSAL, target=held)) is not None and actor is not None:
        four_eyes.confirm(proposal, actor=actor, content=_content(held))

    step: dict[str, Any] = {"actor": actor, "business_date": business_date, "actor_name": actor_name}
    advance(held, DisbursementState.CONFIRMED, confirmed_by=actor, confirmed_at=timezone.now(), value_date=business_date, **step)
    first = loan.disbursed_date is None
    if first:
        replan(loan=loan, start_date=business_date)
    fees = payout_fees(loan) if first else Decimal(0)
    post(_in_transit(loan, held, fees, business_date), actor=actor)
    advance(held, DisbursementState.SENT, **step)
    advance(held, DisbursementState.PAID, **step)
    post(_paid(loan, held, held.amount - fees, business_date), actor=actor)

    Loan.objects.filter(pk=loan.pk).update(undrawn=F("undrawn") - held.amount)
    if loan.state == LoanState.SIGNED:
        advance(loan, LoanState.ACTIVE, disbursed_date=business_date, **step)
        Facility.objects.filter(pk=loan.facility_id, state=Facility.State.COMMITTED).update(state=Facility.State.AVAILABLE)
    refresh_loan(loan, business_date=business_date)
    audit.record(
        "disbursement.confirmed",
        actor=actor,
        actor_name=actor_name,
        target=held,
        branch=loan.branch_id,
        business_date=business_date,
        amount=held.amount,
        fees=fees,
        loan=loan.reference,
    )
    publish(LoanDisbursed(loan_id=loan.pk, disbursement_id=str(held.pk)))
    return held


def _check_facts(loan: Loan, disbursement: Disbursement, *, clear: bool) -> None:
    if disbursement.state != DisbursementState.REQUESTED:
        raise UnableToConfirmDisbursement("already_decided", state=words(disbursement.state))
    if loan.state not in (LoanState.SIGNED, LoanState.ACTIVE):
        raise UnableToConfirmDisbursement("not_open", state=words(loan.state))
    # Held, so that who suspends the limit at this moment comes before or after, never in between.
    if (limit := locks.lock_facility(loan.facility_id)).state in CLOSED_LIMITS:
        raise UnableToConfirmDisbursement("limit_closed", state=words(limit.state))
    if conditions := list_open_conditions(loan.application):
        raise UnableToConfirmDisbursement("open_condition", conditions=", ".join(condition.title for condition in conditions))
    if not clear:
        raise UnableToConfirmDisbursement("screening_hit")
    if reasons := held_reasons(loan.application):
        raise UnableToConfirmDisbursement("fraud_signal" if reasons == {ApplicationHold.Reason.FRAUD} else "on_hold")
    if loan.undrawn < disbursement.amount:
        raise UnableToConfirmDisbursement("limit_exceeded", undrawn=grouped(loan.undrawn, loan.currency), currency=loan.currency)
    if (test := exposure_test(loan.application, loan.borrower)).beyond:
        raise UnableToConfirmDisbursement("beyond_authority", **test.in_words(loan.currency))


def _in_transit(loan: Loan, disbursement: Disbursement, fees: Decimal, business_date: date) -> EntryDraft:
    """Debit the loan with what was granted; what leaves goes into transit; the contract's payout fees are kept."""
    return EntryDraft(
        booking_date=business_date,
        value_date=business_date,
        text=f"Payout {disbursement.reference} of {loan.reference} confirmed",
        source_type="disbursement",
        source_id=str(disbursement.pk),
        event="confirmed",
        loan_id=loan.pk,
        postings=[
            (chart.PRINCIPAL, disbursement.amount, loan.currency),
            (chart.PAYOUTS_IN_TRANSIT, fees - disbursement.amount, loan.currency),
            (chart.FEE_INCOME, -fees, loan.currency),
        ],
    )


def _paid(loan: Loan, disbursement: Disbursement, net: Decimal, business_date: date) -> EntryDraft:
    return EntryDraft(
        booking_date=business_date,
        value_date=business_date,
        text=f"Payout {disbursement.reference} of {loan.reference} paid",
        source_type="disbursement",
        source_id=str(disbursement.pk),
        event="paid",
        loan_id=loan.pk,
        postings=[(chart.PAYOUTS_IN_TRANSIT, net, loan.currency), (chart.CASH, -net, loan.currency)],
    )
