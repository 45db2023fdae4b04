"""Whether money may still leave under what was granted: the one condition that holds, flags and lapses of cover ask."""

from __future__ import annotations

from django.db.models import QuerySet

from loans.models import Application, Facility
from loans.selectors.applications import CLOSED_APPLICATIONS
from loans.selectors.loans import DRAWABLE

# Under any other limit may still be drawn, or may again once it is opened.
ENDED_LIMITS = (Facility.State.EXPIRED.value, Facility.State.CANCELLED.value)


def _listed(states: tuple[str, ...]) -> str:
    return ", ".join(f"'{state}'" for state in states)


# Of an application `{file}` that is not closed: nothing was paid out yet, something waits to be, or a limit may be drawn again.
MAY_LEAVE = f"""(
  {{file}}.state NOT IN ({_listed(CLOSED_APPLICATIONS)}) AND (
    NOT EXISTS (SELECT FROM loans_loan l WHERE l.application_id = {{file}}.id)
    OR EXISTS (SELECT FROM loans_loan l WHERE l.application_id = {{file}}.id AND l.undrawn > 0 AND l.state IN ({_listed(DRAWABLE)}))
    OR EXISTS (SELECT FROM loans_facility y WHERE y.application_id = {{file}}.id AND y.revolving AND y.state NOT IN ({_listed(ENDED_LIMITS)}))
  )
)"""


def with_money_to_leave(applications: QuerySet[Application]) -> QuerySet[Application]:
    """Those of applications under which money may still leave."""
    return applications.extra(where=[MAY_LEAVE.format(file="loans_application")])  # noqa: S610 -- constant text without a value


def open_limit(application: Application) -> Facility | None:
    """The limit of an application under which somebody may still draw, or may again once it is opened."""
    return Facility.objects.filter(application=application, revolving=True).exclude(state__in=ENDED_LIMITS).first()
