"""Collateral that the bank sells: two cars with something left for their owners, a home that fetches too little,
and one sale on its way.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from django.urls import reverse

from collateral.models import Asset, AssetDocument, AssetKind, Pledge, SaleRest, Valuation
from collateral.services.enforcement import decide_enforcement, propose_enforcement
from collateral.services.proceeds import LATE_DAYS
from collateral.services.sale_costs import Papers
from collateral.services.sale_rests import propose_rest_payout
from config.simulator.bank import House
from config.simulator.desk import At
from config.simulator.people import make_iban
from config.simulator.sheets import sheet
from core.models import User
from loans.models import Loan
from loans.services.changes import people_of

# The borrowers of the bank's first cars stop paying so many days before today: late enough on the day of the sales.
CARS, UNPAID_DAYS, SOLD_BEFORE = 2, LATE_DAYS + 41, 9


def stops_paying(loan: Loan) -> bool:
    """Whether a loan that was just paid out is for one of the first cars."""
    product = loan.product_version.product
    return product.code == "auto" and Loan.objects.filter(product_version__product=product, disbursed_date__isnull=False).count() <= CARS


def plan_sales(at: At, house: House, today: date) -> None:
    """Put on the agenda what is sold some days before today."""
    at(today - timedelta(days=SOLD_BEFORE), lambda day: sell_up(house, day))


def sell_up(house: House, day: date) -> None:
    """A car is sold for more than its loan, a home for less."""
    for asset, loan in _late(AssetKind.VEHICLE)[:1]:
        _sell(house, asset, loan, _worth(asset) * Decimal("0.92"), "Handed over by its owner; sold at auction", day)
    for asset, loan in _late(AssetKind.REAL_ESTATE)[:1]:
        _sell(house, asset, loan, loan.outstanding_principal * Decimal("0.71"), "Court sale, second date, one bidder", day)


def leave_sales(house: House, day: date) -> None:
    """On the last day a second car is sold and what is left of it lies there, the payout of the first waits for its second person, and so
    does the sale of another home."""
    people = house.people
    for rest in SaleRest.objects.filter(to=SaleRest.To.OWNER, paid_date=None).select_related("realisation__asset").order_by("id")[:1]:
        propose_rest_payout(
            rest=rest,
            paid_to=rest.party or rest.realisation.asset.owner_name,
            iban=make_iban(Random(rest.realisation.asset.reference)),
            reason="Owner in the vehicle register; account confirmed by letter",
            actor=people["collections1"],
            business_date=day,
            path=reverse("collateral:sale_rest", args=[rest.pk]),
        )
    for asset, loan in _late(AssetKind.VEHICLE)[:1]:
        _sell(house, asset, loan, _worth(asset) * Decimal("0.95"), "Taken back by the dealer at the list price", day)
    for asset, _ in _late(AssetKind.REAL_ESTATE)[:1]:
        _propose(house, asset, _worth(asset) * Decimal("0.64"), "Court sale of this week, three bidders", day)


def _late(kind: AssetKind) -> list[tuple[Asset, Loan]]:
    """Assets of a class that stand behind a loan so late that they may be sold, the latest first."""
    pledges: Iterable[Pledge] = Pledge.objects.filter(
        state=Pledge.State.PERFECTED,
        asset__kind=kind,
        asset__state=Asset.State.REGISTERED,
        application__loans__days_past_due__gt=LATE_DAYS,
    ).select_related("asset", "application")
    found = [(pledge.asset, pledge.application.loans.get()) for pledge in pledges]
    return sorted(found, key=lambda one: (-one[1].days_past_due, one[1].pk))


def _worth(asset: Asset) -> Decimal:
    latest = asset.valuations.filter(state__in=[Valuation.State.ACCEPTED, Valuation.State.EXPIRED]).order_by("valued_date").last()
    worth: Decimal = (latest.market_value if latest else None) or asset.stated_value
    return worth


def _propose(house: House, asset: Asset, price: Decimal, reason: str, day: date) -> None:
    """Collections ask for a sale to be booked, with what it cost."""
    whole = price.quantize(Decimal(1))
    propose_enforcement(
        asset=asset,
        sold_date=day - timedelta(days=2),
        price=whole,
        costs=(whole * Decimal("0.045")).quantize(Decimal("0.01")),
        reason=reason,
        buyer="Auction house Reinhold Keller",
        payee="Bailiff of Nordersund",
        papers=Papers(*(sheet(asset, kind) for kind in AssetDocument.OF_SALES)),
        received_date=day - timedelta(days=1),
        remark="The highest bid of a public auction.",
        actor=house.people["collections1"],
        business_date=day,
        path=reverse("collateral:enforce", args=[asset.pk]),
    )


def _sell(house: House, asset: Asset, loan: Loan, price: Decimal, reason: str, day: date) -> None:
    """The same, and risk confirms."""
    _propose(house, asset, price, reason, day)
    second = _uninvolved(house, loan)
    decide_enforcement(asset=asset, confirm=True, reason="Price and costs seen in the protocol.", actor=second, business_date=day)


def _uninvolved(house: House, loan: Loan) -> User:
    barred = people_of(loan)
    return next(person for name, person in house.people.items() if name.startswith("risk") and person.pk not in barred)
