"""Who works on a file next: taking it, giving it back, laying it aside until a day, and the day by which it has to be decided."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db import transaction

from core import audit
from core.business_date import closed_days
from core.errors import Conflict, DomainError, Fault
from core.models import User
from core.roles import Role
from core.workdays import add_workdays, is_workday
from loans.domain.states import IN_PROCESS
from loans.models import Application, ProductVersion

# A bank that has a complete application answers within thirty days (12 CFR 1002.9(a)(1)), whatever the product promises.
LATEST_ANSWER = timedelta(days=30)
LONGEST_SNOOZE = timedelta(days=30)
# Who waits for the applicant asks for what is missing instead (`services/missing.py`), so that the applicant knows and the clock stands
# still.
SNOOZE_REASONS = {
    "third_party": "Waiting for a third party",
    "colleague": "Waiting for a colleague",
    "other": "Another reason",
}
# A file that nobody holds. What is laid aside is laid aside by its holder, so it ends with the holder.
NOBODYS: dict[str, Any] = {"assigned_to": None, "snoozed_until": None, "snooze_reason": ""}


class UnableToHandFile(DomainError):
    """The file stays with whom it is, or where it is."""

    title = "The file was not moved"
    messages = {
        "not_yours": "{name} works on this file. Only that person or a risk manager gives it back.",
        "not_held": "Nobody works on this file.",
        "not_in_process": "The application is no longer in process.",
        "invalid": "Some fields need attention.",
    }


def decision_due(version: ProductVersion, submitted: date) -> date:
    """The last day of the answer: so many business days as the product promises, never later than the law allows."""
    return min(add_workdays(submitted, version.decision_days, closed_days()), submitted + LATEST_ANSWER)


@transaction.atomic
def assign_application(*, application: Application, to: User | None, actor: User | None) -> Application:
    """Say who works on an application next. The last word counts."""
    values = NOBODYS | {"assigned_to": to}
    Application.objects.filter(pk=application.pk).update(**values)
    for name, value in values.items():
        setattr(application, name, value)
    audit.record("application.assigned", actor=actor, target=application, to=to.full_name if to else "nobody")
    return application


@transaction.atomic
def give_back(*, application: Application, actor: User) -> Application:
    """Let somebody else have the file: by its holder, or by a risk manager when the holder is away.

    Raises UnableToHandFile: `not_held`, `not_yours`.
    """
    _locked(application, actor, by_manager=True)
    return assign_application(application=application, to=None, actor=actor)


@transaction.atomic
def snooze_application(*, application: Application, until: date, reason: str, note: str, actor: User, business_date: date) -> Application:
    """Lay one's own file aside until a business day; on that day it stands in one's queue again. The deadline stays what it is.

    Raises UnableToHandFile: `not_held`, `not_yours`, `not_in_process`, `invalid` with the faults.
    """
    locked = _locked(application, actor)
    if locked.state not in {state.value for state in IN_PROCESS}:
        raise UnableToHandFile("not_in_process")
    faults = _faults_of_snooze(until, reason, note.strip(), business_date)
    if faults:
        raise UnableToHandFile("invalid", faults=faults)
    words = SNOOZE_REASONS[reason] if not note.strip() else f"{SNOOZE_REASONS[reason]}: {note.strip()}"
    locked.snoozed_until, locked.snooze_reason = until, words[:200]
    locked.save(update_fields=["snoozed_until", "snooze_reason"])
    audit.record("application.snoozed", actor=actor, target=locked, business_date=business_date, until=until, reason=words)
    return locked


@transaction.atomic
def wake_application(*, application: Application, actor: User) -> Application:
    """Take a file up again before its day. Raises UnableToHandFile: `not_held`, `not_yours`; Conflict when it was not laid aside."""
    locked = _locked(application, actor)
    if locked.snoozed_until is None:
        raise Conflict("already_advanced", state="in your queue")
    locked.snoozed_until, locked.snooze_reason = None, ""
    locked.save(update_fields=["snoozed_until", "snooze_reason"])
    audit.record("application.woken", actor=actor, target=locked)
    return locked


def _locked(application: Application, actor: User, *, by_manager: bool = False) -> Application:
    """The file's row, locked, held by the actor."""
    locked = Application.objects.select_for_update(of=("self",)).select_related("assigned_to").get(pk=application.pk)
    if locked.assigned_to is None:
        raise UnableToHandFile("not_held")
    if locked.assigned_to_id != actor.pk and not (by_manager and actor.has_role(Role.RISK_MANAGER)):
        raise UnableToHandFile("not_yours", name=locked.assigned_to.full_name)
    return locked


def _faults_of_snooze(until: date, reason: str, note: str, business_date: date) -> list[Fault]:
    faults = []
    if not business_date < until <= business_date + LONGEST_SNOOZE:
        faults.append(Fault("until", "out_of_range", f"Choose a day after today and by {business_date + LONGEST_SNOOZE:%d %b %Y}."))
    elif not is_workday(until, closed_days()):
        faults.append(Fault("until", "closed", "The bank is closed on this day. Choose a business day."))
    if reason not in SNOOZE_REASONS:
        faults.append(Fault("reason", "unknown", "Choose what the file waits for."))
    elif reason == "other" and not note:
        faults.append(Fault("note", "required", "Write what the file waits for."))
    return faults
