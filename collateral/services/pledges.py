"""Perfecting a pledge: the bank's lien stands in the registry, and the condition for payout is met;
and withdrawing one that was only proposed.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from collateral.events import PledgePerfected, PledgeWithdrawn
from collateral.models import Asset, AssetDocument, Pledge
from collateral.selectors.accounts import account_of
from collateral.selectors.coverage import coverage_of
from collateral.selectors.secured import DECIDED
from collateral.services.asset_documents import Proof, needed_proof
from collateral.services.covenants import agree_at_perfection
from collateral.services.decided_covers import COLLATERAL_CONDITION, settle_decided_cover
from collateral.services.elsewhere import flag_reference
from collateral.services.margin_calls import review_covers
from collateral.services.pledge_obstacles import UnableToPerfectPledge, obstacles_of
from collateral.services.pledge_proposals import PLEDGERS
from collateral.services.ranks import hand_on_claims
from collateral.services.titles import first_hands
from collateral.services.twin_flags import look_for_twins
from core import audit
from core.errors import DomainError, Fault
from core.events import publish
from core.models import User
from core.money import grouped
from core.roles import Role
from loans.models import Application
from loans.selectors.applications import CLOSED_APPLICATIONS, amount_to_cover
from loans.services import locks
from loans.services.conditions import satisfy_condition

PERFECTERS = (Role.INVESTIGATOR, Role.RISK_MANAGER)


class UnableToWithdrawPledge(DomainError):
    """The pledge stays proposed."""

    title = "The pledge was not withdrawn"
    messages = {
        "not_entitled": "Only officers and investigators withdraw a pledge that was proposed.",
        "reason_missing": "Say why; the reason goes into the audit trail.",
        "wrong_state": "This pledge is {state}. What stands in the registry is given back by two people.",
        "counted_on": "The decision counts on this pledge: without it {left} {currency} would be left to cover. Have the file decided anew, "
        "or pledge something else first.",
    }


def perfect_pledge(
    *,
    pledge: Pledge,
    registry_reference: str,
    actor: User | None,
    business_date: date,
    proof: Proof | None = None,
    blocked_date: date | None = None,
) -> Pledge:
    """Record the registered lien, proved by the registry's word for it: the paper given as `proof`, or else the last on file that proves no
    other lien. Of a deposit and of securities it is the custodian's confirmation that they block the account, since `blocked_date`. When
    every pledge of the application is perfected, its condition precedent is satisfied. An entry that stands for another claim too raises
    `reference_elsewhere`, and money waits until somebody has decided it.

    Raises UnableToPerfectPledge with one of its codes, `invalid` with faults, and what keeping a paper raises.
    """
    if actor is not None and not actor.has_role(*PERFECTERS):
        raise UnableToPerfectPledge("not_entitled")
    # By itself: a red flag that is raised now stands although the pledge is refused because of it.
    look_for_twins(asset=pledge.asset, business_date=business_date)
    return _perfect(pledge, registry_reference, actor, business_date, proof, blocked_date)


@transaction.atomic
def _perfect(
    pledge: Pledge, registry_reference: str, actor: User | None, business_date: date, proof: Proof | None, blocked_date: date | None
) -> Pledge:
    pledge = lock_with_asset(pledge)
    if refusal := next(obstacles_of(pledge, actor=actor, business_date=business_date), None):
        raise refusal
    if not registry_reference.strip():
        raise UnableToPerfectPledge("reference_missing")
    held = account_of(pledge.asset)
    if held is not None:
        refuse_block_day(blocked_date, business_date)
    kind = AssetDocument.Kind.LIEN_REGISTRATION if held is None else AssetDocument.Kind.BLOCK
    step: dict[str, Any] = {"paper_date": business_date, "actor": actor, "business_date": business_date}
    # Not by who pledged it or sent it there, nor who wrote down what it is and whose.
    first = (*first_hands(pledge.asset, business_date=business_date), pledge.proposed_by_id, pledge.sent_by_id)
    pledge.registration = needed_proof(pledge.asset, kind, proof, **step, not_by=first)
    if pledge.registration is None:
        raise UnableToPerfectPledge("registration_missing" if held is None else "block_missing")
    pledge.state = Pledge.State.PERFECTED
    pledge.registry_reference = registry_reference.strip()
    pledge.perfected_date = business_date
    pledge.perfected_by = actor
    pledge.blocked_date = blocked_date if held is not None else None
    pledge.save()
    audit.record(
        "pledge.perfected",
        actor=actor,
        target=pledge,
        branch=pledge.asset.branch_id,
        label=pledge.asset.reference,
        registry=registry_reference,
        **({"custodian": held.custodian, "blocked": blocked_date} if held is not None else {}),
    )
    publish(PledgePerfected(pledge_id=str(pledge.pk), application_id=str(pledge.application_id)))
    meet_condition(
        pledge.application,
        f"{'Lien registered' if held is None else 'Block confirmed'} as {pledge.registry_reference}",
        actor=actor,
        business_date=business_date,
    )
    flag_reference(pledge, business_date=business_date)
    review_covers(pledge.application_id, business_date=business_date)
    return pledge


@transaction.atomic
def withdraw_pledge(*, pledge: Pledge, reason: str, actor: User, business_date: date) -> Pledge:
    """Propose a pledge no more that does not stand in the registry yet. Once the file is decided, only what the rest covers all the same.

    Raises UnableToWithdrawPledge: `not_entitled`, `reason_missing`, `wrong_state`, `counted_on`.
    """
    if not actor.has_role(*PLEDGERS):
        raise UnableToWithdrawPledge("not_entitled")
    if not reason.strip():
        raise UnableToWithdrawPledge("reason_missing")
    held = lock_with_asset(pledge)
    if held.state not in Pledge.WAITING:
        raise UnableToWithdrawPledge("wrong_state", state=held.get_state_display().lower())
    _end_uncounted(held, reason.strip(), actor, business_date)
    return held


def _end_uncounted(held: Pledge, reason: str, actor: User | None, business_date: date) -> None:
    """End a pledge that waits and is held; once its file is decided, only where the rest covers all the same. Raises UnableToWithdrawPledge
    `counted_on`."""
    before = coverage_of(held.application, business_date=business_date)
    end_waiting(held, reason, actor=actor, business_date=business_date)
    left = coverage_of(held.application, business_date=business_date).available
    if held.application.state in DECIDED and left < min(before.available, before.exposure):
        raise UnableToWithdrawPledge("counted_on", left=grouped(left, held.asset.currency), currency=held.asset.currency)


@transaction.atomic
def follow_offer(*, application: Application, business_date: date) -> None:
    """Propose no more than was granted: pledges that wait and were to secure what was asked for, secure what was offered. One for a sum of
    its own stays as it was written, and what stands in the registry as it is registered.
    """
    granted = amount_to_cover(application)
    asked_for = Pledge.objects.filter(application=application, state__in=Pledge.WAITING, amount=application.amount)
    if application.amount is None or granted >= application.amount:
        return
    _lock_assets(asked_for)
    for pledge in asked_for.select_related("asset", "application").order_by("id"):
        held = lock_with_asset(pledge)
        if held.state not in Pledge.WAITING:
            continue
        held.amount = granted
        held.save(update_fields=["amount"])
        audit.record(
            "pledge.amount_followed",
            actor=None,
            target=held,
            branch=held.asset.branch_id,
            label=held.asset.reference,
            business_date=business_date,
            application=application.reference,
            asked=application.amount,
            granted=granted,
        )


def withdraw_waiting(pledges: QuerySet[Pledge], *, reason: str, business_date: date, counted: bool = False) -> None:
    """Propose these no more, as far as they wait. `counted`: not where a decision counts on one (UnableToWithdrawPledge `counted_on`)."""
    waiting = pledges.filter(state__in=Pledge.WAITING)
    _lock_assets(waiting)
    for pledge in waiting.select_related("asset", "application").order_by("application", "id"):
        held = lock_with_asset(pledge)
        if held.state in Pledge.WAITING:
            if counted:
                _end_uncounted(held, reason, None, business_date)
            else:
                end_waiting(held, reason, actor=None, business_date=business_date)


def end_waiting(pledge: Pledge, reason: str, *, actor: User | None, business_date: date, refusal: AssetDocument | None = None) -> None:
    """End a pledge that waits and is held, by the registry's `refusal` where there is one; the others may meet the condition for payout
    without it. A file whose decision counted on it is held by what it lacks then.
    """
    pledge.state, pledge.ended_date, pledge.ended_reason, pledge.refusal = Pledge.State.WITHDRAWN, business_date, reason[:500], refusal
    pledge.save(update_fields=["state", "ended_date", "ended_reason", "refusal"])
    audit.record(
        "pledge.refused_by_registry" if refusal else "pledge.withdrawn",
        actor=actor,
        target=pledge,
        branch=pledge.asset.branch_id,
        label=pledge.asset.reference,
        business_date=business_date,
        application=pledge.application.reference,
        reason=reason,
    )
    hand_on_claims(pledge, business_date=business_date)
    publish(PledgeWithdrawn(pledge_id=str(pledge.pk), application_id=str(pledge.application_id)))
    if pledge.application.state not in CLOSED_APPLICATIONS:
        meet_condition(pledge.application, "Every other lien is registered", actor=actor, business_date=business_date)
        settle_decided_cover(pledge.application, business_date)


def _lock_assets(pledges: QuerySet[Pledge]) -> None:
    """The assets of several pledges before any of their files: who holds one of the assets and waits for a file is not waited for."""
    list(Asset.objects.select_for_update(of=("self",)).filter(pk__in=pledges.values("asset")).order_by("pk").values_list("pk"))


def refuse_block_day(blocked_date: date | None, business_date: date) -> None:
    """Raises UnableToPerfectPledge `invalid` where a block without a day, or of a later one, would be recorded."""
    if blocked_date is None:
        fault = Fault("blocked_date", "required", "Write since when the custodian blocks the account, as the confirmation says.")
    elif not date(1990, 1, 1) <= blocked_date <= business_date:
        fault = Fault("blocked_date", "out_of_bounds", "The account is blocked already, so since a day that is not after today.")
    else:
        return
    raise UnableToPerfectPledge("invalid", faults=[fault])


def lock_with_asset(pledge: Pledge) -> Pledge:
    """The asset first, as everybody does: a sale, a claim or a flag of this moment comes before or after, never in between. Then the file:
    what one pledge leaves to the others is worked out while none of them ends or is perfected.
    """
    Asset.objects.select_for_update(of=("self",)).get(pk=pledge.asset_id)
    locks.lock_application(pledge.application)
    return Pledge.objects.select_for_update(of=("self",)).select_related("asset", "application").get(pk=pledge.pk)


def meet_condition(application: Application, note: str, *, actor: User | None, business_date: date) -> None:
    """The condition for payout is met once every pledge that was proposed stands in the registry, and at least one does. Where the product
    asks for no collateral it is met too once none is left; what the decision counted on holds the file then.
    """
    states = set(Pledge.objects.filter(application=application).values_list("state", flat=True))
    if not states or not states.isdisjoint(Pledge.WAITING):
        return
    if not states.isdisjoint(Pledge.STANDING):
        agree_at_perfection(application=application, business_date=business_date)
    elif application.product_version is None or application.product_version.collateral_required:
        return
    else:
        note = "Nothing is pledged any more"
    satisfy_condition(application=application, code=COLLATERAL_CONDITION, actor=actor, note=note, business_date=business_date)
    settle_decided_cover(application, business_date)
