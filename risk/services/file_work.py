"""Who may work on an investigation, and what an edit after sign-off undoes."""

from __future__ import annotations

from datetime import date

from core import audit, four_eyes
from core.errors import DomainError
from core.events import publish
from core.models import User
from core.roles import Role
from loans.models import Application
from loans.selectors.intake_hands import took_in
from loans.selectors.interests import has_interest
from loans.services.applications import reopen_investigation
from risk.events import InvestigationReopened
from risk.models import Investigation, InvestigationStep
from risk.selectors.conflicts import judged_signal
from risk.selectors.statements import STATEMENT_WAITING

DECISION = "decision"
INVESTIGATING, INCOMPLETE, REVIEW, REFERRED = "INVESTIGATING", "INCOMPLETE", "REVIEW", "REFERRED"
# While the applicant is waited for, the rest of the work goes on.
EDITABLE = frozenset({INVESTIGATING, INCOMPLETE, REVIEW})


class UnableToInvestigate(DomainError):
    """The step of the investigation may not be taken now; `code` says why."""

    title = "This step of the investigation cannot be taken"
    messages = {
        "not_entitled": "Only a credit investigator works on an investigation.",
        "own_intake": "You took this application in. Somebody else has to investigate it.",
        "own_interest": "You declared an interest in a party of this file. Somebody else has to investigate it.",
        "judged_signal": "You judged a fraud signal of this file. Somebody else has to investigate it.",
        "taken": "{name} already works on this investigation.",
        "not_managers": "Only a risk manager takes an investigation from who works on it.",
        "nobodys": "Nobody works on this investigation.",
        "not_yours": "{name} works on this investigation. Only that person puts it up.",
        "not_taken": "Nobody has taken this investigation yet. Take it first.",
        "not_open": "The investigation waits for sign-off. Take it back before you change it.",
        "incomplete": "The application waits for the applicant. The investigation is put up when what is missing came, or enough of it.",
        "note_missing": "Say what was found.",
        "no_visit": "No visit is in the file since the application was handed in. Record it under field work, then answer this check.",
        "not_a_signer": "Its investigator takes it back, or somebody who could sign it off: who neither took the application in nor worked on it, and has no interest in it.",
        "back_without_reason": "Say what is still to be found out; its investigator reads it.",
        "foreign_document": "The document belongs to another application.",
        "items_open": "{count} required checks are still open: {titles}.",
        "report_waiting": "The bureau was asked about {name} and has not answered yet. It answers within a day, or is given up.",
        "report_unread": "The bureau answered about {name}, and the report is not in the file. Take it into the file first, under Bureau.",
        "statement_waiting": STATEMENT_WAITING,
        "unexplained": "Nobody has explained why these differ: {titles}. Say why under stated against seen, then put it up.",
        "summary_missing": "Write a summary of the investigation.",
        "application_closed": "The application is no longer in investigation or review.",
        "no_investigation": "The application has no investigation.",
    }


def keep_step(investigation: Investigation, *, did: InvestigationStep.Did, actor: User, business_date: date) -> None:
    """Keep for good that somebody did this in the investigation; a second time adds nothing."""
    step = InvestigationStep(application_id=investigation.application_id, did=did, person=actor, done_date=business_date)
    InvestigationStep.objects.bulk_create([step], ignore_conflicts=True)


def lock_for_work(investigation: Investigation, *, actor: User, business_date: date) -> Investigation:
    """Lock the investigation for a change by `actor`; a signed one is reopened first.

    Raises UnableToInvestigate: `not_entitled`, `own_intake`, `judged_signal`, `own_interest`, `not_taken`, `not_open`,
    `application_closed`.
    """
    if not actor.has_role(Role.INVESTIGATOR):
        raise UnableToInvestigate("not_entitled")
    locked = Investigation.objects.select_for_update(of=("self",)).select_related("application").get(pk=investigation.pk)
    if took_in(actor, locked.application):
        raise UnableToInvestigate("own_intake")
    if judged_signal(actor, locked.application):
        raise UnableToInvestigate("judged_signal")
    if has_interest(actor, locked.application):
        raise UnableToInvestigate("own_interest")
    if locked.investigator_id is None:
        raise UnableToInvestigate("not_taken")
    if locked.application.state not in EDITABLE:
        raise UnableToInvestigate("application_closed")
    if locked.state == Investigation.State.SUBMITTED:
        raise UnableToInvestigate("not_open")
    if locked.state == Investigation.State.SIGNED_OFF:
        reopen(locked, actor=actor, business_date=business_date, reason="The file changed after sign-off.")
    return locked


def lock_file(application: Application, *, actor: User, business_date: date) -> Investigation:
    """The investigation of an application, locked as `lock_for_work` does. Raises UnableToInvestigate, also `no_investigation`."""
    investigation = Investigation.objects.filter(application=application).first()
    if investigation is None:
        raise UnableToInvestigate("no_investigation")
    return lock_for_work(investigation, actor=actor, business_date=business_date)


def reopen(investigation: Investigation, *, actor: User | None, business_date: date, reason: str, to: User | None = None) -> None:
    """Void the sign-off, and a decision that waits for its second person; the application goes back to investigation, into the hands of
    `to` or of the actor.
    """
    investigation.state = Investigation.State.OPEN
    investigation.signed_by = None
    investigation.signed_at = None
    investigation.submitted_at = None
    investigation.save(update_fields=["state", "signed_by", "signed_at", "submitted_at"])
    # The file before what was put up on it, as everybody who decides locks them.
    application = investigation.application
    Application.objects.select_for_update(of=("self",)).get(pk=application.pk)
    four_eyes.void(kind=DECISION, target=application, reason=reason)
    if application.state in (REVIEW, REFERRED):
        reopen_investigation(application=application, actor=actor, business_date=business_date, reason=reason, to=to)
        application.refresh_from_db(fields=["state"])
    audit.record(
        "investigation.reopened",
        actor=actor,
        target=investigation,
        branch=application.branch_id,
        label=application.reference,
        business_date=business_date,
        reason=reason,
    )
    publish(InvestigationReopened(investigation_id=str(investigation.pk), application_id=str(application.pk)))
