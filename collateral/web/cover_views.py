"""What secures running loans: the book by how far it is covered, and one loan's assets with its share of each."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render

from collateral.models import Cover
from collateral.selectors.assets import is_blind_to_file
from collateral.selectors.covers import (
    VIEWS,
    Holding,
    cover_on,
    decided_cover_of,
    figures_of_book,
    holdings_of,
    latest_cover_run,
    list_covers,
    open_cover_run,
)
from collateral.selectors.margin_calls import calls_of, covenant_of
from core.business_date import get_business_date
from core.charts import HBar, HBars, Limit
from core.errors import NotFound
from core.roles import Role
from core.web.access import role_required
from core.web.components import Kpi, Tab
from core.web.export import export_rows, wanted
from core.web.formats import compact, money, number, percent
from core.web.http import HtmxRequest, is_htmx, render_page
from core.web.paging import paginate
from loans.models import Loan
from loans.selectors.loans import access_loan

COVER_READERS = tuple(frozenset(Role) - {Role.ADMINISTRATOR, Role.APPRAISER})


@role_required(*COVER_READERS)
def cover_list(request: HtmxRequest) -> HttpResponse:
    """Running loans with collateral, the largest gap of each currency first."""
    view = request.GET.get("view", "short")
    view = view if view in dict(VIEWS) else "short"
    rows = list_covers(request.user, view=view)
    if wanted(request):
        columns = [
            ("Loan", lambda c: c.loan.reference),
            ("Borrower", lambda c: c.loan.borrower.name),
            ("Owed", lambda c: c.exposure),
            ("Currency", lambda c: c.loan.currency),
            ("Market value that counts", lambda c: c.market_value),
            ("Claims before and beside", lambda c: c.claims_before),
            ("Available", lambda c: c.available),
            ("Coverage", lambda c: c.coverage),
            ("Loan to value", lambda c: c.ltv),
            ("Pledges without a value", lambda c: c.unvalued),
        ]
        return export_rows(request, columns, rows, "covers")
    book = figures_of_book(request.user)
    context = {
        "run": open_cover_run(get_business_date()),
        "page": paginate(request, rows),
        "view": view,
        "views": [Tab(label, f"?view={name}", book.counts[name], current=name == view) for name, label in VIEWS],
        "kpis": [
            Kpi("Loans with collateral", number(book.counts["all"])),
            Kpi("Owed on them", compact(book.exposure), unit=book.currency),
            Kpi("Available to them", compact(book.available), unit=book.currency),
            Kpi("Coverage", percent(book.coverage) if book.coverage is not None else "nothing owed"),
        ],
    }
    return render(request, "collateral/cover_list.html", context)


@role_required(*COVER_READERS)
def cover_run(request: HtmxRequest) -> HttpResponse:
    """How far covers are measured by settings that came in force: a fragment of the list, which asks for it again until all are."""
    if not is_htmx(request):
        return redirect("collateral:cover_list")
    return render(request, "collateral/_cover_run.html", {"run": latest_cover_run()})


@role_required(*COVER_READERS)
def loan_cover(request: HtmxRequest, public_id: UUID) -> HttpResponse:
    """What secures one loan: a panel on its page, and a page of its own."""
    loan = access_loan(request.user, public_id)
    if is_blind_to_file(request.user, loan.application):
        raise NotFound
    today = get_business_date()
    holdings, cover = holdings_of(loan, business_date=today), cover_on(loan, business_date=today)
    return render_page(
        request,
        "collateral/loan_cover.html",
        "collateral/_loan_cover.html",
        loan=loan,
        cover=cover,
        holdings=holdings,
        agreed=covenant_of(loan),
        decided=decided_cover_of(loan.application),
        call=next((call for call in calls_of(loan) if call.ended_date is None), None),
        chart=picture(loan, cover, holdings) if cover and holdings else None,
    )


def picture(loan: Loan, cover: Cover, holdings: list[Holding]) -> HBars:
    """From the market's value down to what is this loan's, against what is owed."""
    beyond = cover.exposure - cover.available
    sentence = (
        f"{money(beyond)} {loan.currency} of what is owed stand uncovered"
        if beyond > 0
        else f"Everything owed on {loan.reference} is covered"
    )
    after_claims = sum((max(holding.lending_value - holding.before, holding.available) for holding in holdings), cover.available * 0)
    rows = [
        HBar(f"Market value that counts, {loan.currency}", cover.market_value, "s3"),
        HBar("After haircuts", cover.lending_value, "s3"),
        HBar("After claims before ours", after_claims, "s2"),
        HBar("Available to this loan", cover.available, "s1"),
    ]
    return HBars(
        sentence, rows, unit="money", limits=[Limit("Owed", cover.exposure)], width=640, axis="Step", measure=f"Value, {loan.currency}"
    )
