"""Reads of visits, interviews and audits."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Q, QuerySet

from core import access
from core.models import User
from loans.models import Application
from loans.selectors.applications import visible_applications
from risk.models import FieldRecord, FileAudit, RegisteredAddress


def records_of(application: Application) -> list[FieldRecord]:
    """Visits and interviews, newest first, with their photos: two queries."""
    return list(FieldRecord.objects.filter(application=application).select_related("recorded_by").prefetch_related("photos"))


def visits_of_request(application: Application) -> QuerySet[FieldRecord]:
    """The visits recorded since the application was handed in, the last time where it was returned, newest first."""
    rows = FieldRecord.objects.filter(application=application, kind=FieldRecord.Kind.VISIT)
    return rows if application.submitted_at is None else rows.filter(recorded_at__gte=application.submitted_at)


def doubted_visits(application: Application) -> list[FieldRecord]:
    """The visits of this request that lack something, or whose place was typed: one query."""
    return list(visits_of_request(application).filter(~Q(why_without="") | Q(is_measured=False)))


def newest_registered(rows: QuerySet[RegisteredAddress]) -> RegisteredAddress | None:
    """The one that counts: of the latest day, whenever it was put into the file. An older extract takes nothing back."""
    return rows.order_by("-as_of_date", "-id").first()


def registered_of(application: Application) -> list[RegisteredAddress]:
    """What registers show of the applicant's address, newest first, with their papers: one query."""
    return list(RegisteredAddress.objects.filter(application=application).select_related("recorded_by", "document"))


def audits_of(application: Application) -> list[FileAudit]:
    """The audits of a file, newest first: one query."""
    return list(FileAudit.objects.filter(application=application).select_related("ordered_by", "reported_by", "report"))


def list_audits(user: User) -> QuerySet[FileAudit]:
    """All audits of files the user may see, newest first."""
    return FileAudit.objects.filter(application__in=visible_applications(user)).select_related("application__borrower", "ordered_by")


def access_audit(user: User, application_id: UUID, audit_id: UUID) -> FileAudit:
    """One audit of this file, which the user may see, or NotFound."""
    rows = FileAudit.objects.filter(application__in=visible_applications(user).filter(pk=application_id))
    return access.one(rows.select_related("application"), pk=audit_id)
