"""Homes sold along the simulated coast, the price model learnt from them, and which home an applicant's stated value stands for.

Invented throughout: prices follow from area, place, grade and age, with a chance of a tenth.
"""

from __future__ import annotations

import csv
import io
import math
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from collateral.models import Asset, AssetKind, IndexSeries, Pledge
from collateral.selectors.lapses import INSURED_KINDS
from collateral.selectors.value_settings import left_of, settings_in_force
from collateral.services.hedonic import confirm_hedonic, train_hedonic
from collateral.services.holdings import record_equipment
from collateral.services.home_facts import record_home
from collateral.services.index_use import propose_index_use
from collateral.services.price_changes import decide_price_change, open_changes
from collateral.services.records import record_insurance, record_lien
from collateral.services.sales import import_sales
from collateral.services.value_files import import_index
from config.simulator.sheets import Kind, sheet
from config.simulator.things import describe_class
from core.models import User

MARKET = "coast"
FILES, SALES_PER_FILE = 4, 160
PER_AREA, GRADE, ROUNDS = 2900.0, 7, 40
NORTH, EAST = 54.30, 9.10
HEADER = ("house_key", "sold_date", "price", "currency", "latitude", "longitude", "living_area", "plot_area", "bedrooms", "bathrooms",
          "floors", "built_year", "grade", "condition", "view", "waterfront")  # fmt: skip


def sell_homes(day: date, seed: int) -> None:
    """Four quarters of sales before the bank's first day, taken in as files, and a small model of them in force."""
    random = Random(seed)
    for quarter in range(FILES):
        begin = day - timedelta(days=91 * (FILES - quarter))
        text = io.StringIO()
        writer = csv.DictWriter(text, HEADER)
        writer.writeheader()
        writer.writerows(_sold(quarter * SALES_PER_FILE + number, begin, random) for number in range(SALES_PER_FILE))
        if quarter == FILES - 1:
            text.write(f"C9999,{day - timedelta(days=2)},-1,EUR,{NORTH},{EAST},80,200,3,1,1,1980,7,3,0,0\n")
        import_sales(
            stream=io.BytesIO(text.getvalue().encode()),
            file_name=f"coast-sales-{quarter + 1}.csv",
            market=MARKET,
            currency="EUR",
            actor=None,
            actor_name="simulation",
            business_date=day,
        )
    version = train_hedonic(market=MARKET, actor=None, business_date=day, folds=2, rounds=ROUNDS)
    confirm_hedonic(version=version, actor=None, business_date=day)


def _sold(number: int, begin: date, random: Random) -> dict[str, Any]:
    area, grade, built = random.uniform(30, 190), random.choice((6, 7, 7, 8)), random.randrange(1900, 2020)
    price = PER_AREA * area * math.exp(0.1 * (grade - GRADE) + random.gauss(0, 0.1))
    return {
        "house_key": f"C{number:04d}",
        "sold_date": (begin + timedelta(days=random.randrange(90))).isoformat(),
        "price": f"{price:.0f}",
        "currency": "EUR",
        "latitude": f"{NORTH + random.uniform(-0.05, 0.05):.5f}",
        "longitude": f"{EAST + random.uniform(-0.08, 0.08):.5f}",
        "living_area": f"{area:.0f}",
        "plot_area": f"{area * random.uniform(2, 5):.0f}",
        "bedrooms": max(1, round(area / 32)),
        "bathrooms": 1 + (area > 110),
        "floors": 2 if area > 90 else 1,
        "built_year": built,
        "grade": grade,
        "condition": random.choice((2, 3, 3, 4)),
        "view": 0,
        "waterfront": 0,
    }


def follow_index(day: date, manager: User) -> None:
    """Twelve years of a price index of the country, which homes here follow between two appraisals, and of three more countries."""
    rows = ["date,country_code,country,price"]
    for code, country, pace in (("DE", "Germany", 1.004), ("FR", "France", 1.002), ("NL", "Netherlands", 1.009), ("AT", "Austria", 1.006)):
        for back in range(48, 0, -1):
            quarter = (day.year * 4 + (day.month - 1) // 3) - back
            year, month = quarter // 4, quarter % 4 * 3 + 3
            rows.append(f"{year}-{month:02d}-{31 if month in (3, 12) else 30},{code},{country},{100 * pace ** (48 - back):.4f}")
    stream = io.BytesIO("\n".join(rows).encode())
    import_index(stream=stream, file_name="house-prices.csv", measure="NOMINAL", actor=None, actor_name="simulation", business_date=day)
    propose_index_use(series=IndexSeries.objects.get(code="bis:DE"), used=True, actor=None, business_date=day)
    (waiting,) = open_changes()
    decide_price_change(seen=waiting.pk, confirm=True, reason="The BIS publishes it each quarter.", actor=manager, business_date=day)


def describe_machine(asset: Asset, stated: Decimal, *, actor: User, day: date) -> None:
    """A machine or vehicle that its curve makes worth what was stated."""
    age = Random(asset.reference).randrange(200, 1400)
    curve = "car" if asset.kind == AssetKind.VEHICLE else "machine"
    bought = day - timedelta(days=age)
    new = (stated / left_of(settings_in_force().curves[curve], bought, day)).quantize(Decimal(1))
    record_equipment(asset=asset, curve=curve, new_price=new, bought_date=bought, actor=actor, business_date=day)


def describe_home(asset: Asset, stated: Decimal, *, actor: User, day: date) -> None:
    """The home that the stated value would buy on this coast."""
    random = Random(asset.reference)
    area = round(float(stated) / PER_AREA, 1)
    facts: dict[str, Any] = {
        "latitude": NORTH + random.uniform(-0.04, 0.04),
        "longitude": EAST + random.uniform(-0.06, 0.06),
        "living_area": area,
        "plot_area": round(area * 3),
        "area_above": None,
        "bedrooms": float(max(1, round(area / 32))),
        "bathrooms": 1.0 + (area > 110),
        "floors": 2.0 if area > 90 else 1.0,
        "built_year": random.randrange(1920, 2015),
        "renovated_year": 0,
        "grade": float(GRADE),
        "condition": 3.0,
        "view": 0.0,
        "waterfront": False,
    }
    record_home(asset=asset, market=MARKET, facts=facts, actor=actor, business_date=day)


def describe(asset: Asset, stated: Decimal, *, actor: User, day: date) -> None:
    """What the asset is, and its insurance, where it burns."""
    describe_class(asset, stated, actor=actor, day=day)
    if asset.kind in INSURED_KINDS:
        insure(asset, stated, actor=actor, day=day)
    if asset.kind == AssetKind.REAL_ESTATE:
        describe_home(asset, stated, actor=actor, day=day)
    elif asset.kind in (AssetKind.MACHINERY, AssetKind.VEHICLE):
        describe_machine(asset, stated, actor=actor, day=day)


def insure(asset: Asset, stated: Decimal, *, actor: User, day: date) -> None:
    """A policy for what the owner says the asset is worth."""
    record_insurance(
        asset=asset,
        insurer="Nordstern",
        policy_number=f"NS-{asset.reference[3:]}",
        sum_insured=stated,
        from_date=day,
        until_date=day + timedelta(days=365),
        names_bank=True,
        proof=sheet(asset, Kind.INSURANCE_POLICY),
        actor=actor,
        business_date=day,
    )


def claim_of_another(officer: User, day: date) -> None:
    """Somebody else's claim was found in the registry, behind the bank's own."""
    pledge = Pledge.objects.filter(state=Pledge.State.PERFECTED, rank=1, asset__liens__isnull=True).select_related("asset").first()
    if pledge is not None:
        record_lien(
            asset=pledge.asset,
            holder="Elbe Savings Bank",
            rank=Pledge.objects.filter(asset=pledge.asset, state__in=Pledge.STANDING).count() + 1,
            amount=Decimal(12_000),
            registry_reference="R-4711",
            registered_date=day - timedelta(days=20),
            proof=sheet(pledge.asset, Kind.LIEN_REGISTRATION, "R-4711"),
            actor=officer,
            business_date=day,
        )
