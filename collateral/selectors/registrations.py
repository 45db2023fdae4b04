"""Reads of pledges on their way through a registry."""

from __future__ import annotations

from datetime import date, timedelta

from django.db.models import Count, Q, QuerySet

from collateral.domain.revaluation import Settings
from collateral.models import Pledge
from collateral.selectors.assets import asked_for, visible_assets
from core.models import User
from core.roles import Role
from loans.selectors.applications import GRANTED

VIEWS = (("silent", "No answer in time"), ("pending", "With the registry"), ("unsent", "To be sent"), ("blocks", "Blocks to end"))
State = Pledge.State


def _rows(view: str, today: date, settings: Settings) -> Q:
    pending = Q(state=State.REGISTRATION_PENDING)
    return {
        "silent": pending & Q(sent_date__lte=today - timedelta(days=settings.registry_days)),
        "pending": pending,
        "unsent": Q(state=State.PROPOSED, asset__kind__in=settings.registry_kinds, application__state__in=GRANTED),
        "blocks": Q(state__in=[State.RELEASED, State.SUBSTITUTED], blocked_date__isnull=False, unblocked_date__isnull=True),
    }[view]


def list_registrations(user: User, *, view: str, today: date, settings: Settings) -> QuerySet[Pledge]:
    """Pledges that a registry has not answered, the oldest first: of longer than the settings allow, all of them, or of granted files those
    that are still to be sent; and those that were given back of accounts whose custodian nobody has told.
    """
    rows = _seen_by(user).filter(_rows(view, today, settings))
    return rows.select_related("asset", "application__borrower", "sent_by").order_by("sent_date", "id")


def count_registrations(user: User, *, today: date, settings: Settings) -> dict[str, int]:
    """How many stand in each view: one query."""
    asked = {name: Count("pk", filter=_rows(name, today, settings)) for name, _ in VIEWS}
    return _seen_by(user).filter(Q(state__in=Pledge.WAITING) | _rows("blocks", today, settings)).aggregate(**asked)


def _seen_by(user: User) -> QuerySet[Pledge]:
    """Pledges of assets that somebody sees and does not value blind: what is borrowed on one would tell of its worth."""
    rows = Pledge.objects.filter(asset__in=visible_assets(user))
    return rows.exclude(asset__in=asked_for(user).values("asset")) if user.has_role(Role.APPRAISER) else rows
