"""Trying a policy on past applications: asking for it, watching it work, and reading who would come out otherwise."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from core.business_date import get_business_date
from core.errors import DomainError, NotFound
from core.web import formats
from core.web.access import role_required
from core.web.components import Kpi, Tab
from core.web.export import export_rows, wanted
from core.web.http import HtmxRequest, render_page
from core.web.paging import paginate
from risk.domain.policy_trial import Cell, Totals
from risk.domain.states import Recommended
from risk.models import PolicyRun, PolicyRunChange
from risk.selectors.policy_runs import KINDS, ChangeKind, access_run, count_changes, list_changes
from risk.selectors.registry import READERS, access_policy
from risk.services.policy_runs import RUNNERS, try_policy
from risk.web.wording import OUTCOMES

STATES = {"WAITING": ("info", "Waiting"), "RUNNING": ("info", "Running"), "DONE": ("good", "Done"), "FAILED": ("bad", "Stopped")}
COLUMNS: list[tuple[str, Callable[[PolicyRunChange], Any]]] = [
    ("Application", lambda row: row.application.reference),
    ("Branch", lambda row: row.application.branch.name),
    ("Asked for", lambda row: row.amount),
    ("Before", lambda row: row.before),
    ("After", lambda row: row.after),
    ("Rules that differ", lambda row: ", ".join(row.codes)),
    ("Loan went bad", lambda row: {None: "not known", True: "yes", False: "no"}[row.is_bad]),
]


@require_POST
@role_required(*RUNNERS)
def policy_try(request: HtmxRequest, number: int) -> HttpResponse:
    """Ask for a version to be tried on all past applications."""
    version = access_policy(request.user, number)
    try:
        run = try_policy(version=version, actor=request.user, business_date=get_business_date())
    except DomainError as refusal:
        messages.error(request, refusal.detail)
        return redirect("risk:policy_version", number)
    return redirect("risk:policy_run", run.pk)


@role_required(*READERS)
def policy_run(request: HtmxRequest, run_id: UUID) -> HttpResponseBase:
    """How far a run is; once done, who comes out otherwise than under the policy in force."""
    run = access_run(request.user, run_id)
    kind = next((one for one in KINDS if one.name == request.GET.get("kind", KINDS[0].name)), None)
    if kind is None:
        raise NotFound
    rows = list_changes(request.user, run, kind)
    if wanted(request):
        return export_rows(request, COLUMNS, rows, f"policy-v{run.policy_version.number}-{kind.name}")
    page = paginate(request, rows)
    totals = Totals.from_dict(run.result)
    counted = list(count_changes(run))
    titles = {rule["code"]: rule["title"] for version in (run.base_version, run.policy_version) for rule in version.rules}
    return render_page(
        request,
        "risk/policy_run.html",
        "risk/_policy_run.html",
        run=run,
        mark=STATES[run.state],
        busy=run.state in ("WAITING", "RUNNING"),
        percent=100 * run.done // run.total if run.total else 0,
        here=reverse("risk:policy_run", args=[run.pk]),
        kpis=kpis(run, totals),
        lines=list(move_lines(counted, run.currency)),
        matrix=list(matrix(totals)),
        rules=list(rule_lines(run, totals)),
        tabs=[Tab(one.title, f"?kind={one.name}", cases, current=one is kind) for one, cases, *_ in counted],
        found=page,
        rows=[(row, OUTCOMES[row.before], OUTCOMES[row.after], [(code, titles.get(code, "")) for code in row.codes]) for row in page],
    )


def kpis(run: PolicyRun, totals: Totals) -> list[Kpi]:
    """The tried policy against the one in force: share approved, its amount, what it would cost, and how known loans went."""
    before, after = totals.of(before=Recommended.APPROVE), totals.of(after=Recommended.APPROVE)
    declined = [totals.of(before=Recommended.DECLINE), totals.of(after=Recommended.DECLINE)]
    base = f"v{run.base_version.number}"
    share, was = (_share(cell.cases, run.done) for cell in (after, before))
    rate, rate_was = _share(declined[1].cases, run.done), _share(declined[0].cases, run.done)
    return [
        Kpi("Approval rate", formats.percent(share), change=formats.signed_points(share - was, 1), change_base=f"vs {base}"),
        Kpi("Decline rate", formats.percent(rate), change=formats.signed_points(rate - rate_was, 1), change_base=f"vs {base}"),
        Kpi(
            "Asked for, approved",
            formats.compact(after.amount, ""),
            unit=run.currency,
            limit=f"{base}: {formats.compact(before.amount, '')}",
        ),
        Kpi("Expected loss on it", _cost(after), limit=f"{_unscored(after)}{base}: {_cost(before)}"),
        Kpi("Bad rate of known loans", _bad(after), limit=f"{base}: {_bad(before)}"),
        Kpi("Lost on known loans", formats.compact(after.loss, ""), unit=run.currency, limit=f"{_lost(after)}; {base}: {_lost(before)}"),
    ]


def _share(part: int, whole: int) -> Decimal:
    return Decimal(part) / whole if whole else Decimal(0)


def _cost(cell: Cell) -> str:
    rate = cell.expected_loss_rate
    if not cell.cases:
        return "none"
    return "not known" if rate is None else formats.percent(rate, 2)


def _unscored(cell: Cell) -> str:
    if cell.expected_loss and not cell.scored:
        return ""  # a run of the time before those with a score were counted
    return f"{formats.number(cell.cases - cell.scored)} without a score left out; " if cell.scored < cell.cases else ""


def _lost(cell: Cell) -> str:
    """Money, and its share of what was granted."""
    rate = cell.loss_rate
    if rate is None:
        return "share not known" if cell.financed else "nothing granted"
    return f"{formats.percent(rate, 2)} of {formats.compact(cell.granted, '')} granted"


def _bad(cell: Cell) -> str:
    rate = cell.bad_rate
    return "not known" if rate is None else f"{formats.percent(rate)} of {formats.number(cell.financed)}"


@dataclass(frozen=True)
class MoveLine:
    """One way to come out otherwise: how many, for how much, and how the loans among them went."""

    title: str
    cases: int
    amount: Decimal
    known: int
    went: str


def move_lines(counted: Iterable[tuple[ChangeKind, int, Decimal, int, int]], currency: str) -> Iterator[MoveLine]:
    """The changes in the whole bank by kind."""
    for kind, cases, amount, known, bad in counted:
        went = f"{formats.number(bad)} bad, {formats.percent(Decimal(bad) / known)}" if known else "not known"
        yield MoveLine(kind.title, cases, amount, known, went)


def matrix(totals: Totals) -> Iterator[tuple[tuple[str, str], list[tuple[Cell, bool]], int]]:
    """A line per outcome before: the cells by outcome after, whether each is the same outcome, and the sum."""
    for before in Recommended:
        cells = [(totals.cells[before, after], before == after) for after in Recommended]
        yield OUTCOMES[before], cells, totals.of(before=before).cases


def rule_lines(run: PolicyRun, totals: Totals) -> Iterator[tuple[str, str, int, int, str]]:
    """The rules that stop another number of applications than before: code, title, both numbers and the difference."""
    titles = {rule["code"]: rule["title"] for rule in [*run.base_version.rules, *run.rules]}
    for code, (before, after) in sorted(totals.rules.items(), key=lambda item: -abs(item[1][1] - item[1][0])):
        if before != after:
            yield code, titles.get(code, code), before, after, formats.signed(after - before, 0)
