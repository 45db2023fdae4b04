"""What cover carries for the purpose of a margin call: a value that ran out counts as it last was, for a grace, and then nothing."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal

from django.db import connection

from collateral.domain.margin import Standing
from collateral.models import Asset, Cover, Valuation
from collateral.selectors.allotment import WITH_LAPSED, parameters
from collateral.selectors.coverage import ACCEPTED_LAST
from collateral.selectors.value_settings import settings_in_force
from core.row_security import whole_bank
from loans.models import Loan


def available_with_lapsed(loan_ids: Iterable[int], *, business_date: date, whenever: bool = False) -> dict[int, Decimal]:
    """What is available to each of these loans when values that ran out within the grace, or `whenever`, count as they last were: one
    query, none for no loans.
    """
    ids = list(loan_ids)
    if not ids:
        return {}
    since = date.min if whenever else business_date - timedelta(days=settings_in_force().grace_days)
    asked = parameters(business_date, 0, 0) | {"loans": ids, "lapsed": since}
    with whole_bank(), connection.cursor() as cursor:
        cursor.execute(WITH_LAPSED, asked)
        return dict(cursor.fetchall())


def standings_of(covers: Iterable[Cover], *, business_date: date) -> dict[int, Standing]:
    """How each loan stands for the purpose of a call, by loan."""
    known = list(covers)
    counted = available_with_lapsed([cover.loan_id for cover in known if cover.unvalued], business_date=business_date)
    return {cover.loan_id: Standing(cover.exposure, counted.get(cover.loan_id, cover.available), cover.pledges) for cover in known}


def counted_until(loan: Loan, assets: Iterable[Asset], *, business_date: date) -> list[tuple[Asset, date | None]]:
    """Those of a loan's assets whose value ran out, with the last day on which it counts in a call; None when it counts no more."""
    chosen = {asset.pk: asset for asset in assets}
    valued = Valuation.objects.filter(
        asset__in=chosen, currency=loan.currency, state__in=[Valuation.State.ACCEPTED, Valuation.State.EXPIRED]
    )
    ends = dict(valued.order_by(*ACCEPTED_LAST).values_list("asset", "expires_date"))
    in_force = set(valued.filter(state=Valuation.State.ACCEPTED, expires_date__gt=business_date).values_list("asset", flat=True))
    found = []
    lapsed = [key for key in chosen if key not in in_force]
    grace = settings_in_force().grace_days if lapsed else 0
    for key, asset in chosen.items():
        if key not in in_force:
            end = ends.get(key)
            last = end + timedelta(days=grace - 1) if end else None
            found.append((asset, last if last and last >= business_date else None))
    return found
