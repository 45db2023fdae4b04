"""Alerts: raised by rule, worked off by people."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q

from collateral.models import Asset
from core import audit
from core.errors import Conflict, DomainError
from core.events import publish_all
from core.models import AuditEntry, User
from core.references import next_references
from core.roles import Role
from loans.models import Borrower, Loan
from monitoring.events import AlertRaised
from monitoring.models import Alert

WORKERS = (Role.COLLECTIONS, Role.RISK_MANAGER, Role.COMPLIANCE)
# Days that a level leaves before somebody has to have looked.
DUE_DAYS = {1: 10, 2: 5, 3: 1}


class UnableToWorkAlert(DomainError):
    """The alert cannot be worked on by this person or in this way."""

    title = "The alert was not changed"
    messages = {
        "not_entitled": "Only collections, risk and compliance work alerts, and on whose desk one lies.",
        "plan_missing": "Write down what will be done.",
        "outcome_missing": "Choose what the alert turned out to be.",
    }


@dataclass(frozen=True)
class Draft:
    """An alert that is to be raised: what it is about as `subject`, by when somebody has to have looked (by its level without a
    `due_date`), and on whose desk it lies from the first (nobody's without an `owner`).
    """

    kind: Alert.Kind
    level: int
    subject: str
    title: str
    details: dict[str, Any] = field(default_factory=dict)
    loan: Loan | None = None
    borrower: Borrower | None = None
    asset: Asset | None = None
    branch_id: int | None = None
    due_date: date | None = None
    owner: User | None = None


@transaction.atomic
def raise_alert(*, business_date: date, **told: Any) -> Alert | None:
    """Raise an alert, told as a `Draft` is, unless one of this kind is open for the subject already:
    then nothing happens and None is returned.
    """
    return next(iter(raise_alerts([Draft(**told)], business_date=business_date)), None)


@transaction.atomic
def raise_alerts(drafts: Sequence[Draft], *, business_date: date) -> list[Alert]:
    """Raise alerts, except where one of the kind is open for the subject already: a handful of statements for any number.
    Returns those raised.
    """
    subjects, kinds = {one.subject for one in drafts}, {one.kind for one in drafts}
    waiting = Alert.objects.filter(kind__in=kinds, subject__in=subjects).exclude(state=Alert.State.RESOLVED)
    known = set(waiting.values_list("kind", "subject")) if drafts else set()
    new = {(one.kind.value, one.subject): one for one in reversed(drafts) if (one.kind.value, one.subject) not in known}
    found = list(reversed(new.values()))
    if not found:
        return []
    alerts = [_alert(draft, reference, business_date) for draft, reference in zip(found, next_references("AL", len(found)), strict=True)]
    try:
        with transaction.atomic():
            Alert.objects.bulk_create(alerts)
    except IntegrityError:  # another one was raised at this moment
        return [] if len(found) == 1 else [alert for one in found for alert in raise_alerts([one], business_date=business_date)]
    audit.record_all([_raised(alert, business_date) for alert in alerts])
    publish_all([AlertRaised(alert_id=str(alert.pk), kind=alert.kind) for alert in alerts])
    return alerts


def _alert(draft: Draft, reference: str, business_date: date) -> Alert:
    return Alert(
        reference=reference,
        branch_id=draft.branch_id,
        kind=draft.kind,
        level=draft.level,
        subject=draft.subject,
        title=draft.title[:160],
        details=audit.plain(draft.details),
        loan=draft.loan,
        borrower=draft.borrower,
        asset=draft.asset,
        owner=draft.owner,
        raised_date=business_date,
        due_date=draft.due_date or business_date + timedelta(days=DUE_DAYS[draft.level]),
    )


def _raised(alert: Alert, business_date: date) -> AuditEntry:
    return audit.entry(
        "alert.raised", actor=None, actor_name="rule", target=alert, business_date=business_date, kind=str(alert.kind), title=alert.title
    )


@transaction.atomic
def end_alerts(*, kind: Alert.Kind, subjects: Collection[str], reason: str, business_date: date, since: date | None = None) -> int:
    """End what is open of a kind about these subjects, raised `since` a day, because what it is about is over: nobody resolves it. Returns
    how many."""
    raised = Q(raised_date__gte=since) if since else Q()
    about = Alert.objects.filter(raised, kind=kind, subject__in=subjects)
    ended = list(about.exclude(state=Alert.State.RESOLVED).select_for_update().order_by("id"))
    Alert.objects.filter(pk__in=[alert.pk for alert in ended]).update(state=Alert.State.RESOLVED, resolved_date=business_date)
    entries = [
        audit.entry("alert.ended", actor=None, actor_name="rule", target=alert, business_date=business_date, reason=reason)
        for alert in ended
    ]
    audit.record_all(entries)
    return len(ended)


@transaction.atomic
def acknowledge_alert(*, alert: Alert, actor: User, business_date: date) -> Alert:
    """Take an alert: the actor owns it from now on. Raises UnableToWorkAlert; Conflict when somebody took it before."""
    return _advance(alert, {Alert.State.OPEN}, Alert.State.ACKNOWLEDGED, actor, owner=actor)


@transaction.atomic
def plan_action(*, alert: Alert, plan: str, actor: User, business_date: date) -> Alert:
    """Write down what will be done. Raises UnableToWorkAlert: `plan_missing`, `not_entitled`; Conflict."""
    if not plan.strip():
        raise UnableToWorkAlert("plan_missing")
    return _advance(alert, {Alert.State.OPEN, Alert.State.ACKNOWLEDGED}, Alert.State.ACTION_PLANNED, actor, owner=actor, plan=plan.strip())


@transaction.atomic
def resolve_alert(*, alert: Alert, outcome: str, actor: User, business_date: date) -> Alert:
    """End an alert with what it turned out to be. Raises UnableToWorkAlert: `outcome_missing`, `not_entitled`; Conflict."""
    if outcome not in Alert.Outcome.values:
        raise UnableToWorkAlert("outcome_missing")
    before = {Alert.State.OPEN, Alert.State.ACKNOWLEDGED, Alert.State.ACTION_PLANNED}
    return _advance(alert, before, Alert.State.RESOLVED, actor, outcome=outcome, resolved_by=actor, resolved_date=business_date)


def may_work(alert: Alert, user: User) -> bool:
    """Whether somebody takes the steps of an alert: by their role, or because it lies on their desk."""
    return user.has_role(*WORKERS) or alert.owner_id == user.pk


def _advance(alert: Alert, before: set[Alert.State], after: Alert.State, actor: User, **values: Any) -> Alert:
    if not may_work(alert, actor):
        raise UnableToWorkAlert("not_entitled")
    rows = Alert.objects.filter(pk=alert.pk, state__in=before)
    if not actor.has_role(*WORKERS):
        # Somebody else may have taken it since the page was opened.
        rows = rows.filter(owner=actor)
    changed = rows.update(state=after, **values)
    alert.refresh_from_db()
    if changed != 1:
        raise Conflict("already_advanced", state=alert.get_state_display().lower())
    audit.record(f"alert.{after.value.lower()}", actor=actor, target=alert, **{k: v for k, v in values.items() if k in ("plan", "outcome")})
    return alert
