"""How monitoring reacts to what happens elsewhere: alerts, and proposals for the blacklist."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import TypeVar
from uuid import UUID

from blacklist.events import EntryActivated, HitOpened, WatchListChanged
from blacklist.services.rule_entries import RuleFinding, propose_by_rule
from blacklist.services.sweep import rescreen_against, rescreen_against_list
from collateral.selectors.owners import still_pledging
from core.business_date import get_business_date
from core.events import subscribe, subscribe_many
from core.money import grouped
from loans.events import LoanMaturedUnpaid, LoanPassedMilestone
from loans.models import ApplicationHold, ApplicationParty, Borrower, Loan
from loans.selectors.live_parties import live_loans_of, people_behind_live_loans
from loans.services.borrowers import blacklist_identifiers, screening_subjects
from monitoring import collateral_alerts, letter_alerts, sale_alerts, second_look_alerts
from monitoring.models import Alert
from monitoring.services.alerts import Draft, end_alerts, raise_alert, raise_alerts
from monitoring.services.desks import desks_of
from risk.events import (
    AmendedDecisionSettled,
    AuditFoundFaults,
    AuditOverdue,
    AuditReported,
    DecisionAmended,
    FraudConfirmed,
    ScorecardDrifted,
)
from risk.models import Decision, FileAudit, FraudSignal, ModelVersion
from risk.services.authority_standing import who_decided

E = TypeVar("E", LoanPassedMilestone, LoanMaturedUnpaid)
DEFAULT_DAYS = 91


def alert_on_overdue(events: Sequence[LoanPassedMilestone]) -> None:
    """Loans fell behind: collections look at them, the more urgently the longer it lasts."""
    for on, told in _by_day(events):
        drafts = []
        for event, loan in told:
            defaulted = event.milestone >= DEFAULT_DAYS
            late = "1 day" if event.days_past_due == 1 else f"{event.days_past_due} days"
            draft = Draft(
                kind=Alert.Kind.DEFAULTED if defaulted else Alert.Kind.OVERDUE,
                level=3 if defaulted else 2 if event.milestone > 1 else 1,
                subject=f"loan:{loan.pk}",
                title=f"{loan.reference} is {late} past due with {grouped(loan.arrears, loan.currency)} {loan.currency}",
                details={"days_past_due": event.days_past_due, "arrears": loan.arrears, "bucket": loan.bucket},
                loan=loan,
                borrower=loan.borrower,
                branch_id=loan.branch_id,
            )
            drafts.append(draft)
        raise_alerts(drafts, business_date=on)


def propose_blacklisting(events: Sequence[LoanPassedMilestone]) -> None:
    """More than 90 days past due: propose entries by rule. A person confirms each or refuses."""
    for on, told in _by_day([event for event in events if event.milestone >= DEFAULT_DAYS]):
        found = []
        for event, loan in told:
            evidence = (
                f"Loan {loan.reference} is {event.days_past_due} days past due on {event.business_date}; "
                f"{grouped(loan.arrears, loan.currency)} {loan.currency} are in arrears."
            )
            found.append(_finding(loan.borrower, "default", evidence, loan.reference))
        propose_by_rule(found, business_date=on)


def alert_on_maturity(events: Sequence[LoanMaturedUnpaid]) -> None:
    """Loans matured with something owed: collections act on them. What lies within its tolerance is no reason to."""
    for on, told in _by_day(events):
        drafts = [
            Draft(
                kind=Alert.Kind.MATURED_UNPAID,
                level=2,
                subject=f"loan:{loan.pk}",
                title=f"{loan.reference} matured with {grouped(loan.arrears, loan.currency)} {loan.currency} unpaid",
                details={"arrears": loan.arrears, "outstanding": loan.outstanding_principal, "matured": loan.maturity_date},
                loan=loan,
                borrower=loan.borrower,
                branch_id=loan.branch_id,
            )
            for _, loan in told
            if loan.arrears > loan.tolerance_amount
        ]
        raise_alerts(drafts, business_date=on)


def propose_blacklisting_at_maturity(events: Sequence[LoanMaturedUnpaid]) -> None:
    """Principal was not repaid at maturity: propose entries by rule. Interest or fees alone are no reason for one."""
    for on, told in _by_day(events):
        found = []
        for event, loan in told:
            if loan.outstanding_principal > loan.tolerance_amount:
                evidence = (
                    f"Loan {loan.reference} matured on {loan.maturity_date}; "
                    f"{grouped(loan.outstanding_principal, loan.currency)} {loan.currency} of principal were unpaid on {event.business_date}."
                )
                found.append(_finding(loan.borrower, "maturity_unpaid", evidence, loan.reference))
        propose_by_rule(found, business_date=on)


def _by_day(events: Sequence[E]) -> Iterator[tuple[date, list[tuple[E, Loan]]]]:
    """What the night tells of loans, each with its loan and who borrows: the events of one business date together, in their order.
    One query.
    """
    loans = Loan.objects.select_related("borrower").in_bulk({event.loan_id for event in events})
    days: dict[str, list[tuple[E, Loan]]] = {}
    for event in events:
        days.setdefault(event.business_date, []).append((event, loans[event.loan_id]))
    return ((date.fromisoformat(day), told) for day, told in days.items())


def _finding(borrower: Borrower, reason_code: str, evidence: str, source_reference: str) -> RuleFinding:
    return RuleFinding(
        subject_kind_code=borrower.kind.lower(),
        subject_key=borrower.subject_key,
        name=borrower.name,
        birth_date=borrower.birth_date,
        country=borrower.country,
        identifiers=blacklist_identifiers(borrower),
        reason_code=reason_code,
        evidence=evidence,
        source_reference=source_reference,
    )


def propose_blacklisting_for_fraud(event: FraudConfirmed) -> None:
    """Fraud was confirmed in a file: propose an entry by rule for who applied, so that the next application meets it."""
    signal = FraudSignal.objects.select_related("application__borrower").get(pk=event.signal_id)
    borrower = signal.application.borrower
    if borrower is not None:
        evidence = f"A fraud signal of application {signal.application.reference} was confirmed: {signal.reason}"
        found = _finding(borrower, "fraud", evidence, signal.application.reference)
        propose_by_rule([found], business_date=get_business_date())


def alert_on_live_exposure(event: EntryActivated) -> None:
    """An entry came into force: alert on every live loan of whoever it matches."""
    today = get_business_date()
    subjects = screening_subjects(people_behind_live_loans())
    keys = rescreen_against(entry_ids=[event.entry_id], subjects=subjects, business_date=today)
    for loan, person, part in _live_loans_of(keys):
        whose = f"with a blacklisted {ApplicationParty.Part(part).label.lower()}" if part else "to a blacklisted borrower"
        raise_alert(
            kind=Alert.Kind.BLACKLISTED_EXPOSURE,
            level=3,
            subject=f"loan:{loan.pk}",
            title=f"{loan.outstanding_principal:,.0f} {loan.currency} outstanding on {loan.reference} {whose}",
            details={"entry": event.entry_id, "outstanding": loan.outstanding_principal, **({"person": person.reference} if part else {})},
            loan=loan,
            borrower=loan.borrower,
            branch_id=loan.branch_id,
            business_date=today,
        )


def rescreen_live_exposure(event: WatchListChanged) -> None:
    """A watch list changed: everybody behind a running loan meets what is new on it; a hit alerts by itself."""
    subjects = screening_subjects(people_behind_live_loans())
    rescreen_against_list(version_id=event.version_id, subjects=subjects, business_date=get_business_date())


def _live_loans_of(keys: set[str]) -> list[tuple[Loan, Borrower, str]]:
    """The running loans behind these subjects of a screening, without owners whose asset was given back."""
    found = live_loans_of(UUID(key.removeprefix("borrower:")) for key in keys if key.startswith("borrower:"))
    pledgors = [(loan.application_id, person.pk) for loan, person, part in found if part == ApplicationParty.Part.PLEDGOR]
    bound = still_pledging(pledgors) if pledgors else set()
    return [row for row in found if row[2] != ApplicationParty.Part.PLEDGOR or (row[0].application_id, row[1].pk) in bound]


def alert_on_hit(event: HitOpened) -> None:
    """Somebody behind a running loan resembles an entry: compliance decides, and risk knows that something waits."""
    behind = _live_loans_of({event.subject_key})
    if not behind:
        return
    loan, borrower, part = behind[0]
    today = get_business_date()
    raise_alert(
        kind=Alert.Kind.SCREENING_HIT,
        level=2,
        subject=event.subject_key,
        title=f"Screening hit on {borrower.reference}, {ApplicationParty.Part(part).label.lower()} of {loan.reference}"
        if part
        else f"Screening hit on {borrower.reference}, who has a live loan",
        details={"grade": event.grade},
        borrower=borrower,
        branch_id=borrower.branch_id,
        business_date=today,
    )


def alert_on_drift(event: ScorecardDrifted) -> None:
    """Those who apply are no longer those a scorecard was trained on: risk looks at it."""
    version = ModelVersion.objects.get(pk=event.model_version_id)
    shifted = event.verdict == "SHIFTED"
    raise_alert(
        kind=Alert.Kind.MODEL_DRIFT,
        level=2 if shifted else 1,
        subject=f"model:{version.pk}",
        title=f"{str(version).capitalize()}: {event.what} {'has shifted' if shifted else 'moves away from the sample'}",
        details={"what": event.what, "month": event.month[:7], "stability index": event.index, "verdict": event.verdict.lower()},
        business_date=date.fromisoformat(event.business_date),
    )


def alert_on_audit(event: AuditFoundFaults) -> None:
    """A third party found faults in a file: what was granted on it is in doubt, and somebody looks at the loan."""
    found = FileAudit.objects.select_related("application__borrower").get(pk=event.audit_id)
    application = found.application
    loan = application.loans.first()
    raise_alert(
        kind=Alert.Kind.AUDIT,
        level=3 if loan is not None else 2,
        subject=f"application:{application.pk}",
        title=f"The audit of {loan.reference if loan else application.reference} by {found.auditor} found faults"[:160],
        details={"application": application.reference, "application_id": application.pk, "found": found.result[:400]},
        loan=loan,
        borrower=application.borrower,
        branch_id=application.branch_id,
        business_date=get_business_date(),
    )


def alert_on_amended_decision(event: DecisionAmended) -> None:
    """A file was decided on a record that says otherwise now:
    each of those who decided it learns of it, and the officer who waits for its contract.
    """
    decision = Decision.objects.select_related("application__borrower", "application__officer", "decided_by", "second_by").get(
        pk=event.decision_id
    )
    application, told = decision.application, who_decided(decision)
    if not application.holds.filter(reason=ApplicationHold.Reason.AMENDED, released_at=None).exists():
        return  # it was settled before this was heard
    people = [*told, *([application.officer] if application.officer else [])]
    desks = desks_of([(person, application.branch_id) for person in people])
    drafts = [
        Draft(
            kind=Alert.Kind.DECISION_AMENDED,
            level=2,
            subject=f"decided:{application.pk}:{desk.pk if desk else 0}",
            title=f"{application.reference} waits: a customer record was amended after it was decided",
            details={
                "application": application.reference,
                "application_id": application.pk,
                "decided by": ", ".join(person.full_name for person in told),
                "until": "somebody else with the authority says that the decision stands",
            },
            borrower=application.borrower,
            branch_id=application.branch_id,
            owner=desk,
        )
        for desk in desks
    ]
    raise_alerts(drafts, business_date=get_business_date())


def end_amended_decision(event: AmendedDecisionSettled) -> None:
    """Others carry the decision, or there is nothing left to carry."""
    about = Alert.objects.filter(kind=Alert.Kind.DECISION_AMENDED, subject__startswith=f"decided:{event.application_id}:")
    subjects = set(about.exclude(state=Alert.State.RESOLVED).values_list("subject", flat=True))
    reason = "Others carry the decision, or its offer has ended."
    end_alerts(kind=Alert.Kind.DECISION_AMENDED, subjects=subjects, reason=reason, business_date=get_business_date())


def alert_on_late_audits(events: Sequence[AuditOverdue]) -> None:
    """Audits were ordered long ago and have not reported: who ordered one asks the auditor, or a risk manager when they are gone."""
    rows = FileAudit.objects.select_related("application__borrower", "ordered_by").in_bulk([UUID(event.audit_id) for event in events])
    waiting = [found for event in events if (found := rows[UUID(event.audit_id)]).state == FileAudit.State.ORDERED]
    desks = desks_of([(found.ordered_by, found.application.branch_id) for found in waiting])
    drafts = [
        Draft(
            kind=Alert.Kind.AUDIT_LATE,
            level=2,
            subject=f"audit:{found.pk}",
            title=f"The audit of {found.application.reference} by {found.auditor} has not reported since {found.ordered_date:%-d %b %Y}",
            details={"application": found.application.reference, "auditor": found.auditor, "ordered by": found.ordered_by.full_name},
            borrower=found.application.borrower,
            branch_id=found.application.branch_id,
            owner=desk,
        )
        for found, desk in zip(waiting, desks, strict=True)
    ]
    raise_alerts(drafts, business_date=get_business_date())


def end_late_audits(events: Sequence[AuditReported]) -> None:
    """They have reported."""
    subjects = {f"audit:{event.audit_id}" for event in events}
    end_alerts(kind=Alert.Kind.AUDIT_LATE, subjects=subjects, reason="The audit has reported.", business_date=get_business_date())


def register() -> None:
    """Subscribe to what happens below."""
    subscribe_many(LoanPassedMilestone, alert_on_overdue)
    subscribe_many(LoanPassedMilestone, propose_blacklisting)
    subscribe_many(LoanMaturedUnpaid, alert_on_maturity)
    subscribe_many(LoanMaturedUnpaid, propose_blacklisting_at_maturity)
    subscribe(EntryActivated, alert_on_live_exposure)
    subscribe(WatchListChanged, rescreen_live_exposure)
    subscribe(HitOpened, alert_on_hit)
    subscribe(AuditFoundFaults, alert_on_audit)
    subscribe(DecisionAmended, alert_on_amended_decision)
    subscribe(AmendedDecisionSettled, end_amended_decision)
    subscribe_many(AuditOverdue, alert_on_late_audits)
    subscribe_many(AuditReported, end_late_audits)
    subscribe(FraudConfirmed, propose_blacklisting_for_fraud)
    subscribe(ScorecardDrifted, alert_on_drift)
    collateral_alerts.register()
    sale_alerts.register()
    second_look_alerts.register()
    letter_alerts.register()
