"""What waits, as numbers in the navigation. Here because the core draws the navigation and may not import the rooms above it."""

from __future__ import annotations

from collateral.models import RedFlag
from collateral.selectors.assets import list_orders
from collateral.selectors.flags import reviewable_flags
from collateral.selectors.margin_calls import waiting_calls
from collateral.services.flags import DECIDERS
from core.access import within_branches
from core.counts import count_up_to_most
from core.models import User
from core.roles import Role
from loans.models import Application
from loans.selectors.applications import DECIDABLE
from monitoring.models import Alert
from monitoring.selectors import visible_alerts


def waiting_applications(user: User) -> int:
    """Applications that wait for a decision in the person's branches."""
    return count_up_to_most(within_branches(user, Application.objects.filter(state__in=DECIDABLE)))


def open_alerts(user: User) -> int:
    """Alerts that this person sees and nobody has resolved."""
    return count_up_to_most(visible_alerts(user).exclude(state=Alert.State.RESOLVED))


def waiting_margin_calls(user: User) -> int:
    """Margin calls on loans this person sees that nothing has met yet."""
    return count_up_to_most(waiting_calls(user))


def waiting_reviews(user: User) -> int:
    """Red flags of collateral that this person may decide; asked of the database for those who decide alone."""
    if not user.has_role(*DECIDERS):
        return 0
    return count_up_to_most(reviewable_flags(user).filter(state=RedFlag.State.OPEN))


def orders_for(user: User) -> int:
    """Values that this person was asked for and has not handed in; asked of the database for appraisers alone."""
    return count_up_to_most(list_orders(user)) if user.has_role(Role.APPRAISER) else 0
