"""What an auditor found, settled: one person says what was done about it, another one confirms, and the file goes on."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction

from core import audit, four_eyes
from core.errors import DomainError, Fault
from core.models import Proposal, User
from loans.services.holds import release_holds
from risk.models import FileAudit
from risk.selectors.conflicts import part_in
from risk.services.file_audits import ORDERERS, source_of

KIND = "risk.audit_settled"


class UnableToSettleFindings(DomainError):
    """The findings stay open."""

    title = "The findings were not settled"
    messages = {
        "not_entitled": "Risk managers and compliance settle what an audit found.",
        "own_file": "You {what}. Somebody else has to say that the findings are settled.",
        "no_findings": "This audit has no open findings.",
        "invalid": "Some fields need attention.",
    }


@transaction.atomic
def propose_settlement(*, found: FileAudit, answer: str, actor: User, business_date: date) -> Proposal:
    """Say what was done about the findings, for another person to confirm.

    Raises UnableToSettleFindings: `not_entitled`, `own_file`, `no_findings`, `invalid` with faults; core's UnableToPropose.
    """
    _may(found, actor)
    if found.state != FileAudit.State.FINDINGS:
        raise UnableToSettleFindings("no_findings")
    if not answer.strip():
        raise UnableToSettleFindings("invalid", faults=[Fault("answer", "required", "Say what was done about the findings.")])
    application = found.application
    return four_eyes.propose(
        kind=KIND,
        target=found,
        title=f"Findings of the audit of {application.reference} settled",
        roles=ORDERERS,
        actor=actor,
        content=_content(found, answer.strip()),
        path=f"/applications/{application.pk}/field/",
        branch_id=application.branch_id,
    )


@transaction.atomic
def decide_settlement(
    *, found: FileAudit, confirm: bool, reason: str, actor: User, business_date: date, seen: UUID | None = None
) -> FileAudit:
    """Confirm that the findings are settled, which lets the file go on, or refuse; `seen` is the proposal that was looked at.

    Raises UnableToSettleFindings: `not_entitled`, `own_file`, `no_findings`; core's UnableToConfirm.
    """
    held = FileAudit.objects.select_for_update(of=("self",)).select_related("application").get(pk=found.pk)
    proposal = four_eyes.seen_proposal(kind=KIND, target=held, seen=seen)
    if not confirm:
        four_eyes.refuse(proposal, actor=actor, reason=reason)
        return held
    _may(held, actor)
    if held.state != FileAudit.State.FINDINGS:
        raise UnableToSettleFindings("no_findings")
    answer = str(proposal.content["answer"])
    four_eyes.confirm(proposal, actor=actor, content=_content(held, answer), reason=reason)
    held.state, held.answer, held.settled_date = FileAudit.State.SETTLED, answer, business_date
    held.answered_by, held.settled_by = proposal.proposed_by, actor
    held.save(update_fields=["state", "answer", "answered_by", "settled_by", "settled_date"])
    release_holds(source=source_of(held), actor=actor, business_date=business_date)
    audit.record("audit.settled", actor=actor, target=held.application, business_date=business_date, audit=held.pk, answer=answer)
    return held


def _content(found: FileAudit, answer: str) -> dict[str, Any]:
    return {"audit": str(found.pk), "result": found.result, "answer": answer}


def _may(found: FileAudit, actor: User) -> None:
    if not actor.has_role(*ORDERERS):
        raise UnableToSettleFindings("not_entitled")
    if done := part_in(actor, found.application):
        raise UnableToSettleFindings("own_file", what=done)
