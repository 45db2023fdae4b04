"""Reads of bureau reports: those of a file, what it still has to hear of them, and one for a user."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from core import access
from core.crypto import blind_index
from core.models import User
from loans.models import Application, Borrower
from loans.selectors.applications import visible_applications
from risk.domain.bureau import paid_in_a_year, read_report
from risk.domain.facts import CATALOGUE
from risk.models import BureauReport, Fact
from risk.selectors.own_history import ANSWERING

State = BureauReport.State
OUTDATED = ", asked by an earlier record"


def reports_of(application: Application) -> list[BureauReport]:
    """The enquiries of a file, newest first: one query. The answers stay sealed until somebody reads them."""
    return list(BureauReport.objects.filter(application=application).select_related("borrower", "requested_by"))


def unheard_report(application: Application) -> tuple[str, str] | None:
    """What the file has not heard of a bureau, as the code of a refusal and the name of the party: `report_waiting` for one that is on its
    way, `report_unread` for the latest on the applicant, or on somebody who answers for the loan with them, where it came and was not taken
    into the file.
    """
    rows = list(BureauReport.objects.filter(application=application).select_related("borrower").defer("answer"))
    for report in rows:
        if report.state == State.WAITING:
            return "report_waiting", report.borrower.name
    latest: dict[UUID, BureauReport] = {}
    for report in rows:
        if report.state == State.RECEIVED:
            latest.setdefault(report.borrower_id, report)
    unread = [report for report in latest.values() if report.in_file_at is None]
    heard = {application.borrower_id, *answering(application)} if unread else set()
    return next((("report_unread", report.borrower.name) for report in unread if report.borrower_id in heard), None)


def answering(application: Application) -> dict[UUID, str]:
    """Who answers for the loan beside its applicant, and as what: who is co-borrower and guarantor at once as a co-borrower. One query."""
    rows = application.parties.filter(part__in=ANSWERING).exclude(borrower=application.borrower_id)
    return dict(rows.order_by("-part").values_list("borrower", "part"))


def is_heard(report: BureauReport) -> bool:
    """Whether what a report says counts in its file: it is on the applicant, or on somebody who answers with them. A query for another."""
    return report.borrower_id == report.application.borrower_id or report.borrower_id in answering(report.application)


def reports_on_parties(application: Application) -> list[tuple[str, BureauReport]]:
    """The part of each co-borrower and guarantor of whom a bureau was asked, and the newest report on them in the file; where none is, the
    newest enquiry. In the order of their parts. Two queries, one where nobody but the applicant was asked about.
    """
    rows = BureauReport.objects.filter(application=application).exclude(borrower=application.borrower_id)
    chosen: dict[UUID, BureauReport] = {}
    for report in sorted(
        rows.select_related("borrower").defer("answer"),
        key=lambda one: (one.in_file_at is not None, one.in_file_at or one.requested_at),
        reverse=True,
    ):
        chosen.setdefault(report.borrower_id, report)
    parts = answering(application) if chosen else {}
    return sorted(
        ((parts[borrower], report) for borrower, report in chosen.items() if borrower in parts), key=lambda one: (one[0], one[1].pk)
    )


def report_behind(application: Application, source: str) -> BureauReport | None:
    """The report on the applicant that a fact of this source came from; None where it did not come from one. One query."""
    rows = BureauReport.objects.filter(application=application, borrower=application.borrower_id, in_file_at__isnull=False)
    named = (row for row in rows.order_by("-in_file_at").defer("answer") if source in (source_of(row.number), outdated_source(row.number)))
    return next(named, None)


def reports_in_file(application: Application) -> list[BureauReport]:
    """The reports on the applicant whose figures became facts, the newest first. One query."""
    rows = BureauReport.objects.filter(application=application, borrower=application.borrower_id, in_file_at__isnull=False)
    return list(rows.order_by("-in_file_at").defer("answer"))


def accounts_in(report: BureauReport) -> list[dict[str, Any]]:
    """The accounts of a received report, as it names them."""
    return list(json.loads(report.answer.encode("latin-1"))["accounts"]) if report.state == State.RECEIVED else []


def source_of(number: str) -> str:
    """How a fact names the report it came from."""
    return f"Bureau report {number}"[:80]


def outdated_source(number: str) -> str:
    """The same of a report that was asked for by a record which says otherwise now."""
    return source_of(number)[: 80 - len(OUTDATED)] + OUTDATED


def whom_asked(borrower: Borrower) -> str:
    """The fingerprint of who somebody is to a bureau by their record: kind, identifier and birth."""
    who = f"{borrower.kind} {identifier_of(borrower)} {borrower.birth_date or ''}"
    return blind_index(who, kind="bureau_enquiry").hex()


def identifier_of(borrower: Borrower) -> str:
    """Under which number a bureau knows somebody; empty where there is none on record."""
    return str(borrower.national_id or borrower.registration_number or borrower.tax_id)


def is_outdated(report: BureauReport, borrower: Borrower) -> bool:
    """Whether the record of who was asked about names somebody else now. A report from before that was kept is taken as it is."""
    return bool(report.asked) and report.asked != whom_asked(borrower)


class ReadOnceMore(NamedTuple):
    """What a report says under the codes of the catalogue that nobody but a bureau tells, and of payments in a year; and its day."""

    figures: dict[str, Decimal | int]
    as_of_date: date


def mark_of_source(source: str) -> Fact.Authenticity:
    """By whose word a fact is that names a report so: a third party's, while the record was that by which the bureau was asked."""
    return Fact.Authenticity.UNVERIFIED if source.endswith(OUTDATED) else Fact.Authenticity.THIRD_PARTY


def figures_of_report(report: str, application_id: UUID, currency: str = "") -> ReadOnceMore | None:
    """A report read once more from its answer; in hundredths where no currency is named, as an older house read it. One query."""
    found = BureauReport.objects.filter(pk=report, application=application_id).first()
    if found is None or found.as_of_date is None:
        return None
    figures = read_report(found.answer.encode("latin-1"), on=found.as_of_date, currency=currency).facts()
    yearly: dict[str, Decimal | int] = {"bureau_debt_service": paid_in_a_year(figures["monthly_obligations"])}
    told: dict[str, Decimal | int] = {code: value for code, value in figures.items() if CATALOGUE[code].computed}
    return ReadOnceMore(told | yearly, found.as_of_date)


def access_report(user: User, application_id: UUID, report_id: UUID) -> BureauReport:
    """One report of this file, which the user may see, or NotFound."""
    rows = BureauReport.objects.filter(application__in=visible_applications(user).filter(pk=application_id))
    return access.one(rows.select_related("application", "borrower"), pk=report_id)
