"""What comes back with an asset whose sale or loss is taken back: the pledges that ended with it, and the red flags that nobody had
decided.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import F, Q, QuerySet

from collateral.domain.red_flags import DESTROYED
from collateral.events import AssetRestored, PledgeProposed, PledgeSent
from collateral.models import Asset, MarginCall, Pledge, RedFlag, Valuation
from collateral.selectors.ended_pledges import EndedPledge, ended_with
from collateral.services.decided_covers import settle_decided_cover
from collateral.services.ended_work import REASON
from collateral.services.lapses import settle_lapses
from collateral.services.margin_calls import review_covers
from collateral.services.payout_holds import settle_payout_holds
from collateral.services.ranks import next_rank, settle_claims
from collateral.services.twin_flags import look_for_twins
from core import audit
from core.errors import Conflict
from core.events import publish
from core.models import User
from loans.models import Application
from loans.services import locks


@dataclass(frozen=True)
class Restored:
    """What came back with an asset: the pledges that ended with it, with why where one stays ended, and the margin calls that it met."""

    pledges: list[EndedPledge]
    calls: list[MarginCall]

    def as_details(self) -> dict[str, Any]:
        """The same for the audit trail."""
        return {
            "restored": [one.file for one in self.pledges if not one.why_not],
            "not_restored": {one.file: one.why_not for one in self.pledges if one.why_not},
            "calls_met": [call.reference for call in self.calls],
        }


def restore_asset(asset: Asset, *, gone_date: date, gone: str, reason: str, actor: User, business_date: date) -> Restored:
    """Have an asset on file again that was sold or destroyed, `gone` on a business date by these words (`selectors.ended_pledges`), with
    its pledges and red flags as far as nothing stands against it, and measure what it secures. Call it with the asset held.

    Raises Conflict when it is on file already.
    """
    if not Asset.objects.filter(pk=asset.pk, state=asset.state).exclude(state=Asset.State.REGISTERED).update(state=Asset.State.REGISTERED):
        raise Conflict("already_advanced", state=asset.get_state_display().lower())
    asset.refresh_from_db(fields=["state"])
    step: dict[str, Any] = {"reason": reason, "actor": actor, "business_date": business_date}
    pledges = restore_pledges(asset, gone_date=gone_date, gone=gone, **step)
    reopen_flags(asset, **step)
    look_for_twins(asset=asset, business_date=business_date)
    settle_lapses(asset=asset, business_date=business_date)
    calls = _measure_restored(asset, since=gone_date, business_date=business_date)
    publish(AssetRestored(asset_id=str(asset.pk), gone_date=gone_date.isoformat()))
    return Restored(pledges, calls)


def restore_pledges(asset: Asset, *, gone_date: date, gone: str, reason: str, actor: User, business_date: date) -> list[EndedPledge]:
    """Let the pledges wait again that ended on the day on which the asset was `gone` (`selectors.ended_pledges`), as far as nothing stands
    against it, each at its rank or behind what has that by now. Call it with the asset held and on file again. Returns all that ended with
    it; the audit trail says of each what became of it.
    """
    concerned = asset.pledges.filter(Q(state=Pledge.State.WITHDRAWN, ended_date=gone_date) | Q(state__in=Pledge.STANDING))
    for application in Application.objects.filter(pledges__in=concerned).distinct().order_by("pk"):
        locks.lock_application(application)
    ended = ended_with(asset, on=gone_date, reason=gone)
    for one in ended:
        pledge = one.pledge
        pledge.asset = asset
        if one.application is None or one.why_not:
            _record("pledge.not_restored", pledge, reason, actor, business_date, application=one.file, why_not=one.why_not)
            continue
        ranks = {*asset.pledges.exclude(state__in=Pledge.GIVEN_BACK).values_list("rank", flat=True)}
        ranks.update(asset.liens.filter(ended_date=None).values_list("rank", flat=True))
        pledge.rank = next_rank(asset) if pledge.rank in ranks else pledge.rank
        pledge.state = Pledge.State.PROPOSED if pledge.sent_date is None else Pledge.State.REGISTRATION_PENDING
        pledge.ended_date, pledge.ended_reason = None, ""
        pledge.save(update_fields=["rank", "state", "ended_date", "ended_reason"])
        _record("pledge.restored", pledge, reason, actor, business_date, application=one.file, rank=pledge.rank)
        key, file = str(pledge.pk), str(pledge.application_id)
        publish(PledgeProposed(pledge_id=key, asset_id=str(asset.pk), application_id=file))
        if pledge.sent_date is not None:
            publish(PledgeSent(pledge_id=key, application_id=file, sent_date=pledge.sent_date.isoformat()))
    settle_claims(asset)
    for one in ended:
        if one.application is not None and not one.why_not:
            settle_decided_cover(one.application, business_date)
    return ended


def reopen_flags(asset: Asset, *, reason: str, actor: User, business_date: date) -> int:
    """Open the red flags again that ended undecided because the asset was gone. Returns how many."""
    about = Q(valuation=None) | Q(valuation__state=Valuation.State.SUBMITTED)
    open_now: set[tuple[str, UUID | None]] = set(asset.flags.filter(state=RedFlag.State.OPEN).values_list("code", "valuation_id"))
    opened = 0
    for flag in (
        asset.flags.filter(about, state=RedFlag.State.ENDED, decided_by=None, reason=REASON).exclude(code=DESTROYED).order_by("-id")
    ):
        if (flag.code, flag.valuation_id) in open_now:
            continue
        open_now.add((flag.code, flag.valuation_id))
        asset.flags.filter(pk=flag.pk).update(
            state=RedFlag.State.OPEN, decided_at=None, reason="", told_date=None, revision=F("revision") + 1
        )
        audit.record(
            "red_flag.opened_again",
            actor=actor,
            target=flag,
            branch=asset.branch_id,
            label=asset.reference,
            business_date=business_date,
            reason=reason,
        )
        opened += 1
    settle_payout_holds(asset, business_date=business_date)
    return opened


def measure_secured(asset: Asset, *, business_date: date) -> None:
    """Measure anew what an asset secures after it went or came back, files that were decided on it among them."""
    for application in _secured_by(asset):
        review_covers(application.pk, business_date=business_date)
        settle_decided_cover(application, business_date)


def _measure_restored(asset: Asset, *, since: date, business_date: date) -> list[MarginCall]:
    """The same of one that came back. Returns the calls made since a day that this met, which say so."""
    waiting = MarginCall.objects.filter(loan__application__in=_secured_by(asset), state__in=MarginCall.WAITING, raised_date__gte=since)
    calls = list(waiting.values_list("pk", flat=True))
    measure_secured(asset, business_date=business_date)
    met = MarginCall.objects.filter(pk__in=calls, state=MarginCall.State.MET)
    met.update(answer=MarginCall.Answer.TAKEN_BACK)
    return list(met.select_related("loan"))


def _secured_by(asset: Asset) -> QuerySet[Application]:
    return Application.objects.filter(pledges__in=asset.pledges.filter(state__in=Pledge.STANDING)).distinct().order_by("pk")


def _record(action: str, pledge: Pledge, reason: str, actor: User, business_date: date, **more: object) -> None:
    audit.record(
        action,
        actor=actor,
        target=pledge,
        branch=pledge.asset.branch_id,
        label=pledge.asset.reference,
        business_date=business_date,
        reason=reason,
        **more,
    )
