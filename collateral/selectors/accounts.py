"""On which account of whom a deposit or securities lie: who blocks it for the bank."""

from __future__ import annotations

from dataclasses import dataclass

from collateral.domain.asset_facts import ACCOUNT_KINDS
from collateral.models import Asset, DepositFacts, SecurityHolding
from core.business_date import get_bank
from core.crypto import mask


@dataclass(frozen=True)
class HeldAccount:
    """The account and its custodian, as far as they are known. `number` is in clear, for the custodian alone."""

    custodian: str
    number: str

    @property
    def known(self) -> bool:
        """Whether somebody could be asked to block it."""
        return bool(self.custodian and self.number)

    @property
    def masked(self) -> str:
        """The number as it may be shown: its end."""
        return mask(self.number) if self.number else ""


def account_of(asset: Asset) -> HeldAccount | None:
    """The account that an asset lies on; None for a class that lies on none. One query, a second for a deposit at this bank."""
    if asset.kind not in ACCOUNT_KINDS:
        return None
    if asset.kind == "SECURITIES":
        held = SecurityHolding.objects.filter(asset=asset).first()
        return HeldAccount(held.custodian, held.account) if held else HeldAccount("", "")
    facts = DepositFacts.objects.filter(asset=asset).first()
    if facts is None:
        return HeldAccount("", "")
    return HeldAccount(get_bank().name if facts.own_bank else facts.bank_name, facts.account)
