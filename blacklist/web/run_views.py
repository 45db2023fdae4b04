"""Rescreenings of the book: started on demand, with their progress."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from blacklist.models import ScreeningRun
from blacklist.selectors.hits import READERS
from blacklist.services.runs import STARTERS, start_book_screening
from core.business_date import get_business_date
from core.errors import DomainError
from core.web.access import role_required
from core.web.http import HtmxRequest
from core.web.paging import paginate


@role_required(*READERS)
def run_list(request: HtmxRequest) -> HttpResponse:
    """The runs with their progress; POST asks for the whole book."""
    refusal: DomainError | None = None
    if request.method == "POST":
        try:
            start_book_screening(actor=request.user, business_date=get_business_date())
        except DomainError as error:
            refusal = error
        else:
            messages.success(request, "The whole book is being screened. This page shows how far it is.")
            return redirect("blacklist:run_list")
    page = paginate(request, ScreeningRun.objects.select_related("started_by").order_by("-started_at"))
    running = any(run.state == ScreeningRun.State.RUNNING for run in page)
    context = {"page": page, "refusal": refusal, "running": running, "may_start": request.user.has_role(*STARTERS)}
    if request.htmx:
        return render(request, "blacklist/_runs.html", context)
    return render(request, "blacklist/run_list.html", context, status=422 if refusal else 200)
