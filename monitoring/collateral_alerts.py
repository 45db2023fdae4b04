"""Alerts about what secures running loans: values, insurance, liens, margin calls and what inspectors found."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from collateral.events import (
    CoverageFellShort,
    FlagReviewOverdue,
    InspectionFoundFault,
    InspectionRoundOverdue,
    InsuranceEnds,
    LiensExceedValue,
    MarginCallUnanswered,
    RevaluationDue,
    ValuationOverdue,
)
from collateral.models import Asset, Inspection, InspectionPlan, InspectionRound, MarginCall, RedFlag, Valuation
from core.business_date import get_business_date
from core.events import subscribe
from loans.models import Loan
from monitoring.models import Alert
from monitoring.services.alerts import raise_alert

REVALUATION_WORDS = {
    "EXPIRED": "The valuation of {asset} ran out on {day}",
    "FELL": "The market of {asset} fell: an appraiser has to look again",
    "FOUND": "{asset} is upheld not to be as it was valued since {day}: another value is asked for",
    "NONE": "{asset} secures a loan and has had no value in force since {day}: order a valuation",
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


def alert_on_late_review(event: FlagReviewOverdue) -> None:
    """A red flag waits for a decision longer than it may: who took it decides it, or somebody takes it."""
    flag = RedFlag.objects.select_related("asset", "reviewer").get(pk=event.flag_id)
    if flag.state != RedFlag.State.OPEN:
        return
    raise_alert(
        kind=Alert.Kind.REVIEW_LATE,
        level=2,
        subject=f"flag:{flag.pk}",
        title=f"The red flag of {flag.asset.reference} was to be decided by {flag.due_date:%-d %b %Y}",
        details={"red flag": flag.text, "in the hands of": flag.reviewer.full_name if flag.reviewer else "nobody"},
        asset=flag.asset,
        branch_id=flag.asset.branch_id,
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


def register() -> None:
    """Subscribe to what collateral tells."""
    subscribe(RevaluationDue, alert_on_revaluation)
    subscribe(ValuationOverdue, alert_on_late_valuation)
    subscribe(InsuranceEnds, alert_on_insurance)
    subscribe(LiensExceedValue, alert_on_liens)
    subscribe(CoverageFellShort, alert_on_margin_call)
    subscribe(MarginCallUnanswered, alert_on_unanswered_call)
    subscribe(InspectionFoundFault, alert_on_inspection)
    subscribe(FlagReviewOverdue, alert_on_late_review)
    subscribe(InspectionRoundOverdue, alert_on_late_round)
