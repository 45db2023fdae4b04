"""Alerts about what secures running loans: values, insurance, liens, margin calls and what inspectors found."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from django.db.models import Count, Q

from collateral.events import (
    BlockEnded,
    BlockToEnd,
    CoverageFellShort,
    FlagReviewOverdue,
    InspectionFoundFault,
    InspectionRoundOverdue,
    InsuranceEnds,
    LiensExceedValue,
    MarginCallUnanswered,
    PledgePerfected,
    PledgeWithdrawn,
    RegistrationOverdue,
    RevaluationDue,
    ValuationOverdue,
)
from collateral.models import Asset, Inspection, InspectionPlan, InspectionRound, InspectionStop, MarginCall, Pledge, RedFlag, Valuation
from core.business_date import get_business_date
from core.events import subscribe_many
from loans.models import Loan
from monitoring.models import Alert
from monitoring.services.alerts import Draft, end_alerts, raise_alerts
from monitoring.services.desks import desks_of

REVALUATION_WORDS = {
    "EXPIRED": "The valuation of {asset} ran out on {day}",
    "FELL": "The market of {asset} fell: an appraiser has to look again",
    "FOUND": "{asset} is upheld not to be as it was valued since {day}: another value is asked for",
    "NONE": "{asset} secures a loan and has had no value in force since {day}: order a valuation",
    "CALENDAR": "{asset} is to be valued anew since {day}; its value was accepted for longer",
}


def alert_on_revaluation(events: Sequence[RevaluationDue]) -> None:
    """Assets under live loans have to be valued anew."""
    loans, assets, today = _loans(event.loan_id for event in events), _assets(event.asset_id for event in events), get_business_date()
    drafts = []
    for event in events:
        loan, asset = loans[event.loan_id], assets[UUID(event.asset_id)]
        draft = Draft(
            kind=Alert.Kind.REVALUATION_DUE,
            level=1,
            subject=f"asset:{asset.pk}",
            title=REVALUATION_WORDS[event.reason].format(asset=asset.reference, day=f"{date.fromisoformat(event.expired_date):%d %b %Y}"),
            details={"loan": loan.reference, "expired": event.expired_date, "reason": event.reason},
            loan=loan,
            borrower=loan.borrower,
            asset=asset,
            branch_id=asset.branch_id,
            due_date=today + timedelta(days=30),
        )
        drafts.append(draft)
    raise_alerts(drafts, business_date=today)


def alert_on_late_valuation(events: Sequence[ValuationOverdue]) -> None:
    """Appraisers let values wait: somebody withdraws the order or sees that it is answered."""
    rows = Valuation.objects.select_related("asset", "appraiser").in_bulk([UUID(event.valuation_id) for event in events])
    drafts = []
    for event in events:
        valuation = rows[UUID(event.valuation_id)]
        if valuation.state not in Valuation.WITH_APPRAISER or valuation.appraiser is None:
            continue
        asset = valuation.asset
        draft = Draft(
            kind=Alert.Kind.VALUATION_LATE,
            level=2,
            subject=f"asset:{asset.pk}",
            title=f"The value of {asset.reference} was due on {event.due_date}",
            details={"appraiser": valuation.appraiser.full_name, "due": event.due_date, "reminders": valuation.reminders},
            asset=asset,
            branch_id=asset.branch_id,
        )
        drafts.append(draft)
    raise_alerts(drafts, business_date=get_business_date())


def alert_on_insurance(events: Sequence[InsuranceEnds]) -> None:
    """What secures running loans is not insured for long any more, or not at all."""
    loans, assets = _loans(event.loan_id for event in events), _assets(event.asset_id for event in events)
    drafts = []
    for event in events:
        loan, asset = loans[event.loan_id], assets[UUID(event.asset_id)]
        until = date.fromisoformat(event.until_date) if event.until_date else None
        if event.lapsed:
            title = f"The insurance of {asset.reference} ran out on {until:%-d %b %Y}" if until else f"{asset.reference} is not insured"
        else:
            title = f"The insurance of {asset.reference} ends on {until:%-d %b %Y}; no renewal is on file"
        draft = Draft(
            kind=Alert.Kind.INSURANCE_LAPSED if event.lapsed else Alert.Kind.INSURANCE_ENDS,
            level=2 if event.lapsed else 1,
            subject=f"asset:{asset.pk}",
            title=title,
            details={"loan": loan.reference, "insured until": event.until_date or "none"},
            loan=loan,
            borrower=loan.borrower,
            asset=asset,
            branch_id=asset.branch_id,
            due_date=until if not event.lapsed else None,
        )
        drafts.append(draft)
    raise_alerts(drafts, business_date=get_business_date())


def alert_on_liens(events: Sequence[LiensExceedValue]) -> None:
    """Liens for loans claim what their assets do not carry by value and rank."""
    loans = _loans(event.loan_id for event in events)
    drafts = []
    for event in events:
        loan = loans[event.loan_id]
        title = f"Liens for {loan.reference} claim {Decimal(event.overhang):,.0f} {loan.currency} beyond the value"
        drafts.append(_about_cover(loan, Alert.Kind.LIENS, 1, title))
    raise_alerts(drafts, business_date=get_business_date())


def alert_on_margin_call(events: Sequence[CoverageFellShort]) -> None:
    """Borrowers are called for more cover: somebody sees that it comes."""
    drafts = []
    for call in _calls(event.margin_call_id for event in events):
        title = f"{call.called:,.0f} {call.loan.currency} of cover called for {call.loan.reference}"
        drafts.append(_about_cover(call.loan, Alert.Kind.MARGIN_CALL, 2, title, due=call.due_date))
    raise_alerts(drafts, business_date=get_business_date())


def alert_on_unanswered_call(events: Sequence[MarginCallUnanswered]) -> None:
    """The cover did not come in time."""
    drafts = [
        _about_cover(call.loan, Alert.Kind.MARGIN_LATE, 3, f"The margin call on {call.loan.reference} was due on {call.due_date}")
        for call in _calls(event.margin_call_id for event in events)
    ]
    raise_alerts(drafts, business_date=get_business_date())


def alert_on_inspection(events: Sequence[InspectionFoundFault]) -> None:
    """Inspectors found something wrong, or ask for values that nobody could be drawn for."""
    rows = Inspection.objects.select_related("asset", "inspector", "stop__round").in_bulk([UUID(event.inspection_id) for event in events])
    plans = InspectionPlan.objects.select_related("loan__borrower").in_bulk({seen.asset_id for seen in rows.values()})
    drafts = []
    for seen in (rows[UUID(event.inspection_id)] for event in events):
        plan = plans.get(seen.asset_id)
        found = ", ".join(code.replace("_", " ") for code in seen.faults) or "a valuation is asked for, and nobody is there to give it"
        draft = Draft(
            kind=Alert.Kind.INSPECTION,
            level=3 if "not_found" in seen.faults else 2,
            subject=f"asset:{seen.asset_id}",
            title=f"Inspection of {seen.asset.reference}: {found}",
            details={"seen": seen.seen_date, "inspector": seen.inspector.full_name, "round": seen.stop.round.reference},
            loan=plan.loan if plan else None,
            borrower=plan.loan.borrower if plan else None,
            asset=seen.asset,
            branch_id=seen.asset.branch_id,
        )
        drafts.append(draft)
    raise_alerts(drafts, business_date=get_business_date())


def alert_on_late_review(events: Sequence[FlagReviewOverdue]) -> None:
    """Red flags wait for a decision longer than they may: who took one decides it, or somebody takes it."""
    rows = RedFlag.objects.select_related("asset", "reviewer").in_bulk([UUID(event.flag_id) for event in events])
    drafts = [
        Draft(
            kind=Alert.Kind.REVIEW_LATE,
            level=2,
            subject=f"flag:{flag.pk}",
            title=f"The red flag of {flag.asset.reference} was to be decided by {flag.due_date:%-d %b %Y}",
            details={"red flag": flag.text, "in the hands of": flag.reviewer.full_name if flag.reviewer else "nobody"},
            asset=flag.asset,
            branch_id=flag.asset.branch_id,
        )
        for flag in (rows[UUID(event.flag_id)] for event in events)
        if flag.state == RedFlag.State.OPEN
    ]
    raise_alerts(drafts, business_date=get_business_date())


def alert_on_silent_registry(events: Sequence[RegistrationOverdue]) -> None:
    """A registry is silent about pledges: who sent one asks there, or a risk manager when they are gone."""
    keys = [UUID(event.pledge_id) for event in events]
    rows = Pledge.objects.select_related("asset", "application__borrower", "sent_by").in_bulk(keys)
    waiting = [pledge for key in keys if (pledge := rows[key]).state == Pledge.State.REGISTRATION_PENDING]
    desks = desks_of([(pledge.sent_by, pledge.asset.branch_id) for pledge in waiting])
    drafts = [
        Draft(
            kind=Alert.Kind.REGISTRY_SILENT,
            level=2,
            subject=_pledge(pledge.pk),
            title=f"The registry has not answered about {pledge.asset.reference} since {pledge.sent_date:%-d %b %Y}",
            details={"registry": pledge.registry, "application": pledge.application.reference, "sent": pledge.sent_date},
            borrower=pledge.application.borrower,
            asset=pledge.asset,
            branch_id=pledge.asset.branch_id,
            owner=desk,
        )
        for pledge, desk in zip(waiting, desks, strict=True)
    ]
    raise_alerts(drafts, business_date=get_business_date())


def end_silence(events: Sequence[PledgePerfected | PledgeWithdrawn]) -> None:
    """The registry has answered, or nobody waits for it any more."""
    subjects = {_pledge(event.pledge_id) for event in events}
    reason = "The pledge was perfected or withdrawn."
    end_alerts(kind=Alert.Kind.REGISTRY_SILENT, subjects=subjects, reason=reason, business_date=get_business_date())


def alert_on_block(events: Sequence[BlockToEnd]) -> None:
    """Custodians block what was given back: who proposed the pledge writes to them, or a risk manager when they are gone."""
    keys = [UUID(event.pledge_id) for event in events]
    rows = Pledge.objects.select_related("asset", "application__borrower", "proposed_by").in_bulk(keys)
    open_ones = [pledge for key in keys if (pledge := rows[key]).block_ends]
    desks = desks_of([(pledge.proposed_by, pledge.asset.branch_id) for pledge in open_ones])
    drafts = [
        Draft(
            kind=Alert.Kind.BLOCK_TO_END,
            level=2,
            subject=_pledge(pledge.pk),
            title=f"The block of {pledge.asset.reference} is to be ended: it was given back on {pledge.ended_date:%-d %b %Y}",
            details={"application": pledge.application.reference, "confirmed as": pledge.registry_reference},
            borrower=pledge.application.borrower,
            asset=pledge.asset,
            branch_id=pledge.asset.branch_id,
            owner=desk,
        )
        for pledge, desk in zip(open_ones, desks, strict=True)
    ]
    raise_alerts(drafts, business_date=get_business_date())


def end_block(events: Sequence[BlockEnded]) -> None:
    """The custodian was told."""
    subjects = {_pledge(event.pledge_id) for event in events}
    reason = "The custodian was told that the block ends."
    end_alerts(kind=Alert.Kind.BLOCK_TO_END, subjects=subjects, reason=reason, business_date=get_business_date())


def _pledge(key: object) -> str:
    return f"pledge:{key}"


def alert_on_late_round(events: Sequence[InspectionRoundOverdue]) -> None:
    """Assets were not seen in time."""
    left = Count("stops", filter=Q(stops__state=InspectionStop.State.OPEN))
    rows = InspectionRound.objects.select_related("inspector").annotate(left=left)
    late = rows.in_bulk([UUID(event.inspection_round_id) for event in events])
    drafts = [
        Draft(
            kind=Alert.Kind.ROUND_LATE,
            level=2,
            subject=f"round:{one.pk}",
            title=f"Inspection round {one.reference} of {one.inspector.full_name} was due on {one.due_date}",
            details={"place": one.area, "left": one.left},
            branch_id=one.branch_id,
        )
        for one in (late[UUID(event.inspection_round_id)] for event in events)
    ]
    raise_alerts(drafts, business_date=get_business_date())


def _loans(keys: Iterable[int]) -> dict[int, Loan]:
    return Loan.objects.select_related("borrower").in_bulk(set(keys))


def _assets(keys: Iterable[str]) -> dict[UUID, Asset]:
    return Asset.objects.in_bulk({UUID(key) for key in keys})


def _calls(keys: Iterable[str]) -> list[MarginCall]:
    named = [UUID(key) for key in keys]
    rows = MarginCall.objects.select_related("loan__borrower").in_bulk(named)
    return [rows[key] for key in named]


def _about_cover(loan: Loan, kind: Alert.Kind, level: int, title: str, due: date | None = None) -> Draft:
    return Draft(
        kind=kind,
        level=level,
        subject=f"loan:{loan.pk}",
        title=title,
        loan=loan,
        borrower=loan.borrower,
        branch_id=loan.branch_id,
        due_date=due,
    )


def register() -> None:
    """Subscribe to what collateral tells."""
    subscribe_many(RevaluationDue, alert_on_revaluation)
    subscribe_many(ValuationOverdue, alert_on_late_valuation)
    subscribe_many(InsuranceEnds, alert_on_insurance)
    subscribe_many(LiensExceedValue, alert_on_liens)
    subscribe_many(CoverageFellShort, alert_on_margin_call)
    subscribe_many(MarginCallUnanswered, alert_on_unanswered_call)
    subscribe_many(InspectionFoundFault, alert_on_inspection)
    subscribe_many(FlagReviewOverdue, alert_on_late_review)
    subscribe_many(InspectionRoundOverdue, alert_on_late_round)
    subscribe_many(RegistrationOverdue, alert_on_silent_registry)
    subscribe_many(BlockToEnd, alert_on_block)
    subscribe_many(BlockEnded, end_block)
    subscribe_many(PledgePerfected, end_silence)
    subscribe_many(PledgeWithdrawn, end_silence)
