"""The collateral of the whole book: every loan's share of its assets' lending values, against a bare aggregate over the same tables."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from bench.book import DAY, copy_row, make_application, open_bank
from bench.house import tidy
from bench.results import Result, measure
from collateral.models import (
    Asset,
    ComputedValue,
    Cover,
    IndexPoint,
    IndexSeries,
    InsurancePolicy,
    Pledge,
    RedFlag,
    Valuation,
)
from collateral.selectors.allotment import MEASURED, parameters
from collateral.services.computed_values import revalue
from collateral.services.counting import refresh_counted
from collateral.services.covers import refresh_covers
from collateral.services.insurance import watch_insurance
from collateral.services.sweep import mark_revaluations_due
from core.by_keys import by_keys
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
    insured = DAY + timedelta(days=700)
    make_pledged_book(int(LOANS * scale), insured_until=insured)
    tidy("loans_loan", "loans_application", "collateral_asset", "collateral_pledge", "collateral_valuation")
    loans, pledges = Loan.objects.filter(state="ACTIVE").count(), Pledge.objects.count()
    floor, computed = _in_turns(_bare, partial(_each, _measure))
    first = measure(lambda: _each(_refresh))
    if Cover.objects.filter(available__gt=0).count() != loans:
        raise RuntimeError("not every loan is covered")
    tidy("collateral_cover")
    later, quiet = _in_turns(_bare, partial(_each, _refresh))
    size = f"{loans:,} loans, {pledges:,} pledges"
    return [
        Result(f"coverage of {size}, measured by shards, against a bare aggregate", computed, floor, "s", 3),
        Result("the same, a night that changes nothing", quiet, later, "s", 3),
        Result("the same, every loan's row written anew", first, min(floor, later), "s", 3),
        *watch_values(loans, insured),
    ]


def make_pledged_book(loans: int, **of_assets: Any) -> None:
    """Every loan has an asset of its own, with these facts; every fifth stands second on its neighbour's as well."""
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
        country="DE",
        stated_value=20_000,
        currency="EUR",
        registered_date=DAY,
        **of_assets,
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
    assert application.borrower is not None
    # Each lends to somebody else: what one person owes in all is asked by the calendar.
    copy_row(application.borrower, loans, id=n, reference="'BR-C' || n")
    copy_row(application, loans, id=n, reference="'LA-C' || n", borrower_id=n)
    copy_row(
        loan,
        loans,
        public_id="gen_random_uuid()",
        reference="'LN-C' || n",
        application_id=n,
        borrower_id=n,
        state="'ACTIVE'",
        outstanding_principal="1000 + (n * 37) %% 11000",
    )
    copy_row(asset, loans, id=n, reference="'CO-C' || n")
    copy_row(value, loans, id=n, asset_id=n, market_value="12000 + (n * 61) %% 20000")
    copy_row(pledge, loans, id=n, asset_id=n, application_id=n)
    second = KEY.format(number=f"{loans} + n")
    copy_row(pledge, loans // 5, id=second, asset_id=neighbour, application_id=KEY.format(number="5 * n"), rank="2")


def watch_values(loans: int, insured: date) -> list[Result]:
    """The other steps of a night that look at the value of every asset: whether policies still pay it, whether it still stands and what of
    it counts, and whether the index was revised that a tenth of the values were made of. In turns with the bare aggregate.
    """
    book_values(loans, insured)
    tidy("collateral_asset", "collateral_valuation", "collateral_computedvalue", "collateral_insurancepolicy", "collateral_indexpoint")
    nights = (_insure, _stand, _count, _revalue)
    floor, sums, standing, counting, quiet = _in_turns(_bare, *(partial(_each, night) for night in nights))
    if RedFlag.objects.exists():
        raise RuntimeError("something was found of what is insured")
    before = Valuation.objects.filter(state="EXPIRED").count()
    IndexSeries.objects.update(revised_date=DAY)
    revised = measure(lambda: _each(_revalue))
    made = Valuation.objects.filter(state="EXPIRED").count() - before
    if made != loans // 10:
        raise RuntimeError(f"{made} values were made anew")
    return [
        Result(
            f"insurance and insured sums of {loans:,} assets, a night that finds nothing, against the bare aggregate", sums, floor, "s", 3
        ),
        Result("values that ran out or that the calendar overtook, a night that finds none", standing, floor, "s", 3),
        Result("what counts of values by the facts of their assets, a night that changes nothing", counting, floor, "s", 3),
        Result("values held against index, curve and price, a night that makes none", quiet, floor, "s", 3),
        Result(f"the same, the night after a revision: {made:,} made anew", revised, floor, "s", 10),
    ]


def book_values(loans: int, insured: date) -> None:
    """A policy of every asset, an index of fourteen quarters, and of every tenth asset a value that was made by it of an older one."""
    first = Asset.objects.get(pk=_key(0))
    policy = InsurancePolicy.objects.create(
        asset=first,
        insurer="Nordstern",
        policy_number="P",
        sum_insured=50_000,
        from_date=DAY - timedelta(days=30),
        until_date=insured,
        recorded_date=DAY,
    )
    copy_row(policy, loans, id="gen_random_uuid()", asset_id=KEY.format(number="n"))
    series = IndexSeries.objects.create(
        code="BENCH", title="Homes", publisher="BENCH", country="DE", used=True, revised_date=DAY - timedelta(days=90)
    )
    IndexPoint.objects.bulk_create(
        IndexPoint(series=series, period_end=DAY - timedelta(days=91 * (14 - quarter)), value=100 + quarter) for quarter in range(14)
    )
    older = Valuation.objects.create(
        asset=first,
        ordered_date=DAY,
        state="EXPIRED",
        method="COMPARISON",
        market_value=20_000,
        currency="EUR",
        valued_date=DAY - timedelta(days=400),
        expires_date=DAY + timedelta(days=695),
        decided_at=timezone.now(),
    )
    tenth, base = KEY.format(number="10 * n"), KEY.format(number=f"{2 * loans} + n")
    copy_row(older, loans // 10, id=base, asset_id=tenth)
    made = ComputedValue.objects.create(
        valuation=Valuation.objects.get(asset=first, state="ACCEPTED"),
        base=older,
        source="INDEX",
        uncapped=20_000,
        evidence={"series": series.code},
    )
    copy_row(made, loans // 10, valuation_id=tenth, base_id=base)


def _key(number: int) -> str:
    return f"{number:032x}"


def _in_turns(*actions: Callable[[], object]) -> list[float]:
    """The best of ROUNDS of each, one after the other in each round, so that what else the machine does falls on all of them."""
    rounds = [[measure(action) for action in actions] for _ in range(ROUNDS)]
    return [min(times) for times in zip(*rounds, strict=True)]


def _each(action: Callable[[int, int], None]) -> None:
    ids = Loan.objects.filter(state="ACTIVE")
    first, last = ids.order_by("id").values_list("id", flat=True)[0], ids.order_by("-id").values_list("id", flat=True)[0]
    for start in range(first, last + 1, SHARD_LOANS):
        with transaction.atomic():
            action(start, min(last, start + SHARD_LOANS - 1))


def _measure(first: int, last: int) -> None:
    with by_keys(), connection.cursor() as cursor:
        cursor.execute(MEASURED + "SELECT count(*), sum(available) FROM measured", parameters(DAY, first, last))


def _refresh(first: int, last: int) -> None:
    refresh_covers(business_date=DAY, first_loan_id=first, last_loan_id=last)


def _insure(first: int, last: int) -> None:
    watch_insurance(business_date=DAY, first_loan_id=first, last_loan_id=last)


def _stand(first: int, last: int) -> None:
    mark_revaluations_due(business_date=DAY, first_loan_id=first, last_loan_id=last)


def _count(first: int, last: int) -> None:
    refresh_counted(business_date=DAY, first_loan_id=first, last_loan_id=last)


def _revalue(first: int, last: int) -> None:
    revalue(business_date=DAY, first_loan_id=first, last_loan_id=last)


def _bare() -> None:
    with connection.cursor() as cursor:
        cursor.execute(BARE, {"day": DAY})
