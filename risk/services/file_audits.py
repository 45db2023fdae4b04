"""Audits of files by a third party: ordered for one, or for a lot that the system draws and anybody can draw again."""

from __future__ import annotations

import secrets
from datetime import date, datetime, timedelta

from django.db import IntegrityError, connection, transaction

from core import audit
from core.errors import DomainError, Fault
from core.events import publish, publish_all
from core.models import User
from core.roles import Role
from loans.models import Application, Document
from loans.models.applications import ApplicationHold
from loans.selectors.applications import CLOSED_APPLICATIONS
from loans.selectors.intake_hands import took_in
from loans.services.holds import hold_application, release_holds
from risk.domain.lots import draw, fingerprint
from risk.events import AuditFoundFaults, AuditOverdue, AuditReported
from risk.models import AuditLot, FileAudit
from risk.selectors.audit_lots import population_of
from risk.selectors.conflicts import papers_counted, part_in

ORDERERS = (Role.RISK_MANAGER, Role.COMPLIANCE)
LATE_DAYS = 30
"""An audit that has not reported after so many days is told to monitoring."""
LOCK = 0x4C4F5453
"""The lock of the transactions that order or report audits: what a lot is drawn of does not change while it is drawn."""
UNDECIDED = ("INVESTIGATING", "INCOMPLETE", "REVIEW", "REFERRED")


class UnableToAudit(DomainError):
    """The audit is not ordered, or its report not taken."""

    title = "The audit was not recorded"
    messages = {
        "not_entitled": "Risk managers and compliance order audits.",
        "waiting": "An audit of this file is under way already.",
        "own_intake": "You took this application in. Somebody else has to record the audit.",
        "own_file": "You {what}. Somebody else has to record the audit.",
        "own_order": "You ordered this audit. Somebody else has to record that nothing was found.",
        "not_ordered": "This audit has reported already.",
        "invalid": "Some fields need attention.",
    }


@transaction.atomic
def order_audit(*, application: Application, auditor: str, reason: str, actor: User, business_date: date) -> FileAudit:
    """Order an audit of one file. The file is held until it has reported: nothing is granted, accepted or paid out.

    Raises UnableToAudit: `not_entitled`, `own_intake`, `invalid` with faults, `waiting`.
    """
    _may(application, actor)
    needed = (("auditor", auditor, "Name who audits."), ("reason", reason, "Say why this file is audited."))
    faults = [Fault(name, "required", words) for name, value, words in needed if not value.strip()]
    if faults:
        raise UnableToAudit("invalid", faults=faults)
    lock_audits()
    return _order(application, auditor=auditor, reason=reason, actor=actor, business_date=business_date)


@transaction.atomic
def order_sample(*, size: int, since: date, until: date, auditor: str, actor: User, business_date: date) -> AuditLot:
    """Draw a lot of the files decided from `since` to before `until` and order their audits. Nobody chooses the seed, and the lot can be
    drawn again from what is kept (`audit_lots.drawn_again`).

    A file that an audit is under way of joins the lot with that audit. One that was decided goes on meanwhile: nothing speaks against it.
    Raises UnableToAudit: `not_entitled`, `invalid` with faults.
    """
    if not actor.has_role(*ORDERERS):
        raise UnableToAudit("not_entitled")
    faults = []
    if not 1 <= size <= AuditLot.MOST:
        faults.append(Fault("size", "out_of_range", f"Draw between 1 and {AuditLot.MOST} files."))
    if since >= until or until > business_date:
        faults.append(Fault("until", "order", "The period ends after it begins, and not after today."))
    if not auditor.strip():
        faults.append(Fault("auditor", "required", "Name who audits."))
    if faults:
        raise UnableToAudit("invalid", faults=faults)
    drawn_at = lock_audits()
    names = population_of(since=since, until=until, at=drawn_at)
    if not names:
        words = "No file is left to draw: none was decided in this period, or each was audited or stands in a lot."
        raise UnableToAudit("invalid", faults=[Fault("since", "empty", words)])
    lot = AuditLot.objects.create(
        seed=secrets.token_hex(16),
        since=since,
        until=until,
        size=size,
        auditor=auditor.strip()[:120],
        population=len(names),
        population_sha256=fingerprint(names),
        ordered_by=actor,
        ordered_date=business_date,
        drawn_at=drawn_at,
    )
    drawn = draw(lot.seed, names, size)
    audit.record("audit.lot_drawn", actor=actor, target=lot, business_date=business_date, files=len(drawn), population=lot.population)
    files = Application.objects.in_bulk(drawn, field_name="reference")
    under_way = {row.application_id: row for row in FileAudit.objects.filter(application__in=files.values(), state=FileAudit.State.ORDERED)}
    for reference in drawn:
        application = files[reference]
        if (waiting := under_way.get(application.pk)) is not None:
            waiting.lot = lot
            waiting.save(update_fields=["lot"])
            audit.record("audit.joined_lot", actor=actor, target=application, business_date=business_date, lot=lot.pk)
        else:
            _order(application, auditor=lot.auditor, reason="Drawn by lot", lot=lot, actor=actor, business_date=business_date)
    return lot


def _order(
    application: Application, *, auditor: str, reason: str, actor: User, business_date: date, lot: AuditLot | None = None
) -> FileAudit:
    try:
        with transaction.atomic():
            made = FileAudit.objects.create(
                application=application,
                auditor=auditor.strip()[:120],
                reason=reason.strip()[:200],
                lot=lot,
                ordered_by=actor,
                ordered_date=business_date,
            )
    except IntegrityError:
        raise UnableToAudit("waiting") from None
    if application.state in UNDECIDED or (lot is None and application.state not in CLOSED_APPLICATIONS):
        _hold(made, actor=actor, business_date=business_date)
    drawn_by = {"lot": lot.pk} if lot else {}
    audit.record("audit.ordered", actor=actor, target=application, business_date=business_date, auditor=made.auditor, **drawn_by)
    return made


def lock_audits() -> datetime:
    """Let nobody else order or report an audit until this transaction ends. Returns the moment, by the clock of the database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        cursor.execute("SELECT clock_timestamp()")
        moment: datetime = cursor.fetchone()[0]
    return moment


@transaction.atomic
def record_audit(*, found: FileAudit, clean: bool, result: str, report: Document | None, actor: User, business_date: date) -> FileAudit:
    """Take the auditor's report: nothing found releases the file; findings hold it, wherever it stands, until they are settled
    (`audit_findings`): nothing is granted, accepted or paid out, and monitoring is told.

    A file is released on the auditor's own report only: a paper that came after the order and that nothing else in the file stands on. Nor
    is it released by who ordered the audit, or by anybody who had a part in the file.

    Raises UnableToAudit: `not_entitled`, `own_intake`, `own_file`, `own_order`, `invalid`, `not_ordered`.
    """
    _may(found.application, actor)
    if part := part_in(actor, found.application):
        raise UnableToAudit("own_file", what=part)
    if clean and found.ordered_by_id == actor.pk:
        raise UnableToAudit("own_order")
    faults = [] if result.strip() else [Fault("result", "required", "Say what the auditor found.")]
    if clean and report is None:
        faults.append(Fault("report", "required", "Choose the auditor's report: it shows that nothing was found."))
    if report is not None and report.application_id != found.application_id:
        faults.append(Fault("report", "foreign_document", "The document belongs to another application."))
    elif clean and report is not None:
        faults += _faults_of_report(found, report)
    if faults:
        raise UnableToAudit("invalid", faults=faults)
    state = FileAudit.State.CLEAN if clean else FileAudit.State.FINDINGS
    moment = lock_audits()
    changed = FileAudit.objects.filter(pk=found.pk, state=FileAudit.State.ORDERED).update(
        state=state, result=result.strip(), report=report, reported_by=actor, reported_date=business_date, reported_at=moment
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
    publish(AuditReported(audit_id=str(found.pk), application_id=str(found.application_id)))
    audit.record("audit.reported", actor=actor, target=found.application, business_date=business_date, state=state)
    return found


def hold_audited(application: Application, *, actor: User, business_date: date) -> None:
    """Hold a file that is open again for an audit that has not reported, and for findings that nobody has settled. The caller has the lock
    of `lock_audits`, taken before the file's.
    """
    for found in FileAudit.objects.filter(application=application, state__in=[FileAudit.State.ORDERED, FileAudit.State.FINDINGS]):
        _hold(found, actor=actor, business_date=business_date)


def _faults_of_report(found: FileAudit, report: Document) -> list[Fault]:
    """What a paper of the file cannot be that is to release it."""
    # The keys of both are in the order of the moments at which they were made.
    if report.pk < found.pk:
        return [Fault("report", "before_order", "This paper was in the file before the audit was ordered. Choose the auditor's report.")]
    if papers_counted(found.application_id).filter(pk=report.pk).exists():
        return [Fault("report", "counted", "The file itself stands on this paper. Choose the auditor's report.")]
    return []


@transaction.atomic
def tell_overdue_audits(*, business_date: date) -> int:
    """Tell once of each audit that has not reported for thirty days: a handful of statements for any number.
    Returns how many were told of.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE risk_fileaudit SET told_late_date = %s
            WHERE state = 'ORDERED' AND told_late_date IS NULL AND ordered_date <= %s
            RETURNING id, application_id
            """,
            [business_date, business_date - timedelta(days=LATE_DAYS)],
        )
        rows = sorted(cursor.fetchall())
    publish_all([AuditOverdue(audit_id=str(key), application_id=str(file)) for key, file in rows])
    return len(rows)


def _may(application: Application, actor: User) -> None:
    if not actor.has_role(*ORDERERS):
        raise UnableToAudit("not_entitled")
    if took_in(actor, application):
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
