"""Files whose money may still leave, judged anew when the record of one of their parties says otherwise than when they were signed off."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from core import audit
from loans.models import Application, CustomerAmendment, Loan
from loans.selectors.amendments import amendments_in_words, is_judged_by
from loans.selectors.loans import DRAWABLE
from loans.selectors.money_to_leave import with_money_to_leave
from loans.selectors.terms import application_with_terms
from loans.services import locks
from risk.models import Decision, Investigation
from risk.selectors.files import handed_in_files_of
from risk.services.authority_standing import decision_behind
from risk.services.file_work import EDITABLE, REFERRED, reopen
from risk.services.payout_authority import retest_payout_authority
from risk.services.turned import unjudged_amendments


@transaction.atomic
def judge_anew(*, amendment: CustomerAmendment, business_date: date) -> None:
    """Void the sign-off of files that are not decided yet, and with it what was put up; assess those that are, and tell who may carry them.

    An amendment of nothing that anybody is judged by, such as a telephone number, changes no file; nor does one that the sign-off already
    knew.
    """
    if not is_judged_by(amendment):
        return
    why = amendments_in_words([amendment])
    for application in with_money_to_leave(handed_in_files_of(amendment.borrower_id)).order_by("pk"):
        # The investigation before the file: the order in which everything else locks them.
        found = Investigation.objects.select_for_update(of=("self",)).filter(application=application)
        investigation = found.select_related("investigator").first()
        if investigation is None or investigation.state != Investigation.State.SIGNED_OFF or _was_known(amendment, investigation):
            continue
        # Held while it is assessed: a payout that is confirmed meanwhile waits here, and is then held against the new grade.
        investigation.application = locks.lock_application(application)
        if investigation.application.state in (*EDITABLE, REFERRED):
            reason = f"{why[0].upper()}{why[1:]}."
            reopen(investigation, actor=None, business_date=business_date, reason=reason, to=investigation.investigator)
        elif decision := decision_behind(investigation.application):
            _assess_again(decision, amendment, business_date)
            tell_who_may_carry(application=investigation.application, business_date=business_date)


def _was_known(amendment: CustomerAmendment, investigation: Investigation) -> bool:
    """Whether the facts were signed off after the amendment; word of it came late."""
    signed, decided = investigation.signed_at, amendment.decided_at
    return signed is not None and decided is not None and signed > decided


def _assess_again(decision: Decision, amendment: CustomerAmendment, business_date: date) -> None:
    """What was decided stays as it was decided; what the file comes to now is kept beside it,
    and its grade is the one authority goes by.
    """
    # It reads statements with pandas, which a process that only delivers events shall not load before one of these comes.
    from risk.services.assessment import UnableToAssess, assess_application

    application = application_with_terms(decision.application_id)
    before = application.recommendation
    try:
        after = assess_application(application=application, business_date=business_date).outcome
    except UnableToAssess as refusal:
        after = refusal.code
    audit.record(
        "application.judged_anew",
        actor=None,
        target=application,
        business_date=business_date,
        amendment=amendment.pk,
        before=before,
        after=after,
    )


@transaction.atomic
def tell_who_may_carry(*, application: Application, business_date: date) -> None:
    """Put money of a decided file that may still leave before those who may carry it,
    when a record was amended since its facts were signed off.
    """
    decision = decision_behind(application)
    if decision is None or not unjudged_amendments(application, decided_at=decision.decided_at):
        return
    loans = Loan.objects.filter(application=application, state__in=DRAWABLE, undrawn__gt=0)
    for loan in loans.select_related("application__product_version__product", "product_version__product", "borrower").order_by("pk"):
        retest_payout_authority(loan=loan, requested_by=None, business_date=business_date)
