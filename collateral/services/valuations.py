"""Ordering, submitting and judging valuations. The appraiser is drawn by lot and never sees the amount asked for."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import date
from decimal import Decimal, InvalidOperation

from django.db import transaction
from django.utils import timezone

from collateral.domain import red_flags
from collateral.domain.revaluation import valid_until
from collateral.events import ValuationAccepted
from collateral.models import Asset, Pledge, Valuation
from collateral.selectors.value_settings import settings_in_force
from collateral.services.assets import facts_of
from collateral.services.evidence import find_against_evidence
from collateral.services.flags import raise_findings
from core import audit
from core.errors import Conflict, DomainError, Fault
from core.events import publish
from core.models import User
from core.roles import Role


class UnableToOrderValuation(DomainError):
    """No valuation can be ordered."""

    title = "No valuation was ordered"
    messages = {
        "not_entitled": "Only investigators and risk managers order valuations.",
        "already_ordered": "A valuation of this asset is already on its way.",
        "no_appraiser": "No independent appraiser is available at this branch.",
    }


class UnableToSubmitValuation(DomainError):
    """The valuation cannot be submitted."""

    title = "The valuation was not submitted"
    messages = {
        "not_yours": "This valuation was ordered from somebody else.",
        "wrong_state": "This valuation was submitted already.",
    }


class UnableToJudgeValuation(DomainError):
    """The valuation cannot be accepted or rejected by this person or now."""

    title = "The valuation was not decided"
    messages = {
        "not_entitled": "Only investigators, approvers and risk managers judge valuations.",
        "own_valuation": "You appraised this asset. Somebody else has to accept the value.",
        "open_flags": "Red flags are open: {flags}. They have to be decided first.",
        "reason_missing": "Write down why; the reason goes into the audit trail.",
    }


@transaction.atomic
def order_valuation(*, asset: Asset, actor: User | None, business_date: date, appraiser: User | None = None) -> Valuation:
    """Order a valuation; without `appraiser` one is drawn by lot among the branch's appraisers who did not value it last.

    Raises UnableToOrderValuation: `not_entitled`, `already_ordered`, `no_appraiser`.
    """
    if actor is not None and not actor.has_role(Role.INVESTIGATOR, Role.RISK_MANAGER):
        raise UnableToOrderValuation("not_entitled")
    asset = Asset.objects.select_for_update(of=("self",)).get(pk=asset.pk)
    if Valuation.objects.filter(asset=asset, state__in=[Valuation.State.ORDERED, Valuation.State.SUBMITTED]).exists():
        raise UnableToOrderValuation("already_ordered")
    chosen = appraiser or _draw(asset)
    valuation = Valuation.objects.create(
        asset=asset, appraiser=chosen, ordered_by=actor, ordered_date=business_date, currency=asset.currency
    )
    audit.record(
        "valuation.ordered", actor=actor, target=valuation, branch=asset.branch_id, label=asset.reference, appraiser=chosen.username
    )
    return valuation


def _draw(asset: Asset) -> User:
    last = Valuation.objects.filter(asset=asset).values_list("appraiser_id", flat=True).first()
    eligible = User.objects.filter(is_active=True, role_rows__role=Role.APPRAISER, branch_rows__branch_id=asset.branch_id).exclude(
        pk=asset.registered_by_id or 0
    )
    people = list(eligible.distinct().order_by("pk"))
    fresh = [person for person in people if person.pk != last] or people
    if not fresh:
        raise UnableToOrderValuation("no_appraiser")
    return secrets.choice(fresh)


@transaction.atomic
def submit_valuation(
    *,
    valuation: Valuation,
    market_value: Decimal,
    method: str,
    comparables: Sequence[tuple[str, Decimal]],
    independence_declared: bool,
    remarks: str,
    valued_date: date,
    actor: User | None,
    business_date: date,
) -> Valuation:
    """Hand in a value in the asset's currency, with its comparables as (description, price). Red flags are raised by rule.

    Raises UnableToSubmitValuation: `not_yours`, `wrong_state`, `invalid` with faults.
    """
    valuation = Valuation.objects.select_for_update(of=("self",)).select_related("asset").get(pk=valuation.pk)
    if actor is not None and valuation.appraiser_id != actor.pk:
        raise UnableToSubmitValuation("not_yours")
    if valuation.state not in (Valuation.State.ORDERED, Valuation.State.CHALLENGED):
        raise UnableToSubmitValuation("wrong_state")
    _check(market_value, method, comparables, valued_date, business_date)
    asset = valuation.asset
    previous = (
        Valuation.objects.filter(asset=asset, state__in=[Valuation.State.ACCEPTED, Valuation.State.EXPIRED])
        .order_by("-valued_date", "-id")
        .values_list("market_value", flat=True)
        .first()
    )
    valuation.state = Valuation.State.SUBMITTED
    valuation.market_value = market_value
    valuation.method = method
    valuation.comparables = [{"description": text, "price": str(price)} for text, price in comparables]
    valuation.independence_declared = independence_declared
    valuation.remarks = remarks
    valuation.valued_date = valued_date
    valuation.expires_date = valid_until(settings_in_force(), asset.kind, market_value, valued_date)
    valuation.save()
    audit.record(
        "valuation.submitted",
        actor=actor,
        target=valuation,
        branch=asset.branch_id,
        label=asset.reference,
        market_value=market_value,
        method=method,
    )
    pledge = Pledge.objects.filter(asset=asset).select_related("application__borrower").order_by("-id").first()
    if pledge is not None:
        facts = facts_of(asset, pledge.application, business_date)
        submitted = red_flags.ValuationFacts(market_value, [price for _, price in comparables], independence_declared, previous)
        findings = [*red_flags.find_in_valuation(facts, submitted), *find_against_evidence(asset, market_value, business_date)]
        raise_findings(asset=asset, findings=findings, business_date=business_date, valuation=valuation)
    return valuation


def _check(value: Decimal, method: str, comparables: Sequence[tuple[str, Decimal]], valued_date: date, business_date: date) -> None:
    faults = []
    try:
        wrong = not value.is_finite() or value <= 0 or value >= Decimal("1e12")
    except InvalidOperation:
        wrong = True
    if wrong:
        faults.append(Fault("market_value", "absurd", "The market value has to be more than zero and below a million million."))
    if method not in Valuation.Method.values:
        faults.append(Fault("method", "unknown", "Choose a method from the list."))
    if valued_date > business_date:
        faults.append(Fault("valued_date", "future", "The day of valuation cannot lie in the future."))
    if any(price <= 0 for _, price in comparables):
        faults.append(Fault("comparables", "not_positive", "Each comparable needs a price above zero."))
    if faults:
        raise UnableToSubmitValuation("invalid", faults=faults)


@transaction.atomic
def accept_valuation(*, valuation: Valuation, actor: User, business_date: date, reason: str = "") -> Valuation:
    """Let a value count. The asset's red flags must be decided; an upheld one means the value is rejected instead.

    Raises UnableToJudgeValuation: `not_entitled`, `own_valuation`, `open_flags`; Conflict when somebody was first.
    """
    _may_judge(valuation, actor)
    flags = list(valuation.asset.flags.filter(state="OPEN").values_list("text", flat=True))
    if flags:
        raise UnableToJudgeValuation("open_flags", flags=" ".join(flags))
    _judge(valuation, Valuation.State.ACCEPTED, actor, reason)
    Valuation.objects.filter(asset=valuation.asset, state=Valuation.State.ACCEPTED).exclude(pk=valuation.pk).update(
        state=Valuation.State.EXPIRED
    )
    publish(ValuationAccepted(valuation_id=str(valuation.pk), asset_id=str(valuation.asset_id)))
    return valuation


@transaction.atomic
def reject_valuation(*, valuation: Valuation, reason: str, actor: User, business_date: date) -> Valuation:
    """Refuse a value, with a reason; another valuation can then be ordered.

    Raises UnableToJudgeValuation: `not_entitled`, `own_valuation`, `reason_missing`; Conflict when somebody was first.
    """
    _may_judge(valuation, actor)
    if not reason.strip():
        raise UnableToJudgeValuation("reason_missing")
    _judge(valuation, Valuation.State.REJECTED, actor, reason)
    return valuation


@transaction.atomic
def challenge_valuation(*, valuation: Valuation, reason: str, actor: User, business_date: date) -> Valuation:
    """Send a value back to its appraiser with a question.

    Raises UnableToJudgeValuation: `not_entitled`, `own_valuation`, `reason_missing`; Conflict when somebody was first.
    """
    _may_judge(valuation, actor)
    if not reason.strip():
        raise UnableToJudgeValuation("reason_missing")
    _judge(valuation, Valuation.State.CHALLENGED, actor, reason)
    return valuation


def _may_judge(valuation: Valuation, actor: User) -> None:
    if not actor.has_role(Role.INVESTIGATOR, Role.APPROVER, Role.RISK_MANAGER):
        raise UnableToJudgeValuation("not_entitled")
    if valuation.appraiser_id == actor.pk:
        raise UnableToJudgeValuation("own_valuation")


def _judge(valuation: Valuation, state: Valuation.State, actor: User, reason: str) -> None:
    changed = Valuation.objects.filter(pk=valuation.pk, state=Valuation.State.SUBMITTED).update(
        state=state, decided_by=actor, decided_at=timezone.now(), decision_reason=reason.strip()
    )
    valuation.refresh_from_db()
    if changed != 1:
        raise Conflict("already_advanced", state=valuation.get_state_display())
    audit.record(
        f"valuation.{state.value.lower()}",
        actor=actor,
        target=valuation,
        branch=valuation.asset.branch_id,
        label=valuation.asset.reference,
        reason=reason,
    )
