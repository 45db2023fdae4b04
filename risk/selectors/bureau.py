"""Reads of bureau reports: those of a file, and one for a user."""

from __future__ import annotations

from uuid import UUID

from core import access
from core.models import User
from loans.models import Application
from loans.selectors.applications import visible_applications
from risk.models import BureauReport


def reports_of(application: Application) -> list[BureauReport]:
    """The enquiries of a file, newest first: one query. The answers stay sealed until somebody reads them."""
    return list(BureauReport.objects.filter(application=application).select_related("borrower", "requested_by"))


def access_report(user: User, application_id: UUID, report_id: UUID) -> BureauReport:
    """One report of this file, which the user may see, or NotFound."""
    rows = BureauReport.objects.filter(application__in=visible_applications(user).filter(pk=application_id))
    return access.one(rows.select_related("application", "borrower"), pk=report_id)
