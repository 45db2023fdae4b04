"""What secures an application: coverage for its page, facts for risk, and the parts that both are worked out from."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Case, F, Q, When
from django.db.models.expressions import RawSQL

from collateral.domain.allocation import Claim
from collateral.domain.asset_facts import ACCOUNT_KINDS
from collateral.domain.coverage import Coverage, CoverageGround, PledgedValue
from collateral.domain.revaluation import DEFAULTS
from collateral.models import Pledge, Valuation
from collateral.selectors.flags import standing_flags
from collateral.selectors.value_settings import settings_in_force
from core.fields import MoneyField
from core.row_security import whole_bank
from loans.models import Application, Facility, Loan
from loans.selectors.applications import amount_to_cover
from loans.selectors.loans import LIVE
from loans.selectors.money_to_leave import ENDED_LIMITS
from loans.selectors.write_offs import CHARGES_OF_LOAN, LOST_OF_LOAN

__all__ = ["ACCEPTED_LAST", "Coverage", "coverage_from", "coverage_of", "facts_of", "ground_of", "is_unblocked", "unsecured"]

# Whether anything was ever pledged for an application: a query for others to embed.
PLEDGED = "SELECT FROM collateral_pledge WHERE application_id = {application}"
# In the order in which values were accepted: the last one is what an asset was worth last.
ACCEPTED_LAST = (F("decided_at").asc(nulls_first=True), "valued_date", "id")


def coverage_of(
    application: Application,
    *,
    business_date: date,
    exposure: Decimal | None = None,
    standing: bool = False,
    without: Collection[UUID] = (),
    lapsed: bool = False,
) -> Coverage:
    """Coverage by the accepted, unexpired valuations: the application's shares of its assets' lending values by rank. As `ground_of`."""
    ground = ground_of(application, business_date=business_date, exposure=exposure, standing=standing, without=without, lapsed=lapsed)
    return ground.coverage()


def coverage_from(kept: Mapping[str, Any]) -> Coverage:
    """The same from parts that were written down. No query."""
    return CoverageGround.from_dict(kept).coverage()


def ground_of(
    application: Application,
    *,
    business_date: date,
    exposure: Decimal | None = None,
    standing: bool = False,
    without: Collection[UUID] = (),
    lapsed: bool = False,
) -> CoverageGround:
    """What the coverage of an application is worked out from.

    Its own pledges count from the day they are proposed, or with `standing` once they stand in the registry, of deposits and securities
    never before their custodian has confirmed the block; those of other applications once they do, or where they rank better. Without an
    `exposure` it is what was granted, and until then what was asked for. Assets in `without` are left out. With `lapsed` a value that ran
    out counts as it last was where no other is in force.
    """
    counted = {"state__in": Pledge.STANDING if standing else (*Pledge.WAITING, *Pledge.STANDING)}
    pledges = [
        one for one in Pledge.objects.filter(application=application, **counted).select_related("asset") if one.asset_id not in without
    ]
    owed = exposure if exposure is not None else amount_to_cover(application)
    values = _values_of(pledges, business_date, lapsed)
    others = _claims_of_others(application, pledges, business_date)
    # Django asks nothing about no assets; nor is anything asked about rules that no value needs. Such a debt costs one query.
    settings = settings_in_force() if values else DEFAULTS
    found = []
    for pledge in pledges:
        valuation = values.get(pledge.asset_id)
        one = PledgedValue(
            pledge.rank,
            pledge.amount,
            pledge.prior_claims,
            valued_date=valuation.valued_date if valuation else None,
            others=tuple(others.get(pledge.asset_id, ())),
        )
        counts = pledge.asset.state == "REGISTERED" and not is_unblocked(pledge)
        if valuation is not None and valuation.market_value is not None and counts:
            haircut = settings.haircut_of(pledge.asset.kind, valuation.method)
            one = replace(one, value=valuation.counting_value, counted=pledge.asset.counted_share, haircut=haircut)
            works = getattr(valuation, "modification", None)
            if works is not None and works.counts:
                one = replace(one, works=works.kind, capped=valuation.kept_of(works.cap))
        found.append(one)
    flags = standing_flags().filter(asset__in=[pledge.asset_id for pledge in pledges]).count()
    return CoverageGround(owed, tuple(found), flags)


def unsecured(application: Application) -> CoverageGround:
    """The same of an application for which nothing was ever pledged. At most one query."""
    return CoverageGround(amount_to_cover(application), (), 0)


def is_unblocked(pledge: Pledge) -> bool:
    """Whether a pledge is of an account whose custodian has not confirmed to block it: its owner can take away what lies there."""
    return pledge.asset.kind in ACCOUNT_KINDS and pledge.state in Pledge.WAITING


def _values_of(pledges: list[Pledge], business_date: date, lapsed: bool) -> dict[UUID, Valuation]:
    """The value of each asset that counts on a day, with `lapsed` else the one that was accepted last: one query."""
    in_force = Q(state=Valuation.State.ACCEPTED, expires_date__gt=business_date)
    counted = Q(state__in=[Valuation.State.ACCEPTED, Valuation.State.EXPIRED]) if lapsed else in_force
    rows = Valuation.objects.filter(counted, asset__in=[pledge.asset_id for pledge in pledges]).select_related("modification")
    if lapsed:
        rows = rows.annotate(in_force=Case(When(in_force, then=1), default=0)).order_by("in_force", *ACCEPTED_LAST)
    else:
        rows = rows.order_by("valued_date", "id")
    return {one.asset_id: one for one in rows}


@whole_bank()
def _claims_of_others(application: Application, pledges: list[Pledge], business_date: date) -> dict[UUID, list[Claim]]:
    """What other applications' liens claim of the same assets, registered or proposed at a better rank, by asset: at most what is owed to
    them, what was written off and has not come in since among it. Also to other branches, whose rows a reader does not see: only the sums
    come out.
    """
    ranks = {pledge.asset_id: pledge.rank for pledge in pledges}
    beside = Pledge.objects.filter(asset__in=ranks, state__in=(*Pledge.STANDING, *Pledge.WAITING)).exclude(application=application)
    # Who ranks better comes first once it is registered, and counts before that.
    rows = [one for one in beside if one.state in Pledge.STANDING or one.rank < ranks[one.asset_id]]
    owed: dict[UUID, Decimal] = {}
    loans = Loan.objects.filter(application__in=[row.application_id for row in rows])
    lost = RawSQL(LOST_OF_LOAN.format(loan="loans_loan"), [], output_field=MoneyField())  # noqa: S611 -- constant text without a value
    due = RawSQL(CHARGES_OF_LOAN.format(loan="loans_loan", day="%s"), [business_date], output_field=MoneyField())  # noqa: S611 -- as above
    for application_id, state, principal, undrawn, written_off, charges in loans.values_list(
        "application_id", "state", "outstanding_principal", "undrawn", lost, due
    ):
        claims = principal + undrawn + charges if state in (*LIVE, "SIGNED") else Decimal(0)
        owed[application_id] = owed.get(application_id, Decimal(0)) + claims + written_off
    open_limits = Facility.objects.filter(application__in=[row.application_id for row in rows], revolving=True).exclude(
        state__in=ENDED_LIMITS
    )
    for application_id, limit in open_limits.values_list("application_id", "limit_amount"):
        owed[application_id] = max(owed.get(application_id, limit), limit)
    found: dict[UUID, list[Claim]] = {}
    for row in rows:
        amount = min(row.amount, owed.get(row.application_id, row.amount))
        found.setdefault(row.asset_id, []).append(Claim(row.pk, row.rank, amount, row.prior_claims))
    return found


def facts_of(found: Coverage, *, business_date: date) -> dict[str, Decimal | int | None]:
    """Collateral as policy facts: `ltv` and `collateral_coverage` as fractions, `valuation_age_days`, `open_red_flags`."""
    age = (business_date - found.oldest_valued_date).days if found.oldest_valued_date else None
    return {
        "ltv": found.ltv,
        "collateral_coverage": found.coverage,
        "valuation_age_days": age,
        "open_red_flags": found.open_flags,
    }
