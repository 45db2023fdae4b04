"""Fraud signals: raised where a file meets others or contradicts itself, and judged by a person. An open one holds the file."""

from __future__ import annotations

from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone

from core import audit
from core.errors import Conflict, DomainError, Fault
from core.events import publish
from core.models import User
from loans.models import Application
from loans.models.applications import ApplicationHold
from loans.selectors.intake_hands import took_in
from loans.selectors.interests import has_interest
from loans.services.holds import hold_application, release_holds
from loans.services.locks import lock_application
from risk.events import FraudConfirmed
from risk.models import FraudSignal
from risk.selectors.conflicts import investigators_of
from risk.selectors.fraud import JUDGES, MOST_OTHERS, finding_of
from risk.selectors.fraud_ground import grounds_of
from risk.selectors.limits import fraud_rules_held
from risk.selectors.recommendations import people_deciding
from risk.services.fraud_findings import findings
from risk.services.traces import lay_traces

State = FraudSignal.State


class UnableToJudgeSignal(DomainError):
    """The signal may not be judged by this person or so."""

    title = "The signal was not judged"
    messages = {
        "not_entitled": "Credit investigators, compliance and risk managers judge fraud signals.",
        "own_intake": "You took this application in. Somebody else has to judge the signal.",
        "own_decision": "You put up the decision on this file or voted on it. Somebody else has to judge the signal.",
        "own_interest": "You declared an interest in a party of this file. Somebody else has to judge the signal.",
        "own_file": "You worked on the investigation of this file. Somebody else has to judge the signal.",
        "invalid": "Some fields need attention.",
        "unknown_state": "Choose what the signal is.",
    }


@transaction.atomic
def look_for_fraud(*, application: Application, business_date: date, actor: User | None = None) -> list[FraudSignal]:
    """Lay the traces of a file and raise what they show. Reading takes the same few queries however many files it meets.

    What was judged before is raised again only when it has grown since, or stands on other figures. Each signal says under which version of
    the rules it was raised. Returns the signals that are new.
    """
    # One look at a file at a time: a second one would raise the same again.
    lock_application(application)
    lay_traces(application)
    rules = fraud_rules_held()
    grounds = grounds_of([application], since=business_date - timedelta(days=rules.thresholds.window_days))
    if not grounds:
        return []
    earlier = {signal.finding: signal for signal in FraudSignal.objects.filter(application=application)}
    fresh = []
    for found in findings(grounds[0], on=business_date, limits=rules.thresholds):
        finding = finding_of(found.rule, found.key)
        known = earlier.get(finding)
        others = list(found.others[:MOST_OTHERS])
        if known is not None and set(others) <= set(known.evidence["others"]):
            continue
        if known is not None and known.state == State.OPEN:
            known.evidence = {"words": found.words, "others": others, "rules": rules.version}
            known.save(update_fields=["evidence"])
            continue
        fresh.append(
            FraudSignal(
                application=application,
                rule=found.rule,
                finding=finding,
                evidence={"words": found.words, "others": others, "rules": rules.version},
                raised_date=business_date,
            )
        )
    for signal in FraudSignal.objects.bulk_create(fresh):
        hold_application(
            application=application, reason=ApplicationHold.Reason.FRAUD, source=_source(signal), actor=actor, business_date=business_date
        )
        audit.record("fraud.raised", actor=actor, target=application, business_date=business_date, rule=signal.rule, signal=signal.pk)
    return fresh


@transaction.atomic
def judge_signal(*, signal: FraudSignal, state: str, reason: str, actor: User, business_date: date) -> FraudSignal:
    """Say what a signal is: EXPLAINED lets the file go on, CONFIRMED holds it for good, so that it can only be declined.

    Raises UnableToJudgeSignal: `not_entitled`, `own_intake`, `own_file`, `own_decision`, `own_interest`, `invalid` without a reason,
    `unknown_state`; Conflict `already_advanced`.
    """
    application = signal.application
    if not actor.has_role(*JUDGES):
        raise UnableToJudgeSignal("not_entitled")
    if took_in(actor, application):
        raise UnableToJudgeSignal("own_intake")
    if actor.pk in investigators_of(application, besides=FraudSignal):
        raise UnableToJudgeSignal("own_interest" if has_interest(actor, application) else "own_file")
    if actor.pk in people_deciding(application):
        raise UnableToJudgeSignal("own_decision")
    if state not in (State.EXPLAINED, State.CONFIRMED):
        raise UnableToJudgeSignal("unknown_state", faults=[Fault("state", "required", "Choose what the signal is.")])
    if not reason.strip():
        raise UnableToJudgeSignal("invalid", faults=[Fault("reason", "required", "Write why. It goes into the audit trail.")])
    changed = FraudSignal.objects.filter(pk=signal.pk, state=State.OPEN).update(
        state=state, reason=reason.strip(), decided_by=actor, decided_at=timezone.now()
    )
    signal.refresh_from_db()
    if not changed:
        raise Conflict("already_advanced", state=signal.get_state_display())
    if state == State.EXPLAINED:
        release_holds(source=_source(signal), actor=actor, business_date=business_date)
    else:
        publish(FraudConfirmed(signal_id=str(signal.pk), application_id=str(application.pk)))
    audit.record(
        "fraud.judged",
        actor=actor,
        target=application,
        business_date=business_date,
        rule=signal.rule,
        signal=signal.pk,
        state=state,
        reason=signal.reason,
    )
    return signal


def _source(signal: FraudSignal) -> str:
    return f"signal:{signal.pk}"
