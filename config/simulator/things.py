"""What the simulated bank's collateral is: facts of each class, and one asset of every class that its products have no occasion for.

Invented throughout; makers and numbers are of no real thing.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import cycle
from random import Random
from typing import Any

from collateral.models import Asset, AssetKind
from collateral.selectors.owners import owners_on
from collateral.services.assets import register_asset
from collateral.services.facts import record_facts
from collateral.services.owners import OwnerDraft
from collateral.services.receivables import add_receivable, mark_receivable
from collateral.services.titles import check_title
from config.simulator.bank import House
from config.simulator.people import make_iban
from config.simulator.sheets import Kind, sheet
from core.models import User
from loans.models import Application
from loans.selectors.applications import CLOSED_APPLICATIONS, amount_to_cover
from loans.services.intake import Party

PER_AREA = Decimal(2900)
PAPER = "DE000A9SIM19"
DEBTORS = (("Borealis Handel GmbH", 5), ("Kranich Bau AG", -45), ("Luftig und Söhne KG", 20), ("Ostwind Möbel GmbH", 40))


def facts_of(asset: Asset, stated: Decimal, day: date) -> dict[str, Any]:
    """Facts that go with an asset's class and worth, the same every time."""
    random = Random(asset.reference)
    if asset.kind == AssetKind.REAL_ESTATE:
        area = (stated / PER_AREA).quantize(Decimal("0.1"))
        return {
            "use": "HOME", "floor_area": area, "plot_area": area * 3, "built_year": random.randrange(1920, 2015), "occupancy": "OWNER",
            "annual_rent": None,
        }  # fmt: skip
    if asset.kind == AssetKind.VEHICLE:
        first = day - timedelta(days=random.randrange(200, 1400))
        return {
            "make": random.choice(("Nordwagen", "Albatros", "Kormoran")), "model": random.choice(("Kombi", "Limo", "Kurier")),
            "vin": f"WNW{random.choice('ABCDEFGH')}ZZ{random.choice('1234')}KZ{random.choice('ABW')}{random.randrange(10**7):07d}",
            "plate": f"HH-{random.choice('ABCDEFG')}{random.choice('KLMNP')} {random.randrange(100, 9999)}", "first_registration": first,
            "mileage": (day - first).days * random.randrange(20, 80), "condition": "IN_USE",
        }  # fmt: skip
    return {
        "make": random.choice(("Hansa Maschinen", "Elbe Technik")), "model": f"{random.choice('TKM')}-{random.randrange(200, 900)}",
        "serial_number": f"{random.choice('ABC')}{random.randrange(10**7):07d}", "built_year": day.year - random.randrange(1, 6),
        "hours": random.randrange(300, 5000), "condition": "IN_USE",
    }  # fmt: skip


def describe_class(asset: Asset, stated: Decimal, *, actor: User, day: date) -> None:
    """Record what a stated asset is."""
    if asset.kind in (AssetKind.REAL_ESTATE, AssetKind.VEHICLE, AssetKind.MACHINERY):
        record_facts(asset=asset, facts=facts_of(asset, stated, day), actor=actor, business_date=day)


def one_of_each(house: House, day: date) -> None:
    """Land, assigned receivables, deposits here and elsewhere, securities, and a house of two owners one of whom has not agreed yet."""
    files = Application.objects.exclude(state__in=("DRAFT", *CLOSED_APPLICATIONS)).filter(borrower__isnull=False)
    secured = list(files.exclude(product_version__collateral_kinds=[]).select_related("borrower").order_by("-pk")[:6])
    if not secured:
        return
    turns = cycle(secured)
    officer = house.people["officer2"]

    def register(kind: str, description: str, worth: int, facts: dict[str, Any] | None, **more: Any) -> Asset:
        application = more.pop("file", None) or next(turns)
        return register_asset(
            application=application, kind=kind, description=description, stated_value=Decimal(worth), actor=officer, business_date=day,
            facts=facts, unlike_reason="Seen on site.", owner=application.borrower, confirmed_amount=amount_to_cover(application), **more,
        )  # fmt: skip

    meadow = register(
        "LAND", "Meadow behind the dyke", 90_000,
        {"parcel_number": "12-345/6", "area": Decimal(14_200), "zoning": "AGRICULTURAL", "use": "FARMING", "access": "EASEMENT",
         "encumbrances": "Right of way over parcel 12-345/5"},
        title_number="Niebüll 4711", address_line="Deichweg 3", postcode="25899", city="Niebüll",
        latitude=Decimal("54.786100"), longitude=Decimal("8.829500"),
    )  # fmt: skip
    _assign(register("RECEIVABLES", "Receivables assigned in general", 61_500, None, title_number="A-2025-18"), officer, day)
    for own, place in ((True, 1), (False, 2)):
        register("DEPOSIT", "Term deposit" if own else "Savings at another bank", 20_000, {
            "own_bank": own, "bank_name": "" if own else "Elbe Savings Bank", "account": make_iban(Random(place)),
            "currency": secured[0].currency, "balance": Decimal(20_000), "maturity_date": day + timedelta(days=500),
        })  # fmt: skip
    held = {"custodian": "Elbe Custody Bank", "account": "0047 118 302 55"}
    register("SECURITIES", "Shares in custody", 30_000, {"isin": PAPER, "quantity": Decimal(1500), **held})
    other = Party("", "PERSON", "Hedda Lindholm", date(1979, 4, 2), national_id="L01X00T47")
    home = next(turns)
    house_of_two = register(
        "REAL_ESTATE", "House of two sisters, Am Hafen 9", 240_000,
        {"use": "MIXED", "floor_area": Decimal(160), "plot_area": Decimal(420), "built_year": 1936, "occupancy": "OWNER", "annual_rent": None},
        file=home, owners=[OwnerDraft(Fraction(1, 2), person=home.borrower), OwnerDraft(Fraction(1, 2), party=other)],
        title_number="Husum 1203", insured_until=day + timedelta(days=300), address_line="Am Hafen 9", postcode="25813", city="Husum",
        latitude=Decimal("54.473100"), longitude=Decimal("9.050900"),
    )  # fmt: skip
    for asset in (meadow, house_of_two):
        holders = [row.owner.person.name for row in owners_on(asset, day)]
        look: dict[str, Any] = {"checked_date": day, "actor": house.people["investigator1"], "business_date": day}
        check_title(asset=asset, holders=holders, proof=sheet(asset, Kind.TITLE_EXTRACT), **look)


def _assign(asset: Asset, officer: User, day: date) -> None:
    """Four debtors' invoices, one overdue and one disputed."""
    for number, (debtor, due) in enumerate(DEBTORS, start=1):
        facts = {
            "debtor_name": debtor, "debtor_number": "", "invoice_number": f"R-25{number:03d}", "nominal": Decimal(12_000 + 2_250 * number),
            "issued_date": day - timedelta(days=75), "due_date": day + timedelta(days=due),
        }  # fmt: skip
        row = add_receivable(asset=asset, facts=facts, actor=officer, business_date=day)
        if number == len(DEBTORS):
            mark_receivable(receivable=row, mark="disputed", on=day - timedelta(days=3), actor=officer, business_date=day)
