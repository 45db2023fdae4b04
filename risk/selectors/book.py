"""Where the bank's book stands against the appetite: what is paid out, and what is granted and will be."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.db import connection
from django.db.models import Q

from core.row_security import whole_bank
from loans.models import Application
from loans.models.borrowers import BorrowerKind
from loans.selectors.granted import GRANTED, granted_parameters
from risk.domain import limits
from risk.domain.appetite import share
from risk.models import PortfolioFigure

ZERO = Decimal(0)

# As `limits.industry_key` counts: the letter of the section, and companies of no known industry together.
SECTION = f"CASE WHEN b.industry <> '' THEN left(b.industry, 1) WHEN b.kind = '{BorrowerKind.COMPANY}' THEN '{limits.UNKNOWN}' ELSE '' END"

# Of the files decided after the close `day`, `without` one application, by dimension and key: what is outstanding by now, and what is
# granted and not paid out. What happened since to others stands in the figures of the next close. Where no day was closed yet, all of it.
SINCE_CLOSE = f"""
WITH part AS (
    SELECT part.paid, p.code AS product, br.code AS branch, {SECTION} AS industry, part.amount
    FROM loans_application decided
    JOIN loans_borrower b ON b.id = decided.borrower_id
    JOIN core_branch br ON br.id = decided.branch_id
    JOIN loans_productversion v ON v.id = decided.product_version_id
    JOIN loans_product p ON p.id = v.product_id
    CROSS JOIN LATERAL (
        SELECT false AS paid, granted.amount FROM ({GRANTED}) granted WHERE granted.application_id = decided.id
        UNION ALL
        SELECT true, l.outstanding_principal FROM loans_loan l WHERE l.application_id = decided.id AND l.state = ANY (%(live)s)
    ) part
    WHERE decided.decided_date > coalesce(%(day)s::date, '-infinity'::date) AND decided.id IS DISTINCT FROM %(without)s::uuid
)
SELECT paid, product, branch, industry, sum(amount) FROM part GROUP BY GROUPING SETS ((paid, product), (paid, branch), (paid, industry))
"""
# Where the figures of a close stand, by dimension: those of what is outstanding, and of what is granted. A total of a branch has a key.
PAID = {"product": "product", "industry": "industry", "outstanding": "branch"}
GRANTED_FIGURES = {"granted_product": "product", "granted_industry": "industry", "granted": "branch"}


@dataclass(frozen=True)
class Amounts:
    """Amounts in the bank's currency by dimension and key; `total` is all of them, each once."""

    by: dict[str, dict[str, Decimal]] = field(default_factory=lambda: {dimension: {} for dimension in limits.DIMENSIONS})

    @property
    def total(self) -> Decimal:
        # Everything lies in a branch, but not everybody has an industry.
        return sum(self.by["branch"].values(), ZERO)

    def of(self, dimension: str, key: str) -> Decimal:
        return self.by[dimension].get(key, ZERO)

    def add(self, dimension: str, key: str, amount: Decimal) -> None:
        self.by[dimension][key] = self.of(dimension, key) + amount


@dataclass(frozen=True)
class Book:
    """`paid` is the principal outstanding, `granted` what was promised and is not paid out: both at the last close of day, with what was
    decided since. `business_date` is that of the close, None before the first.
    """

    business_date: date | None
    paid: Amounts
    granted: Amounts

    @property
    def total(self) -> Decimal:
        return self.paid.total + self.granted.total

    def keys(self, dimension: str) -> list[str]:
        """What is in the book under this dimension, by name; not what has none."""
        return sorted(key for key in {**self.paid.by[dimension], **self.granted.by[dimension]} if key)


def book_now(*, without: Application | None = None) -> Book:
    """The whole bank's book from the figures of the last close and what was decided since, `without` one application, so that a decision
    can add its own amount. Two queries whatever the size of the book.
    """
    newest = PortfolioFigure.objects.order_by("-business_date").values("business_date")[:1]
    counted = Q(dimension__in=[*PAID, *GRANTED_FIGURES]) | Q(dimension="total", key__in=["outstanding", "granted"])
    rows = PortfolioFigure.objects.filter(counted, business_date=newest).order_by()
    paid, granted = Amounts(), Amounts()
    closed = None
    for day, dimension, key, branch, amount in rows.values_list("business_date", "dimension", "key", "branch__code", "amount"):
        closed = day
        of, name = (key, branch) if dimension == "total" else (dimension, key)
        if of in PAID:
            paid.add(PAID[of], name, amount)
        else:
            granted.add(GRANTED_FIGURES[of], name, amount)
    asked = {"day": closed, "without": without.pk if without else None}
    # What is told of other branches are sums.
    with whole_bank(), connection.cursor() as cursor:
        cursor.execute(SINCE_CLOSE, asked | granted_parameters())
        for is_paid, *keys, amount in cursor.fetchall():
            held = paid if is_paid else granted
            for dimension, key in zip(limits.DIMENSIONS, keys, strict=True):
                if key is not None:
                    held.add(dimension, key, amount)
    return Book(closed, paid, granted)


def keys_of(application: Application) -> dict[str, str]:
    """Where a loan of this application would be counted."""
    version, borrower = application.product_version, application.borrower
    return {
        "product": version.product.code if version else "",
        "branch": application.branch.code,
        "industry": limits.industry_key(borrower.industry, is_company=borrower.kind == BorrowerKind.COMPANY) if borrower else "",
    }


@dataclass(frozen=True)
class Stand:
    """Where the book stands against one limit, in the bank's currency. Shares as fractions; `share` is None while there is no book."""

    dimension: str
    key: str
    paid: Decimal
    granted: Decimal
    share: Decimal | None
    most: Decimal

    @property
    def headroom(self) -> Decimal:
        return self.most - (self.share or ZERO)


def stands_of(settings: limits.AppetiteSettings, book: Book) -> list[Stand]:
    """Every product, branch and industry of the book that has a limit, the nearest to its limit first."""
    found = []
    for dimension in limits.DIMENSIONS:
        for key in book.keys(dimension):
            most = settings.limit_for(dimension, key)
            if most is not None:
                paid, granted = book.paid.of(dimension, key), book.granted.of(dimension, key)
                found.append(Stand(dimension, key, paid, granted, share(paid + granted, book.total), most))
    return sorted(found, key=lambda stand: stand.headroom)
