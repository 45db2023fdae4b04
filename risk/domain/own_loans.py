"""What loans, limits and offers of ours ask of whoever answers for them, worked out from what is planned and promised on each. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from risk.domain.affordability import CENT, MONTHS_OF, Repayment, heaviest_payment


@dataclass(frozen=True, slots=True)
class Since:
    """Of which day the figures are that somebody else shows of the same, `bureau` those of a report on a company; None where none."""

    yearly: date | None = None
    monthly: date | None = None
    owed: date | None = None
    bureau: date | None = None


ALL = Since()


@dataclass(frozen=True, slots=True)
class Duty:
    """What one of them asks within twelve months and in a month, and what is owed or promised on it; None where nothing is planned.

    `since` is the day it was signed on, or granted on where it is not `signed` yet; None for a contract in the place of another, which is
    no new debt.
    """

    yearly: Decimal | None
    monthly: Decimal | None
    owed: Decimal
    since: date | None
    signed: bool = True

    def is_younger(self, than: date | None) -> bool:
        """Whether no figure of that day can hold it: it was signed after it, or granted on it or after."""
        if than is None or self.since is None:
            return False
        return self.since > than if self.signed else self.since >= than


@dataclass(frozen=True, slots=True)
class Running:
    """A contract: what falls due on it within twelve months, what is planned on it in so many instalments of a rhythm, what is owed.

    `months` is how far ahead the end of one lies that is repaid at its end, 0 for any other. Its month is all that is still planned over
    the months it is planned for, whatever the rhythm: what is repaid at the end is taken as if it were repaid in equal instalments, as of a
    loan that is asked for (`affordability.heaviest_payment`).
    """

    key: str
    this_year: Decimal | None
    planned: Decimal | None
    dues: int
    every: int
    unit: str
    months: int
    owed: Decimal
    since: date | None

    def duty(self) -> Duty:
        months = max(self.dues * self.every * MONTHS_OF[self.unit], Decimal(self.months), Decimal(1))
        return Duty(self.this_year, None if self.planned is None else self.planned / months, self.owed, self.since)


@dataclass(frozen=True, slots=True)
class Promised:
    """What may be had and has not been: an offer, or what is left to draw under an open limit (`signed`) over the months it is open for.

    It asks what its dearest regular month does, as if all of it were had today.
    """

    key: str
    amount: Decimal
    annual_rate: Decimal
    months: int
    repaid: Repayment
    since: date | None
    signed: bool

    def duty(self) -> Duty:
        month = heaviest_payment(self.amount, self.annual_rate, self.months, self.repaid)
        return Duty(month * min(self.months, 12), month, self.amount, self.since, self.signed)


@dataclass(frozen=True, slots=True)
class OwnLoans:
    """What falls due on them within twelve months, what a month of them asks, and what is owed or promised; None where there are none.

    The `later_` ones are what of it no figure of others can hold. `later_bureau` is of the twelve months what no bureau's report can hold.
    Amounts in the currency that was asked for.
    """

    yearly: Decimal | None = None
    monthly: Decimal | None = None
    owed: Decimal | None = None
    later_yearly: Decimal | None = None
    later_monthly: Decimal | None = None
    later_owed: Decimal | None = None
    later_bureau: Decimal | None = None


def own_loans_of(ground: Iterable[Running | Promised], since: Since = ALL) -> OwnLoans:
    """The sums of them all, to the cent."""
    duties = [one.duty() for one in ground]
    return OwnLoans(
        yearly=_sum(duty.yearly for duty in duties),
        monthly=_sum(duty.monthly for duty in duties),
        owed=_sum(duty.owed for duty in duties),
        later_yearly=_sum(duty.yearly for duty in duties if duty.is_younger(since.yearly)),
        later_monthly=_sum(duty.monthly for duty in duties if duty.is_younger(since.monthly)),
        later_owed=_sum(duty.owed for duty in duties if duty.is_younger(since.owed)),
        later_bureau=_sum(duty.yearly for duty in duties if duty.is_younger(since.bureau)),
    )


def _sum(amounts: Iterable[Decimal | None]) -> Decimal | None:
    known = [amount for amount in amounts if amount is not None]
    return sum(known, Decimal(0)).quantize(CENT) if known else None
