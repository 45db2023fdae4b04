"""Reads of bureau reports: those of a file, what it still has to hear of them, and one for a user."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from core import access
from core.models import User
from loans.models import Application
from loans.selectors.applications import visible_applications
from risk.domain.bureau import paid_in_a_year, read_report
from risk.domain.facts import CATALOGUE
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


def report_behind(application: Application, source: str) -> BureauReport | None:
    """The report on the applicant that a fact of this source came from; None where it did not come from one. One query."""
    rows = BureauReport.objects.filter(application=application, borrower=application.borrower_id, in_file_at__isnull=False)
    return next((row for row in rows.order_by("-in_file_at").defer("answer") if source_of(row.number) == source), None)


def source_of(number: str) -> str:
    """How a fact names the report it came from."""
    return f"Bureau report {number}"[:80]


def figures_of_report(report: str, application_id: UUID) -> dict[str, Decimal | int] | None:
    """What a report says under the codes of the catalogue that nobody but a bureau tells, and of payments in a year, read once more from
    its answer. One query.
    """
    found = BureauReport.objects.filter(pk=report, application=application_id).first()
    if found is None or found.as_of_date is None:
        return None
    figures = read_report(found.answer.encode("latin-1"), on=found.as_of_date).facts()
    yearly = {"bureau_debt_service": paid_in_a_year(figures["monthly_obligations"])}
    return {code: value for code, value in figures.items() if CATALOGUE[code].computed} | yearly


def access_report(user: User, application_id: UUID, report_id: UUID) -> BureauReport:
    """One report of this file, which the user may see, or NotFound."""
    rows = BureauReport.objects.filter(application__in=visible_applications(user).filter(pk=application_id))
    return access.one(rows.select_related("application", "borrower"), pk=report_id)
