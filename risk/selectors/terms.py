"""Who may decide an application and what it takes: the price of its grade, the authority over the exposure after it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet

from collateral.selectors.coverage import coverage_of
from core.models import User
from core.roles import BANK_WIDE, Role
from core.row_security import whole_bank
from loans.models import Application, ProductVersion
from loans.selectors.borrowers import exposure_of_group
from loans.selectors.groups import connected_to
from risk.domain.affordability import Repayment, step_of
from risk.domain.authority import COMMITTEE, ONE_OFFICER, needs_second
from risk.domain.authority_ground import AuthorityGround, breaches_as_kept
from risk.domain.limits import Breach
from risk.selectors.book import book_now, keys_of
from risk.selectors.limits import appetite_held, appetite_in_force, authority_in_force

DECIDERS = (Role.APPROVER, Role.RISK_MANAGER)


def deciders_today(application: Application, roles: Iterable[Role] = DECIDERS) -> QuerySet[User]:
    """Who may decide files of this branch today by one of these roles: who has left or moved on is none of them."""
    of_branch = Q(branches=application.branch_id) | Q(role_rows__role__in=BANK_WIDE)
    able = User.objects.filter(of_branch, is_active=True).order_by().values("pk")
    return User.objects.filter(pk__in=able, role_rows__role__in=roles)


def repayment_of(application: Application) -> Repayment:
    """How the product asked for is repaid; a plain annuity where none is chosen yet."""
    version = application.product_version
    return repayment_by(version) if version else Repayment(step=step_of(application.currency))


def repayment_by(version: ProductVersion) -> Repayment:
    """How a loan of this version is repaid, and with which fees."""
    return Repayment.by(version.method, version.frequency_unit, version.frequency_every, version.fees, version.currency)


def priced_rate(version: ProductVersion, grade: str) -> Decimal:
    """The yearly rate the product asks of a grade: its own where it is named, else the product's."""
    named = version.rate_by_grade.get(grade)
    return Decimal(named) if named is not None else version.annual_rate


def assessed_rate(version: ProductVersion, grade: str) -> Decimal:
    """The yearly rate a file is assessed at: the price of its grade; without one the highest that the product asks of anybody."""
    return priced_rate(version, grade) if grade else version.highest_price


def highest_rate(version: ProductVersion) -> Decimal:
    """The yearly rate above which nobody decides: the highest price of the product and the margin of the risk appetite. One query."""
    return assessed_rate(version, "") + appetite_in_force().rate_margin


@dataclass(frozen=True)
class NeededAuthority:
    """What the matrix asks for. Amounts in the application's currency. `second` are the roles of which the second person has one.

    `group` counts the borrowers that the exposure is of: the applicant and who is connected to it, each once in all branches; `cut_off`
    says that there are more, whose exposure is not in it. `read_from` are the ground of an approval and the settings, for a replay.
    """

    level: int
    title: str
    exposure_after: Decimal
    needs_second: bool
    version: str
    second: tuple[Role, ...] = DECIDERS
    breaches: tuple[Breach, ...] = ()
    group: int = 1
    cut_off: bool = False
    read_from: Mapping[str, Any] = field(default_factory=dict)

    @property
    def by_committee(self) -> bool:
        return self.level == COMMITTEE

    def as_kept(self) -> dict[str, Any]:
        """What stands in the decision: the matrix, its row, each limit of appetite that is passed with the shares,
        and what they were read from.
        """
        passed = breaches_as_kept(self.breaches)
        kept = {"matrix": self.version, "row": self.title, "beyond_appetite": passed, "borrowers": self.group, **self.read_from}
        return kept | ({"cut_off": True} if self.cut_off else {})


def authority_for(
    application: Application,
    *,
    amount: Decimal,
    approves: bool,
    business_date: date,
    by: User | None,
    against: bool = False,
    grade: str | None = None,
) -> NeededAuthority:
    """What it takes when `by` (None: nobody of the house) decides over `amount`: on the exposure after it, by role, product, grade and
    cover, and the risk appetite.

    An approval against the system takes two people whatever the amount, one beyond the appetite or over a group cut off the committee.
    `grade` is that of the terms decided where it is not the application's.
    """
    assert application.borrower is not None and application.product_version is not None
    # A group does not end at a branch: what is told of it is a sum, never its rows.
    with whole_bank():
        group = connected_to(application.borrower)
        after = exposure_of_group(group.keys, without=application) + amount
    held = authority_in_force()
    if not approves:
        return NeededAuthority(ONE_OFFICER, "One person", after, needs_second=False, version=held.version, group=group.people)
    book, keys, appetite = book_now(without=application), keys_of(application), appetite_held()
    ground = AuthorityGround(
        exposure=after,
        amount=amount,
        grade=application.grade if grade is None else grade,
        available=coverage_of(application, business_date=business_date, exposure=after).available,
        roles=by.roles if by else frozenset(),
        product=application.product_version.product.code,
        against=against,
        cut_off=group.cut_off,
        keys=keys,
        shares={dimension: book.paid.of(dimension, key) for dimension, key in keys.items()},
        book=book.paid.total,
        granted={dimension: book.granted.of(dimension, key) for dimension, key in keys.items()},
        granted_book=book.granted.total,
    )
    needed = ground.needs(held.authority, appetite.settings)
    kept = {"ground": ground.to_dict(), "settings": {"authority": held.kept, "appetite": appetite.kept}}
    return NeededAuthority(
        needed.level,
        needed.title,
        after,
        needs_second(needed.level),
        held.version,
        (Role(needed.role),) if needed.role else DECIDERS,
        needed.breaches,
        group.people,
        group.cut_off,
        kept,
    )
