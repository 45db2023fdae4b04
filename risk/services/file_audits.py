"""Audits of files by a third party: ordered for one, or for a lot that anybody can draw again from its seed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import date

from django.db import IntegrityError, transaction

from core import audit
from core.errors import DomainError, Fault
from core.events import publish
from core.models import User
from core.roles import Role
from loans.models import Application, Document
from loans.models.applications import ApplicationHold
from loans.selectors.applications import CLOSED_APPLICATIONS
from loans.services.holds import hold_application, release_holds
from risk.events import AuditFoundFaults
from risk.models import FileAudit
from risk.selectors.conflicts import part_in

ORDERERS = (Role.RISK_MANAGER, Role.COMPLIANCE)
MOST_DRAWN = 200
UNDECIDED = ("INVESTIGATING", "INCOMPLETE", "REVIEW", "REFERRED")


class UnableToAudit(DomainError):
    """The audit is not ordered, or its report not taken."""

    title = "The audit was not recorded"
    messages = {
        "not_entitled": "Risk managers and compliance order audits.",
        "waiting": "An audit of this file is under way already.",
        "own_intake": "You took this application in. Somebody else has to record the audit.",
        "own_file": "You {what}. Somebody else has to record the audit.",
        "not_ordered": "This audit has reported already.",
        "invalid": "Some fields need attention.",
    }


@transaction.atomic
def order_audit(*, application: Application, auditor: str, reason: str, actor: User, business_date: date, sample: str = "") -> FileAudit:
    """Order an audit. The file is held until it has reported: nothing is granted, accepted or paid out. One that a lot drew after it was decided
    goes on meanwhile: nothing speaks against it.

    Raises UnableToAudit: `not_entitled`, `own_intake`, `invalid` with faults, `waiting`.
    """
    _may(application, actor)
    needed = (("auditor", auditor, "Name who audits."), ("reason", reason, "Say why this file is audited."))
    faults = [Fault(name, "required", words) for name, value, words in needed if not value.strip()]
    if faults:
        raise UnableToAudit("invalid", faults=faults)
    try:
        with transaction.atomic():
            made = FileAudit.objects.create(
                application=application,
                auditor=auditor.strip()[:120],
                reason=reason.strip()[:200],
                sample=sample,
                ordered_by=actor,
                ordered_date=business_date,
            )
    except IntegrityError:
        raise UnableToAudit("waiting") from None
    if application.state in UNDECIDED or (not sample and application.state not in CLOSED_APPLICATIONS):
        _hold(made, actor=actor, business_date=business_date)
    audit.record("audit.ordered", actor=actor, target=application, business_date=business_date, auditor=made.auditor, sample=sample)
    return made


@transaction.atomic
def order_sample(*, seed: str, size: int, since: date, until: date, auditor: str, actor: User, business_date: date) -> list[FileAudit]:
    """Order audits for a lot of the files decided from `since` to before `until`. Who knows the seed draws the same lot again.

    Files that are audited already are left out. Raises UnableToAudit: `not_entitled`, `invalid` with faults.
    """
    if not actor.has_role(*ORDERERS):
        raise UnableToAudit("not_entitled")
    faults = []
    if not seed.strip() or len(seed) > 20:
        faults.append(Fault("seed", "required", "Write a seed of at most 20 letters or digits."))
    if not 1 <= size <= MOST_DRAWN:
        faults.append(Fault("size", "out_of_range", f"Draw between 1 and {MOST_DRAWN} files."))
    if since >= until or until > business_date:
        faults.append(Fault("until", "order", "The period ends after it begins, and not after today."))
    if not auditor.strip():
        faults.append(Fault("auditor", "required", "Name who audits."))
    if faults:
        raise UnableToAudit("invalid", faults=faults)
    rows = Application.objects.filter(decided_date__gte=since, decided_date__lt=until).exclude(audits__isnull=False).exclude(officer=actor)
    by_reference = {row.reference: row for row in rows}
    name = f"seed {seed.strip()}, {size} files, {since:%Y-%m-%d} to {until:%Y-%m-%d}"
    return [
        order_audit(
            application=by_reference[reference],
            auditor=auditor,
            reason="Drawn by lot",
            sample=name[:60],
            actor=actor,
            business_date=business_date,
        )
        for reference in draw(seed.strip(), by_reference, size)
    ]


def draw(seed: str, references: Iterable[str], size: int) -> list[str]:
    """The lot: the files whose fingerprints with the seed come first. It does not depend on the order in which files are read."""
    return sorted(references, key=lambda name: hashlib.sha256(f"{seed} {name}".encode()).hexdigest())[:size]


@transaction.atomic
def record_audit(*, found: FileAudit, clean: bool, result: str, report: Document | None, actor: User, business_date: date) -> FileAudit:
    """Take the auditor's report: nothing found releases the file; findings hold it, wherever it stands, until they are settled
    (`audit_findings`): nothing is granted, accepted or paid out, and monitoring is told.

    A file is released on the auditor's own report only, and not by anybody who had a part in it.

    Raises UnableToAudit: `not_entitled`, `own_intake`, `own_file`, `invalid`, `not_ordered`.
    """
    _may(found.application, actor)
    if part := part_in(actor, found.application):
        raise UnableToAudit("own_file", what=part)
    faults = [] if result.strip() else [Fault("result", "required", "Say what the auditor found.")]
    if clean and report is None:
        faults.append(Fault("report", "required", "Choose the auditor's report: it shows that nothing was found."))
    if report is not None and report.application_id != found.application_id:
        faults.append(Fault("report", "foreign_document", "The document belongs to another application."))
    if faults:
        raise UnableToAudit("invalid", faults=faults)
    state = FileAudit.State.CLEAN if clean else FileAudit.State.FINDINGS
    changed = FileAudit.objects.filter(pk=found.pk, state=FileAudit.State.ORDERED).update(
        state=state, result=result.strip(), report=report, reported_by=actor, reported_date=business_date
    )
    if not changed:
        raise UnableToAudit("not_ordered")
    found.refresh_from_db()
    if clean:
        release_holds(source=source_of(found), actor=actor, business_date=business_date)
    else:
        if found.application.state not in CLOSED_APPLICATIONS:
            _hold(found, actor=actor, business_date=business_date)
        publish(AuditFoundFaults(audit_id=str(found.pk), application_id=str(found.application_id)))
    audit.record("audit.reported", actor=actor, target=found.application, business_date=business_date, state=state)
    return found


def _may(application: Application, actor: User) -> None:
    if not actor.has_role(*ORDERERS):
        raise UnableToAudit("not_entitled")
    if actor.pk == application.officer_id:
        raise UnableToAudit("own_intake")


def source_of(found: FileAudit) -> str:
    """Under which name an audit holds its file."""
    return f"audit:{found.pk}"


def _hold(found: FileAudit, *, actor: User, business_date: date) -> None:
    hold_application(
        application=found.application,
        reason=ApplicationHold.Reason.DISPUTE,
        source=source_of(found),
        actor=actor,
        business_date=business_date,
    )
