"""Fraud rules tried on the open files before they are proposed: asked for by a person, worked off in batches by the workers, raising
nothing.

The trial's row is the truth and messages only wake-ups. Each batch is one transaction that holds the row, reads as many queries however
many files it holds, and goes on behind the last file that was looked at.
"""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from core import audit
from core.batched_runs import BUSY, work_in_batches
from core.errors import DomainError
from core.models import User
from core.row_security import whole_bank
from core.settings_versions import CHANGERS
from core.wake_ups import wake_after_commit
from loans.models import Application
from loans.selectors.money_to_leave import with_money_to_leave
from risk.domain import fraud_settings
from risk.models import ApplicationTrace, FraudTrial, FraudTrialChange, LimitSettings
from risk.selectors.fraud import finding_of
from risk.selectors.fraud_ground import grounds_of
from risk.selectors.limits import fraud_rules_held
from risk.services.fraud_findings import Found, findings
from risk.services.limit_documents import read_document

TASK = "risk.work_fraud_trials"
BATCH = 200
NOT_WITH_US = ("DRAFT", "RETURNED")
MOST_WORDS = 400
Kind, State = LimitSettings.Kind, FraudTrial.State


class UnableToTryFraudRules(DomainError):
    """The rules are not tried."""

    title = "The rules were not tried"
    messages = {
        "not_entitled": "Only risk managers try fraud rules.",
        "unchanged": "Nothing differs from what is in force.",
        "running": "These rules are being tried already.",
    }


def open_files() -> QuerySet[Application]:
    """Every file of the bank that is looked at for signs of fraud again before its money leaves."""
    handed_in = Application.objects.filter(Exists(ApplicationTrace.objects.filter(application=OuterRef("pk"))))
    return with_money_to_leave(handed_in.exclude(state__in=NOT_WITH_US))


@transaction.atomic
def try_fraud_rules(*, document: dict[str, Any], reason: str, actor: User, business_date: date) -> FraudTrial:
    """Ask for rules to be held against all open files beside those in force. Nothing is raised, released or held by it.

    Raises UnableToTryFraudRules: `not_entitled`, `unchanged`, `running`; UnableToChangeSettings `unfit`.
    """
    if not actor.has_role(*CHANGERS):
        raise UnableToTryFraudRules("not_entitled")
    tried, held = read_document(Kind.FRAUD, document), fraud_rules_held()
    base = fraud_settings.as_document(held.thresholds)
    if tried == base:
        raise UnableToTryFraudRules("unchanged")
    with whole_bank():
        total = open_files().count()
    given = {"document": tried, "base": base, "base_name": held.version, "reason": reason.strip(), "total": total}
    try:
        with transaction.atomic():
            trial = FraudTrial.objects.create(**given, asked_by=actor, business_date=business_date)
    except IntegrityError as error:
        # Of two who ask at once the database takes one.
        raise UnableToTryFraudRules("running") from error
    audit.record("fraud_rules.tried", actor=actor, target=trial, label=f"Trial of {trial.asked_at:%d %b %Y}", business_date=business_date)
    wake_after_commit(TASK, expires=60)
    return trial


def is_untried(document: dict[str, Any]) -> bool:
    """Whether these rules were not held against the open files yet, beside those in force now.
    Where no file is open nothing has to be tried.
    """
    base = fraud_settings.as_document(fraud_rules_held().thresholds)
    if FraudTrial.objects.filter(document=document, base=base, state=State.DONE).exists():
        return False
    with whole_bank():
        return open_files().exists()


def work_trials() -> int:
    """Work off every trial that is not done. Several workers at once take different trials. Returns how many files were looked at."""
    return work_in_batches(FraudTrial.objects.all(), _work_batch)


@transaction.atomic
def _work_batch(key: UUID) -> int:
    """Look at the next files of a trial. Returns how many; 0 when it is done or somebody else works on it."""
    trial = FraudTrial.objects.select_for_update(skip_locked=True, of=("self",)).filter(pk=key, state__in=BUSY).first()
    if trial is None:
        return 0
    base, tried = (fraud_settings.from_document(one) for one in (trial.base, trial.document))
    day = trial.business_date
    with whole_bank():
        rows = open_files().select_related("borrower").order_by("pk")
        files = list((rows.filter(pk__gt=trial.after) if trial.after else rows)[:BATCH])
        grounds = grounds_of(files, since=day - timedelta(days=max(base.window_days, tried.window_days)))
    counts: Counter[tuple[str, int]] = Counter({(rule, side): n for rule, both in trial.found.items() for side, n in enumerate(both)})
    changes = []
    for ground in grounds:
        now, then = (
            {finding_of(found.rule, found.key): found for found in findings(ground, on=day, limits=limits)} for limits in (base, tried)
        )
        counts.update((found.rule.value, 0) for found in now.values())
        counts.update((found.rule.value, 1) for found in then.values())
        changes += [_change(trial, ground.application, found, is_more=True) for one, found in then.items() if one not in now]
        changes += [_change(trial, ground.application, found, is_more=False) for one, found in now.items() if one not in then]
    FraudTrialChange.objects.bulk_create(changes)
    trial.found = {rule: [counts[rule, 0], counts[rule, 1]] for rule in sorted({rule for rule, _ in counts})}
    trial.done, trial.attempts, trial.state = trial.done + len(files), 0, State.RUNNING
    if files:
        trial.after = files[-1].pk
    if len(files) < BATCH:
        trial.state, trial.finished_at, trial.total = State.DONE, timezone.now(), trial.done
    trial.save(update_fields=["found", "done", "attempts", "state", "after", "finished_at", "total"])
    return len(files)


def _change(trial: FraudTrial, application: Application, found: Found, *, is_more: bool) -> FraudTrialChange:
    return FraudTrialChange(trial=trial, application=application, rule=found.rule, is_more=is_more, words=found.words[:MOST_WORDS])
