"""Which appraisers work for another firm."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from collateral.models import OutsideAppraiser, Valuation
from core import audit
from core.errors import DomainError
from core.models import User
from core.roles import Role


class UnableToRecordFirm(DomainError):
    """Whom an appraiser works for was not kept."""

    title = "The firm was not kept"
    messages = {
        "not_entitled": "Only risk managers record whom appraisers work for.",
        "no_appraiser": "{name} is no appraiser.",
        "order_open": "A value was ordered from the firm of {name}, and is not judged yet. Record another one once it is.",
    }


@transaction.atomic
def record_firm(*, person: User, firm: str, actor: User | None, business_date: date) -> None:
    """Keep the firm that an appraiser works for; without one they are the bank's own. While a value waits that was ordered from another
    firm, theirs stays what it was.

    Raises UnableToRecordFirm: `not_entitled`, `no_appraiser`, `order_open`.
    """
    if actor is not None and not actor.has_role(Role.RISK_MANAGER):
        raise UnableToRecordFirm("not_entitled")
    if not person.has_role(Role.APPRAISER):
        raise UnableToRecordFirm("no_appraiser", name=person.full_name)
    if Valuation.objects.filter(appraiser=person, third_party=True, state__in=Valuation.WAITING).exists():
        raise UnableToRecordFirm("order_open", name=person.full_name)
    if firm.strip():
        values = {"firm": firm.strip(), "recorded_by": actor, "recorded_date": business_date}
        OutsideAppraiser.objects.update_or_create(user=person, defaults=values)
    else:
        OutsideAppraiser.objects.filter(user=person).delete()
    audit.record(
        "appraiser.firm_recorded", actor=actor, target=person, label=person.full_name, firm=firm.strip(), business_date=business_date
    )
