"""The answer to an applicant. Risk decides and calls down; here the file moves, the outcome is kept in public words, conditions arise."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery

from core import audit
from core.errors import DomainError
from core.events import publish
from core.models import User
from loans.domain.states import ApplicationState
from loans.events import ApplicationDecided
from loans.models import Application, ApplicationOutcome, ConditionPrecedent, ProductVersion
from loans.services.holds import is_held
from loans.services.states import advance
from loans.services.worklist import NOBODYS

APPROVALS = ("APPROVED", "APPROVED_WITH_CONDITIONS", "COUNTER_OFFERED")
_STATES = {
    "APPROVED": ApplicationState.APPROVED,
    "APPROVED_WITH_CONDITIONS": ApplicationState.APPROVED,
    "COUNTER_OFFERED": ApplicationState.COUNTER_OFFERED,
    "DECLINED": ApplicationState.DECLINED,
    "RETURNED": ApplicationState.RETURNED,
    "REFERRED": ApplicationState.REFERRED,
}


class UnableToDecideApplication(DomainError):
    """The application cannot be decided so."""

    title = "The decision was not taken"
    messages = {
        "on_hold": "The application is on hold; what holds it has to be decided first.",
        "unknown_outcome": "This outcome does not exist.",
        "terms_missing": "An approval needs an amount, a term and a rate.",
    }


@transaction.atomic
def decide_application(
    *,
    application: Application,
    outcome: str,
    amount: Decimal | None,
    term_months: int | None,
    annual_rate: Decimal | None,
    conditions: list[dict[str, str]],
    reasons: list[dict[str, str]],
    actor: User | None,
    business_date: date,
    actor_name: str = "",
    valid_until: date | None = None,
    put_up_by: User | None = None,
    voters: Sequence[int] = (),
    no_later_than: date | None = None,
    secured: bool = False,
) -> ApplicationOutcome:
    """Write the outcome and move the file. Approvals become offers at once, with their conditions precedent. `put_up_by` put
    it up where `actor` is another person, who decided with them; `voters` are the ids of a committee. An offer stands as long as its
    product says, but not after `no_later_than`: what it was decided on is not known to be true any longer. `secured`: something is pledged
    for it, which the decision counts on and which has to be registered whether the product asks for it or not.

    Raises UnableToDecideApplication: `on_hold`, `unknown_outcome`, `terms_missing`; Conflict.
    """
    if outcome not in _STATES:
        raise UnableToDecideApplication("unknown_outcome")
    locked = Application.objects.select_for_update(of=("self",)).select_related("product_version").get(pk=application.pk)
    version = locked.product_version
    assert version is not None
    # A returned file has as long as its letter gives it, which is still to be written.
    values: dict[str, Any] = {"decided_date": business_date, "complete_by": None, **NOBODYS}
    if outcome in APPROVALS:
        if is_held(locked):
            raise UnableToDecideApplication("on_hold")
        if amount is None or term_months is None or annual_rate is None:
            raise UnableToDecideApplication("terms_missing")
        valid_until = valid_until or offer_end(version, business_date=business_date, no_later_than=no_later_than)
    written = ApplicationOutcome.objects.create(
        application=locked,
        outcome=outcome,
        amount=amount if outcome in APPROVALS else None,
        term_months=term_months if outcome in APPROVALS else None,
        annual_rate=annual_rate if outcome in APPROVALS else None,
        conditions=conditions,
        reasons=reasons,
        valid_until=valid_until if outcome in APPROVALS else None,
        decided_by=actor,
        put_up_by=put_up_by,
        voters=list(voters),
        decided_date=business_date,
    )
    advance(locked, _STATES[outcome], actor=actor, business_date=business_date, actor_name=actor_name, **values)
    if outcome in APPROVALS:
        _add_conditions(locked, conditions, collateral=version.collateral_required or secured)
        advance(locked, ApplicationState.OFFERED, actor=None, business_date=business_date)
    audit.record(
        "application.decided",
        actor=actor,
        actor_name=actor_name,
        target=locked,
        business_date=business_date,
        outcome=outcome,
        amount=amount,
    )
    publish(ApplicationDecided(application_id=str(locked.pk), outcome=outcome))
    application.refresh_from_db()
    return written


def offer_end(version: ProductVersion, *, business_date: date, no_later_than: date | None) -> date:
    """The last day on which an offer made on the business date can be accepted."""
    end = business_date + timedelta(days=version.offer_days)
    return end if no_later_than is None else min(end, no_later_than)


def _add_conditions(application: Application, conditions: list[dict[str, str]], *, collateral: bool) -> None:
    rows = [("contract_signed", "Contract signed by the borrower")]
    if collateral:
        rows.append(("collateral_perfected", "Collateral registered in the bank's favour"))
    rows += [(item["code"], item["text"]) for item in conditions]
    for code, title in rows:
        ConditionPrecedent.objects.get_or_create(application=application, code=code[:40], defaults={"title": title[:200]})


def latest_outcome(application: Application) -> ApplicationOutcome | None:
    """The answer that counts now."""
    return application.outcomes.order_by("-id").first()


def with_valid_until(applications: QuerySet[Application]) -> QuerySet[Any]:
    """Applications with the last day of that answer as `valid_until`: no query of its own."""
    latest = ApplicationOutcome.objects.filter(application=OuterRef("pk")).order_by("-id")
    return applications.annotate(valid_until=Subquery(latest.values("valid_until")[:1]))
