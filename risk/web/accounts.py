"""Annual accounts in the browser: the years side by side with ratios, trends and peers; entered in a form or read from a file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import groupby
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from core.business_date import get_business_date
from core.charts import Line as ChartLine
from core.charts import Lines
from core.errors import DomainError
from core.industries import title_of
from core.roles import Role
from core.web import formats
from core.web.access import role_required
from core.web.document_field import DocumentField
from core.web.fields import AmountField, DayField, in_currency
from core.web.http import HtmxRequest, add_faults, is_htmx, render_page
from loans.models import Application, Document
from risk.domain.accounts import LINES, NEEDS, RATIOS, Ratio, absent_for, titles_of
from risk.domain.facts import CATALOGUE
from risk.domain.financial_year import FLOWS, LEAST_MONTHS
from risk.models import AnnualAccounts
from risk.selectors.accounts import Peers, figures_of, peers_of, year_of, years_of
from risk.selectors.files import access_application, investigation_of
from risk.services.accounts import import_accounts, ratios_by_year, record_accounts
from risk.web.panels import FILE_READERS, may_work

DRAWN = ("equity_ratio", "ebitda_margin", "net_margin")
MOST_YEARS_SHOWN = 5


class AccountsForm(forms.Form):
    """One year's accounts, line by line; what is left empty is not known."""

    first_day = DayField(label="First day of the year", required=False)
    year_end = DayField(label="Last day of the year")
    evidence = DocumentField(label="Document", required=False)

    def __init__(self, *args: Any, documents: Sequence[Document], currency: str, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["evidence"].offer(documents)  # type: ignore[attr-defined]
        for line in LINES.values():
            self.fields[line.code] = AmountField(label=line.title, required=False)
        in_currency(self, currency)

    def groups(self) -> list[tuple[str, list[Any]]]:
        """The fields under the name of their statement; what has to be given, at least once its statement is, is not called optional."""
        return [
            (title, [(self[line.code], "bare" if line.needed else "") for line in lines])
            for title, lines in groupby(LINES.values(), key=lambda line: line.statement)
        ]

    def figures(self) -> dict[str, Decimal]:
        """The lines that were filled in."""
        return {code: self.cleaned_data[code] for code in LINES if self.cleaned_data[code] is not None}


class ImportForm(forms.Form):
    """A file with several years."""

    file = forms.FileField(label="CSV or XLSX file", widget=forms.ClearableFileInput(attrs={"accept": ".csv,.xlsx"}))


@role_required(*FILE_READERS)
def accounts_panel(request: HtmxRequest, pk: UUID) -> HttpResponse:
    """The accounts of the file."""
    return _show(request, access_application(request.user, pk))


@require_POST
@role_required(Role.INVESTIGATOR)
def accounts_enter(request: HtmxRequest, pk: UUID) -> HttpResponse:
    """Record one year from the form."""
    application = access_application(request.user, pk)
    found = investigation_of(application)
    form = AccountsForm(request.POST, documents=found.documents if found else [], currency=application.currency, prefix="accounts")
    if not form.is_valid():
        return _show(request, application, status=422, enter_form=form, form=form)
    try:
        kept = record_accounts(
            application=application,
            first_day=form.cleaned_data["first_day"],
            year_end=form.cleaned_data["year_end"],
            figures=form.figures(),
            evidence=form.cleaned_data["evidence"],
            actor=request.user,
            business_date=get_business_date(),
        )
    except DomainError as refusal:
        add_faults(form, refusal)
        return _show(request, application, status=refusal.status, enter_form=form, form=form)
    messages.success(request, _recorded([kept]))
    return _done(request, application)


@require_POST
@role_required(Role.INVESTIGATOR)
def accounts_import(request: HtmxRequest, pk: UUID) -> HttpResponse:
    """Record all years of a file, or none."""
    application = access_application(request.user, pk)
    form = ImportForm(request.POST, request.FILES, prefix="import")
    if not form.is_valid():
        return _show(request, application, status=422, import_form=form, form=form)
    try:
        kept = import_accounts(
            application=application, upload=form.cleaned_data["file"], actor=request.user, business_date=get_business_date()
        )
    except DomainError as refusal:
        add_faults(form, refusal)
        return _show(request, application, status=refusal.status, import_form=form, form=form)
    messages.success(request, _recorded(kept))
    return _done(request, application)


@role_required(*FILE_READERS)
def accounts_template(request: HtmxRequest, pk: UUID) -> HttpResponse:
    """An empty table with every line, to be filled in."""
    access_application(request.user, pk)
    year = get_business_date().year - 1
    lines = [f"Line,{year - 1},{year}", *(f'"{line.title}",,' for line in LINES.values())]
    answer = HttpResponse("\n".join(lines) + "\n", content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="annual-accounts.csv"'
    return answer


def ratio_words(ratio: Ratio, value: Decimal | None, absent: Sequence[str] = (), months: int = 12) -> str:
    """A ratio as people read it; where there is none, that its year has too few months, which lines were not given, or "no figure" where
    its base says nothing.
    """
    if value is None:
        if months < LEAST_MONTHS and not FLOWS.isdisjoint(NEEDS[ratio.code]):
            return f"{months} months say nothing of a year"
        return f"not given: {titles_of(absent)}" if absent else "no figure"
    match ratio.form:
        case "percent":
            return formats.percent(value)
        case "days":
            return f"{formats.number(value)} days"
    return f"{formats.number(value, 2)}×"


def _length_words(months: int) -> tuple[str, str]:
    """How long a year was that is none, over its ratios and over its lines; nothing is said of twelve months."""
    if months == 12:
        return "", ""
    return f"{months} months{', brought to twelve' if months >= LEAST_MONTHS else ''}", f"{months} months, as drawn up"


def _recorded(rows: Sequence[AnnualAccounts]) -> str:
    """What is said once accounts are kept: which lines the newest year left out, and what cannot be worked out without them."""
    figures, months = figures_of(rows[-1]), year_of(rows[-1]).period.months
    without = [code for code in NEEDS if absent_for(code, figures)]
    said = f"The accounts of {', '.join(f'{row.year_end:%Y}' for row in rows)} are in the file."
    if months < LEAST_MONTHS:
        said += f" What {months} months of {rows[-1].year_end:%Y} earned and paid says nothing of a year, and is not known."
    elif months != 12:
        said += f" What {months} months of {rows[-1].year_end:%Y} earned and paid is brought to twelve."
    if not without:
        return said
    titles = dict.fromkeys(CATALOGUE[code].title for code in without)
    absent = dict.fromkeys(line for code in without for line in absent_for(code, figures))
    return f"{said} Not given for {rows[-1].year_end:%Y}: {titles_of(absent)}. Unknown without: {', '.join(titles)}."


Worked = Sequence[dict[str, Decimal | None]]


def _trend(years: Sequence[AnnualAccounts], worked: Worked) -> Lines | None:
    if len(years) < 2:
        return None
    lines = [
        ChartLine(
            RATIOS[code].title,
            # The drawing begins at zero: a negative ratio is left out of it, never drawn as zero.
            [None if (value := one[code]) is None or value < 0 else value for one in worked],
            f"s{number}",
        )
        for number, code in enumerate(DRAWN, start=1)
    ]
    first, last = (one["equity_ratio"] or Decimal(0) for one in (worked[0], worked[-1]))
    moved = f"{'rose' if last > first else 'fell'} from {formats.percent(first)} to" if last != first else "stayed at"
    sentence = f"The equity ratio {moved} {formats.percent(last)} since {years[0].year_end:%Y}."
    return Lines(sentence, [f"{row.year_end:%Y}" for row in years], lines, axis="Year")


def _peer_words(ratio: Ratio, value: Decimal | None, peers: Peers | None) -> tuple[str, str, str]:
    """(middle half of the peers in words, status, word) of one ratio among its peers."""
    if peers is None:
        return "too few companies", "", ""
    span = f"{ratio_words(ratio, peers.lower)} to {ratio_words(ratio, peers.upper)}"
    if value is None:
        return span, "", ""
    better = value > peers.upper if ratio.more_is_better else value < peers.lower
    worse = value < peers.lower if ratio.more_is_better else value > peers.upper
    return (span, "good", "Better") if better else (span, "warn", "Worse") if worse else (span, "neutral", "Among them")


def _held_against(peers: Iterable[Peers]) -> str:
    """Whose ratios the company's own stand beside."""
    most = max(peers, key=lambda one: one.companies, default=None)
    if most is None:
        return "Balance sheet, income and cash flow, held against each other before they are kept"
    return f"Held against {formats.number(most.companies)} companies in {title_of(most.industry).lower()}"


def _done(request: HtmxRequest, application: Application) -> HttpResponse:
    if is_htmx(request):
        return _show(request, access_application(request.user, application.pk))
    return redirect("risk:accounts_panel", application.pk)


def _show(request: HtmxRequest, application: Application, *, status: int = 200, **context: Any) -> HttpResponse:
    today = get_business_date()
    found = investigation_of(application)
    years = years_of(application)[-MOST_YEARS_SHOWN:]
    worked = ratios_by_year(years)
    lengths = [year_of(row).period.months for row in years]
    industry = application.borrower.industry if application.borrower else ""
    peers = peers_of(application, industry=industry, on=today) if years else {}
    works = may_work(request.user, application, found)
    documents = found.documents if found else []
    context.setdefault("form", None)
    return render_page(
        request,
        "risk/application_accounts.html",
        "risk/_accounts.html",
        status=status,
        application=application,
        years=years,
        heads=[(f"{row.year_end:%Y}", *_length_words(months)) for row, months in zip(years, lengths, strict=True)],
        held_against=_held_against(peers.values()),
        statements=[
            (title, [(line.title, line.code, [row.figures.get(line.code) for row in years]) for line in lines])
            for title, lines in groupby(LINES.values(), key=lambda line: line.statement)
        ],
        ratios=[
            (
                ratio,
                [
                    (ratio_words(ratio, one[code], absent_for(code, row.figures), months), one[code] is not None)
                    for row, one, months in zip(years, worked, lengths, strict=True)
                ],
                *_peer_words(ratio, worked[-1][code], peers.get(code)),
            )
            for code, ratio in RATIOS.items()
        ]
        if years
        else [],
        chart=_trend(years, worked),
        may_edit=works,
        enter_form=context.pop("enter_form", None) or AccountsForm(documents=documents, currency=application.currency, prefix="accounts"),
        import_form=context.pop("import_form", None) or ImportForm(prefix="import"),
        **context,
    )
