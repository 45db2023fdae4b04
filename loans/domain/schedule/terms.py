"""What a schedule is made from and what it is made of. The fields are those of `POST /quotes`."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import NamedTuple

APR_RULES = ("regulation_z",)
METHODS = ("annuity", "equal_principal", "interest_only", "bullet", "flat")


class ScheduleError(ValueError):
    """The terms cannot be scheduled; `pointer` names the field and the message is for people."""

    def __init__(self, pointer: str, code: str, message: str) -> None:
        self.pointer = pointer
        self.code = code
        super().__init__(message)


@dataclass(frozen=True)
class Tranche:
    """Money drawn on a day. On a due date it joins the balance after that day's instalment."""

    date: date
    amount: Decimal


@dataclass(frozen=True)
class RateChange:
    """From this day on the yearly rate is another."""

    date: date
    annual_rate: Decimal


@dataclass(frozen=True)
class Fee:
    """A fee of a fixed amount or a percentage (1.5 is 1.5%) up to a cap, at payout or with each instalment."""

    code: str
    amount: Decimal | None = None
    percent: Decimal | None = None
    cap: Decimal | None = None
    when: str = "payout"


@dataclass(frozen=True)
class Terms:
    """Terms of one schedule. Amounts in `currency`; rates are fractions per year; `first_due_date` None is one period on."""

    currency: str
    principal: Decimal
    annual_rate: Decimal
    start_date: date
    instalments: int | None
    first_due_date: date | None = None
    method: str = "annuity"
    unit: str = "month"
    every: int = 1
    day_count: str = "30/360"
    interest_period: str = "per_instalment"
    month_end: str = "keep"
    rounding: str = "half_even"
    rounding_multiple: Decimal | None = None
    instalment_multiple: Decimal | None = None
    respread: bool = True
    instalment_basis: str = "drawn"
    instalment_amount: Decimal | None = None
    grace_principal: int = 0
    grace_interest: int = 0
    interest_free: int = 0
    tranches: tuple[Tranche, ...] = ()
    rate_changes: tuple[RateChange, ...] = ()
    fees: tuple[Fee, ...] = ()
    holiday_country: str = ""
    holiday_shift: str = "none"
    apr: str | None = None
    planned_dates: tuple[date, ...] = ()  # the due dates, where a schedule goes on from the middle of a contract

    def rate_on(self, day: date) -> Decimal:
        """The yearly rate in force on a day."""
        if not self.rate_changes:
            return self.annual_rate
        rate = self.annual_rate
        for change in sorted(self.rate_changes, key=lambda change: change.date):
            if change.date <= day:
                rate = change.annual_rate
        return rate


class Instalment(NamedTuple):
    """One line of a schedule; `balance` is the principal left after it (a tranche of its own day included)."""

    number: int
    due_date: date
    principal: Decimal
    interest: Decimal
    fees: Decimal
    balance: Decimal

    @property
    def total(self) -> Decimal:
        return self.principal + self.interest + self.fees


@dataclass(frozen=True)
class Schedule:
    """Instalments in order, the fees taken at payout, and the flows the effective rate is made from."""

    terms: Terms
    instalments: tuple[Instalment, ...]
    payout_fees: Decimal
    draws: tuple[Tranche, ...] = field(default=())

    @property
    def principal(self) -> Decimal:
        return sum((line.principal for line in self.instalments), Decimal(0))

    @property
    def interest(self) -> Decimal:
        return sum((line.interest for line in self.instalments), Decimal(0))

    @property
    def fees(self) -> Decimal:
        return self.payout_fees + sum((line.fees for line in self.instalments), Decimal(0))

    @property
    def total(self) -> Decimal:
        return self.principal + self.interest + self.fees
