"""Giving a pledge back: whole, in part, or for another one. Proposed by one person, done on another's word,
never below what must be covered.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Min

from collateral.domain.amounts import faults_of_amount
from collateral.events import PledgeReleased
from collateral.models import Asset, Covenant, MarginCall, Pledge
from collateral.selectors.coverage import coverage_of
from collateral.selectors.covers import holdings_of
from collateral.selectors.flags import standing_flags
from collateral.selectors.lapsed import available_with_lapsed
from collateral.selectors.secured import DECIDED
from collateral.services.decided_covers import lower_decided_cover
from collateral.services.given_up_cover import GivenUp, is_carried
from collateral.services.margin_calls import review_covers
from collateral.services.payout_holds import settle_payout_holds
from collateral.services.ranks import hand_on_claims
from collateral.services.to_cover import exposure_of, loan_of
from core import audit, four_eyes
from core.errors import DomainError
from core.events import publish
from core.models import Proposal, User
from core.money import grouped
from core.roles import Role
from loans.models import Loan
from loans.selectors.loans import LIVE
from loans.selectors.money_to_leave import open_limit
from loans.services import locks
from loans.services.changes import people_of_application

PROPOSERS = (Role.OFFICER, Role.COLLECTIONS, Role.INVESTIGATOR)
CONFIRMERS = (Role.APPROVER, Role.RISK_MANAGER)
KIND = "collateral.release"
RELEASE, PART, SUBSTITUTION = "release", "part", "substitution"
ZERO = Decimal(0)
# What was registered so lately may have come in the place of something else; what is older covers the loan by itself.
BROUGHT_DAYS = 30


class UnableToReleasePledge(DomainError):
    """The pledge stays."""

    title = "The pledge was not given back"
    messages = {
        "not_entitled": "Only loan officers, investigators and collections officers propose this.",
        "unknown_kind": "A pledge is given back whole, in part, or for another one.",
        "not_standing": "This pledge does not stand in the registry; it is {state}.",
        "sold": "{asset} was sold by enforcement and its price has not come in. Book the price or take the sale back first.",
        "reason_missing": "Say why; the reason goes into the audit trail.",
        "bad_amount": "What stays registered lies above zero and below the {amount} {currency} that are registered now.",
        "doubtful_replacement": "Red flags speak against that asset. Clear them first, or choose another one.",
        "no_replacement": "Choose another registered pledge of the same loan, on an asset with a value in force.",
        "must_cover": "{available} {currency} would be left to cover, and {required} {currency} have to be covered: what is owed, what may "
        "still be drawn, and what was granted and has not left yet.",
    }


@dataclass(frozen=True)
class Outlook:
    """What giving back would do to the loan's cover, in its currency. `required` is what has to be left, `had` what covered it before
    another asset was brought for this one.
    """

    loan: Loan | None
    exposure: Decimal
    before: Decimal
    after: Decimal
    required: Decimal
    had: Decimal

    @property
    def holds(self) -> bool:
        """Whether enough is left."""
        return self.after >= self.required

    @property
    def gives_up(self) -> bool:
        """Whether less than all that is owed is covered then, and less than before."""
        return self.after < min(self.had, self.exposure)


@transaction.atomic
def propose_release(
    *,
    pledge: Pledge,
    kind: str,
    reason: str,
    actor: User,
    business_date: date,
    amount: Decimal | None = None,
    replacement: Pledge | None = None,
    path: str = "",
) -> Proposal:
    """Ask for a pledge to be given back: `release`, `part` (then `amount` stays registered), `substitution` (for `replacement`).

    Raises UnableToReleasePledge with one of its codes; core's UnableToPropose.
    """
    if not actor.has_role(*PROPOSERS):
        raise UnableToReleasePledge("not_entitled")
    if not reason.strip():
        raise UnableToReleasePledge("reason_missing")
    held = _lock(pledge)
    content = {"kind": kind, "amount": str(amount) if kind == PART else "", "replacement": str(replacement.pk) if replacement else ""}
    _check(held, content, business_date)
    return four_eyes.propose(
        kind=KIND,
        target=held,
        title=f"{TITLES[kind]} {held.asset.reference} for {held.application.reference}",
        roles=CONFIRMERS,
        actor=actor,
        content={**content, "reason": reason.strip()},
        path=path,
        branch_id=held.asset.branch_id,
    )


TITLES = {RELEASE: "Release", PART: "Release in part", SUBSTITUTION: "Substitute"}


@transaction.atomic
def decide_release(*, pledge: Pledge, confirm: bool, reason: str, actor: User, business_date: date, seen: UUID | None = None) -> Pledge:
    """Give back what was proposed, if enough is still left, or refuse it. Never by who took the file in or approved it. Where less than all
    that is owed stays covered, it waits until as many have confirmed it as the exposure takes with that cover.

    Raises UnableToReleasePledge with those of the check; core's UnableToConfirm; what the room above raises of who gives cover up.
    """
    held = _lock(pledge)
    proposal = four_eyes.lock_proposal(four_eyes.seen_proposal(kind=KIND, target=held, seen=seen))
    if not confirm:
        four_eyes.refuse(proposal, actor=actor, reason=reason)
        return held
    barred = people_of_application(held.application)
    four_eyes.check_second(proposal, actor=actor, barred=barred)
    content = proposal.content
    given = given_up(held, _check(held, content, business_date), business_date, proposal)
    if given is not None and not is_carried(given, actor=actor, reason=reason.strip()):
        return held
    four_eyes.confirm(proposal, actor=actor, barred=barred, reason=reason.strip())
    _carry_out(held, content, business_date)
    audit.record(
        f"pledge.{held.state.lower()}",
        actor=actor,
        target=held,
        branch=held.asset.branch_id,
        label=held.asset.reference,
        business_date=business_date,
        amount=held.amount,
        reason=content["reason"],
    )
    if content["kind"] != PART:
        hand_on_claims(held, business_date=business_date)
    publish(PledgeReleased(pledge_id=str(held.pk), application_id=str(held.application_id), state=held.state))
    review_covers(held.application_id, business_date=business_date)
    lower_decided_cover(held.application, business_date)
    settle_payout_holds(held.asset, business_date=business_date)
    if content["kind"] == SUBSTITUTION and held.replaced_by is not None:
        # The new pledge met the calls the day it was registered; now it is known that it came for another.
        met = MarginCall.objects.filter(loan__application=held.application_id, answer=MarginCall.Answer.PLEDGE)
        met.filter(ended_date__gte=held.replaced_by.perfected_date).update(answer=MarginCall.Answer.SUBSTITUTION)
    return held


def given_up(pledge: Pledge, seen: Outlook, business_date: date, proposal: Proposal | None) -> GivenUp | None:
    """What giving back would give up of the cover of a file that was granted; None where all that is owed stays covered."""
    granted = seen.loan is not None or pledge.application.state in DECIDED
    return GivenUp(pledge.application, seen.after, business_date, proposal) if granted and seen.gives_up else None


def outlook(*, pledge: Pledge, content: dict[str, Any], business_date: date) -> Outlook:
    """What would be left if it were done now: done in full and taken back. An asset that red flags speak against lets no other one go."""
    loan = loan_of(pledge.application)
    limit = open_limit(pledge.application)
    exposure = exposure_of(pledge.application, loan, limit, business_date)
    if not exposure:
        return Outlook(loan, ZERO, ZERO, ZERO, ZERO, ZERO)
    # The night measures running loans; of what may still leave only the pledges tell.
    measured = loan if loan is not None and loan.state in LIVE and limit is None else None
    before = after = _available(pledge, measured, business_date)
    with suppress(_TakeBack), transaction.atomic():
        _carry_out(Pledge.objects.get(pk=pledge.pk), content, business_date)
        after = _available(pledge, measured, business_date)
        raise _TakeBack
    agreed = Covenant.objects.filter(application=pledge.application_id).first()
    required, had = exposure * (agreed.min_coverage if agreed else 1), before
    if content["kind"] == SUBSTITUTION:
        # Another asset for one before may come while the cover is short, as long as it makes nothing worse: what a flag or a day that
        # passed says against an asset makes it worth no less to whoever gives it back. What was brought for it has not covered anything
        # before.
        had = _pledged_before(pledge, content, measured, business_date)
        required = min(required, had)
    return Outlook(loan, exposure, before, after, required, had)


def replacements_for(pledge: Pledge) -> list[Pledge]:
    """Other registered pledges of the same loan that stand in nothing's place yet."""
    rows = Pledge.objects.filter(application=pledge.application_id, state__in=Pledge.STANDING, replaces=None).exclude(asset=pledge.asset_id)
    return list(rows.select_related("asset").order_by("id"))


class _TakeBack(Exception):
    """Ends a rehearsal."""


def _available(pledge: Pledge, loan: Loan | None, business_date: date) -> Decimal:
    """A running loan's shares as the night measures them; without one, what the pledges would give the application.
    Of sound assets alone.
    """
    doubtful = frozenset(standing_flags().filter(asset__pledges__application=pledge.application_id).values_list("asset", flat=True))
    if loan is not None:
        holdings = holdings_of(loan, business_date=business_date)
        return sum((one.available for one in holdings if one.pledge.asset_id not in doubtful), ZERO)
    return coverage_of(pledge.application, business_date=business_date, standing=True, without=doubtful).available


def _pledged(pledge: Pledge, loan: Loan | None, business_date: date) -> Decimal:
    """The same of every asset, flagged ones too, and by values that ran out as they last were."""
    if loan is not None:
        return available_with_lapsed([loan.pk], business_date=business_date, whenever=True).get(loan.pk, ZERO)
    return coverage_of(pledge.application, business_date=business_date, standing=True, lapsed=True).available


def _pledged_before(pledge: Pledge, content: dict[str, Any], loan: Loan | None, business_date: date) -> Decimal:
    """The same as it was before the replacement was registered, where that came lately, after the money had left and after what goes."""
    since = business_date - timedelta(days=BROUGHT_DAYS)
    lent = Loan.objects.filter(application=pledge.application_id).aggregate(first=Min("disbursed_date"))["first"]
    brought = (
        Pledge.objects.filter(pk=content["replacement"], perfected_date__gte=since, perfected_date__gt=lent)
        if lent
        else Pledge.objects.none()
    )
    if pledge.perfected_date is not None:
        brought = brought.filter(perfected_date__gt=pledge.perfected_date)
    before = ZERO
    with suppress(_TakeBack), transaction.atomic():
        brought.update(state=Pledge.State.PROPOSED)
        before = _pledged(pledge, loan, business_date)
        raise _TakeBack
    return before


def _lock(pledge: Pledge) -> Pledge:
    """The asset first, as everybody does, then the application, its loan and the pledge: two givings back of one file wait in line, with a
    loan or before there is one.
    """
    Asset.objects.select_for_update(of=("self",)).get(pk=pledge.asset_id)
    locks.lock_application(pledge.application)
    loan = loan_of(pledge.application)
    if loan is not None:
        locks.lock_loan(loan.pk)
    return Pledge.objects.select_for_update(of=("self",)).select_related("asset", "application").get(pk=pledge.pk)


def _check(pledge: Pledge, content: dict[str, Any], business_date: date) -> Outlook:
    currency = pledge.asset.currency
    if content["kind"] not in TITLES:
        raise UnableToReleasePledge("unknown_kind")
    if pledge.state not in Pledge.STANDING:
        raise UnableToReleasePledge("not_standing", state=pledge.get_state_display().lower())
    if pledge.asset.state == Asset.State.SOLD:
        raise UnableToReleasePledge("sold", asset=pledge.asset.reference)
    if content["kind"] == PART:
        amount = Decimal(content["amount"]) if content["amount"] not in ("", "None") else ZERO
        if not amount.is_finite() or not 0 < amount < pledge.amount:
            raise UnableToReleasePledge("bad_amount", amount=grouped(pledge.amount, currency), currency=currency)
        if faults := faults_of_amount("amount", amount, currency, ""):
            raise UnableToReleasePledge("invalid", faults=faults)
    if content["kind"] == SUBSTITUTION:
        found = next((other for other in replacements_for(pledge) if str(other.pk) == content["replacement"]), None)
        in_force = {"state": "ACCEPTED", "expires_date__gt": business_date, "ended_date": None}
        if found is None or not found.asset.valuations.filter(**in_force).exists():
            raise UnableToReleasePledge("no_replacement")
        if standing_flags().filter(asset=found.asset).exists():
            raise UnableToReleasePledge("doubtful_replacement")
    seen = outlook(pledge=pledge, content=content, business_date=business_date)
    if not seen.holds:
        raise UnableToReleasePledge(
            "must_cover", available=grouped(seen.after, currency), required=grouped(seen.required, currency), currency=currency
        )
    return seen


def _carry_out(pledge: Pledge, content: dict[str, Any], business_date: date) -> None:
    if content["kind"] == PART:
        pledge.state, pledge.amount = Pledge.State.PARTLY_RELEASED, Decimal(content["amount"])
    else:
        released = content["kind"] == RELEASE
        pledge.state = Pledge.State.RELEASED if released else Pledge.State.SUBSTITUTED
        pledge.ended_date = business_date
        pledge.replaced_by_id = None if released else content["replacement"]
        # Of a silent registry it was told before; that a block is to be ended is told of anew.
        pledge.told_date = None
    pledge.save(update_fields=["state", "amount", "ended_date", "replaced_by", "told_date"])
