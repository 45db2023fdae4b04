"""Perfecting a pledge: the bank's lien stands in the registry, and the condition for payout is met;
and withdrawing one that was only proposed.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from blacklist.selectors.blocking import blocked_keys
from collateral.events import PledgePerfected, PledgeWithdrawn
from collateral.models import Asset, AssetDocument, Pledge, Valuation
from collateral.selectors.coverage import coverage_of
from collateral.selectors.flags import cleared_flags, standing_flags
from collateral.selectors.interests import interested_in_asset
from collateral.selectors.lapses import is_uninsured
from collateral.selectors.owners import missing_consents, owners_on
from collateral.selectors.secured import DECIDED
from collateral.selectors.twin_evidence import possible_twins
from collateral.selectors.value_settings import settings_in_force
from collateral.services.asset_documents import Proof, needed_proof
from collateral.services.assets import REGISTRY_KINDS
from collateral.services.covenants import agree_at_perfection
from collateral.services.decided_covers import COLLATERAL_CONDITION, settle_decided_cover
from collateral.services.margin_calls import review_covers
from collateral.services.pledge_proposals import PLEDGERS
from collateral.services.ranks import hand_on_claims
from collateral.services.titles import EXTRACT_DAYS, first_hands, is_stale
from collateral.services.twin_flags import look_for_twins
from core import audit
from core.errors import DomainError
from core.events import publish
from core.models import User
from core.roles import Role
from loans.models import Application, Borrower
from loans.selectors.applications import CLOSED_APPLICATIONS, amount_to_cover
from loans.services import locks
from loans.services.conditions import satisfy_condition

PERFECTERS = (Role.INVESTIGATOR, Role.RISK_MANAGER)


class UnableToPerfectPledge(DomainError):
    """The pledge cannot be perfected now."""

    title = "The pledge was not perfected"
    messages = {
        "not_entitled": "Only investigators and risk managers perfect pledges.",
        "own_registration": "You registered this asset. Somebody else has to perfect the pledge.",
        "own_proposal": "You proposed this pledge. Somebody else has to perfect it.",
        "own_sending": "You sent this pledge to the registry. Somebody else has to perfect it.",
        "not_sent": "It was not sent to the registry. Record first when and where it was sent.",
        "own_interest": "You declared an interest in somebody this asset secures a file of. Somebody else has to perfect the pledge.",
        "own_clearance": "You cleared a red flag of this asset or its value: {flag} Somebody else has to perfect the pledge.",
        "title_unverified": "Nobody but who wrote it down has looked the title of this asset up in the registry.",
        "title_stale": "The title was last verified on {day}. Somebody but who wrote it down looks it up again, no more than {days} days before.",
        "reference_missing": "Enter the registry's reference.",
        "registration_missing": "The registry's word for the lien is not on file. Add it: a pledge is perfected by it alone.",
        "wrong_state": "This pledge is {state} already.",
        "gone": "{asset} is {state}; it secures nothing any more.",
        "application_closed": "The application is closed; nothing is pledged for it any more.",
        "no_valuation": "No accepted valuation is in force for this asset.",
        "not_insured": "The insurance of this asset has lapsed or none is on file. Record a policy first.",
        "red_flags": "Red flags stand against this asset: {flags}",
        "twins_unjudged": "Pledged assets that may be this one, written another way: {count}. Say first, under registered assets like this one, "
        "whether they are the same.",
        "owners_missing": "Nobody is on file as the owner of this asset.",
        "consent_missing": "Consent to the pledge is missing of {names}.",
        "owner_screened": "Screening has to be decided first about {names}, who owns this asset.",
    }


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
    *, pledge: Pledge, registry_reference: str, actor: User | None, business_date: date, proof: Proof | None = None
) -> Pledge:
    """Record the registered lien, proved by the registry's word for it: the paper given as `proof`, or else the last on file that proves no
    other lien. When every pledge of the application is perfected, its condition precedent is satisfied.

    Raises UnableToPerfectPledge with one of its codes, and what keeping a paper raises.
    """
    if actor is not None and not actor.has_role(*PERFECTERS):
        raise UnableToPerfectPledge("not_entitled")
    # By itself: a red flag that is raised now stands although the pledge is refused because of it.
    look_for_twins(asset=pledge.asset, business_date=business_date)
    return _perfect(pledge, registry_reference, actor, business_date, proof)


@transaction.atomic
def _perfect(pledge: Pledge, registry_reference: str, actor: User | None, business_date: date, proof: Proof | None) -> Pledge:
    pledge = lock_with_asset(pledge)
    if refusal := next(obstacles_of(pledge, actor=actor, business_date=business_date), None):
        raise refusal
    if not registry_reference.strip():
        raise UnableToPerfectPledge("reference_missing")
    kind = AssetDocument.Kind.LIEN_REGISTRATION
    step: dict[str, Any] = {"paper_date": business_date, "actor": actor, "business_date": business_date}
    # Not by who pledged it or sent it there, nor who wrote down what it is and whose.
    first = (*first_hands(pledge.asset, business_date=business_date), pledge.proposed_by_id, pledge.sent_by_id)
    pledge.registration = needed_proof(pledge.asset, kind, proof, **step, not_by=first)
    if pledge.registration is None:
        raise UnableToPerfectPledge("registration_missing")
    pledge.state = Pledge.State.PERFECTED
    pledge.registry_reference = registry_reference.strip()
    pledge.perfected_date = business_date
    pledge.perfected_by = actor
    pledge.save()
    audit.record(
        "pledge.perfected",
        actor=actor,
        target=pledge,
        branch=pledge.asset.branch_id,
        label=pledge.asset.reference,
        registry=registry_reference,
    )
    publish(PledgePerfected(pledge_id=str(pledge.pk), application_id=str(pledge.application_id)))
    meet_condition(pledge.application, f"Lien registered as {pledge.registry_reference}", actor=actor, business_date=business_date)
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
        raise UnableToWithdrawPledge("counted_on", left=f"{left:,.2f}", currency=held.asset.currency)


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


def obstacles_of(pledge: Pledge, *, actor: User | None, business_date: date) -> Iterator[UnableToPerfectPledge]:
    """What stands in the way of perfecting a pledge, whatever the registry says, the first first."""
    asset = pledge.asset
    if actor is not None and asset.registered_by_id == actor.pk:
        yield UnableToPerfectPledge("own_registration")
    if actor is not None and pledge.proposed_by_id == actor.pk:
        yield UnableToPerfectPledge("own_proposal")
    if actor is not None and pledge.sent_by_id == actor.pk:
        yield UnableToPerfectPledge("own_sending")
    if actor is not None and actor.pk in interested_in_asset(asset):
        yield UnableToPerfectPledge("own_interest")
    in_force = Valuation.objects.filter(asset=asset, state=Valuation.State.ACCEPTED)
    if actor is not None and (cleared := cleared_flags(actor, asset, *in_force).first()) is not None:
        yield UnableToPerfectPledge("own_clearance", flag=cleared.text)
    if pledge.state not in Pledge.WAITING:
        yield UnableToPerfectPledge("wrong_state", state=pledge.get_state_display().lower())
    yield from _over(pledge)
    if not Valuation.objects.filter(asset=asset, state=Valuation.State.ACCEPTED, expires_date__gt=business_date).exists():
        yield UnableToPerfectPledge("no_valuation")
    if texts := list(standing_flags().filter(asset=asset).values_list("text", flat=True)):
        yield UnableToPerfectPledge("red_flags", flags=" ".join(texts))
    if asset.kind in REGISTRY_KINDS and asset.title_verified_date is None:
        yield UnableToPerfectPledge("title_unverified")
    elif asset.kind in REGISTRY_KINDS and is_stale(asset.title_verified_date, business_date=business_date):
        yield UnableToPerfectPledge("title_stale", day=f"{asset.title_verified_date:%-d %b %Y}", days=EXTRACT_DAYS)
    if pledge.state == Pledge.State.PROPOSED and asset.kind in settings_in_force().registry_kinds:
        yield UnableToPerfectPledge("not_sent")
    if is_uninsured(asset, on=business_date):
        yield UnableToPerfectPledge("not_insured")
    if met := possible_twins(asset):
        yield UnableToPerfectPledge("twins_unjudged", count=len(met))
    # Every owner is known, agreed, and is nobody whom screening stops.
    owners = [row.owner.person for row in owners_on(asset, business_date)]
    yield from _unagreed(pledge, owners, business_date)
    if blocked := blocked_keys([person.subject_key for person in owners]):
        names = ", ".join(person.name for person in owners if person.subject_key in blocked)
        yield UnableToPerfectPledge("owner_screened", names=names)


def agreement_obstacles(pledge: Pledge, *, business_date: date) -> Iterator[UnableToPerfectPledge]:
    """What is missing of a pledge that everybody has agreed to, before any registry is asked."""
    yield from _over(pledge)
    yield from _unagreed(pledge, [row.owner.person for row in owners_on(pledge.asset, business_date)], business_date)


def _over(pledge: Pledge) -> Iterator[UnableToPerfectPledge]:
    """The asset or the file is gone."""
    asset = pledge.asset
    if asset.state != Asset.State.REGISTERED:
        yield UnableToPerfectPledge("gone", asset=asset.reference, state=asset.get_state_display().lower())
    if pledge.application.state in CLOSED_APPLICATIONS:
        yield UnableToPerfectPledge("application_closed")


def _unagreed(pledge: Pledge, owners: list[Borrower], business_date: date) -> Iterator[UnableToPerfectPledge]:
    """An owner is not known or has not agreed."""
    if not owners:
        yield UnableToPerfectPledge("owners_missing")
    if missing := missing_consents(pledge, on=business_date):
        yield UnableToPerfectPledge("consent_missing", names=", ".join(owner.person.name for owner in missing))
