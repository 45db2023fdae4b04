"""What stands in the way of perfecting a pledge, whatever the registry says: each in words, before anybody tries."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from blacklist.selectors.blocking import blocked_keys
from collateral.models import Asset, Pledge, Valuation
from collateral.selectors.accounts import account_of
from collateral.selectors.flags import cleared_flags, standing_flags
from collateral.selectors.interests import interested_in_asset
from collateral.selectors.lapses import is_uninsured
from collateral.selectors.owners import missing_consents, owners_on
from collateral.selectors.twin_evidence import possible_twins
from collateral.selectors.value_settings import settings_in_force
from collateral.services.assets import REGISTRY_KINDS
from collateral.services.titles import EXTRACT_DAYS, is_stale, verified_by
from core.errors import DomainError
from core.models import User
from loans.models import Borrower
from loans.selectors.applications import CLOSED_APPLICATIONS


class UnableToPerfectPledge(DomainError):
    """The pledge cannot be perfected now."""

    title = "The pledge was not perfected"
    messages = {
        "not_entitled": "Only investigators and risk managers perfect pledges.",
        "own_registration": "You registered this asset. Somebody else has to perfect the pledge.",
        "own_proposal": "You proposed this pledge. Somebody else has to perfect it.",
        "own_acceptance": "You accepted the value of this asset. Somebody else has to perfect the pledge.",
        "own_look": "You looked the title of this asset up, and nobody else has. Somebody else has to perfect the pledge.",
        "own_sending": "You sent this pledge to the registry. Somebody else has to perfect it.",
        "not_sent": "It was not sent to the registry. Record first when and where it was sent.",
        "own_interest": "You declared an interest in somebody this asset secures a file of. Somebody else has to perfect the pledge.",
        "own_clearance": "You cleared a red flag of this asset or its value: {flag} Somebody else has to perfect the pledge.",
        "title_unverified": "Nobody but who wrote it down has looked the title of this asset up in the registry.",
        "title_stale": "The title was last verified on {day}. Somebody but who wrote it down looks it up again, no more than {days} days before.",
        "reference_missing": "Enter the registry's reference.",
        "account_missing": "Custodian and account of {asset} are not on file. Record them first: nobody else can block it.",
        "block_missing": "The custodian's confirmation of the block is not on file. Add it: until then the owner can take away what is pledged.",
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


def obstacles_of(pledge: Pledge, *, actor: User | None, business_date: date) -> Iterator[UnableToPerfectPledge]:
    """What stands in the way of perfecting a pledge, whatever the registry says, the first first."""
    asset = pledge.asset
    if actor is not None:
        had = {"own_registration": asset.registered_by_id, "own_proposal": pledge.proposed_by_id, "own_sending": pledge.sent_by_id}
        yield from (UnableToPerfectPledge(code) for code, person in had.items() if person == actor.pk)
        if actor.pk in interested_in_asset(asset):
            yield UnableToPerfectPledge("own_interest")
        in_force = Valuation.objects.filter(asset=asset, state=Valuation.State.ACCEPTED)
        if (cleared := cleared_flags(actor, asset, *in_force).first()) is not None:
            yield UnableToPerfectPledge("own_clearance", flag=cleared.text)
        if in_force.filter(decided_by=actor).exists():
            yield UnableToPerfectPledge("own_acceptance")
        if verified_by(asset, business_date=business_date) == {actor.pk}:
            yield UnableToPerfectPledge("own_look")
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
    if (held := account_of(asset)) is not None and not held.known:
        yield UnableToPerfectPledge("account_missing", asset=asset.reference)
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
