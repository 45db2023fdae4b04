"""A policy tried on past applications before it is in force: asked for by a person, worked off in batches by the workers.

The run's row is the truth and messages only wake-ups. Each batch is one transaction that holds the row, so that a killed worker loses one
batch and a doubled message finds nothing to do; a run goes on behind the last application it has counted, within one business date.
"""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from core import audit
from core.batched_runs import BUSY, work_in_batches
from core.business_date import get_bank, get_business_date
from core.errors import DomainError
from core.models import User
from core.roles import Role
from core.wake_ups import wake_after_commit
from risk.domain.policy_engine import PolicyTable
from risk.domain.policy_trial import Totals, facts_of, hold_cases
from risk.models import PolicyRun, PolicyRunChange, PolicyVersion
from risk.models.scoring import VersionState
from risk.selectors.policy_runs import count_assessed, past_cases
from risk.services.policies import active_policy, table_of

TASK = "risk.work_policy_runs"
RUNNERS = (Role.RISK_MANAGER, Role.VALIDATOR)
BATCH = 1_000
State = PolicyRun.State


class UnableToTryPolicy(DomainError):
    """The policy cannot be tried on past applications."""

    title = "The policy was not tried"
    messages = {
        "not_entitled": "Only risk managers and validators try a policy on past applications.",
        "no_policy": "There is no policy in force to compare with.",
        "decided_already": "This version is {state}; only a draft or a proposed version is tried.",
        "running": "This version is being tried already.",
        "no_applications": "No application was ever assessed, so there is nothing to try it on.",
    }


@transaction.atomic
def try_policy(*, version: PolicyVersion, actor: User, business_date: date) -> PolicyRun:
    """Ask for a version to be held against every application that was ever assessed, as it was last assessed.

    Raises UnableToTryPolicy: `not_entitled`, `no_policy`, `decided_already`, `running`, `no_applications`.
    """
    if not actor.has_role(*RUNNERS):
        raise UnableToTryPolicy("not_entitled")
    base = active_policy()
    if base is None:
        raise UnableToTryPolicy("no_policy")
    if version.state not in (VersionState.DRAFT, VersionState.TESTED):
        raise UnableToTryPolicy("decided_already", state=version.get_state_display().lower())
    currency = get_bank().currency
    total = count_assessed(currency)
    if not total:
        raise UnableToTryPolicy("no_applications")
    try:
        with transaction.atomic():
            run = PolicyRun.objects.create(
                policy_version=version,
                base_version=base,
                rules=version.rules,
                jdm=version.jdm,
                total=total,
                currency=currency,
                asked_by=actor,
                business_date=business_date,
            )
    except IntegrityError:
        raise UnableToTryPolicy("running") from None
    audit.record("policy.tried", actor=actor, target=version, label=str(version), business_date=business_date, run=run.pk)
    wake_after_commit(TASK, expires=60)
    return run


def work_runs() -> int:
    """Work off every run that is not done. Several workers at once take different runs. Returns how many applications were counted."""
    return work_in_batches(PolicyRun.objects.all(), _work_batch)


@transaction.atomic
def _work_batch(key: UUID) -> int:
    """Count the next applications of a run. Returns how many; 0 when it is done or somebody else works on it."""
    rows = PolicyRun.objects.select_for_update(skip_locked=True, of=("self",)).select_related("base_version")
    run = rows.filter(pk=key, state__in=BUSY).first()
    if run is None:
        return 0
    _begin_with_the_day(run)
    before, after = table_of(run.base_version), PolicyTable.stored(run.rules, run.jdm)
    found = past_cases(run.currency, facts_of(before, after), day=run.business_date, after=run.after, limit=BATCH)
    totals = Totals.from_dict(run.result)
    held = hold_cases([case for _, case in found], before, after, totals)
    PolicyRunChange.objects.bulk_create(
        PolicyRunChange(
            run=run,
            application_id=application,
            before=one.before,
            after=one.after,
            amount=case.amount,
            is_bad=case.is_bad,
            codes=list(one.codes),
        )
        for (application, case), one in zip(found, held, strict=True)
        if one.before != one.after
    )
    run.result, run.attempts, run.state = totals.to_dict(), 0, State.RUNNING
    run.done += len(found)
    if found:
        run.after = found[-1][0]
    if len(found) < BATCH:
        run.state, run.finished_at, run.total = State.DONE, timezone.now(), run.done
    run.save(update_fields=["result", "attempts", "state", "done", "after", "finished_at", "total", "business_date"])
    return len(found)


def _begin_with_the_day(run: PolicyRun) -> None:
    """What became of loans is read from the books as they stand. So all of a run is of one business date:
    one that outlives its day begins anew.
    """
    today = get_business_date()
    if run.business_date != today:
        run.changes.all().delete()
        run.business_date, run.result, run.done, run.after = today, {}, 0, None
