"""What risk looks at again: values by another appraiser, and what another policy would have done with the year's applications."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from random import Random

from django.urls import reverse

from collateral.models import Asset, AssetDocument, AssetKind, Pledge, Valuation
from collateral.selectors.secured import secures_nothing
from collateral.services import valuations
from collateral.services.owner_sales import decide_sale, propose_sale
from collateral.services.sale_costs import Papers
from config.simulator.accepting import take_value
from config.simulator.bank import House
from config.simulator.desk import fill_desk
from config.simulator.homes import claim_of_another
from config.simulator.sheets import sheet
from config.simulator.worked_values import inputs_for
from core.business_date import get_bank
from risk.selectors.policy_runs import count_assessed
from risk.services import policies, policy_runs


def look_again(house: House, day: date, random: Random) -> None:
    """Risk has some values of the year's first half appraised again, by another person than before; one machine was sold meanwhile."""
    claim_of_another(house.people["officer2"], day)
    kinds = (AssetKind.MACHINERY, AssetKind.VEHICLE)
    old = Valuation.objects.filter(
        state="ACCEPTED",
        asset__state="REGISTERED",
        asset__kind__in=kinds,
        appraiser__isnull=False,
        valued_date__lt=day - timedelta(days=60),
    ).select_related("asset")
    old = old.exclude(asset__valuations__state__in=["ORDERED", "SUBMITTED"])
    gone = old.exclude(asset__pledges__state__in=[*Pledge.STANDING, *Pledge.WAITING]).order_by("valued_date", "id").first()
    for before in old.order_by("valued_date", "id")[:12]:
        asset = before.asset
        assert before.market_value is not None and before.appraiser is not None
        worth = (before.market_value * Decimal(random.randrange(84, 101)) / 100).quantize(Decimal(1))
        if secures_nothing(asset):
            continue
        other = house.people["appraiser2" if before.appraiser == house.people["appraiser1"] else "appraiser1"]
        order = valuations.order_valuation(asset=asset, actor=house.people["risk1"], business_date=day, appraiser=other)
        value = valuations.submit_valuation(
            valuation=order,
            market_value=worth,
            method=valuations.METHODS[asset.kind][0],
            inputs=inputs_for(valuations.METHODS[asset.kind][0], worth),
            comparables=[("Sold this month", worth), ("Sold the month before", worth)],
            independence_declared=True,
            remarks="Looked at again.",
            valued_date=day,
            actor=other,
            business_date=day,
        )
        if not asset.flags.filter(state="OPEN").exists():
            take_value(house, value, day)
    if gone is not None and gone.market_value is not None:
        sell(house, gone.asset, (gone.market_value * Decimal("0.91")).quantize(Decimal(1)), day)
    fill_desk(house, day)


def sell(house: House, asset: Asset, price: Decimal, day: date) -> None:
    """Its owner sold it: collections tell of it with the bill of sale, and risk has it recorded."""
    propose_sale(
        asset=asset,
        sold_date=day,
        price=price,
        costs=Decimal(0),
        buyer="Elbe Gebrauchtmaschinen",
        reason="The owner sent the bill of sale.",
        remark="What dealers pay for one of this age.",
        papers=Papers(sheet(asset, AssetDocument.Kind.SALE_RECORD)),
        actor=house.people["collections1"],
        business_date=day,
        path=reverse("collateral:realise", args=[asset.pk]),
    )
    decide_sale(asset=asset, confirm=True, reason="Bill of sale seen.", actor=house.people["approver2"], business_date=day)


# What the draft changes: less debt service to income for larger loans, and delays of up to sixty days elsewhere forgiven to good grades.
CHANGED = {"P11": {"soft": "60"}}
ADDED = (
    {
        "fact": "dsti", "title": "Debt service to income", "operator": "<=", "soft": "0.30", "hard": "0.45", "group": "Affordability", "code": "P90",
        "applies_to": ["person"], "conditions": [{"fact": "loan_amount", "operator": ">=", "value": "15000.00"}],
    },
    {
        "fact": "bureau_worst_dpd", "title": "Worst delay in the bureau report", "operator": "<=", "soft": "30", "hard": None, "unit": "days",
        "group": "Credit history", "code": "P91", "applies_to": [], "conditions": [{"fact": "grade", "operator": "in", "value": "C, D"}],
    },
)  # fmt: skip


def try_another_policy(house: House, day: date) -> None:
    """A risk manager drafts another policy and has it held against every application of the year, if there is one."""
    if not count_assessed(get_bank().currency):
        return
    drafter, note = house.people["risk1"], "Stricter on the debt service of larger loans, milder on past delays of good grades"
    draft = policies.draft_policy(actor=drafter, business_date=day, note=note)
    rules = [rule | CHANGED.get(rule["code"], {}) for rule in draft.rules] + list(ADDED)
    draft = policies.edit_policy(version=draft, rules=rules, note=note, actor=drafter, business_date=day)
    policy_runs.try_policy(version=draft, actor=drafter, business_date=day)
    policy_runs.work_runs()
