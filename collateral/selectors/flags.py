"""Red flags that stand: open ones, and those upheld that nothing has put right since; and those that wait for a person."""

from __future__ import annotations

from datetime import date, timedelta

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from collateral.domain.counting import FALSE, FOUND, VOID
from collateral.domain.red_flags import ANSWERED
from collateral.models import Asset, Inspection, Pledge, RedFlag, Valuation
from collateral.selectors.interests import interested_in_asset, without_interest
from core import access
from core.models import User
from core.roles import Role

VIEWS = (("waiting", "Waiting"), ("mine", "Mine"), ("late", "Overdue"), ("upheld", "Upheld"))


def standing_flags() -> QuerySet[RedFlag]:
    """What speaks against an asset today. An upheld flag about a value, or about what a value answers (`domain.red_flags.ANSWERED`), stands
    until an appraiser's other value is accepted after it was decided; any other one about the asset until it is lifted."""
    accepted_later = Valuation.objects.filter(
        asset=OuterRef("asset"),
        state__in=[Valuation.State.ACCEPTED, Valuation.State.EXPIRED],
        computed__isnull=True,
        decided_at__gte=OuterRef("decided_at"),
    )
    # Compared with the value that it is about only where it is about one: with no value nothing is equal nor different.
    answered = Q(valuation=None, code__in=ANSWERED) & Q(Exists(accepted_later))
    replaced = Q(valuation__isnull=False) & Q(Exists(accepted_later.exclude(pk=OuterRef("valuation"))))
    return RedFlag.objects.filter(Q(state=RedFlag.State.OPEN) | Q(state=RedFlag.State.UPHELD) & ~(answered | replaced))


def found_on(asset: Asset) -> frozenset[str]:
    """Which upheld findings say that an asset is no longer what was valued: codes of `domain.counting.FOUND`."""
    standing = standing_flags().filter(asset=asset, valuation=None, state=RedFlag.State.UPHELD, code__in=FOUND)
    return frozenset(standing.values_list("code", flat=True))


def ended_by(value: Valuation) -> frozenset[str]:
    """What says that a value is not, or no longer, what its asset is worth: codes of `domain.counting.ENDED_BY`. A red flag upheld about
    one value is about all that were computed of the same appraised one.
    """
    computed = getattr(value, "computed", None)
    appraised = (computed.base_id if computed is not None else None) or value.pk
    upheld = RedFlag.objects.filter(asset=value.asset_id, state=RedFlag.State.UPHELD)
    wrong = upheld.filter(Q(valuation=appraised) | Q(valuation__computed__base=appraised) | Q(valuation=value)).exists()
    return found_on(value.asset) | ({FALSE} if wrong else frozenset())


def void_on(asset: Asset) -> frozenset[str]:
    """Which upheld red flags say that an asset is not whose or which it was said to be: codes of `domain.counting.VOID`."""
    return frozenset(asset.flags.filter(state=RedFlag.State.UPHELD, code__in=VOID).values_list("code", flat=True))


def people_on_asset(asset: Asset) -> frozenset[int]:
    """Ids of who registered, appraised or inspected an asset, or declared an interest in whom it secures a file of: none of them decides
    its red flags, or that it is no more.
    """
    worked = {
        asset.registered_by_id,
        *Valuation.objects.filter(asset=asset).values_list("appraiser_id", flat=True),
        *Inspection.objects.filter(asset=asset).values_list("inspector_id", flat=True),
        *interested_in_asset(asset),
    }
    return frozenset(person for person in worked if person is not None)


def vouched_for(asset: Asset) -> frozenset[int]:
    """Ids of who accepted the value that an asset has, or perfected a pledge of it that stands: a red flag about it is one about their own
    word, which somebody else decides.
    """
    accepted = Valuation.objects.filter(asset=asset, state=Valuation.State.ACCEPTED).values_list("decided_by_id", flat=True)
    perfected = Pledge.objects.filter(asset=asset, state__in=Pledge.STANDING).values_list("perfected_by_id", flat=True)
    return frozenset(person for person in (*accepted, *perfected) if person is not None)


def cleared_flags(user: User, asset: Asset, *values: Valuation) -> QuerySet[RedFlag]:
    """Red flags about an asset itself, or about these values of it, that a person judged to be nothing or ended: whoever did that says in
    no other way that the asset is good. What a fact settled was nobody's judgement.
    """
    about = Q(valuation=None) | Q(valuation__in=values)
    judged = Q(state=RedFlag.State.CLEARED, decided_by=user, by_fact=False) | Q(state=RedFlag.State.LIFTED, lifted_by=user)
    return RedFlag.objects.filter(about, judged, asset=asset)


def reviewable_flags(user: User) -> QuerySet[RedFlag]:
    """Red flags of assets of the user's branches of which neither `people_on_asset` nor `vouched_for` would name them: the same question of
    many at once.
    """
    rows = access.within_branches(user, RedFlag.objects.all(), branch="asset__branch").exclude(asset__registered_by=user)
    appraised = Valuation.objects.filter(asset=OuterRef("asset"), appraiser=user)
    inspected = Inspection.objects.filter(asset=OuterRef("asset"), inspector=user)
    accepted = Valuation.objects.filter(asset=OuterRef("asset"), state=Valuation.State.ACCEPTED, decided_by=user)
    perfected = Pledge.objects.filter(asset=OuterRef("asset"), state__in=Pledge.STANDING, perfected_by=user)
    for worked in (appraised, inspected, accepted, perfected):
        rows = rows.exclude(Exists(worked))
    return without_interest(rows, user)


def reviewers_for(asset: Asset) -> QuerySet[User]:
    """Who may decide red flags of an asset: risk managers, and approvers of its branch, none of whom worked on it or vouched for it."""
    of_branch = Q(role_rows__role=Role.APPROVER, branch_rows__branch=asset.branch_id)
    rows = User.objects.filter(Q(role_rows__role=Role.RISK_MANAGER) | of_branch, is_active=True)
    return rows.exclude(pk__in=people_on_asset(asset) | vouched_for(asset)).distinct().order_by("full_name", "pk")


def reviews_of(user: User) -> QuerySet[RedFlag]:
    """The red flags that a person is responsible for deciding, what is due first first: one query."""
    rows = reviewable_flags(user).filter(state=RedFlag.State.OPEN, reviewer=user)
    return rows.select_related("asset").order_by("raised_date", "id")


def _rows(user: User, view: str, today: date) -> Q:
    waiting = Q(state=RedFlag.State.OPEN)
    return {
        "waiting": waiting,
        "mine": waiting & Q(reviewer=user),
        "late": waiting & Q(raised_date__lt=today - timedelta(days=RedFlag.REVIEW_DAYS)),
        "upheld": Q(state=RedFlag.State.UPHELD, valuation=None),
    }[view]


def list_flags(user: User, *, view: str, today: date) -> QuerySet[RedFlag]:
    """Red flags that somebody has to look at, what was due first first; of those upheld about the asset itself, the same. One query."""
    return (
        reviewable_flags(user)
        .filter(_rows(user, view, today))
        .select_related("asset", "decided_by", "reviewer")
        .order_by("raised_date", "id")
    )


def count_flags(user: User, *, today: date) -> dict[str, int]:
    """How many stand in each view: one query."""
    return reviewable_flags(user).aggregate(**{name: Count("pk", filter=_rows(user, name, today)) for name, _ in VIEWS})
