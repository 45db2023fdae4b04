"""What collateral tells the world."""

from __future__ import annotations

from dataclasses import dataclass

from core.events import Event


@dataclass(frozen=True)
class ValuationAccepted(Event):
    """An asset has a new accepted value."""

    valuation_id: str
    asset_id: str


@dataclass(frozen=True)
class ValuationOverdue(Event):
    """An appraiser owes a value since its day, and was reminded of it."""

    valuation_id: str
    asset_id: str
    due_date: str


@dataclass(frozen=True)
class RedFlagRaised(Event):
    """Something is wrong with an asset or its valuation."""

    flag_id: str
    asset_id: str


@dataclass(frozen=True)
class FlagReviewOverdue(Event):
    """Nobody decided a red flag by its day. Told once, and then weekly."""

    flag_id: str
    asset_id: str
    due_date: str


@dataclass(frozen=True)
class ValueEnded(Event):
    """An upheld finding ended the value in force of an asset: another one is to be ordered."""

    asset_id: str
    flag_id: str


@dataclass(frozen=True)
class RevaluationDue(Event):
    """An asset that secures a live loan has to be valued anew since a day. `reason`: its value EXPIRED, its market FELL, the CALENDAR in
    force asks for it sooner than the one under which the value was accepted, it was FOUND not to be as it was valued, or it has NONE in
    force.
    """

    asset_id: str
    loan_id: int
    expired_date: str
    reason: str = "EXPIRED"


@dataclass(frozen=True)
class InsuranceEnds(Event):
    """The insurance of an asset that secures a running loan ends soon, or has `lapsed`.
    `until_date` is its last day, empty when there is none.
    """

    asset_id: str
    loan_id: int
    until_date: str
    lapsed: bool


@dataclass(frozen=True)
class PledgeProposed(Event):
    """An asset is to secure an application: what is known of who borrows or owns it is held against it too."""

    pledge_id: str
    asset_id: str
    application_id: str


@dataclass(frozen=True)
class PledgeSent(Event):
    """A pledge was sent to the registry."""

    pledge_id: str
    application_id: str
    sent_date: str


@dataclass(frozen=True)
class RegistrationOverdue(Event):
    """A registry has been silent about a pledge for longer than it may. Told once, and then weekly."""

    pledge_id: str


@dataclass(frozen=True)
class PledgeWithdrawn(Event):
    """A pledge that never stood in the registry is proposed no more."""

    pledge_id: str
    application_id: str


@dataclass(frozen=True)
class PledgePerfected(Event):
    """The bank's lien stands in the registry."""

    pledge_id: str
    application_id: str


@dataclass(frozen=True)
class CoverageFellShort(Event):
    """A loan's cover fell under what was agreed; the borrower is called for more."""

    loan_id: int
    margin_call_id: str


@dataclass(frozen=True)
class MarginCallUnanswered(Event):
    """The day of a margin call has passed and the cover is still short."""

    loan_id: int
    margin_call_id: str


@dataclass(frozen=True)
class LiensExceedValue(Event):
    """A loan's liens claim more of their assets than lending value and ranks allow. Told once until that has ended."""

    loan_id: int
    overhang: str


@dataclass(frozen=True)
class PledgeReleased(Event):
    """A pledge was given back, whole, in part or for another one."""

    pledge_id: str
    application_id: str
    state: str


@dataclass(frozen=True)
class AssetRestored(Event):
    """An asset is on file again that was on record as lost or sold since a business date: what was told because it was is over."""

    asset_id: str
    gone_date: str


@dataclass(frozen=True)
class SalePriceOverdue(Event):
    """The day has passed by which the buyer of an asset that the bank sold was to pay. Told once, and then weekly."""

    asset_id: str


@dataclass(frozen=True)
class AssetEnforced(Event):
    """The price of an asset that the bank sold is in the books and given out."""

    asset_id: str


@dataclass(frozen=True)
class BlockToEnd(Event):
    """A pledge of an account was given back, and nobody has told its custodian to end the block. Told once, and then weekly."""

    pledge_id: str


@dataclass(frozen=True)
class BlockEnded(Event):
    """A custodian was told that a block ends."""

    pledge_id: str


@dataclass(frozen=True)
class InspectionFoundFault(Event):
    """An inspector found something wrong on site, or asks for another valuation that nobody could be found for."""

    inspection_id: str


@dataclass(frozen=True)
class InspectionRoundOverdue(Event):
    """The day of a round of inspections has passed and not every asset was seen."""

    inspection_round_id: str
