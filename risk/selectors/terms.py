"""Who may decide an application and what it takes: the price of its grade, the authority over the exposure after it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from collateral.selectors.coverage import coverage_of
from core.roles import Role
from loans.models import Application, ProductVersion
from loans.selectors.borrowers import exposure_of
from risk.domain.authority import TWO_APPROVERS, needs_second, required_authority

DECIDERS = (Role.APPROVER, Role.RISK_MANAGER)


def priced_rate(version: ProductVersion, grade: str) -> Decimal:
    """The yearly rate the product asks of a grade: its own where it is named, else the product's."""
    named = version.rate_by_grade.get(grade)
    return Decimal(named) if named is not None else version.annual_rate


@dataclass(frozen=True)
class NeededAuthority:
    """What the matrix asks for. Amounts in the application's currency."""

    level: int
    title: str
    exposure_after: Decimal
    needs_second: bool


def authority_for(
    application: Application, *, amount: Decimal, approves: bool, business_date: date, against: bool = False
) -> NeededAuthority:
    """The authority a decision over `amount` takes: on the exposure after it, the application's grade and cover."""
    assert application.borrower is not None
    after = exposure_of(application.borrower, without=application) + amount
    if not approves:
        return NeededAuthority(1, "One approver", after, needs_second=False)
    covered = coverage_of(application, business_date=business_date, exposure=after)
    row = required_authority(after, application.grade, covered.available >= after)
    second = needs_second(row.level) or against
    return NeededAuthority(max(row.level, TWO_APPROVERS) if second else row.level, row.title, after, second)
