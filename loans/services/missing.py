"""Waiting for the applicant: asked for what is missing, gone on when it came or is enough, ended when the time is over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max, Q

from core import audit
from core.business_date import closed_days
from core.errors import DomainError, Fault
from core.models import User
from core.roles import Role
from core.workdays import add_workdays, workdays_until
from loans.domain.states import ApplicationState
from loans.models import Application, Document, MissingItem, MissingRequest
from loans.services.states import advance, advance_all
from loans.services.worklist import LATEST_ANSWER, NOBODYS

ASKERS = (Role.OFFICER, Role.INVESTIGATOR)
# An applicant is given a reasonable time (12 CFR 1002.9(c)(2)): thirty days unless told otherwise.
DAYS_TO_COMPLETE = timedelta(days=30)
SHORTEST, LONGEST = timedelta(days=5), timedelta(days=60)
MOST_ITEMS = 20
State = MissingRequest.State


class UnableToAskApplicant(DomainError):
    """The applicant is not asked, or the file goes on waiting; `faults` name the fields."""

    title = "The applicant was not asked"
    messages = {
        "not_entitled": "Only loan officers and credit investigators ask the applicant for what is missing.",
        "not_investigated": "Only while an application is investigated is the applicant asked; this one is {state}.",
        "invalid": "Some fields need attention.",
        "not_waiting": "The application does not wait for the applicant any more.",
    }


@dataclass(frozen=True)
class Wanted:
    """One thing that is missing: `document`, or `fact` for an answer, under the code it is handed in with."""

    kind: str
    code: str
    title: str


@transaction.atomic
def ask_for_missing(
    *, application: Application, items: Sequence[Wanted], text: str, until: date, actor: User, business_date: date
) -> MissingRequest:
    """Ask the applicant for what is missing. The file waits, and the bank's clock stands still, until all came, enough came, or `until` is
    over.

    Raises UnableToAskApplicant: `not_entitled`, `not_investigated`, `invalid` with a fault per field.
    """
    if not actor.has_role(*ASKERS):
        raise UnableToAskApplicant("not_entitled")
    locked = Application.objects.select_for_update(of=("self",)).get(pk=application.pk)
    if locked.state != ApplicationState.INVESTIGATING:
        raise UnableToAskApplicant("not_investigated", state=locked.state.replace("_", " ").lower())
    faults = []
    wanted = {one.code: one for one in items if one.code.strip() and one.title.strip()}
    if not 0 < len(wanted) <= MOST_ITEMS:
        faults.append(Fault("items", "required", f"Say what is missing, at most {MOST_ITEMS} things."))
    if not business_date + SHORTEST <= until <= business_date + LONGEST:
        first, last = business_date + SHORTEST, business_date + LONGEST
        faults.append(Fault("until", "out_of_range", f"Give the applicant from {first:%d %b %Y} to {last:%d %b %Y}."))
    if faults:
        raise UnableToAskApplicant("invalid", faults=faults)
    left = workdays_until(business_date, locked.due_date, closed_days()) if locked.due_date else 0
    request = MissingRequest.objects.create(
        application=locked, text=text.strip(), until=until, days_left=max(left, 0), asked_by=actor, asked_date=business_date
    )
    MissingItem.objects.bulk_create(
        MissingItem(request=request, kind=MissingItem.Kind(one.kind), code=one.code[:40], title=one.title.strip()[:160])
        for one in wanted.values()
    )
    titles = ", ".join(one.title for one in wanted.values())
    # What was laid aside is not: there is one way to wait for the applicant.
    rest: dict[str, Any] = {"due_date": until, "snoozed_until": None, "snooze_reason": ""}
    advance(locked, ApplicationState.INCOMPLETE, actor=actor, business_date=business_date, reason=f"Missing: {titles}", **rest)
    audit.record("application.applicant_asked", actor=actor, target=locked, business_date=business_date, items=titles, until=until)
    application.state, application.due_date = locked.state, locked.due_date
    return request


@transaction.atomic
def note_arrival(*, document: Document, actor: User | None, actor_name: str, business_date: date) -> None:
    """A document came: if it brings what is awaited, that is no longer missing, and with the last of it the file goes on."""
    # The file before the request: the order in which asking and closing hold them.
    waiting = Application.objects.select_for_update(of=("self",)).filter(pk=document.application_id, state=ApplicationState.INCOMPLETE)
    items = MissingItem.objects.filter(request__application=document.application_id, request__state=State.OPEN, document=None)
    if not items.filter(code=document.kind).exists() or (locked := waiting.first()) is None:
        return
    items.filter(code=document.kind).update(document=document)
    if not items.exists():
        _go_on(locked, State.CAME, "All that was missing came.", actor, actor_name, business_date)


@transaction.atomic
def go_on_without(*, application: Application, reason: str, actor: User, business_date: date) -> Application:
    """Enough came, or it came by another way: the file is investigated again, with as many days as were left when the applicant was asked.

    Raises UnableToAskApplicant: `not_entitled`, `not_waiting`, `invalid` without a reason.
    """
    if not actor.has_role(*ASKERS):
        raise UnableToAskApplicant("not_entitled")
    if not reason.strip():
        raise UnableToAskApplicant("invalid", faults=[Fault("reason", "required", "Say why the file can go on.")])
    locked = Application.objects.select_for_update(of=("self",)).get(pk=application.pk)
    if locked.state != ApplicationState.INCOMPLETE:
        raise UnableToAskApplicant("not_waiting")
    _go_on(locked, State.ENOUGH, reason.strip()[:400], actor, "", business_date)
    return locked


def _go_on(application: Application, state: str, reason: str, actor: User | None, actor_name: str, business_date: date) -> None:
    request = MissingRequest.objects.select_for_update().get(application=application, state=State.OPEN)
    request.state, request.closed_by, request.closed_date = state, actor, business_date
    request.reason = reason if state == State.ENOUGH else ""
    request.save(update_fields=["state", "closed_by", "closed_date", "reason"])
    # A complete application is answered within thirty days of being so.
    due = min(add_workdays(business_date, max(request.days_left, 1), closed_days()), business_date + LATEST_ANSWER)
    who: dict[str, Any] = {"actor": actor, "actor_name": actor_name, "business_date": business_date}
    advance(application, ApplicationState.INVESTIGATING, reason=reason, due_date=due, **who)
    audit.record("application.complete", target=application, reason=reason, **who)


def completed_date(application: Application, *, until: date) -> date | None:
    """The day up to `until` on which the last came, or was enough, of what an applicant was asked for; None when they were not."""
    done = MissingRequest.objects.filter(application=application, state__in=[State.CAME, State.ENOUGH], closed_date__lte=until)
    return done.aggregate(last=Max("closed_date"))["last"]  # type: ignore[no-any-return]


def end_requests(application: Application, business_date: date) -> None:
    """Nothing is awaited for an application that was withdrawn. To be called within the transaction that withdraws it."""
    MissingRequest.objects.filter(application=application, state=State.OPEN).update(state=State.ENDED, closed_date=business_date)


def last_day_to_complete(told_date: date) -> date:
    """The last day of an applicant who is told on `told_date` that a returned file is not complete."""
    return told_date + DAYS_TO_COMPLETE


def note_told(application: Application, told_date: date) -> None:
    """The applicant was told on this day what a returned file lacks: from then on the time to complete it runs. A file that went on is left
    alone. To be called within the transaction that writes the letter.
    """
    returned = Application.objects.filter(pk=application.pk, state=ApplicationState.RETURNED)
    returned.update(complete_by=last_day_to_complete(told_date))


@transaction.atomic
def close_unanswered(*, business_date: date) -> int:
    """End every application whose applicant let the time run out before `business_date`: of what was asked for, or, after a return, of the
    thirty days its letter named; while that letter is owed, nothing runs out. The same few statements for any number of them. Returns how
    many.
    """
    returned = Q(state=ApplicationState.RETURNED, complete_by__lt=business_date)
    asked = Q(state=ApplicationState.INCOMPLETE, missing_requests__state=State.OPEN, missing_requests__until__lt=business_date)
    keys = Application.objects.filter(returned | asked).values("pk")
    rows = list(Application.objects.select_for_update(of=("self",)).filter(pk__in=keys).order_by("pk"))
    if not rows:
        return 0
    MissingRequest.objects.filter(application__in=rows, state=State.OPEN).update(state=State.RAN_OUT, closed_date=business_date)
    words = "The applicant did not send what was missing in time."
    who: dict[str, Any] = {"actor": None, "actor_name": "sweep", "business_date": business_date}
    advance_all(rows, ApplicationState.WITHDRAWN, reason=words, **who, **NOBODYS)
    audit.record_all([audit.entry("application.unanswered", target=row, reason=words, **who) for row in rows])
    return len(rows)
