"""Which index values of a place follow: said by one risk manager, in force by another's word."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from uuid import UUID

from django.db import transaction

from collateral.models import IndexPoint, IndexSeries
from collateral.services.index_jumps import OF_FILE
from core import audit, four_eyes
from core.errors import Conflict, DomainError
from core.models import Proposal, ProposalState, User
from core.roles import Role

INDEX = "collateral.index_used"
# Where what waits of market data is decided.
PATH = "/collateral/indices/figures/"


class UnableToUseIndex(DomainError):
    """The index cannot be used for revaluation."""

    title = "The index is not used"
    messages = {
        "not_entitled": "Only risk managers say which index values follow.",
        "deflated": "A deflated index says nothing about what a home fetches. Choose a nominal one.",
        "unchanged": "That is how it stands already.",
    }


@transaction.atomic
def propose_index_use(*, series: IndexSeries, used: bool, actor: User | None, business_date: date) -> Proposal:
    """Ask to let values of a place follow this index, in the place of the one before, or follow it no more. Another index may lift some
    values and lower others, and following none keeps them from falling: either waits for another risk manager.

    Raises UnableToUseIndex: `not_entitled`, `deflated`, `unchanged`; core's UnableToPropose.
    """
    if actor is not None and not actor.has_role(Role.RISK_MANAGER):
        raise UnableToUseIndex("not_entitled")
    if used and series.measure != IndexSeries.Measure.NOMINAL:
        raise UnableToUseIndex("deflated")
    if used == series.used:
        raise UnableToUseIndex("unchanged")
    before = IndexSeries.objects.filter(country=series.country, region=series.region, used=True).exclude(pk=series.pk).first()
    instead = f" in the place of {before.code}" if used and before else ""
    return four_eyes.propose(
        kind=INDEX,
        target=series,
        title=f"Values {'follow' if used else 'no more follow'} {series.title} ({series.code}){instead}",
        roles=(Role.RISK_MANAGER,),
        actor=actor,
        content={"used": used, "code": series.code, "instead_of": before.code if used and before else ""},
        path=PATH,
    )


def followed_now(series: Collection[IndexSeries]) -> set[int]:
    """Which of these indices values follow, or will once somebody confirms it: what is brought meanwhile is not what was proposed."""
    proposed = Proposal.objects.filter(kind=INDEX, state=ProposalState.OPEN, target_id__in=[str(one.pk) for one in series])
    asked = {int(one.target_id) for one in proposed if one.content["used"]}
    return {one.pk for one in series if one.used or one.pk in asked}


def take_index_use(proposal: Proposal, actor: User, today: date) -> None:
    """Do what was proposed. Raises Conflict when it stands so already, or another index is followed by now than the proposal named. To be
    called within the transaction of the decision.
    """
    series = IndexSeries.objects.select_for_update().get(pk=int(proposal.target_id))
    used = bool(proposal.content["used"])
    others = IndexSeries.objects.select_for_update().filter(country=series.country, region=series.region, used=True).exclude(pk=series.pk)
    before = others.first()
    if series.used == used or (used and (before.code if before else "") != proposal.content["instead_of"]):
        raise Conflict("changed_meanwhile")
    if used:
        others.update(used=False)
        # From now on one person's points are measured by what two people looked at; those of a file that waits are looked at with it.
        IndexPoint.objects.filter(series=series).exclude(source__in=_waiting_files()).update(confirmed=True)
    IndexSeries.objects.filter(pk=series.pk).update(used=used)
    audit.record("index.used" if used else "index.not_used", actor=actor, target=series, label=series.code, business_date=today)


def _waiting_files() -> list[UUID]:
    return [UUID(key) for key in Proposal.objects.filter(kind=OF_FILE, state=ProposalState.OPEN).values_list("target_id", flat=True)]
