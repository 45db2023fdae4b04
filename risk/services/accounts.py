"""Annual accounts: entered or imported, held against themselves before they are kept, and put into the file as facts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from core import audit
from core.errors import DomainError, Fault
from core.models import User
from core.uuids import uuid7
from loans.models import Application, Document
from loans.models.borrowers import BorrowerKind
from loans.services.documents import store_document
from risk.domain.accounts import NEEDS, Figures, check_accounts, facts_of, ratios
from risk.domain.accounts_file import YEAR_END, read_accounts
from risk.domain.cross_checks import SOURCES
from risk.domain.facts import CATALOGUE
from risk.domain.financial_year import (
    LEAST_MONTHS,
    FinancialYear,
    Period,
    after,
    before,
    period_to,
    what_is_wrong,
    years_kept,
)
from risk.models import AnnualAccounts, Fact
from risk.selectors.accounts import year_of, years_by_end, years_of
from risk.selectors.facts import KnownFact, current_facts
from risk.services.facts import record_computed, record_fact
from risk.services.file_work import lock_file

MOST_YEARS = 10
MOST_BYTES = 5 << 20
ACCOUNTS = SOURCES["annual accounts"]
TOLD = frozenset({"turnover", *NEEDS})
"""What accounts say, under the codes of the catalogue."""
Years = Mapping[date, FinancialYear]


class UnableToRecordAccounts(DomainError):
    """The accounts are not kept; `faults` name the lines, or the cells of the file."""

    title = "The accounts were not recorded"
    messages = {
        "not_a_company": "Only companies have annual accounts.",
        "untied": "The accounts do not tie. Nothing was recorded.",
        "unreadable": "The file cannot be read as accounts. Nothing was recorded.",
    }


@transaction.atomic
def record_accounts(
    *,
    application: Application,
    year_end: date,
    figures: Mapping[str, Decimal],
    evidence: Document | None,
    actor: User,
    business_date: date,
    first_day: date | None = None,
) -> AnnualAccounts:
    """Keep one year's accounts and let the facts of the file follow from the newest year. Without a first day it is as it is on file, and
    else of twelve months.

    Raises UnableToRecordAccounts: `not_a_company`, `untied` with a fault per line; UnableToInvestigate as `lock_for_work` does.
    """
    rows = _rows(application)
    years = _years(rows, {year_end: figures}, {} if first_day is None else {year_end: first_day}, application.currency)
    faults = _faults(rows, years, business_date)
    if faults:
        raise UnableToRecordAccounts("untied", faults=[Fault(line, code, words) for _, line, code, words in faults])
    return _keep(application, years, evidence, actor, business_date)[0]


@transaction.atomic
def import_accounts(*, application: Application, upload: UploadedFile[Any], actor: User, business_date: date) -> list[AnnualAccounts]:
    """Keep the accounts of a CSV or XLSX file, all years of it or none, with the file as their document.

    Raises UnableToRecordAccounts: `not_a_company`, `unreadable` and `untied` with a fault per cell; UnableToStoreDocument;
    UnableToInvestigate.
    """
    name = upload.name or ""
    if not name.lower().endswith((".csv", ".xlsx")) or (upload.size or 0) > MOST_BYTES:
        raise UnableToRecordAccounts("unreadable", faults=[Fault("file", "type", "Send a CSV or XLSX file of at most 5 MB.")])
    read = read_accounts(upload.read(), name, application.currency)
    upload.seek(0)
    if read.faults:
        words = [f"Cell {fault.cell}: {fault.words}" if fault.cell else fault.words for fault in read.faults]
        raise UnableToRecordAccounts("unreadable", faults=[Fault("file", "cell", line) for line in words])
    rows = _rows(application)
    years = _years(rows, read.years, read.first_days, application.currency)
    faults = _faults(rows, years, business_date)
    if faults:
        cells = read.cells
        raise UnableToRecordAccounts(
            "untied",
            faults=[
                Fault("file", code, f"Cell {cells.get((year, line), cells[year, YEAR_END])}, {year:%Y}: {words}")
                for year, line, code, words in faults
            ],
        )
    lock_file(application, actor=actor, business_date=business_date)
    document = store_document(application=application, kind="annual_accounts", upload=upload, actor=actor)
    return _keep(application, years, document, actor, business_date)


def _rows(application: Application) -> list[AnnualAccounts]:
    """The accounts that count of each year of a company. Raises UnableToRecordAccounts `not_a_company`."""
    borrower = application.borrower
    if borrower is None or borrower.kind != BorrowerKind.COMPANY:
        raise UnableToRecordAccounts("not_a_company")
    return years_of(application)


def _years(rows: Sequence[AnnualAccounts], figures: Mapping[date, Figures], first_days: Mapping[date, date], currency: str) -> Years:
    """What is handed in, each with its days: as it says itself, as it is on file, or a year."""
    said = {row.year_end: row.first_day for row in rows if row.first_day} | dict(first_days)
    ends = {row.year_end for row in rows} | set(figures)
    return {
        end: FinancialYear(Period(said[end], end) if end in said else period_to(end, ends), lines, currency)
        for end, lines in sorted(figures.items())
    }


def _faults(rows: Sequence[AnnualAccounts], years: Years, on: date) -> list[tuple[date, str, str, str]]:
    """(year, line, code, words) of what does not tie, each year held against the one before and, where that is on file only,
    the one after.
    """
    known = years_by_end(rows) | dict(years)
    faults = []
    for end, year in years.items():
        others = [other.period for other in known.values() if other.period.end != end]
        if wrong := what_is_wrong(year.period, others, on=on):
            faults.append((end, *wrong))
        last, next_one = before(year.period, known), after(year.period, known)
        faults += [
            (end, found.line, found.code, found.words)
            for found in check_accounts(
                year.figures,
                cash_before=last.figures.get("cash") if last else None,
                # Of two years handed in together the later one says it.
                opening_after=next_one.figures.get("opening_cash") if next_one and next_one.period.end not in years else None,
            )
        ]
    if len(years) > MOST_YEARS:
        faults.append((min(years), "year_end", "too_many", f"At most {MOST_YEARS} years."))
    return faults


def _keep(application: Application, years: Years, evidence: Document | None, actor: User, business_date: date) -> list[AnnualAccounts]:
    lock_file(application, actor=actor, business_date=business_date)
    borrower = application.borrower
    assert borrower is not None  # checked with the figures
    rows = years_of(application)
    on_file = years_by_end(rows)
    known = on_file | dict(years)
    newest = max(known)
    kept = AnnualAccounts.objects.bulk_create(
        AnnualAccounts(
            application=application,
            borrower=borrower,
            industry=borrower.industry,
            currency=application.currency,
            first_day=year.period.first,
            year_end=end,
            figures={code: str(amount) for code, amount in year.figures.items()},
            ratios=_stored_ratios(year, known),
            evidence=evidence,
            author=actor,
            author_name=actor.full_name,
            recorded_date=business_date,
        )
        for end, year in sorted(years.items())
    )
    for row in kept:
        audit.record(
            "accounts.recorded", actor=actor, target=application, business_date=business_date, year_end=row.year_end, evidence=evidence
        )
    if kept[-1].year_end == newest:
        _put_into_file(kept[-1], known, actor, business_date)
    for row in rows:
        if row.year_end not in years and before(on_file[row.year_end].period, years):
            _work_again(row, on_file, known, newest=row.year_end == newest, actor=actor, business_date=business_date)
    return kept


def _work_again(row: AnnualAccounts, were: Years, known: Years, *, newest: bool, actor: User, business_date: date) -> None:
    """Work out anew what a year on file says against the year before it, which was added or corrected; of the newest year in the facts too.

    Its own lines stay by the word of whoever recorded them. Nothing is written where nothing comes out otherwise.
    """
    year = year_of(row)
    again = _stored_ratios(year, known)
    if again == row.ratios:
        return
    row.pk, row._state.adding = uuid7(), True
    row.ratios, row.recorded_date = again, business_date
    row.save(force_insert=True)
    audit.record("accounts.worked_again", actor=actor, target=row.application, business_date=business_date, year_end=row.year_end)
    if newest:
        was, found = (facts_of(year.yearly(), _yearly_before(year, of)) for of in (were, known))
        _record_worked(row, {code: value for code, value in found.items() if value != was[code]}, business_date)


def _yearly_before(year: FinancialYear, known: Years) -> Figures | None:
    return None if (last := before(year.period, known)) is None else last.yearly()


def _stored_ratios(year: FinancialYear, known: Years) -> dict[str, str | None]:
    worked = ratios(year.yearly(), _yearly_before(year, known))
    return {code: None if value is None else str(value) for code, value in worked.items()}


def ratios_by_year(rows: Sequence[AnnualAccounts]) -> list[dict[str, Decimal | None]]:
    """The ratios of each of these years, worked out from its lines and those of the year before."""
    known = years_by_end(rows)
    return [ratios(year.yearly(), _yearly_before(year, known)) for year in known.values()]


def accounts_behind(application: Application, known: Mapping[str, KnownFact]) -> dict[str, Any] | None:
    """The lines of the newest accounts and of the year before, as it was known when they were put into the file; None where no fact comes
    from accounts. As text. One query where one does.
    """
    if not _told_by_accounts(known):
        return None
    rows = list(AnnualAccounts.objects.filter(application=application).order_by("-year_end", "-id"))
    if not rows:
        return None
    newest = rows[0]
    # A change of the year before that changes anything makes a newer row of this year as well (`_work_again`).
    period = year_of(newest).period
    last = next(
        (row for row in rows if row.year_end < newest.year_end and row.pk < newest.pk and period.follows(year_of(row).period)), None
    )
    days = {"first_day": period.first.isoformat(), "year_end": period.end.isoformat(), "currency": newest.currency}
    days |= {"paper": str(newest.evidence_id or "")}
    if last is None:
        return days | {"figures": newest.figures, "before": None}
    ended = year_of(last).period
    days |= {"before_first": ended.first.isoformat(), "before_end": ended.end.isoformat()}
    return days | {"figures": newest.figures, "before": last.figures}


def facts_from_accounts(kept: Mapping[str, Any]) -> dict[str, Decimal | None]:
    """What these accounts say under the codes of the catalogue; None where a line was not given. No query."""
    newest, last = years_kept(kept)
    return facts_of(newest.yearly(), last.yearly() if last else None)


def left_unknown(known: Mapping[str, KnownFact], kept: Mapping[str, Any] | None) -> set[str]:
    """Codes of what older accounts said and the newest leave out: that is not known any more."""
    if kept is None:
        return set()
    now = facts_from_accounts(kept)
    return {code for code in _told_by_accounts(known) if now[code] is None}


def _told_by_accounts(known: Mapping[str, KnownFact]) -> set[str]:
    return {code for code, fact in known.items() if code in TOLD and fact.row.source.removeprefix("Computed: ").startswith(ACCOUNTS)}


def _put_into_file(row: AnnualAccounts, known_years: Years, actor: User, business_date: date) -> None:
    """The newest year as facts: what the accounts say, by the word of whoever recorded them, and the ratios that follow."""
    year = year_of(row)
    found = facts_of(year.yearly(), _yearly_before(year, known_years))
    said = {code: value for code, value in found.items() if not CATALOGUE[code].computed}
    known = current_facts(row.application, business_date=business_date).get("debt_service")
    if known is not None and known.is_reliable and known.row.as_of_date > row.year_end:
        said.pop("debt_service", None)  # the contracts say it of today
    for code, value in said.items():
        if value is not None:
            record_fact(
                application=row.application,
                code=code,
                value=value,
                source=_source(row),
                authenticity=mark_of_paper(row.evidence_id),
                as_of_date=row.year_end,
                actor=actor,
                business_date=business_date,
                evidence=row.evidence,
                of_accounts=True,
            )
    _record_worked(row, found, business_date)


def _record_worked(row: AnnualAccounts, found: Mapping[str, Decimal | None], business_date: date) -> None:
    """Those of these figures that the system works out, as facts."""
    worked = {
        code: (value, f"Computed: {_source(row)}", mark_of_paper(row.evidence_id))
        for code, value in found.items()
        if CATALOGUE[code].computed
    }
    record_computed(
        application=row.application,
        facts=worked,
        business_date=business_date,
        as_of_dates=dict.fromkeys(worked, row.year_end),
    )


def _source(row: AnnualAccounts) -> str:
    months = year_of(row).period.months
    said = f"{ACCOUNTS} {row.year_end:%Y}"
    if months == 12:
        return said
    return f"{said}, {months} months" + (" brought to twelve" if months >= LEAST_MONTHS else "")


def mark_of_paper(paper: object) -> str:
    """By whose word accounts are, with or without their paper."""
    return Fact.Authenticity.DOCUMENT if paper else Fact.Authenticity.UNVERIFIED
