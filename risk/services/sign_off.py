"""Sign-off by a second person: from here the facts carry a score, a policy evaluation and a recommendation."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from core import audit
from core.errors import Conflict, DomainError
from core.events import publish
from core.models import User
from loans.services import locks
from loans.services.applications import start_review
from risk.events import InvestigationSignedOff
from risk.models import Investigation, InvestigationStep, PolicyEvaluation
from risk.selectors.bureau import unheard_report
from risk.selectors.conflicts import why_no_signer
from risk.selectors.statements import STATEMENT_WAITING, unsigned_statement
from risk.services.assessment import assess_application
from risk.services.cross_checks import differences
from risk.services.decision_words import kept_differences
from risk.services.file_work import INCOMPLETE, keep_step

State = Investigation.State


class UnableToSignOff(DomainError):
    """The investigation may not be signed off by this person or now."""

    title = "You cannot sign this investigation off"
    messages = {
        "not_entitled": "Only another credit investigator or a risk manager signs an investigation off.",
        "own_investigation": "You worked on this investigation. Another person has to sign it off.",
        "own_interest": "You declared an interest in a party of this file. Another person has to sign it off.",
        "own_intake": "You took this application in. Another person has to sign it off.",
        "incomplete": "The application waits for the applicant. It is signed off when what is missing came, or enough of it.",
        "unexplained": "Nobody has explained why these differ: {titles}. Send the file back to its investigator.",
        "unseen": "Say that you have looked at each difference and its explanation. Not yet: {titles}.",
        "report_waiting": "The bureau was asked about {name} and has not answered yet. It answers within a day, or is given up.",
        "report_unread": "The bureau answered about {name}, and the report is not in the file. Its investigator takes it in first.",
        "statement_waiting": STATEMENT_WAITING,
        "statement_read": "A statement was read after the investigation was put up. It goes back to its investigator.",
        "put_up_again": "The investigation was taken back and put up again after you opened it. Read it again before you sign it off.",
        "not_submitted": "The investigation was not put up for sign-off, or somebody signed it already.",
    }


@transaction.atomic
def sign_off_investigation(
    *,
    investigation: Investigation,
    actor: User,
    business_date: date,
    explanations_seen: Collection[str] = (),
    seen: datetime | None = None,
) -> PolicyEvaluation:
    """Stand behind somebody else's investigation: derive facts, score, evaluate the policy, move the file to review.

    What differs from what was stated has to be explained by whoever investigated; `explanations_seen` are the keys of the explanations that
    the signer looked at, one for each difference. That something could not be explained still counts among the checks not in order.
    `seen`: when what was looked at was put up; what was put up again since is not signed off.

    Raises UnableToSignOff: `not_entitled`, `own_investigation`, `own_interest`, `own_intake`, `not_submitted`, `put_up_again`,
    `incomplete`, `report_waiting`, `report_unread`, `statement_waiting`, `statement_read`, `unexplained`, `unseen`;
    UnableToAssess: `no_policy`.
    """
    locked = Investigation.objects.select_for_update(of=("self",)).select_related("application").get(pk=investigation.pk)
    application = locked.application
    # A record is amended before this, and read as it is then, or after it, and voids what is signed.
    locks.lock_application(application)
    if why := why_no_signer(actor, application):
        raise UnableToSignOff(why)
    if locked.state != State.SUBMITTED:
        raise UnableToSignOff("not_submitted")
    if seen is not None and locked.submitted_at != seen:
        raise UnableToSignOff("put_up_again")
    if application.state == INCOMPLETE:
        raise UnableToSignOff("incomplete")
    if unheard := unheard_report(application):
        raise UnableToSignOff(unheard[0], name=unheard[1])
    if unsigned := unsigned_statement(application, since=locked.submitted_at):
        raise UnableToSignOff(unsigned)
    differing = differences(application, business_date=business_date)
    if bare := [row.name for row in differing if row.explanation is None]:
        raise UnableToSignOff("unexplained", titles=", ".join(bare))
    if unseen := [row.name for row in differing if row.explanation is not None and str(row.explanation.pk) not in explanations_seen]:
        raise UnableToSignOff("unseen", titles=", ".join(unseen))
    changed = Investigation.objects.filter(pk=locked.pk, state=State.SUBMITTED).update(
        state=State.SIGNED_OFF, signed_by=actor, signed_at=timezone.now()
    )
    if not changed:
        raise Conflict("already_advanced", state=locked.get_state_display())
    locked.accepted = kept_differences({str(row.explanation.pk): row for row in differing if row.explanation})
    locked.save(update_fields=["accepted"])
    keep_step(locked, did=InvestigationStep.Did.SIGNED, actor=actor, business_date=business_date)
    evaluation = assess_application(application=application, business_date=business_date)
    start_review(application=application, actor=actor, business_date=business_date, reason="Investigation signed off.")
    audit.record(
        "investigation.signed_off",
        actor=actor,
        target=application,
        branch=application.branch_id,
        label=application.reference,
        business_date=business_date,
        recommendation=evaluation.outcome,
        **({"differences": {row.code: row.explanation.code for row in differing if row.explanation}} if differing else {}),
    )
    publish(InvestigationSignedOff(investigation_id=str(locked.pk), application_id=str(application.pk)))
    investigation.refresh_from_db()
    return evaluation
