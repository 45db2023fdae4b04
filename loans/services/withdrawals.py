"""Withdrawals: the end of an open application at the applicant's wish."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from core import audit
from core.errors import DomainError, Fault
from core.models import User
from loans.domain.states import ApplicationState
from loans.models import Application
from loans.services.missing import end_requests
from loans.services.states import advance
from loans.services.worklist import NOBODYS


class UnableToWithdraw(DomainError):
    """The application stays open."""

    title = "The application was not withdrawn"
    messages = {"no_reason": "Say why the applicant withdraws."}


@transaction.atomic
def withdraw_application(
    *, application: Application, actor: User | None, business_date: date, reason: str, actor_name: str = ""
) -> Application:
    """End an open application at the applicant's wish, for good.

    Raises UnableToWithdraw `no_reason`; Conflict when it is no longer open.
    """
    if not reason.strip():
        raise UnableToWithdraw("no_reason", faults=[Fault("reason", "required", UnableToWithdraw.messages["no_reason"])])
    locked = Application.objects.select_for_update(of=("self",)).get(pk=application.pk)
    end_requests(locked, business_date)
    advance(locked, ApplicationState.WITHDRAWN, actor=actor, business_date=business_date, reason=reason, actor_name=actor_name, **NOBODYS)
    audit.record("application.withdrawn", actor=actor, target=locked, business_date=business_date, reason=reason, actor_name=actor_name)
    return locked
