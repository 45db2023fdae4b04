"""Facts that let more of a value count, or let it fall more slowly: only once somebody saw them who did not record them."""

from __future__ import annotations

from datetime import date

from collateral.models import Asset, EquipmentFacts, HomeFacts, Pledge, Receivable, Valuation
from collateral.selectors.asset_facts import MODELS
from collateral.selectors.flags import standing_flags
from collateral.selectors.recorders import recorded_what_it_is_about
from collateral.services.confirmed_holdings import CHANGED, confirm_holding
from collateral.services.counting import recount
from core import audit
from core.models import User

RAISED, SLOWER, DISPUTE_ENDED, ADDED = "facts_raised", "equipment_changed", "dispute_ended", "receivables_added"
DEARER, PLACED = "home_raised", "index_changed"
LEFT_GROUP = "debtor_left_group"
# The red flags by which a person says whether what is recorded counts; `selectors.recorders` knows who recorded it.
FACTS = (RAISED, SLOWER, DISPUTE_ENDED, ADDED, LEFT_GROUP, DEARER, PLACED)
WAITING = (*FACTS, CHANGED)


def relied_on(asset: Asset) -> bool:
    """Whether a value of it was ordered or its pledge stands: from then on others count on what is on file."""
    valued = asset.valuations.exclude(state=Valuation.State.WITHDRAWN).exists()
    return valued or asset.pledges.filter(state__in=Pledge.STANDING).exists()


def confirm_facts(asset: Asset, *, actor: User | None, business_date: date) -> None:
    """Let what is recorded count alone, securities too, now that somebody else saw it: a decided red flag or an accepted value. Nothing of
    what a red flag stands about, or `actor` recorded. To be called within a transaction that holds the asset's lock.
    """
    standing = set(standing_flags().filter(asset=asset, code__in=WAITING).values_list("code", flat=True))
    seen = [
        code for code in WAITING if code not in standing and not (actor is not None and recorded_what_it_is_about(asset.pk, code, actor))
    ]
    if CHANGED in seen:
        confirm_holding(asset, actor=actor, business_date=business_date)
    confirmed = [code for code in seen if code in FACTS and _let_count(asset, code)]
    if confirmed:
        audit.record(
            "facts.confirmed", actor=actor, target=asset, label=asset.reference, business_date=business_date, what=confirmed
        )  # fmt: skip
        recount(asset, business_date=business_date)


def _let_count(asset: Asset, code: str) -> bool:
    """Forget what held before of the facts that this red flag is about. Whether there was anything."""
    if code == DISPUTE_ENDED:
        return bool(Receivable.objects.filter(asset=asset, undisputed_date__isnull=False).update(disputed_date=None, undisputed_date=None))
    if code == ADDED:
        return bool(Receivable.objects.filter(asset=asset, unconfirmed=True).update(unconfirmed=False))
    if code == LEFT_GROUP:
        return bool(Receivable.objects.filter(asset=asset, left_date__isnull=False).update(connected=False, left_date=None))
    if code == DEARER:
        return bool(HomeFacts.objects.filter(asset=asset).exclude(held=[]).update(held=[]))
    if code == PLACED:
        return bool(Asset.objects.filter(pk=asset.pk).exclude(held_places=[]).update(held_places=[]))
    if code == SLOWER:
        return bool(EquipmentFacts.objects.filter(asset=asset).exclude(held=[]).update(held=[]))
    model = MODELS.get(asset.kind)
    if model is None:
        return False
    found = bool(model._default_manager.filter(asset=asset).exclude(held=[]).update(held=[]))
    row = getattr(asset, model.__name__.lower(), None)
    if found and row is not None:
        row.held = []
    return found
