"""Perfecting a pledge: the bank's lien stands in the registry, and the condition for payout is met."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db import transaction
from django.db.models import Max

from blacklist.selectors.blocking import blocked_keys
from collateral.events import PledgePerfected
from collateral.models import Asset, Pledge, Valuation
from collateral.selectors.flags import standing_flags
from collateral.selectors.owners import missing_consents, owners_on
from collateral.services.assets import CLOSED_APPLICATIONS, faults_of_claims
from collateral.services.covenants import agree_at_perfection
from collateral.services.margin_calls import review_covers
from collateral.services.owners import join_owners
from core import audit
from core.errors import DomainError
from core.events import publish
from core.models import User
from core.roles import Role
from loans.models import Application
from loans.services.conditions import satisfy_condition

COLLATERAL_CONDITION = "collateral_perfected"


class UnableToProposePledge(DomainError):
    """The registered asset cannot be pledged for this application."""

    title = "The asset was not pledged"
    messages = {
        "not_entitled": "Only officers and investigators propose pledges.",
        "application_closed": "The application is closed; nothing can be pledged for it.",
        "already_pledged": "{asset} is pledged for this application already.",
        "gone": "{asset} is {state}; it secures nothing any more.",
        "wrong_class": "The product does not take this class of collateral.",
        "other_currency": "{asset} is valued in {theirs}, the application is in {ours}.",
    }


class UnableToPerfectPledge(DomainError):
    """The pledge cannot be perfected now."""

    title = "The pledge was not perfected"
    messages = {
        "not_entitled": "Only investigators and risk managers perfect pledges.",
        "own_registration": "You registered this asset. Somebody else has to perfect the pledge.",
        "reference_missing": "Enter the registry's reference.",
        "wrong_state": "This pledge is {state} already.",
        "no_valuation": "No accepted valuation is in force for this asset.",
        "red_flags": "Red flags stand against this asset: {flags}",
        "owners_missing": "Nobody is on file as the owner of this asset.",
        "consent_missing": "Consent to the pledge is missing of {names}.",
        "owner_screened": "Screening has to be decided first about {names}, who owns this asset.",
    }


@transaction.atomic
def propose_pledge(
    *,
    asset: Asset,
    application: Application,
    actor: User | None,
    business_date: date,
    amount: Decimal | None = None,
    prior_claims: Decimal = Decimal(0),
) -> Pledge:
    """Let a registered asset secure another application too, behind what it backs already. `amount` defaults to the amount asked for.

    `prior_claims` are those of others; the bank's own pledges stand before this one by their rank.
    Raises UnableToProposePledge: `not_entitled`, `application_closed`, `already_pledged`, `gone`, `wrong_class`, `other_currency`,
    `invalid` with faults.
    """
    if actor is not None and not actor.has_role(Role.OFFICER, Role.INVESTIGATOR):
        raise UnableToProposePledge("not_entitled")
    if application.state in CLOSED_APPLICATIONS:
        raise UnableToProposePledge("application_closed")
    asset = Asset.objects.select_for_update(of=("self",)).get(pk=asset.pk)
    if asset.state != Asset.State.REGISTERED:
        raise UnableToProposePledge("gone", asset=asset.reference, state=asset.get_state_display().lower())
    version = application.product_version
    if version is not None and asset.kind not in version.collateral_kinds:
        raise UnableToProposePledge("wrong_class")
    if asset.currency != application.currency:
        raise UnableToProposePledge("other_currency", asset=asset.reference, theirs=asset.currency, ours=application.currency)
    if asset.pledges.filter(application=application).exists():
        raise UnableToProposePledge("already_pledged", asset=asset.reference)
    if faults := faults_of_claims(amount, prior_claims):
        raise UnableToProposePledge("invalid", faults=faults)
    pledge = Pledge.objects.create(
        asset=asset,
        application=application,
        rank=(asset.pledges.exclude(state__in=Pledge.GIVEN_BACK).aggregate(last=Max("rank"))["last"] or 0) + 1,
        amount=amount or application.amount,
        prior_claims=prior_claims,
    )
    audit.record(
        "pledge.proposed", actor=actor, target=pledge, branch=asset.branch_id, label=asset.reference, application=application.reference
    )
    join_owners(asset, application, actor=actor, business_date=business_date)
    return pledge


@transaction.atomic
def perfect_pledge(*, pledge: Pledge, registry_reference: str, actor: User | None, business_date: date) -> Pledge:
    """Record the registered lien. When every pledge of the application is perfected, its condition precedent is satisfied.

    Raises UnableToPerfectPledge with one of its codes.
    """
    if actor is not None and not actor.has_role(Role.INVESTIGATOR, Role.RISK_MANAGER):
        raise UnableToPerfectPledge("not_entitled")
    pledge = Pledge.objects.select_for_update(of=("self",)).select_related("asset", "application").get(pk=pledge.pk)
    if actor is not None and pledge.asset.registered_by_id == actor.pk:
        raise UnableToPerfectPledge("own_registration")
    if pledge.state not in (Pledge.State.PROPOSED, Pledge.State.REGISTRATION_PENDING):
        raise UnableToPerfectPledge("wrong_state", state=pledge.get_state_display().lower())
    if not registry_reference.strip():
        raise UnableToPerfectPledge("reference_missing")
    accepted = Valuation.objects.filter(asset=pledge.asset, state=Valuation.State.ACCEPTED, expires_date__gt=business_date).exists()
    if not accepted:
        raise UnableToPerfectPledge("no_valuation")
    if texts := list(standing_flags().filter(asset=pledge.asset).values_list("text", flat=True)):
        raise UnableToPerfectPledge("red_flags", flags=" ".join(texts))
    _check_owners(pledge, business_date)
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
    waiting = (Pledge.State.PROPOSED, Pledge.State.REGISTRATION_PENDING)
    if not Pledge.objects.filter(application=pledge.application, state__in=waiting).exists():
        agree_at_perfection(application=pledge.application, business_date=business_date)
        satisfy_condition(
            application=pledge.application,
            code=COLLATERAL_CONDITION,
            actor=actor,
            note=f"Lien registered as {pledge.registry_reference}",
            business_date=business_date,
        )
    review_covers(pledge.application_id, business_date=business_date)
    return pledge


def _check_owners(pledge: Pledge, business_date: date) -> None:
    """Every owner is known, agreed, and is nobody whom screening stops."""
    owners = [row.owner.person for row in owners_on(pledge.asset, business_date)]
    if not owners:
        raise UnableToPerfectPledge("owners_missing")
    if missing := missing_consents(pledge, on=business_date):
        raise UnableToPerfectPledge("consent_missing", names=", ".join(owner.person.name for owner in missing))
    blocked = blocked_keys([person.subject_key for person in owners])
    if blocked:
        names = ", ".join(person.name for person in owners if person.subject_key in blocked)
        raise UnableToPerfectPledge("owner_screened", names=names)
