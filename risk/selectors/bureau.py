"""Reads of bureau reports: those of a file, what it still has to hear of them, and one for a user."""

from __future__ import annotations

from uuid import UUID

from core import access
from core.models import User
from loans.models import Application
from loans.selectors.applications import visible_applications
from risk.models import BureauReport

State = BureauReport.State


def reports_of(application: Application) -> list[BureauReport]:
    """The enquiries of a file, newest first: one query. The answers stay sealed until somebody reads them."""
    return list(BureauReport.objects.filter(application=application).select_related("borrower", "requested_by"))


def unheard_report(application: Application) -> tuple[str, str] | None:
    """What the file has not heard of a bureau, as the code of a refusal and the name of the party: `report_waiting` for one that is on its
    way, `report_unread` for the latest on the applicant where it came and was not taken into the file.
    """
    rows = list(BureauReport.objects.filter(application=application).select_related("borrower").defer("answer"))
    for report in rows:
        if report.state == State.WAITING:
            return "report_waiting", report.borrower.name
    latest = next((row for row in rows if row.state == State.RECEIVED and row.borrower_id == application.borrower_id), None)
    return ("report_unread", latest.borrower.name) if latest is not None and latest.in_file_at is None else None


def access_report(user: User, application_id: UUID, report_id: UUID) -> BureauReport:
    """One report of this file, which the user may see, or NotFound."""
    rows = BureauReport.objects.filter(application__in=visible_applications(user).filter(pk=application_id))
    return access.one(rows.select_related("application", "borrower"), pk=report_id)
