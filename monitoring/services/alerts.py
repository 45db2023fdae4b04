"""Alerts: raised by rule, worked off by people."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from collateral.models import Asset
from core import audit
from core.errors import Conflict, DomainError
from core.events import publish
from core.models import User
from core.references import next_reference
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
        "not_entitled": "Only collections, risk and compliance work alerts.",
        "plan_missing": "Write down what will be done.",
        "outcome_missing": "Choose what the alert turned out to be.",
    }


@transaction.atomic
def raise_alert(
    *,
    kind: Alert.Kind,
    level: int,
    subject: str,
    title: str,
    business_date: date,
    details: dict[str, Any] | None = None,
    loan: Loan | None = None,
    borrower: Borrower | None = None,
    asset: Asset | None = None,
    branch_id: int | None = None,
    due_date: date | None = None,
) -> Alert | None:
    """Raise an alert, unless one of this kind is open for the subject already: then nothing happens and None is returned."""
    if Alert.objects.filter(kind=kind, subject=subject).exclude(state=Alert.State.RESOLVED).exists():
        return None
    try:
        with transaction.atomic():
            alert = Alert.objects.create(
                reference=next_reference("AL"),
                branch_id=branch_id,
                kind=kind,
                level=level,
                subject=subject,
                title=title[:160],
                details=audit.plain(details or {}),
                loan=loan,
                borrower=borrower,
                asset=asset,
                raised_date=business_date,
                due_date=due_date or business_date + timedelta(days=DUE_DAYS[level]),
            )
    except IntegrityError:
        return None
    audit.record("alert.raised", actor=None, actor_name="rule", target=alert, business_date=business_date, kind=kind.value, title=title)
    publish(AlertRaised(alert_id=str(alert.pk), kind=kind.value))
    return alert


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


def _advance(alert: Alert, before: set[Alert.State], after: Alert.State, actor: User, **values: Any) -> Alert:
    if not actor.has_role(*WORKERS):
        raise UnableToWorkAlert("not_entitled")
    changed = Alert.objects.filter(pk=alert.pk, state__in=before).update(state=after, **values)
    alert.refresh_from_db()
    if changed != 1:
        raise Conflict("already_advanced", state=alert.get_state_display().lower())
    audit.record(f"alert.{after.value.lower()}", actor=actor, target=alert, **{k: v for k, v in values.items() if k in ("plan", "outcome")})
    return alert
