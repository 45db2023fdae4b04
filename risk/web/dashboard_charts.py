"""The drawings of the dashboard and the measures they stand on. Amounts in the bank's currency, ratios as fractions."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from core.charts import HBar, HBars, Limit, Line, Lines
from core.web import formats
from loans.selectors.loans import bucket_labels
from risk.domain.appetite import Appetite, share
from risk.selectors.portfolio import Day, Portfolio

LATE = tuple(bucket_labels()[2:])
"""More than thirty days past due."""
WORST = tuple(bucket_labels()[4:])
"""More than ninety days past due."""
WAITING = ("REVIEW", "REFERRED")
INVESTIGATED = ("SUBMITTED", "INCOMPLETE", "INVESTIGATING")
OPEN_STATES = {
    "DRAFT": "Draft",
    "SUBMITTED": "Submitted",
    "INCOMPLETE": "Waiting for the applicant",
    "INVESTIGATING": "Investigating",
    "REVIEW": "In review",
    "REFERRED": "Referred",
    "RETURNED": "Returned",
    "APPROVED": "Approved",
    "COUNTER_OFFERED": "Counter-offered",
    "OFFERED": "Offered",
    "ACCEPTED": "Accepted",
}


def npl_of(day: Day) -> Decimal | None:
    """Non-performing principal over outstanding principal."""
    return share(day.of("total", "non_performing")[1], day.of("total", "outstanding")[1])


def late_of(day: Day) -> Decimal | None:
    """Principal of loans more than thirty days past due over outstanding principal."""
    late = sum((day.of("bucket", key)[1] for key in LATE), start=Decimal(0))
    return share(late, day.of("total", "outstanding")[1])


def waiting_of(day: Day) -> int:
    """Applications that wait for a decision."""
    return sum(day.of("state", key)[0] for key in WAITING)


def investigated_of(day: Day) -> int:
    """Applications on their way to a decision."""
    return sum(day.of("state", key)[0] for key in INVESTIGATED)


def open_of(day: Day) -> tuple[int, Decimal]:
    """Applications that are neither drafts nor ended: how many, and the amount asked for."""
    cells = [day.of("state", key) for key in OPEN_STATES if key != "DRAFT"]
    return sum(count for count, _ in cells), sum((amount for _, amount in cells), start=Decimal(0))


def label_of(day: date, is_monthly: bool) -> str:
    """ "Nov 26" for a month's close, "23 Nov" for a day."""
    words = formats.day(day).split()
    return f"{words[1]} {words[2][2:]}" if is_monthly else f"{words[0]} {words[1]}"


def ratios(portfolio: Portfolio, appetite: Appetite) -> Lines:
    """NPL ratio and 30+ DPD over time, with the appetite."""
    days = portfolio.days
    npl, late = [npl_of(day) for day in days], [late_of(day) for day in days]
    limit = appetite.npl
    state = "no loans yet" if npl[-1] is None else formats.percent(npl[-1], 2)
    side = "above" if npl[-1] is not None and npl[-1] > limit else "within"
    return Lines(
        f"NPL ratio is {state}, {side} appetite {formats.percent(limit, 2)}.",
        labels=[label_of(day.business_date, portfolio.is_monthly) for day in days],
        lines=[Line("NPL", npl, "s1", area=True), Line("30+ DPD", late, "s2")],
        limits=[Limit("NPL appetite", limit)],
        unit="percent",
        axis="Month" if portfolio.is_monthly else "Day",
    )


def outstanding(portfolio: Portfolio) -> Lines:
    """Outstanding principal over time."""
    days = portfolio.days
    amounts = [day.of("total", "outstanding")[1] for day in days]
    return Lines(
        f"Outstanding principal is {formats.compact(amounts[-1])}.",
        labels=[label_of(day.business_date, portfolio.is_monthly) for day in days],
        lines=[Line("Outstanding", amounts, "s1", area=True)],
        unit="money",
        width=440,
        axis="Month" if portfolio.is_monthly else "Day",
    )


def buckets(day: Day) -> HBars:
    """Principal of late loans by days past due."""
    rows = []
    for number, key in enumerate(bucket_labels()[1:], start=1):
        count, amount = day.of("bucket", key)
        style = "s1" if number == 1 else "s2"
        rows.append(HBar(f"{key.replace('-', '–')} days", amount, style, note=_loans(count)))
    late = sum((row.value for row in rows), start=Decimal(0))
    return HBars(
        f"Principal of late loans is {formats.compact(late)}.", rows, unit="money", width=440, axis="Past due", measure="Principal"
    )


def _loans(count: int) -> str:
    return f"in {count:,} {'loan' if count == 1 else 'loans'}" if count else ""


def states(day: Day) -> HBars:
    """Open applications by state, in the order of their way."""
    rows = [HBar(label, day.of("state", key)[0]) for key, label in OPEN_STATES.items() if day.of("state", key)[0]]
    total = sum(int(row.value) for row in rows)
    sentence = f"{total:,} {'application is' if total == 1 else 'applications are'} open."
    return HBars(sentence, rows, unit="count", width=440, axis="State", measure="Applications")
