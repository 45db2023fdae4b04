"""What this room does when others report something. Each handler is idempotent and calls one service."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from collateral.events import PledgeProposed
from collateral.models import Asset
from collateral.services.given_up_cover import ask_before_cover_is_given_up
from core.business_date import get_business_date
from core.events import subscribe
from loans.events import (
    ApplicationStatusChanged,
    ApplicationSubmitted,
    CustomerAmended,
    DisbursementRequested,
    InterestDeclared,
    LoanContracted,
    StatementRead,
)
from loans.models import Application, CustomerAmendment, DeclaredInterest, Disbursement, StatementImport
from loans.models.applications import Channel
from loans.selectors.granted import IN_FLIGHT
from loans.selectors.money_to_leave import with_money_to_leave
from loans.services.holds import measure_before_money
from loans.services.locks import lock_application
from risk.selectors.files import handed_in_files_of
from risk.services import cover_authority
from risk.services.address_doubts import doubt_addresses
from risk.services.amended_decisions import end_amended, measure_amended
from risk.services.fraud import look_for_fraud
from risk.services.interests import step_back
from risk.services.investigations import open_investigation
from risk.services.judged_anew import judge_anew, tell_who_may_carry
from risk.services.left_review import end_what_nobody_decides
from risk.services.new_statements import UNDECIDED, send_back_to_be_signed
from risk.services.payout_authority import retest_payout_authority
from risk.services.traces import lay_traces


def open_file(event: ApplicationSubmitted) -> None:
    """A submitted application gets its investigation, and is looked at beside all others."""
    application = Application.objects.select_related("product_version", "borrower").get(pk=event.application_id)
    open_investigation(application=application, business_date=get_business_date())
    look_for_fraud(application=application, business_date=get_business_date())


def step_back_from_files(event: InterestDeclared) -> None:
    """Who declared an interest has nothing of the files of that borrower in hand any more."""
    interest = DeclaredInterest.objects.select_related("borrower").get(pk=event.interest_id)
    step_back(interest=interest, business_date=get_business_date())


def end_decision_of_left_file(event: ApplicationStatusChanged) -> None:
    """Nobody is asked any more to confirm a decision on a file that is no longer in review."""
    if event.old_state in ("REVIEW", "REFERRED"):
        end_what_nobody_decides(application=Application.objects.get(pk=event.application_id))


def end_what_is_carried_no_more(event: ApplicationStatusChanged) -> None:
    """Nobody is asked to carry a decision whose offer has ended."""
    if event.old_state in IN_FLIGHT and event.new_state not in IN_FLIGHT:
        end_amended(application=Application.objects.get(pk=event.application_id), business_date=get_business_date())


def look_at_payout(event: DisbursementRequested) -> None:
    """As soon as money is asked for, the file is looked at beside all others again, and who may carry more of an exposure learns of it: not
    when its confirmation, which looks once more, is refused.
    """
    application = Disbursement.objects.select_related("loan__application").get(pk=event.disbursement_id).loan.application
    look_for_fraud(application=application, business_date=get_business_date())
    measure_payouts(application, get_business_date())


def measure_payouts(application: Application, business_date: date) -> None:
    """While money of a file waits to leave, the authority behind it is tested on the exposure, cover, matrix and roles of the moment."""
    waiting = Disbursement.objects.filter(loan__application=application, state="REQUESTED")
    waiting = waiting.select_related("requested_by", "loan__application__product_version__product", "loan__borrower")
    for payout in waiting.order_by("pk"):
        retest_payout_authority(loan=payout.loan, requested_by=payout.requested_by, business_date=business_date)


def look_at_amended(event: CustomerAmended) -> None:
    """The traces of everybody's files follow who they are by now, and the files that are still open are looked at once more."""
    files = handed_in_files_of(UUID(event.borrower_id))
    live = set(with_money_to_leave(files).values_list("pk", flat=True))
    for application in files.select_related("borrower").order_by("pk"):
        if application.pk in live:
            look_for_fraud(application=application, business_date=get_business_date())
        else:
            lay_traces(lock_application(application))


def judge_amended_anew(event: CustomerAmended) -> None:
    """Nobody stands behind what was judged of who they are no more."""
    amendment = CustomerAmendment.objects.select_related("borrower").get(pk=event.amendment_id)
    judge_anew(amendment=amendment, business_date=get_business_date())


def sign_new_statement(event: StatementRead) -> None:
    """Nobody stands behind what a statement shows that was read after they signed; and others may have shown the same account."""
    statement = StatementImport.objects.select_related("partner", "application__borrower").get(pk=event.statement_id)
    send_back_to_be_signed(statement=statement, business_date=get_business_date())
    if statement.application is not None and statement.application.state in UNDECIDED:
        look_for_fraud(application=statement.application, business_date=get_business_date())


def look_at_contract(event: LoanContracted) -> None:
    """A record amended between the decision and the contract is told as soon as there is money to carry, not when it is asked for."""
    application = Application.objects.get(pk=event.application_id)
    tell_who_may_carry(application=application, business_date=get_business_date())


def look_before_payout(application: Application, business_date: date) -> None:
    """While money of a file waits to leave, the account it goes to is held against those of all other files. What another bank paid out
    long ago is brought in as it was.
    """
    if application.channel == Channel.IMPORT:
        return
    if Disbursement.objects.filter(loan__application=application, state="REQUESTED").exists():
        look_for_fraud(application=application, business_date=business_date)


def doubt_what_is_pledged(event: PledgeProposed) -> None:
    """An asset that is pledged later is held against what visits and registers said before."""
    asset = Asset.objects.get(pk=event.asset_id)
    application = Application.objects.select_related("borrower").get(pk=event.application_id)
    doubt_addresses(asset=asset, application=application, business_date=get_business_date())


def register() -> None:
    """Called once when the house starts."""
    subscribe(ApplicationSubmitted, open_file)
    subscribe(PledgeProposed, doubt_what_is_pledged)
    subscribe(InterestDeclared, step_back_from_files)
    subscribe(ApplicationStatusChanged, end_decision_of_left_file)
    subscribe(ApplicationStatusChanged, end_what_is_carried_no_more)
    subscribe(DisbursementRequested, look_at_payout)
    subscribe(CustomerAmended, look_at_amended)
    subscribe(CustomerAmended, judge_amended_anew)
    subscribe(StatementRead, sign_new_statement)
    subscribe(LoanContracted, look_at_contract)
    ask_before_cover_is_given_up(cover_authority)
    measure_before_money(look_before_payout)
    measure_before_money(measure_payouts)
    measure_before_money(measure_amended)
