"""Nightly sweeps: the runs, one run with its shards and failures, and the button that closes the day."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from core.business_date import get_business_date
from core.errors import DomainError
from core.roles import Role
from core.web.access import role_required, step_up_required
from core.web.http import HtmxRequest, render_page
from core.web.paging import paginate
from monitoring import selectors, tasks
from monitoring.models import SweepChunk, SweepRun
from monitoring.services import sweep
from monitoring.services.set_aside import try_again

STATES = {"RUNNING": ("info", "Running"), "DONE": ("good", "Done"), "FAILED": ("bad", "Failed")}
CHUNK_STATES = {"READY": ("info", "Waiting"), "DONE": ("good", "Done"), "SPLIT": ("warn", "Split"), "SET_ASIDE": ("bad", "Set aside")}


@role_required(*selectors.SWEEP_WATCHERS)
def sweep_list(request: HtmxRequest) -> HttpResponse:
    """The runs, newest first."""
    page = paginate(request, selectors.list_runs(request.user))
    rows = [(run, STATES[run.state]) for run in page]
    return render(
        request,
        "monitoring/sweep_list.html",
        {"page": page, "rows": rows, "may_close": request.user.has_role(Role.RISK_MANAGER), "business_date": get_business_date()},
    )


@role_required(*selectors.SWEEP_WATCHERS)
def sweep_detail(request: HtmxRequest, run_id: int) -> HttpResponse:
    """One run with its shards; while it runs the page asks again by itself."""
    run = selectors.access_run(request.user, run_id)
    chunks = [(chunk, CHUNK_STATES[chunk.state]) for chunk in run.chunks.all() if chunk.state != SweepChunk.State.SPLIT]
    done = sum(chunk.state != SweepChunk.State.READY for chunk, _ in chunks)
    context: dict[str, Any] = {
        "run": run,
        "state": STATES[run.state],
        "running": run.state == SweepRun.State.RUNNING,
        "chunks": chunks,
        "done": done,
        "percent": 100 * done // len(chunks) if chunks else 100,
        "totals": [(name.replace("_", " ").capitalize(), value) for name, value in run.totals.items()],
        "set_aside": run.set_aside.select_related("loan").order_by("id"),
        "may_try": request.user.has_role(Role.RISK_MANAGER),
    }
    return render_page(request, "monitoring/sweep_detail.html", "monitoring/_sweep_run.html", **context)


@require_POST
@role_required(Role.RISK_MANAGER)
@step_up_required
def close_day(request: HtmxRequest) -> HttpResponse:
    """Begin closing the day; the workers do the rest."""
    try:
        run = sweep.start_run(actor=request.user)
    except DomainError as refusal:
        messages.error(request, refusal.detail)
        return redirect("monitoring:sweep_list")
    tasks.send(run.pk)
    messages.info(request, f"Closing {run.business_date:%d %b %Y} has begun.")
    return redirect("monitoring:sweep_detail", run.pk)


@require_POST
@role_required(Role.RISK_MANAGER)
@step_up_required
def sweep_again(request: HtmxRequest, run_id: int) -> HttpResponse:
    """Let a failed run go on; the workers do the rest."""
    run = selectors.access_run(request.user, run_id)
    try:
        sweep.run_again(run=run, actor=request.user)
    except DomainError as refusal:
        messages.error(request, refusal.detail)
    else:
        tasks.send(run.pk)
        messages.info(request, f"Closing {run.business_date:%d %b %Y} goes on.")
    return redirect("monitoring:sweep_detail", run.pk)


@require_POST
@role_required(Role.RISK_MANAGER)
def set_aside_again(request: HtmxRequest, set_aside_id: int) -> HttpResponse:
    """Try one loan again that a run set aside."""
    aside = selectors.access_set_aside(request.user, set_aside_id)
    try:
        try_again(set_aside=aside, actor=request.user)
    except DomainError as refusal:
        messages.error(request, refusal.detail)
    else:
        messages.success(request, f"{aside.loan.reference} goes through now. The coming night books what is missing.")
    return redirect("monitoring:sweep_detail", aside.run_id)
