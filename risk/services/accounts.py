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
from risk.domain.accounts import NEEDS, check_accounts, facts_of, ratios
from risk.domain.accounts_file import read_accounts
from risk.domain.cross_checks import SOURCES
from risk.domain.facts import CATALOGUE
from risk.models import AnnualAccounts, Fact
from risk.selectors.accounts import years_of
from risk.selectors.facts import KnownFact, current_facts
from risk.services.facts import record_computed, record_fact
from risk.services.file_work import lock_file

MOST_YEARS = 10
MOST_BYTES = 5 << 20
ACCOUNTS = SOURCES["annual accounts"]
TOLD = frozenset({"turnover", *NEEDS})
"""What accounts say, under the codes of the catalogue."""
Years = Mapping[date, Mapping[str, Decimal]]


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
    *, application: Application, year_end: date, figures: Mapping[str, Decimal], evidence: Document | None, actor: User, business_date: date
) -> AnnualAccounts:
    """Keep one year's accounts and let the facts of the file follow from the newest year.

    Raises UnableToRecordAccounts: `not_a_company`, `untied` with a fault per line; UnableToInvestigate as `lock_for_work` does.
    """
    faults = _faults(application, {year_end: figures}, business_date)
    if faults:
        raise UnableToRecordAccounts("untied", faults=[Fault(line, code, words) for _, line, code, words in faults])
    return _keep(application, {year_end: figures}, evidence, actor, business_date)[0]


@transaction.atomic
def import_accounts(*, application: Application, upload: UploadedFile[Any], actor: User, business_date: date) -> list[AnnualAccounts]:
    """Keep the accounts of a CSV or XLSX file, all years of it or none, with the file as their document.

    Raises UnableToRecordAccounts: `not_a_company`, `unreadable` and `untied` with a fault per cell; UnableToStoreDocument;
    UnableToInvestigate.
    """
    name = upload.name or ""
    if not name.lower().endswith((".csv", ".xlsx")) or (upload.size or 0) > MOST_BYTES:
        raise UnableToRecordAccounts("unreadable", faults=[Fault("file", "type", "Send a CSV or XLSX file of at most 5 MB.")])
    read = read_accounts(upload.read(), name)
    upload.seek(0)
    if read.faults:
        words = [f"Cell {fault.cell}: {fault.words}" if fault.cell else fault.words for fault in read.faults]
        raise UnableToRecordAccounts("unreadable", faults=[Fault("file", "cell", line) for line in words])
    faults = _faults(application, read.years, business_date)
    if faults:
        cells = read.cells
        raise UnableToRecordAccounts(
            "untied",
            faults=[Fault("file", code, f"Cell {cells.get((year, line), 'A1')}, {year:%Y}: {words}") for year, line, code, words in faults],
        )
    lock_file(application, actor=actor, business_date=business_date)
    document = store_document(application=application, kind="annual_accounts", upload=upload, actor=actor)
    return _keep(application, read.years, document, actor, business_date)


def _faults(application: Application, years: Years, on: date) -> list[tuple[date, str, str, str]]:
    """(year, line, code, words) of what does not tie, each year held against the one before and, where that is on file only,
    the one after.
    """
    borrower = application.borrower
    if borrower is None or borrower.kind != BorrowerKind.COMPANY:
        raise UnableToRecordAccounts("not_a_company")
    known: dict[date, Mapping[str, Decimal]] = {row.year_end: figures_of(row) for row in years_of(application)}
    known.update(years)
    ends = sorted(known)
    faults = []
    for end in sorted(years):
        before, after = _before(end, ends), _after(end, ends)
        if end > on:
            faults.append((end, "year_end", "future", "The year has not ended yet."))
        faults += [
            (end, found.line, found.code, found.words)
            for found in check_accounts(
                years[end],
                cash_before=known[before].get("cash") if before else None,
                # Of two years handed in together the later one says it.
                opening_after=known[after].get("opening_cash") if after and after not in years else None,
            )
        ]
    if len(years) > MOST_YEARS:
        faults.append((ends[0], "year_end", "too_many", f"At most {MOST_YEARS} years."))
    return faults


def _before(end: date, ends: list[date]) -> date | None:
    """The end of the year before, when it is among these."""
    return next((other for other in ends if 360 <= (end - other).days <= 372), None)


def _after(end: date, ends: list[date]) -> date | None:
    """The end of the year after, when it is among these."""
    return next((other for other in ends if _before(other, [end])), None)


def figures_of(row: AnnualAccounts) -> dict[str, Decimal]:
    """The lines of stored accounts as amounts."""
    return {code: Decimal(amount) for code, amount in row.figures.items()}


def _keep(application: Application, years: Years, evidence: Document | None, actor: User, business_date: date) -> list[AnnualAccounts]:
    lock_file(application, actor=actor, business_date=business_date)
    borrower = application.borrower
    assert borrower is not None  # checked with the figures
    rows = years_of(application)
    on_file: dict[date, Mapping[str, Decimal]] = {row.year_end: figures_of(row) for row in rows}
    known = on_file | dict(years)
    ends = sorted(known)
    kept = AnnualAccounts.objects.bulk_create(
        AnnualAccounts(
            application=application,
            borrower=borrower,
            industry=borrower.industry,
            currency=application.currency,
            year_end=end,
            figures={code: str(amount) for code, amount in figures.items()},
            ratios=_stored_ratios(figures, _figures_before(end, known)),
            evidence=evidence,
            author=actor,
            author_name=actor.full_name,
            recorded_date=business_date,
        )
        for end, figures in sorted(years.items())
    )
    for row in kept:
        audit.record(
            "accounts.recorded", actor=actor, target=application, business_date=business_date, year_end=row.year_end, evidence=evidence
        )
    if kept[-1].year_end == ends[-1]:
        _put_into_file(kept[-1], _figures_before(kept[-1].year_end, known), actor, business_date)
    for row in rows:
        if row.year_end not in years and _before(row.year_end, sorted(years)):
            before, now = (_figures_before(row.year_end, of) for of in (on_file, known))
            _work_again(row, before, now, newest=row.year_end == ends[-1], actor=actor, business_date=business_date)
    return kept


def _work_again(
    row: AnnualAccounts,
    before: Mapping[str, Decimal] | None,
    now: Mapping[str, Decimal] | None,
    *,
    newest: bool,
    actor: User,
    business_date: date,
) -> None:
    """Work out anew what a year on file says against the year before it, which was added or corrected; of the newest year in the facts too.

    Its own lines stay by the word of whoever recorded them. Nothing is written where nothing comes out otherwise.
    """
    figures = figures_of(row)
    again = _stored_ratios(figures, now)
    if again == row.ratios:
        return
    row.pk, row._state.adding = uuid7(), True
    row.ratios, row.recorded_date = again, business_date
    row.save(force_insert=True)
    audit.record("accounts.worked_again", actor=actor, target=row.application, business_date=business_date, year_end=row.year_end)
    if newest:
        was, found = facts_of(figures, before), facts_of(figures, now)
        _record_worked(row, {code: value for code, value in found.items() if value != was[code]}, business_date)


def _figures_before(end: date, known: Years) -> Mapping[str, Decimal] | None:
    return None if (before := _before(end, sorted(known))) is None else known[before]


def _stored_ratios(figures: Mapping[str, Decimal], before: Mapping[str, Decimal] | None) -> dict[str, str | None]:
    return {code: None if value is None else str(value) for code, value in ratios(figures, before).items()}


def ratios_by_year(rows: Sequence[AnnualAccounts]) -> list[dict[str, Decimal | None]]:
    """The ratios of each of these years, worked out from its lines and those of the year before."""
    years: dict[date, Mapping[str, Decimal]] = {row.year_end: figures_of(row) for row in rows}
    return [ratios(figures, _figures_before(end, years)) for end, figures in years.items()]


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
    before = next((row for row in rows if 360 <= (newest.year_end - row.year_end).days <= 372 and row.pk < newest.pk), None)
    return {"year_end": newest.year_end.isoformat(), "figures": newest.figures, "before": before.figures if before else None}


def facts_from_accounts(kept: Mapping[str, Any]) -> dict[str, Decimal | None]:
    """What these accounts say under the codes of the catalogue; None where a line was not given. No query."""
    figures, before = ({code: Decimal(text) for code, text in (kept[name] or {}).items()} for name in ("figures", "before"))
    return facts_of(figures, before or None)


def left_unknown(known: Mapping[str, KnownFact], kept: Mapping[str, Any] | None) -> set[str]:
    """Codes of what older accounts said and the newest leave out: that is not known any more."""
    if kept is None:
        return set()
    now = facts_from_accounts(kept)
    return {code for code in _told_by_accounts(known) if now[code] is None}


def _told_by_accounts(known: Mapping[str, KnownFact]) -> set[str]:
    return {code for code, fact in known.items() if code in TOLD and fact.row.source.removeprefix("Computed: ").startswith(ACCOUNTS)}


def _put_into_file(row: AnnualAccounts, before: Mapping[str, Decimal] | None, actor: User, business_date: date) -> None:
    """The newest year as facts: what the accounts say, by the word of whoever recorded them, and the ratios that follow."""
    found = facts_of(figures_of(row), before)
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
                authenticity=_mark(row),
                as_of_date=row.year_end,
                actor=actor,
                business_date=business_date,
                evidence=row.evidence,
                of_accounts=True,
            )
    _record_worked(row, found, business_date)


def _record_worked(row: AnnualAccounts, found: Mapping[str, Decimal | None], business_date: date) -> None:
    """Those of these figures that the system works out, as facts."""
    worked = {code: (value, f"Computed: {_source(row)}", _mark(row)) for code, value in found.items() if CATALOGUE[code].computed}
    record_computed(
        application=row.application,
        facts=worked,
        business_date=business_date,
        as_of_dates=dict.fromkeys(worked, row.year_end),
    )


def _source(row: AnnualAccounts) -> str:
    return f"{ACCOUNTS} {row.year_end:%Y}"


def _mark(row: AnnualAccounts) -> str:
    return Fact.Authenticity.DOCUMENT if row.evidence else Fact.Authenticity.UNVERIFIED
