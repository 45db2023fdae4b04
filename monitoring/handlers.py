"""How monitoring reacts to what happens elsewhere: alerts, and proposals for the blacklist."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from blacklist.events import EntryActivated, HitOpened, WatchListChanged
from blacklist.services.entries import UnableToProposeEntry, propose_entry
from blacklist.services.sweep import rescreen_against, rescreen_against_list
from collateral.events import (
    CoverageFellShort,
    InspectionFoundFault,
    InspectionRoundOverdue,
    InsuranceEnds,
    LiensExceedValue,
    MarginCallUnanswered,
    RevaluationDue,
    ValuationOverdue,
)
from collateral.models import Asset, Inspection, InspectionPlan, InspectionRound, MarginCall, Valuation
from collateral.selectors.owners import still_pledging
from core.business_date import get_business_date
from core.events import subscribe
from loans.events import LoanMaturedUnpaid, LoanPassedMilestone
from loans.models import ApplicationParty, Borrower, Loan
from loans.selectors.live_parties import live_loans_of, people_behind_live_loans
from loans.services.borrowers import blacklist_identifiers, screening_subject
from monitoring.models import Alert
from monitoring.services.alerts import raise_alert
from risk.events import ScorecardDrifted
from risk.models import ModelVersion

DEFAULT_DAYS = 91


def alert_on_overdue(event: LoanPassedMilestone) -> None:
    """A loan fell behind: collections look at it, the more urgently the longer it lasts."""
    loan = Loan.objects.select_related("borrower").get(pk=event.loan_id)
    on = date.fromisoformat(event.business_date)
    defaulted = event.milestone >= DEFAULT_DAYS
    late = "1 day" if event.days_past_due == 1 else f"{event.days_past_due} days"
    kind = Alert.Kind.DEFAULTED if defaulted else Alert.Kind.OVERDUE
    raise_alert(
        kind=kind,
        level=3 if defaulted else 2 if event.milestone > 1 else 1,
        subject=f"loan:{loan.pk}",
        title=f"{loan.reference} is {late} past due with {loan.arrears:,.2f} {loan.currency}",
        details={"days_past_due": event.days_past_due, "arrears": loan.arrears, "bucket": loan.bucket},
        loan=loan,
        borrower=loan.borrower,
        branch_id=loan.branch_id,
        business_date=on,
    )


def propose_blacklisting(event: LoanPassedMilestone) -> None:
    """More than 90 days past due: propose an entry by rule. A person confirms it or refuses."""
    if event.milestone < DEFAULT_DAYS:
        return
    loan = Loan.objects.select_related("borrower").get(pk=event.loan_id)
    evidence = (
        f"Loan {loan.reference} is {event.days_past_due} days past due on {event.business_date}; "
        f"{loan.arrears:,.2f} {loan.currency} are in arrears."
    )
    _propose_by_rule(loan, "default", evidence, date.fromisoformat(event.business_date))


def alert_on_maturity(event: LoanMaturedUnpaid) -> None:
    """A loan matured with something owed: collections act on it. What lies within its tolerance is no reason to."""
    loan = Loan.objects.select_related("borrower").get(pk=event.loan_id)
    if loan.arrears <= loan.tolerance_amount:
        return
    raise_alert(
        kind=Alert.Kind.MATURED_UNPAID,
        level=2,
        subject=f"loan:{loan.pk}",
        title=f"{loan.reference} matured with {loan.arrears:,.2f} {loan.currency} unpaid",
        details={"arrears": loan.arrears, "outstanding": loan.outstanding_principal, "matured": loan.maturity_date},
        loan=loan,
        borrower=loan.borrower,
        branch_id=loan.branch_id,
        business_date=date.fromisoformat(event.business_date),
    )


def propose_blacklisting_at_maturity(event: LoanMaturedUnpaid) -> None:
    """Principal was not repaid at maturity: propose an entry by rule. Interest or fees alone are no reason for one."""
    loan = Loan.objects.select_related("borrower").get(pk=event.loan_id)
    if loan.outstanding_principal <= loan.tolerance_amount:
        return
    evidence = (
        f"Loan {loan.reference} matured on {loan.maturity_date}; "
        f"{loan.outstanding_principal:,.2f} {loan.currency} of principal were unpaid on {event.business_date}."
    )
    _propose_by_rule(loan, "maturity_unpaid", evidence, date.fromisoformat(event.business_date))


def _propose_by_rule(loan: Loan, reason_code: str, evidence: str, on: date) -> None:
    """Propose an entry for a loan's borrower; one that is listed for this loan and reason already stays as it is."""
    borrower = loan.borrower
    try:
        propose_entry(
            subject_kind_code=borrower.kind.lower(),
            subject_key=borrower.subject_key,
            names=[borrower.name],
            birth_date=borrower.birth_date,
            country=borrower.country,
            identifiers=blacklist_identifiers(borrower),
            reason_code=reason_code,
            evidence=evidence,
            source="rule",
            source_reference=loan.reference,
            actor=None,
            business_date=on,
        )
    except UnableToProposeEntry as refusal:
        if refusal.code != "already_listed":
            raise


def alert_on_live_exposure(event: EntryActivated) -> None:
    """An entry came into force: alert on every live loan of whoever it matches."""
    today = get_business_date()
    subjects = (screening_subject(person) for person in people_behind_live_loans())
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
    subjects = (screening_subject(person) for person in people_behind_live_loans())
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


REVALUATION_WORDS = {
    "EXPIRED": "The valuation of {asset} ran out on {day}",
    "FELL": "The market of {asset} fell: an appraiser has to look again",
    "CALENDAR": "{asset} is to be valued anew since {day}; its value was accepted for longer",
}


def alert_on_revaluation(event: RevaluationDue) -> None:
    """An asset under a live loan has to be valued anew."""
    loan = Loan.objects.select_related("borrower").get(pk=event.loan_id)
    asset = Asset.objects.get(pk=event.asset_id)
    today = get_business_date()
    raise_alert(
        kind=Alert.Kind.REVALUATION_DUE,
        level=1,
        subject=f"asset:{asset.pk}",
        title=REVALUATION_WORDS[event.reason].format(asset=asset.reference, day=f"{date.fromisoformat(event.expired_date):%d %b %Y}"),
        details={"loan": loan.reference, "expired": event.expired_date, "reason": event.reason},
        loan=loan,
        borrower=loan.borrower,
        asset=asset,
        branch_id=asset.branch_id,
        business_date=today,
        due_date=today + timedelta(days=30),
    )


def alert_on_late_valuation(event: ValuationOverdue) -> None:
    """An appraiser lets a value wait: somebody withdraws the order or sees that it is answered."""
    valuation = Valuation.objects.select_related("asset", "appraiser").get(pk=event.valuation_id)
    if valuation.state not in Valuation.WITH_APPRAISER or valuation.appraiser is None:
        return
    asset = valuation.asset
    raise_alert(
        kind=Alert.Kind.VALUATION_LATE,
        level=2,
        subject=f"asset:{asset.pk}",
        title=f"The value of {asset.reference} was due on {event.due_date}",
        details={"appraiser": valuation.appraiser.full_name, "due": event.due_date, "reminders": valuation.reminders},
        asset=asset,
        branch_id=asset.branch_id,
        business_date=get_business_date(),
    )


def alert_on_insurance(event: InsuranceEnds) -> None:
    """What secures a running loan is not insured for long any more, or not at all."""
    loan = Loan.objects.select_related("borrower").get(pk=event.loan_id)
    asset = Asset.objects.get(pk=event.asset_id)
    until = date.fromisoformat(event.until_date) if event.until_date else None
    if event.lapsed:
        title = f"The insurance of {asset.reference} ran out on {until:%-d %b %Y}" if until else f"{asset.reference} is not insured"
    else:
        title = f"The insurance of {asset.reference} ends on {until:%-d %b %Y}; no renewal is on file"
    raise_alert(
        kind=Alert.Kind.INSURANCE_LAPSED if event.lapsed else Alert.Kind.INSURANCE_ENDS,
        level=2 if event.lapsed else 1,
        subject=f"asset:{asset.pk}",
        title=title,
        details={"loan": loan.reference, "insured until": event.until_date or "none"},
        loan=loan,
        borrower=loan.borrower,
        asset=asset,
        branch_id=asset.branch_id,
        business_date=get_business_date(),
        due_date=until if not event.lapsed else None,
    )


def alert_on_liens(event: LiensExceedValue) -> None:
    """Liens for a loan claim what their assets do not carry by value and rank."""
    loan = Loan.objects.select_related("borrower").get(pk=event.loan_id)
    _about_cover(
        loan, Alert.Kind.LIENS, 1, f"Liens for {loan.reference} claim {Decimal(event.overhang):,.0f} {loan.currency} beyond the value"
    )


def alert_on_margin_call(event: CoverageFellShort) -> None:
    """A borrower is called for more cover: somebody sees that it comes."""
    call = MarginCall.objects.select_related("loan__borrower").get(pk=event.margin_call_id)
    title = f"{call.called:,.0f} {call.loan.currency} of cover called for {call.loan.reference}"
    _about_cover(call.loan, Alert.Kind.MARGIN_CALL, 2, title, due=call.due_date)


def alert_on_unanswered_call(event: MarginCallUnanswered) -> None:
    """The cover did not come in time."""
    call = MarginCall.objects.select_related("loan__borrower").get(pk=event.margin_call_id)
    _about_cover(call.loan, Alert.Kind.MARGIN_LATE, 3, f"The margin call on {call.loan.reference} was due on {call.due_date}")


def alert_on_inspection(event: InspectionFoundFault) -> None:
    """An inspector found something wrong, or asks for a value that nobody could be drawn for."""
    seen = Inspection.objects.select_related("asset", "inspector", "stop__round").get(pk=event.inspection_id)
    plan = InspectionPlan.objects.filter(asset=seen.asset).select_related("loan__borrower").first()
    found = ", ".join(code.replace("_", " ") for code in seen.faults) or "a valuation is asked for, and nobody is there to give it"
    raise_alert(
        kind=Alert.Kind.INSPECTION,
        level=3 if "not_found" in seen.faults else 2,
        subject=f"asset:{seen.asset_id}",
        title=f"Inspection of {seen.asset.reference}: {found}",
        details={"seen": seen.seen_date, "inspector": seen.inspector.full_name, "round": seen.stop.round.reference},
        loan=plan.loan if plan else None,
        borrower=plan.loan.borrower if plan else None,
        asset=seen.asset,
        branch_id=seen.asset.branch_id,
        business_date=get_business_date(),
    )


def alert_on_late_round(event: InspectionRoundOverdue) -> None:
    """Assets were not seen in time."""
    late = InspectionRound.objects.select_related("inspector").get(pk=event.inspection_round_id)
    raise_alert(
        kind=Alert.Kind.ROUND_LATE,
        level=2,
        subject=f"round:{late.pk}",
        title=f"Inspection round {late.reference} of {late.inspector.full_name} was due on {late.due_date}",
        details={"place": late.area, "left": late.stops.filter(state="OPEN").count()},
        branch_id=late.branch_id,
        business_date=get_business_date(),
    )


def _about_cover(loan: Loan, kind: Alert.Kind, level: int, title: str, due: date | None = None) -> None:
    raise_alert(
        kind=kind,
        level=level,
        subject=f"loan:{loan.pk}",
        title=title,
        loan=loan,
        borrower=loan.borrower,
        branch_id=loan.branch_id,
        business_date=get_business_date(),
        due_date=due,
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


def register() -> None:
    """Subscribe to what happens below."""
    subscribe(LoanPassedMilestone, alert_on_overdue)
    subscribe(LoanPassedMilestone, propose_blacklisting)
    subscribe(LoanMaturedUnpaid, alert_on_maturity)
    subscribe(LoanMaturedUnpaid, propose_blacklisting_at_maturity)
    subscribe(EntryActivated, alert_on_live_exposure)
    subscribe(WatchListChanged, rescreen_live_exposure)
    subscribe(HitOpened, alert_on_hit)
    subscribe(RevaluationDue, alert_on_revaluation)
    subscribe(ValuationOverdue, alert_on_late_valuation)
    subscribe(InsuranceEnds, alert_on_insurance)
    subscribe(LiensExceedValue, alert_on_liens)
    subscribe(CoverageFellShort, alert_on_margin_call)
    subscribe(MarginCallUnanswered, alert_on_unanswered_call)
    subscribe(InspectionFoundFault, alert_on_inspection)
    subscribe(InspectionRoundOverdue, alert_on_late_round)
    subscribe(ScorecardDrifted, alert_on_drift)
