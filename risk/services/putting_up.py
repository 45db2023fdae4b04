"""Putting a finished investigation up for sign-off. It reads statements and books; who only opens files loads none of that."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.utils import timezone

from core import audit
from core.errors import Fault
from core.models import User
from loans.services.worklist import assign_application
from risk.models import ChecklistItem, Investigation, InvestigationStep
from risk.selectors.bureau import unheard_report
from risk.selectors.statements import unsigned_statement
from risk.services.cross_checks import differences
from risk.services.file_work import INCOMPLETE, UnableToInvestigate, keep_step
from risk.services.fraud import look_for_fraud

State = Investigation.State
Did = InvestigationStep.Did


@transaction.atomic
def submit_investigation(*, investigation: Investigation, summary: str, actor: User, business_date: date) -> Investigation:
    """Put the finished investigation up for sign-off by another person.

    Raises UnableToInvestigate: `not_taken`, `not_yours`, `items_open`, `summary_missing`, `not_open`, `incomplete`,
    `report_waiting`, `report_unread`, `statement_waiting`, `unexplained`.
    """
    locked = Investigation.objects.select_for_update().get(pk=investigation.pk)
    if locked.investigator_id is None:
        raise UnableToInvestigate("not_taken")
    if locked.investigator_id != actor.pk:
        raise UnableToInvestigate("not_yours", name=locked.investigator.full_name if locked.investigator else "Somebody")
    if locked.state != State.OPEN:
        raise UnableToInvestigate("not_open")
    if locked.application.state == INCOMPLETE:
        raise UnableToInvestigate("incomplete")
    open_items = [item.title for item in locked.items.all() if item.required and item.state == ChecklistItem.State.OPEN]
    if open_items:
        raise UnableToInvestigate("items_open", count=len(open_items), titles=", ".join(open_items))
    if unheard := unheard_report(locked.application):
        raise UnableToInvestigate(unheard[0], name=unheard[1])
    if unsigned := unsigned_statement(locked.application, since=None):
        raise UnableToInvestigate(unsigned)
    if bare := [row.name for row in differences(locked.application, business_date=business_date) if row.explanation is None]:
        raise UnableToInvestigate("unexplained", titles="; ".join(bare))
    if not summary.strip():
        raise UnableToInvestigate("summary_missing", faults=[Fault("summary", "summary_missing", "Write a summary of the investigation.")])
    locked.state, locked.summary, locked.submitted_at = State.SUBMITTED, summary.strip(), timezone.now()
    locked.save(update_fields=["state", "summary", "submitted_at"])
    # Other files, and documents of this one, came in since it was looked at first.
    look_for_fraud(application=locked.application, business_date=business_date, actor=actor)
    assign_application(application=locked.application, to=None, actor=actor)
    keep_step(locked, did=Did.PUT_UP, actor=actor, business_date=business_date)
    audit.record(
        "investigation.submitted",
        actor=actor,
        target=locked.application,
        branch=locked.application.branch_id,
        label=locked.application.reference,
        business_date=business_date,
    )
    return locked
