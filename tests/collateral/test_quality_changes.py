"""Other haircuts for quality hold for the assets on file from the next night on: the statement says what `counted_of` says."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from collateral.domain.revaluation import DEFAULTS
from collateral.models import Asset, Cover, Inspection, RedFlag
from collateral.selectors.counting import counted_of
from collateral.services.counting import recount, refresh_counted, refresh_waiting
from collateral.services.facts import record_facts
from core.models import Branch, User
from loans.models import ProductVersion
from tests.collateral.books import EVERY, Book
from tests.collateral.inspecting import give, inspect
from tests.collateral.test_asset_facts import GOOD
from tests.shared_rows import shared

OTHER = {**DEFAULTS.quality, "COMMERCIAL": Decimal("0.15"), "VACANT": Decimal("0.25"), "NO_ROAD": Decimal("0.4"), "IDLE": Decimal("0.65")}
CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "home": ("REAL_ESTATE", {"use": "HOME", "occupancy": "OWNER", "annual_rent": None}),
    "vacant shop": ("REAL_ESTATE", {"use": "RETAIL", "occupancy": "VACANT", "annual_rent": None}),
    "plot": ("LAND", {"access": "EASEMENT"}),
    "idle press": ("MACHINERY", {"condition": "IDLE"}),
    "car": ("VEHICLE", {"condition": "UNUSABLE"}),
}


@shared
def book(branch: Branch, product: ProductVersion, officer: User, investigator: User, today: date) -> Book:
    return Book(branch, product, today)


@shared
def assets(book: Book) -> dict[str, Asset]:
    """One of each case behind a loan, and one that waits for its money."""
    made = {}
    for name, (kind, facts) in CASES.items():
        asset = made[name] = book.asset(100_000, kind=kind)
        book.pledge(asset, book.lend(60_000), 60_000)
        record_facts(asset=asset, facts={**GOOD[kind], **facts}, actor=None, business_date=book.today)
        asset.flags.all().delete()
    book.sweep()
    return made


def shares(assets: dict[str, Asset]) -> dict[str, Decimal]:
    return {name: Asset.objects.get(pk=asset.pk).counted_share for name, asset in assets.items()}


def by_facts(assets: dict[str, Asset], day: date) -> dict[str, Decimal]:
    return {name: counted_of(Asset.objects.get(pk=asset.pk), on=day).share for name, asset in assets.items()}


def put_in_force(book: Book) -> None:
    book.settle(quality={name: str(share) for name, share in OTHER.items()})


def test_every_class_follows_the_settings_in_force(book: Book, assets: dict[str, Asset], today: date) -> None:
    put_in_force(book)
    assert refresh_counted(business_date=today, **EVERY) == 4 and refresh_counted(business_date=today, **EVERY) == 0
    expected = {"home": 1, "vacant shop": Decimal("0.6"), "plot": Decimal("0.6"), "idle press": Decimal("0.35"), "car": Decimal("0.35")}
    assert shares(assets) == by_facts(assets, today) == expected
    before = Cover.objects.get(loan__application__pledges__asset=assets["plot"]).available
    book.sweep()
    assert Cover.objects.get(loan__application__pledges__asset=assets["plot"]).available < before


def test_the_lower_of_what_held_before_and_holds_now_counts(book: Book, assets: dict[str, Asset], officer: User, today: date) -> None:
    record_facts(asset=assets["plot"], facts={**GOOD["LAND"], "access": "ROAD"}, actor=officer, business_date=today)
    record_facts(asset=assets["vacant shop"], facts={**GOOD["REAL_ESTATE"], **CASES["home"][1]}, actor=officer, business_date=today)
    put_in_force(book)
    refresh_counted(business_date=today, **EVERY)
    assert shares(assets) == by_facts(assets, today) and shares(assets)["plot"] == Decimal("0.6")


@pytest.mark.parametrize(("code", "seen_again", "share"), [("near_twin", False, 0), ("not_found", False, 0), ("not_found", True, "0.35")])
def test_what_counts_nothing_stays_at_nothing_until_it_is_seen(
    book: Book,
    assets: dict[str, Asset],
    appraisers: list[User],
    today: date,
    code: str,
    seen_again: bool,
    share: Any,
    settings: Any,
    tmp_path: Any,
) -> None:
    settings.MEDIA_ROOT = tmp_path
    press = assets["idle press"]
    RedFlag.objects.create(asset=press, code=code, text="Not there", state="UPHELD", raised_date=today)
    recount(press, business_date=today)
    if seen_again:
        inspect(give(press, appraisers[0], today))
        assert Inspection.objects.get().presence == "PRESENT"
    put_in_force(book)
    refresh_counted(business_date=today, **EVERY)
    assert shares(assets)["idle press"] == by_facts(assets, today)["idle press"] == Decimal(share)


def test_what_came_off_the_value_comes_off_it_alone(book: Book, assets: dict[str, Asset], today: date) -> None:
    assets["car"].valuations.update(ended_date=today, ended_by=["idle"], kept_share=Decimal("0.7"))
    put_in_force(book)
    refresh_counted(business_date=today, **EVERY)
    assert shares(assets)["car"] == by_facts(assets, today)["car"] == 1


def test_what_waits_for_its_money_follows_too_and_any_number_costs_the_same(book: Book, assets: dict[str, Asset], today: date) -> None:
    yard = book.asset(100_000, kind="LAND")
    book.pledge(yard, book.lend(60_000, state="SIGNED"), 60_000, state="PROPOSED")
    record_facts(asset=yard, facts={**GOOD["LAND"], "access": "NONE"}, actor=None, business_date=today)
    put_in_force(book)
    assert refresh_waiting(business_date=today) == 1
    assert Asset.objects.get(pk=yard.pk).counted_share == Decimal("0.6")
    with CaptureQueriesContext(connection) as asked:
        refresh_counted(business_date=today, **EVERY)
    # The settings, a savepoint and its release, the one change; before and after it the way to go by keys is set and taken back.
    assert len(asked) == 6, [one["sql"] for one in asked]
