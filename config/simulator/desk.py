"""What lies on the desk of collateral: an order that was withdrawn, another that is overdue, two values given blind, a near twin,
a margin call.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from collateral.models import Asset, AssetKind, Pledge, Valuation
from collateral.services import assets, flags, valuations
from collateral.services.appraisers import record_firm
from config.simulator.accepting import take_value
from config.simulator.bank import House
from config.simulator.worked_values import inputs_for
from loans.models import Application
from loans.selectors.applications import amount_to_cover
from loans.services.papers import Paper, make_pdf

# Days before today on which two orders go out that nobody answers, and on which the value of one machine falls.
ORDERED_BEFORE, FELL_BEFORE = 17, 6
HALLS = (
    ("Printing works, four presses in one hall", "GB 1401-88", Decimal(3_400_000)),
    ("Bottling line, two halls", "FL-55/2207", Decimal(3_150_000)),
)
# What two who do not know of each other make of one hall: factor of what is stated, method, remarks.
APART = (
    (Decimal("1.07"), "COMPARISON", "Seen on site, both halls. Presses serviced, books shown."),
    (Decimal("0.88"), "COST", "Two of four presses stood still; parts are no longer made."),
)
At = Callable[[date, Callable[[date], None]], None]


def plan_desk(at: At, house: House, today: date) -> None:
    """Put on the agenda what has to have happened some days before today."""
    at(today - timedelta(days=ORDERED_BEFORE), lambda day: order_and_wait(house, day))
    at(today - timedelta(days=FELL_BEFORE), lambda day: let_value_fall(house, day))


def order_and_wait(house: House, day: date) -> None:
    """Risk wants two young values looked at again; the appraiser who is asked is silent."""
    rows = Asset.objects.filter(valuations__state="ACCEPTED", kind__in=[AssetKind.REAL_ESTATE, AssetKind.VEHICLE], state="REGISTERED")
    rows = rows.filter(pledges__state__in=Pledge.STANDING)
    for asset in rows.exclude(valuations__state__in=["ORDERED", "SUBMITTED"]).distinct().order_by("-id")[:2]:
        valuations.order_valuation(asset=asset, actor=house.people["risk1"], business_date=day, appraiser=house.people["appraiser1"])


def let_value_fall(house: House, day: date) -> None:
    """A company's machine turns out to be worn: the night calls for more cover."""
    people = house.people
    pledge = (
        Pledge.objects.filter(
            state="PERFECTED",
            asset__kind=AssetKind.MACHINERY,
            application__loans__state="ACTIVE",
            application__cover_covenant__isnull=False,
        )
        .exclude(asset__valuations__state__in=["ORDERED", "SUBMITTED"])
        .select_related("asset")
        .order_by("id")
        .first()
    )
    if pledge is None:
        return
    asset = pledge.asset
    loan = pledge.application.loans.get()
    order = valuations.order_valuation(asset=asset, actor=people["risk1"], business_date=day, appraiser=people["appraiser1"])
    worth = (loan.outstanding_principal * Decimal("0.6")).quantize(Decimal(1))
    value = _value(order, worth, day, "The spindle is worn out; the control is no longer served.")
    for flag in asset.flags.filter(state="OPEN"):
        flags.decide_flag(flag=flag, uphold=False, reason="Seen on site: the wear is real.", actor=people["risk2"], business_date=day)
    take_value(house, value, day)


def fill_desk(house: House, day: date) -> None:
    """On the last day: one silent order is withdrawn, two halls are valued blind, and somebody brings a machine that is pledged already."""
    people = house.people
    silent = Valuation.objects.filter(state="ORDERED", due_date__lt=day).order_by("id").first()
    if silent is not None:
        valuations.withdraw_order(valuation=silent, reason="No answer to three letters.", actor=people["risk1"], business_date=day)
    record_firm(person=people["appraiser2"], firm="Elbe Valuations", actor=people["risk1"], business_date=day)
    application = Application.objects.filter(state="REVIEW", borrower__isnull=False).order_by("-id").first()
    if application is None:
        return
    for number, (description, title, stated) in enumerate(HALLS):
        hall = _register(house, application, day, description=description, stated_value=stated, title_number=title)
        order = valuations.order_valuation(asset=hall, actor=people["risk1"], business_date=day)
        # Of the first both values are in and so far apart that somebody has to look; of the second one is, and stays sealed.
        for place, value in enumerate(order.together().select_related("appraiser").order_by("id")[: 2 - number]):
            factor, method, remarks = APART[place]
            _value(value, (stated * factor).quantize(Decimal(1)), day - timedelta(days=3 * place), remarks, method=method)
    _bring_twin(house, application, day)


def _bring_twin(house: House, application: Application, day: date) -> None:
    """The same machine, written a little otherwise, for another borrower."""
    known = Asset.objects.filter(kind=AssetKind.MACHINERY, pledges__state="PERFECTED", branch=application.branch_id)
    first = known.first() or Asset.objects.filter(kind=AssetKind.MACHINERY, pledges__state="PERFECTED").order_by("id").first()
    if first is None:
        return
    _register(
        house,
        application,
        day,
        description=f"{first.description.upper()} NEW",
        stated_value=first.stated_value,
        title_number=first.title_number,
    )


def _register(house: House, application: Application, day: date, **written: Any) -> Asset:
    return assets.register_asset(
        application=application,
        kind=AssetKind.MACHINERY,
        owner=application.borrower,
        insured_until=day + timedelta(days=400),
        unlike_reason="The plate shows another year of make.",
        confirmed_amount=amount_to_cover(application),
        actor=house.people["officer2"],
        business_date=day,
        **written,
    )


def _value(order: Valuation, worth: Decimal, day: date, remarks: str, *, method: str = "COMPARISON") -> Valuation:
    """Hand in a value with its report."""
    return valuations.submit_valuation(
        valuation=order,
        market_value=worth,
        method=method,
        inputs=inputs_for(method, worth),
        comparables=[("Sold this month", worth), ("Offered in Brno", worth * 102 // 100)],
        independence_declared=True,
        remarks=remarks,
        valued_date=day,
        attachments=valuations.Attachments(report=_report(order.asset, worth, day, remarks)),
        actor=order.appraiser,
        business_date=day,
    )


def _report(asset: Asset, worth: Decimal, day: date, remarks: str) -> SimpleUploadedFile:
    facts = [("Asset", asset.description), ("Valued on", f"{day:%d %B %Y}"), ("Market value", f"{worth:,.0f} {asset.currency}")]
    content = make_pdf(Paper(f"Valuation of {asset.reference}", facts, sentences=[remarks]))
    return SimpleUploadedFile(f"report-{asset.reference}.pdf", content, "application/pdf")
