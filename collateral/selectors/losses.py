"""A total loss that stands on file, and what has followed from it since: money that came in, and sales of what else secures the same."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import QuerySet

from collateral.domain.red_flags import DESTROYED
from collateral.models import Asset, InsurancePolicy, Pledge, Realisation, RedFlag
from collateral.selectors.ended_pledges import LOST, EndedPledge, ended_with
from core.row_security import whole_bank
from loans.models import Payment, PaymentLine

# Payments by which no money came in: off another loan, or of a sale that the bank made itself.
WITHOUT_MONEY = ("SET_OFF", "COLLATERAL")


@dataclass(frozen=True)
class RecordedLoss:
    """A total loss: since when the asset is no more, and on which business date two people had recorded it."""

    asset: Asset
    lost_date: date
    recorded_date: date

    def ended_pledges(self) -> list[EndedPledge]:
        """The pledges that it ended."""
        return ended_with(self.asset, on=self.recorded_date, reason=LOST)


@dataclass(frozen=True)
class CameIn:
    """Money that came in for a loan that a lost asset secures. `insurer`: whom of its insurers the statement names, empty where none."""

    payment: Payment
    insurer: str


def recorded_loss(asset: Asset) -> RecordedLoss | None:
    """The loss by which an asset is no more; None where it is there, or was sold. One query."""
    if asset.state != Asset.State.DESTROYED or (told := flags_of_loss(asset.pk).first()) is None:
        return None
    return RecordedLoss(asset, date.fromisoformat(told.evidence["lost"]), told.raised_date)


def flags_of_loss(asset_id: UUID) -> QuerySet[RedFlag]:
    """The red flags that say of an asset that it is no more, the last first."""
    return RedFlag.objects.filter(asset=asset_id, code=DESTROYED)


def came_in_since(loss: RecordedLoss) -> list[CameIn]:
    """The payments booked since the day of a loss for what the asset secures, the newest first, but for what was set off or came of a sale:
    three queries for any number.
    """
    with whole_bank():
        rows = Payment.objects.filter(loan__application__pledges__in=_secured_by(loss.asset), booking_date__gte=loss.lost_date)
        found = list(rows.filter(reversed_at=None).exclude(source__in=WITHOUT_MONEY).select_related("loan").distinct())
        texts: dict[UUID | None, list[str]] = defaultdict(list)
        for line in PaymentLine.objects.filter(payment__in=found).only("payment", "text"):
            texts[line.payment_id].append(line.text)
    policies = list(loss.asset.policies.all())
    return [CameIn(one, _insurer_in(f"{one.external_reference or ''} {' '.join(texts[one.pk])}", policies)) for one in found]


def sold_since(loss: RecordedLoss) -> list[Realisation]:
    """The enforced sales of other assets, booked since a loss was recorded, that paid loans which it secures too. One query."""
    files = _secured_by(loss.asset).values("application")
    sold = Realisation.objects.filter(booked_date__gte=loss.recorded_date, of_loss=False, asset__pledges__application__in=files)
    return list(sold.exclude(asset=loss.asset).select_related("asset").distinct().order_by("id"))


def _secured_by(asset: Asset) -> QuerySet[Pledge]:
    """The pledges that stood in the registry, some of them given back by now."""
    return asset.pledges.exclude(state__in=(*Pledge.WAITING, Pledge.State.WITHDRAWN))


def _insurer_in(text: str, policies: list[InsurancePolicy]) -> str:
    said = text.casefold()
    return next((one.insurer for one in policies if one.insurer.casefold() in said or one.policy_number.casefold() in said), "")
