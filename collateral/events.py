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
class RedFlagRaised(Event):
    """Something is wrong with an asset or its valuation."""

    flag_id: str
    asset_id: str


@dataclass(frozen=True)
class RevaluationDue(Event):
    """The accepted valuation of an asset that secures a live loan has run out."""

    asset_id: str
    loan_id: int
    expired_date: str


@dataclass(frozen=True)
class PledgePerfected(Event):
    """The bank's lien stands in the registry."""

    pledge_id: str
    application_id: str
