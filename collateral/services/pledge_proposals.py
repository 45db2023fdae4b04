"""Proposing that a registered asset secures another application too."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db import transaction

from collateral.domain.unlikely import times_worth
from collateral.events import PledgeProposed
from collateral.models import Asset, AssetKind, Pledge
from collateral.selectors.worth import worths_of
from collateral.services.assets import FAR_ABOVE, faults_of_claims, read_back
from collateral.services.connected_debtors import follow_groups
from collateral.services.decided_covers import settle_decided_cover
from collateral.services.owners import join_owners
from collateral.services.ranks import next_rank, settle_claims
from collateral.services.twin_flags import look_for_twins
from core import audit
from core.errors import DomainError
from core.events import publish
from core.models import User
from core.roles import Role
from loans.models import Application
from loans.selectors.applications import CLOSED_APPLICATIONS, amount_to_cover

PLEDGERS = (Role.OFFICER, Role.INVESTIGATOR)


class UnableToProposePledge(DomainError):
    """The registered asset cannot be pledged for this application."""

    title = "The asset was not pledged"
    messages = {
        "not_entitled": "Only officers and investigators propose pledges.",
        "application_closed": "The application is closed; nothing can be pledged for it.",
        "already_pledged": "{asset} is pledged for this application already.",
        "gone": "{asset} is {state}; it secures nothing any more.",
        "wrong_class": "The product does not take this class of collateral.",
        "far_above": FAR_ABOVE,
        "other_currency": "{asset} is valued in {theirs}, the application is in {ours}.",
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
    confirmed_amount: Decimal | None = None,
) -> Pledge:
    """Let a registered asset secure another application too, behind what it backs already. `amount` defaults to what was granted, until
    then to the amount asked for; one of more than twice what the asset is worth as far as is known is taken only with the same figure as
    `confirmed_amount`.

    What was given back may be pledged for the same application again. `prior_claims` are those of others that are not on file; what is on
    file, and the bank's own pledges, stand before it by their rank. Raises UnableToProposePledge: `not_entitled`, `application_closed`,
    `already_pledged`, `gone`, `wrong_class`, `other_currency`, `far_above`, `invalid` with faults.
    """
    if actor is not None and not actor.has_role(*PLEDGERS):
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
    if asset.pledges.filter(application=application).exclude(state__in=Pledge.FREE).exists():
        raise UnableToProposePledge("already_pledged", asset=asset.reference)
    claimed = amount_to_cover(application) if amount is None else amount
    if faults := faults_of_claims(claimed, prior_claims, asset.currency):
        raise UnableToProposePledge("invalid", faults=faults)
    worth = worths_of([asset])[asset.pk]
    if actor is not None and confirmed_amount != claimed and (times := times_worth(claimed, worth)) is not None:
        raise UnableToProposePledge("far_above", **read_back(claimed, worth, times, asset.currency))
    pledge = Pledge.objects.create(
        asset=asset,
        application=application,
        rank=next_rank(asset),
        amount=claimed,
        declared_claims=prior_claims,
        proposed_by=actor,
    )
    settle_claims(asset)
    pledge.refresh_from_db(fields=["prior_claims"])
    audit.record(
        "pledge.proposed", actor=actor, target=pledge, branch=asset.branch_id, label=asset.reference,
        application=application.reference, amount=claimed,
    )  # fmt: skip
    join_owners(asset, application, actor=actor, business_date=business_date)
    if asset.kind == AssetKind.RECEIVABLES:
        # Who borrows on it now may be who owes it.
        follow_groups(asset=asset, business_date=business_date)
    look_for_twins(asset=asset, business_date=business_date)
    # What comes in the place of something that was lost may be enough.
    settle_decided_cover(application, business_date)
    publish(PledgeProposed(pledge_id=str(pledge.pk), asset_id=str(asset.pk), application_id=str(application.pk)))
    return pledge
