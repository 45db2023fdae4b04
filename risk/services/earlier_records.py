"""What was found out about somebody by a record that says otherwise now: it is read again before anything is worked out from it.

A bureau that was asked about another number or birth spoke of somebody else, and an address is registered or not where they live by their
record today.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from loans.models import Application
from risk.domain.facts import CATALOGUE
from risk.models import BureauReport, Fact, RegisteredAddress
from risk.selectors.bureau import is_outdated, outdated_source, reports_in_file, source_of
from risk.selectors.facts import KnownFact
from risk.selectors.field_work import newest_registered
from risk.selectors.traces import UNASKED, Traces
from risk.services.registered_addresses import FACT, agree, place_of, stated_place
from risk.services.request_facts import Found

Authenticity = Fact.Authenticity


class ReadAgain(NamedTuple):
    """Facts that read otherwise beside the record as it is, and the day of each."""

    found: Found
    days: dict[str, date]


def read_again(application: Application, known: Mapping[str, KnownFact], *, traces: Traces = UNASKED) -> ReadAgain:
    """The facts of bureaus and registers that count and say otherwise by the applicant's record as it is now. A query for each of the two
    that left a trace.
    """
    if application.borrower is None:
        return ReadAgain({}, {})
    reports = reports_in_file(application) if traces.reports else []
    found, days = _of_bureaus(application, known, reports)
    registered = _registered(application) if traces.registered else None
    if registered is not None and (address := _of_register(application, known.get(FACT), registered)) is not None:
        found[FACT], days[FACT] = address, registered.as_of_date
    return ReadAgain(found, days)


def _registered(application: Application) -> RegisteredAddress | None:
    return newest_registered(RegisteredAddress.objects.filter(application=application).select_related("report"))


def _of_bureaus(application: Application, known: Mapping[str, KnownFact], reports: list[BureauReport]) -> ReadAgain:
    """By the word of a third party while the record is that by which the bureau was asked, else by nobody's."""
    assert application.borrower is not None
    wanted: dict[str, tuple[str, str]] = {}
    for report in reports:
        plain, late = source_of(report.number), outdated_source(report.number)
        outdated = is_outdated(report, application.borrower)
        now = (late, Authenticity.UNVERIFIED.value) if outdated else (plain, Authenticity.THIRD_PARTY.value)
        for source in (plain, late):
            wanted.setdefault(source, now)
    found: Found = {}
    for code, fact in known.items():
        source, mark = wanted.get(fact.row.source, (fact.row.source, "")) if fact.row.author_id is None else (fact.row.source, "")
        if source != fact.row.source:
            found[code] = (fact.row.value, source, mark)
    return ReadAgain(found, {code: known[code].row.as_of_date for code in found})


def _of_register(application: Application, known: KnownFact | None, registered: RegisteredAddress) -> tuple[bool | str, str, str] | None:
    """Whether they are registered where they live by their record now; None where that is what is known."""
    assert application.borrower is not None
    agrees = agree(stated_place(application.borrower), place_of(registered))
    if agrees is None and known is None:
        return None
    value = known.row.value if agrees is None and known is not None else CATALOGUE[FACT].canonical(agrees)
    outdated = registered.report is not None and is_outdated(registered.report, application.borrower)
    if outdated or agrees is None:
        mark = Authenticity.UNVERIFIED
    elif not agrees:
        mark = Authenticity.CONFLICTING
    else:
        mark = Authenticity.DOCUMENT if registered.document_id else Authenticity.THIRD_PARTY
    if known is not None and (known.row.value, known.row.authenticity) == (value, mark):
        return None
    return value, f"{registered.get_register_display()} {registered.number}"[:80], mark.value
