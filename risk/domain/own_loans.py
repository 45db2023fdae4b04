"""What loans, limits and offers of ours ask of whoever answers for them, worked out from what is planned and promised on each. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from risk.domain.affordability import MONTHS_OF, Repayment, heaviest_payment, step_of


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

    def duty(self, _: str = "") -> Duty:
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
    method: str
    unit: str
    every: int
    fees: Sequence[Mapping[str, Any]]
    since: date | None
    signed: bool

    def duty(self, currency: str = "") -> Duty:
        repaid = Repayment.by(self.method, self.unit, self.every, self.fees, currency)
        month = heaviest_payment(self.amount, self.annual_rate, self.months, repaid)
        return Duty(month * min(self.months, 12), month, self.amount, self.since, self.signed)


Ground = Sequence[Running | Promised]
"""Each loan, limit and offer of somebody, from which the sums follow."""


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


def own_loans_of(ground: Ground, since: Since = ALL, currency: str = "") -> OwnLoans:
    """The sums of them all, to the smallest amount of their currency."""
    duties, step = [one.duty(currency) for one in ground], step_of(currency)
    return OwnLoans(
        yearly=_sum(step, (duty.yearly for duty in duties)),
        monthly=_sum(step, (duty.monthly for duty in duties)),
        owed=_sum(step, (duty.owed for duty in duties)),
        later_yearly=_sum(step, (duty.yearly for duty in duties if duty.is_younger(since.yearly))),
        later_monthly=_sum(step, (duty.monthly for duty in duties if duty.is_younger(since.monthly))),
        later_owed=_sum(step, (duty.owed for duty in duties if duty.is_younger(since.owed))),
        later_bureau=_sum(step, (duty.yearly for duty in duties if duty.is_younger(since.bureau))),
    )


def _sum(step: Decimal, amounts: Iterable[Decimal | None]) -> Decimal | None:
    known = [amount for amount in amounts if amount is not None]
    return sum(known, Decimal(0)).quantize(step) if known else None


def as_kept(ground: Ground, since: Since) -> dict[str, Any]:
    """Each of them and the days they are held against, as plain text. A key is not told to anybody: it names no branch and no borrower."""
    return {
        "since": {name: None if day is None else day.isoformat() for name, day in asdict(since).items()},
        "running": [_plain(one) for one in ground if isinstance(one, Running)],
        "promised": [_plain(one) for one in ground if isinstance(one, Promised)],
    }


def read_kept(kept: Mapping[str, Any]) -> tuple[Ground, Since]:
    """The same as it was kept."""
    running = [Running(**_typed(one, "this_year", "planned", "owed")) for one in kept["running"]]
    promised = [Promised(**_typed(one, "amount", "annual_rate")) for one in kept["promised"]]
    return [*running, *promised], Since(**{name: None if day is None else date.fromisoformat(day) for name, day in kept["since"].items()})


def _plain(one: Running | Promised) -> dict[str, Any]:
    values = asdict(one)
    amounts = {name: format(value, "f") for name, value in values.items() if isinstance(value, Decimal)}
    return values | amounts | {"since": one.since.isoformat() if one.since else None}


def _typed(kept: Mapping[str, Any], *amounts: str) -> dict[str, Any]:
    known = {name: value for name, value in kept.items() if value is not None}
    typed = {name: Decimal(value) for name, value in known.items() if name in amounts}
    days = {name: date.fromisoformat(value) for name, value in known.items() if name == "since"}
    return {**kept, **typed, **days}
