"""Reads of monitoring: runs with their shards, the overdue list, alerts."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Count, Prefetch, Q, QuerySet, Sum

from core import access
from core.errors import NotFound
from core.models import User
from core.roles import Role
from loans.models import Loan
from monitoring.models import Alert, SetAside, SweepChunk, SweepRun

SWEEP_WATCHERS = (Role.RISK_MANAGER, Role.AUDITOR, Role.COMPLIANCE, Role.ADMINISTRATOR, Role.COLLECTIONS)


def visible_alerts(user: User) -> QuerySet[Alert]:
    """The alerts of the user's branches."""
    return access.within_branches(user, Alert.objects.all())


def access_alert(user: User, alert_id: UUID) -> Alert:
    """One alert, or NotFound."""
    return access.one(visible_alerts(user).select_related("loan", "borrower", "asset", "owner", "branch"), pk=alert_id)


def list_alerts(user: User, *, view: str = "open", kind: str = "") -> QuerySet[Alert]:
    """Alerts by saved view (open, mine, overdue, resolved), most urgent first."""
    rows = visible_alerts(user).select_related("loan", "borrower", "asset", "owner")
    if kind:
        rows = rows.filter(kind=kind)
    match view:
        case "mine":
            rows = rows.filter(owner=user).exclude(state=Alert.State.RESOLVED)
        case "resolved":
            return rows.filter(state=Alert.State.RESOLVED).order_by("-resolved_date", "-id")
        case _:
            rows = rows.exclude(state=Alert.State.RESOLVED)
    return rows.order_by("due_date", "-level", "id")


def count_alerts(user: User) -> dict[str, int]:
    """How many alerts stand behind each saved view: one query."""
    open_alerts = ~Q(state=Alert.State.RESOLVED)
    counts: dict[str, int] = visible_alerts(user).aggregate(
        open=Count("pk", filter=open_alerts),
        mine=Count("pk", filter=open_alerts & Q(owner=user)),
        resolved=Count("pk", filter=Q(state=Alert.State.RESOLVED)),
    )
    return counts


def alerts_of_loan(user: User, loan: Loan) -> QuerySet[Alert]:
    """Every alert about one loan, newest first."""
    return visible_alerts(user).filter(loan=loan).select_related("owner").order_by("-id")


# Beside the buckets: loans whose last due date has gone by, however late they are.
MATURED = "matured"
_MATURED = Q(state="MATURED_UNPAID", oldest_due_date__isnull=False)


def list_overdue(user: User, *, bucket: str = "", text: str = "") -> QuerySet[Loan]:
    """Loans with something due and unpaid, the longest unpaid first: of one bucket, those MATURED unpaid, or all that are late."""
    late = Q(days_past_due__gt=0, oldest_due_date__isnull=False)
    rows = access.within_branches(user, Loan.objects.filter(_MATURED if bucket == MATURED else late))
    if bucket and bucket != MATURED:
        rows = rows.filter(bucket=bucket)
    if text:
        rows = rows.filter(Q(reference__iexact=text) | Q(borrower__name__icontains=text))
    return rows.select_related("borrower", "branch", "product_version__product").order_by("oldest_due_date", "-arrears", "id")


def overdue_buckets(user: User) -> list[dict[str, Any]]:
    """Count and arrears per bucket: one query."""
    rows = access.within_branches(user, Loan.objects.filter(days_past_due__gt=0))
    return [
        dict(row)
        for row in rows.values("bucket")
        .annotate(count=Count("pk"), arrears=Sum("arrears"), principal=Sum("outstanding_principal"))
        .order_by("bucket")
    ]


def count_matured(user: User) -> int:
    """How many loans matured with something owed."""
    return access.within_branches(user, Loan.objects.filter(_MATURED)).count()


def list_runs(user: User) -> QuerySet[SweepRun]:
    """The nightly runs, newest first, with how many shards are done."""
    _watcher(user)
    return (
        SweepRun.objects.annotate(
            shard_count=Count("chunks", filter=~Q(chunks__state=SweepChunk.State.SPLIT), distinct=True),
            done_count=Count("chunks", filter=Q(chunks__state=SweepChunk.State.DONE), distinct=True),
            aside_count=Count("set_aside", filter=Q(set_aside__resolved_at=None), distinct=True),
        )
        .select_related("started_by")
        .order_by("-business_date")
    )


def access_run(user: User, run_id: int) -> SweepRun:
    """One run with its shards and what it set aside."""
    _watcher(user)
    return access.one(list_runs(user).prefetch_related("chunks", Prefetch("set_aside")), pk=run_id)


def access_set_aside(user: User, set_aside_id: int) -> SetAside:
    """One loan that a run set aside."""
    _watcher(user)
    return access.one(SetAside.objects.select_related("loan", "run"), pk=set_aside_id)


def _watcher(user: User) -> None:
    if not user.is_active or not user.has_role(*SWEEP_WATCHERS):
        raise NotFound()
