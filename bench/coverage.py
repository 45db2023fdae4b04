"""The collateral of the whole book: every loan's share of its assets' lending values, against a bare aggregate over the same tables."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

from django.db import connection, transaction

from bench.book import DAY, copy_row, make_application, open_bank
from bench.house import tidy
from bench.results import Result, measure
from collateral.models import Asset, Cover, Pledge, Valuation
from collateral.selectors.allotment import MEASURED, parameters
from collateral.services.covers import BY_KEYS, refresh_covers
from loans.models import Facility, Loan
from monitoring.domain.shards import SHARD_LOANS

LOANS = 1_000_000
ROUNDS = 3
# What somebody would write who knows neither ranks nor claims of others nor what is owed: the lending value of what is pledged, by loan.
BARE = """
SELECT count(*), sum(value) FROM (
    SELECT l.id, sum(least(p.amount, v.market_value * 0.8)) AS value
    FROM loans_loan l
    JOIN collateral_pledge p ON p.application_id = l.application_id AND p.state = 'PERFECTED'
    JOIN collateral_asset a ON a.id = p.asset_id
    JOIN collateral_valuation v ON v.asset_id = a.id AND v.state = 'ACCEPTED' AND v.expires_date > %(day)s
    WHERE l.state = 'ACTIVE'
    GROUP BY l.id
) q
"""
# Ordered like keys that were made one after the other.
KEY = "lpad(to_hex({number}::bigint), 32, '0')::uuid"


def run(scale: float) -> list[Result]:
    """Shard by shard, as a night does it: measured only, a night that changes nothing, and a first night that writes every row."""
    make_pledged_book(int(LOANS * scale))
    tidy("loans_loan", "loans_application", "collateral_asset", "collateral_pledge", "collateral_valuation")
    loans, pledges = Loan.objects.filter(state="ACTIVE").count(), Pledge.objects.count()
    bare, computed, quiet = [], [], []
    for _ in range(ROUNDS):
        bare.append(measure(_bare))
        computed.append(measure(lambda: _each(_measure)))
    first = measure(lambda: _each(_refresh))
    if Cover.objects.filter(available__gt=0).count() != loans:
        raise RuntimeError("not every loan is covered")
    tidy("collateral_cover")
    for _ in range(ROUNDS):
        bare.append(measure(_bare))
        quiet.append(measure(lambda: _each(_refresh)))
    floor = min(bare)
    size = f"{loans:,} loans, {pledges:,} pledges"
    return [
        Result(f"coverage of {size}, measured by shards, against a bare aggregate", min(computed), floor, "s", 3),
        Result("the same, a night that changes nothing", min(quiet), floor, "s", 3),
        Result("the same, every loan's row written anew", first, floor, "s", 3),
    ]


def make_pledged_book(loans: int) -> None:
    """Every loan has an asset of its own; every fifth stands second on its neighbour's as well."""
    application = make_application(open_bank(), reference="LA-C", id=_key(0))
    version = application.product_version
    assert version is not None
    shared = {"branch": application.branch, "borrower": application.borrower, "currency": "EUR"}
    facility = Facility.objects.create(application=application, **shared, limit_amount=12_000)
    loan = Loan.objects.create(
        **shared,
        reference="LN-C",
        facility=facility,
        application=application,
        product_version=version,
        principal=12_000,
        annual_rate=Decimal("0.06"),
        state="SIGNED",
        signed_date=DAY,
        outstanding_principal=12_000,
    )
    asset = Asset.objects.create(
        id=_key(0),
        reference="CO-C",
        branch=application.branch,
        kind="REAL_ESTATE",
        description="House",
        owner_name="Mira Adler",
        address_line="",
        stated_value=20_000,
        currency="EUR",
        registered_date=DAY,
    )
    value = Valuation.objects.create(
        asset=asset,
        ordered_date=DAY,
        state="ACCEPTED",
        method="COMPARISON",
        market_value=20_000,
        currency="EUR",
        valued_date=DAY,
        expires_date=DAY + timedelta(days=1095),
    )
    pledge = Pledge.objects.create(asset=asset, application=application, amount=12_000, state="PERFECTED")
    n, neighbour = KEY.format(number="n"), KEY.format(number="5 * n - 1")
    copy_row(application, loans, id=n, reference="'LA-C' || n")
    copy_row(
        loan,
        loans,
        public_id="gen_random_uuid()",
        reference="'LN-C' || n",
        application_id=n,
        state="'ACTIVE'",
        outstanding_principal="1000 + (n * 37) %% 11000",
    )
    copy_row(asset, loans, id=n, reference="'CO-C' || n")
    copy_row(value, loans, id=n, asset_id=n, market_value="12000 + (n * 61) %% 20000")
    copy_row(pledge, loans, id=n, asset_id=n, application_id=n)
    second = KEY.format(number=f"{loans} + n")
    copy_row(pledge, loans // 5, id=second, asset_id=neighbour, application_id=KEY.format(number="5 * n"), rank="2")


def _key(number: int) -> str:
    return f"{number:032x}"


def _each(action: Callable[[int, int], None]) -> None:
    ids = Loan.objects.filter(state="ACTIVE")
    first, last = ids.order_by("id").values_list("id", flat=True)[0], ids.order_by("-id").values_list("id", flat=True)[0]
    for start in range(first, last + 1, SHARD_LOANS):
        with transaction.atomic():
            action(start, min(last, start + SHARD_LOANS - 1))


def _measure(first: int, last: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(BY_KEYS)
        cursor.execute(MEASURED + "SELECT count(*), sum(available) FROM measured", parameters(DAY, first, last))


def _refresh(first: int, last: int) -> None:
    refresh_covers(business_date=DAY, first_loan_id=first, last_loan_id=last)


def _bare() -> None:
    with connection.cursor() as cursor:
        cursor.execute(BARE, {"day": DAY})
