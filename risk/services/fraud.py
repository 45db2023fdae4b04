"""Fraud signals: raised where a file meets others or contradicts itself, and judged by a person. An open one holds the file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone

from blacklist.selectors.names import name_likeness
from core import audit
from core.errors import Conflict, DomainError, Fault
from core.events import publish
from core.models import User
from loans.models import Application
from loans.models.applications import ApplicationHold
from loans.models.borrowers import BorrowerKind
from loans.selectors.interests import has_interest
from loans.selectors.otherwise import stated_otherwise
from loans.services.holds import hold_application, release_holds
from risk.domain.fraud import Rule, births_alike, contradictions
from risk.domain.fraud_settings import Thresholds
from risk.events import FraudConfirmed
from risk.models import ApplicationTrace, FraudSignal
from risk.selectors.conflicts import investigators_of
from risk.selectors.fraud import JUDGES, MOST_OTHERS, finding_of, household_of, meetings, same_documents, same_person
from risk.selectors.limits import fraud_rules_held
from risk.selectors.recommendations import people_deciding
from risk.services.traces import lay_traces

State = FraudSignal.State
Kind = ApplicationTrace.Kind
AT_HOME = (Kind.PHONE, Kind.ADDRESS, Kind.DEVICE, Kind.NETWORK)


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


@dataclass(frozen=True)
class Found:
    """One finding: the rule, the thing it is about, the words for people, the other files, newest first."""

    rule: Rule
    key: bytes | str
    words: str
    others: tuple[str, ...] = ()


@transaction.atomic
def look_for_fraud(*, application: Application, business_date: date, actor: User | None = None) -> list[FraudSignal]:
    """Lay the traces of a file and raise what they show. Reading takes the same few queries however many files it meets.

    What was judged before is raised again only when it has grown since, or stands on other figures. Each signal says under which version of
    the rules it was raised. Returns the signals that are new.
    """
    # One look at a file at a time: a second one would raise the same again.
    Application.objects.select_for_update(of=("self",)).get(pk=application.pk)
    traces = lay_traces(application)
    if not traces:
        return []
    earlier = {signal.finding: signal for signal in FraudSignal.objects.filter(application=application)}
    fresh = []
    rules = fraud_rules_held()
    for found in _findings(application, traces, business_date, rules.thresholds):
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

    Raises UnableToJudgeSignal: `not_entitled`, `own_intake`, `own_file`, `own_decision`, `own_interest`, `invalid` without a reason, `unknown_state`; Conflict `already_advanced`.
    """
    application = signal.application
    if not actor.has_role(*JUDGES):
        raise UnableToJudgeSignal("not_entitled")
    if actor.pk == application.officer_id:
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


def _findings(application: Application, traces: list[ApplicationTrace], on: date, limits: Thresholds) -> Iterator[Found]:
    own = {bytes(trace.subject) for trace in traces}
    met = meetings(traces, since=on - timedelta(days=limits.window_days))
    household = household_of(own)
    for (kind, key), rows in met.items():
        if kind == Kind.NAME:
            continue
        if kind in AT_HOME:
            rows = [row for row in rows if bytes(row.subject) not in household]
        days, least = limits.of_many(kind)
        rows = [row for row in rows if row.submitted_date >= on - timedelta(days=days)]
        people = len({bytes(row.subject) for row in rows})
        if people + 1 < least:
            continue
        yield Found(Rule(kind), key, f"{_SHARED[kind].format(days=days)} {_others(people)}.", _files(rows))
    yield from _like_names(traces, met, limits)
    for digest, files in same_documents(application, own).items():
        if len(files) + 1 < limits.document_files:
            continue
        yield Found(
            Rule.DOCUMENT, digest, f"A document of this file also lies in {len(files)} other, of other people.", tuple(map(str, files))
        )
    yield from _of_the_person(application, traces, own, on, limits)


_SHARED: dict[str, str] = {
    Kind.PHONE: "The phone number is also that of",
    Kind.ADDRESS: "The address is also that of",
    Kind.PAYEE: "The account the money goes to is also the payee's of",
    Kind.EMPLOYER: "The employer is named within {days} days by",
    Kind.DEVICE: "The machine this was sent from was also used by",
    Kind.NETWORK: "The internet address was used within {days} days by",
}


def _others(people: int) -> str:
    return "one other applicant" if people == 1 else f"{people} other applicants"


def _files(rows: Iterable[ApplicationTrace]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(row.application_id) for row in rows))


def _like_names(
    traces: list[ApplicationTrace], met: dict[tuple[str, bytes], list[ApplicationTrace]], limits: Thresholds
) -> Iterator[Found]:
    """Parties whose names and births may be written twice, under another identifier."""
    for mine in {trace.borrower_id: trace for trace in traces}.values():
        who = mine.borrower
        company = who.kind == BorrowerKind.COMPANY
        least = float(limits.company_likeness if company else limits.person_likeness)
        keys = [(Kind.NAME.value, bytes(trace.key)) for trace in traces if trace.borrower_id == who.pk and trace.kind == Kind.NAME]
        candidates = {row.borrower_id: row for key in keys for row in met.get(key, ()) if row.borrower.kind == who.kind}
        alike = []
        for row in candidates.values():
            if births_alike(who.birth_date, row.borrower.birth_date):
                likeness = name_likeness(who.name, row.borrower.name, company=company)
                if likeness >= least:
                    alike.append((likeness, row))
        if alike:
            closest = max(alike, key=lambda pair: pair[0])[0]
            words = f"{who.name} resembles {_others(len(alike))} under another identifier (likeness up to {closest:.2f})."
            yield Found(Rule.NAME, bytes(mine.subject), words, _files(row for _, row in alike))


def _of_the_person(
    application: Application, traces: list[ApplicationTrace], own: set[bytes], on: date, limits: Thresholds
) -> Iterator[Found]:
    """Too many files of the same person in a short time, and what the file says against itself or an earlier one."""
    earlier = same_person(own, application=application)
    since = on - timedelta(days=limits.velocity_days)
    recent = _files(row for row in earlier if row.submitted_date >= since)
    if len(recent) + 1 >= limits.velocity_files:
        words = f"{len(recent) + 1} applications with the same person in {limits.velocity_days} days."
        yield Found(Rule.VELOCITY, b"".join(sorted(own)), words, recent)
    births = {bytes(trace.subject): trace.borrower.birth_date for trace in traces}
    other = [row for row in earlier if row.borrower.birth_date and births[bytes(row.key)] not in (None, row.borrower.birth_date)]
    if other and "other_birth" in limits.contradictions:
        yield Found(Rule.IMPOSSIBLE, "birth", "The same identifier stands elsewhere with another date of birth.", _files(other))
    yield from _against_the_record(application, limits)
    applicant = application.borrower
    parts = [
        (party.part, bytes(trace.subject))
        for party in application.parties.all()
        for trace in traces
        if trace.borrower_id == party.borrower_id
    ]
    born = applicant.birth_date if applicant else None
    for row in contradictions(stated=application.stated or {}, birth_date=born, parts=parts, on=on, limits=limits):
        # What was explained was explained of these figures.
        yield Found(Rule.IMPOSSIBLE, f"{row.code} {row.figures}".strip(), row.words)


IMPOSSIBLE_CHANGES = {
    "birth_date": ("other_birth", "another date of birth"),
    "national_id": ("other_number", "another identity document"),
    "tax_id": ("other_number", "another tax number"),
    "registration_number": ("other_number", "another registration number"),
}


def _against_the_record(application: Application, limits: Thresholds) -> Iterator[Found]:
    """What nobody can have two of, stated otherwise than it is on record for whoever was matched. That somebody moved is a question, among the
    cross-checks; that they were born on another day is none.
    """
    for one in stated_otherwise(application):
        code, words = IMPOSSIBLE_CHANGES.get(one.name, ("", ""))
        if one.differs and code in limits.contradictions:
            key = f"{one.name} {one.party.borrower_id} {one.stated}"
            yield Found(
                Rule.IMPOSSIBLE, key, f"{one.party.borrower.name} stated {words} than the bank has on record under the same identifier."
            )
