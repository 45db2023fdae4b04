"""Who looks into a red flag: taken by themselves or given by a risk manager; and what nobody decided in time."""

from __future__ import annotations

from datetime import date, timedelta

from django.db import connection, transaction
from django.utils import timezone

from collateral.events import FlagReviewOverdue
from collateral.models import RedFlag
from collateral.selectors.flags import reviewers_for
from collateral.selectors.secured import SECURES_NOTHING
from collateral.services.flags import DECIDERS
from core import audit
from core.errors import Conflict, DomainError
from core.events import publish_all
from core.models import User
from core.roles import Role

# A review that stays undecided is told of again after so many days, once its alert was closed.
TOLD_AGAIN_DAYS = 7
# Told of once, and then each week, while something is secured by the asset; one statement however many there are.
OVERDUE = f"""
UPDATE collateral_redflag f SET told_date = %(day)s
FROM collateral_asset a WHERE a.id = f.asset_id AND NOT {SECURES_NOTHING}
  AND f.state = 'OPEN' AND f.raised_date < %(due)s AND (f.told_date IS NULL OR f.told_date <= %(again)s)
RETURNING f.id, f.asset_id, f.raised_date
"""


class UnableToTakeReview(DomainError):
    """The review of the red flag does not pass to this person."""

    title = "The review was not passed on"
    messages = {
        "not_entitled": "Only risk managers and approvers look into red flags.",
        "not_manager": "Only risk managers give a review to somebody else, or take one from them.",
        "own_work": "{name} worked on this asset, or may not decide its red flags. Somebody else has to.",
        "not_yours": "Nobody holds this review, or somebody else does.",
    }


@transaction.atomic
def take_review(*, flag: RedFlag, actor: User, business_date: date, reviewer: User | None = None) -> RedFlag:
    """Make somebody responsible for deciding a red flag: the actor, or whom a risk manager names as `reviewer`. Others entitled may still
    decide it. A risk manager may give on what another holds.

    Raises UnableToTakeReview: `not_entitled`, `not_manager`, `own_work`; Conflict when somebody else holds it or it is decided.
    """
    reviewer = reviewer or actor
    _may(actor)
    manager = actor.has_role(Role.RISK_MANAGER)
    if reviewer != actor and not manager:
        raise UnableToTakeReview("not_manager")
    if not reviewers_for(flag.asset).filter(pk=reviewer.pk).exists():
        raise UnableToTakeReview("own_work", name=reviewer.full_name)
    held = _lock(flag)
    if held.reviewer_id == reviewer.pk:
        return held
    if held.reviewer_id is not None and not manager:
        raise Conflict("already_advanced", state="taken by somebody else")
    return _pass_on(held, reviewer, actor, business_date)


@transaction.atomic
def give_review_back(*, flag: RedFlag, actor: User, business_date: date) -> RedFlag:
    """Let somebody else have the review. Raises UnableToTakeReview: `not_entitled`, `not_yours`; Conflict when it is decided."""
    _may(actor)
    held = _lock(flag)
    if held.reviewer_id is None or (held.reviewer_id != actor.pk and not actor.has_role(Role.RISK_MANAGER)):
        raise UnableToTakeReview("not_yours")
    return _pass_on(held, None, actor, business_date)


@transaction.atomic
def tell_overdue_reviews(*, business_date: date) -> int:
    """Tell of the red flags that nobody decided in time, once and then weekly. Idempotent per day. Returns how many were told of."""
    days = {
        "day": business_date,
        "due": business_date - timedelta(days=RedFlag.REVIEW_DAYS),
        "again": business_date - timedelta(days=TOLD_AGAIN_DAYS),
    }
    with connection.cursor() as cursor:
        cursor.execute(OVERDUE, days)
        rows = cursor.fetchall()
    late = timedelta(days=RedFlag.REVIEW_DAYS)
    publish_all([FlagReviewOverdue(flag_id=str(key), asset_id=str(asset), due_date=(day + late).isoformat()) for key, asset, day in rows])
    return len(rows)


def _may(actor: User) -> None:
    if not actor.has_role(*DECIDERS):
        raise UnableToTakeReview("not_entitled")


def _lock(flag: RedFlag) -> RedFlag:
    held = RedFlag.objects.select_for_update(of=("self",)).select_related("asset").get(pk=flag.pk)
    if held.state != RedFlag.State.OPEN:
        raise Conflict("already_advanced", state=held.get_state_display().lower())
    return held


def _pass_on(flag: RedFlag, reviewer: User | None, actor: User, business_date: date) -> RedFlag:
    flag.reviewer, flag.taken_at = reviewer, timezone.now() if reviewer else None
    flag.save(update_fields=["reviewer", "taken_at"])
    audit.record(
        "red_flag.review_taken" if reviewer else "red_flag.review_given_back",
        actor=actor,
        target=flag,
        branch=flag.asset.branch_id,
        label=flag.asset.reference,
        business_date=business_date,
        code=flag.code,
        reviewer=reviewer.full_name if reviewer else "",
    )
    return flag
