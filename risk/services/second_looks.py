"""A second look at a decline: the applicant asks for it, and somebody who had no part in the file upholds it or takes the file up again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone

from core import audit
from core.errors import DomainError, Fault
from core.events import publish, publish_all
from core.models import User
from core.roles import Role
from core.uuids import uuid7
from loans.models import Application
from loans.selectors.amendments import amended_since
from loans.services.documents import store_document
from loans.services.locks import lock_application
from loans.services.second_looks import take_up_declined
from loans.services.worklist import decision_due
from risk.events import SecondLookAnswered, SecondLookAsked, SecondLookOverdue, SecondLookWithdrawn
from risk.models import Decision, Investigation, SecondLook
from risk.selectors.conflicts import any_part
from risk.selectors.letters import asked_until, letter_for
from risk.selectors.second_looks import standing_decline
from risk.selectors.statements import unsigned_statement
from risk.selectors.terms import DECIDERS
from risk.services.decision_steps import AlreadyDecided
from risk.services.file_audits import hold_audited, lock_audits
from risk.services.file_work import reopen

State = SecondLook.State
RECORDERS = (Role.OFFICER,)
PAPER = "second_look"
"""The kind under which a paper that came with a request is kept."""
MOST_PAPERS = 12


class UnableToAskForSecondLook(DomainError):
    """The request is not recorded."""

    title = "The request was not recorded"
    messages = {
        "not_entitled": "Only a loan officer records what an applicant asks for.",
        "not_declined": "The application is not declined. There is nothing to look at a second time.",
        "asked_before": "A second look at this decision was asked for on {day} already. A new application is decided anew.",
        "invalid": "Some fields need attention.",
    }


class UnableToAnswerSecondLook(DomainError):
    """The second look is not this person's, or is not answered so."""

    title = "The second look was not answered"
    messages = {
        "not_entitled": "Only approvers and risk managers take a second look.",
        "had_part": "You {what}. Somebody who had no part in the file takes the second look.",
        "own_record": "You recorded the request. Somebody else takes the second look.",
        "invalid": "Some fields need attention.",
    }


class UnableToWithdrawSecondLook(DomainError):
    """The record of the request stands."""

    title = "The record was not withdrawn"
    messages = {
        "not_entitled": "Only loan officers, approvers and risk managers withdraw a request that was recorded by mistake.",
        "own_record": "You recorded the request. Somebody else says that it was recorded by mistake.",
        "had_part": "You {what}. Somebody who had no part in the file says that the request was recorded by mistake.",
        "invalid": "Some fields need attention.",
    }


@transaction.atomic
def ask_for_second_look(
    *, application: Application, asked_date: date, words: str, papers: Sequence[UploadedFile[Any]], actor: User, business_date: date
) -> SecondLook:
    """Record that the applicant asks for a second look at a decline, in `words` of their own and with the `papers` they sent, in the days
    that were promised with it: what counts is the day on which the request arrived.

    Raises UnableToAskForSecondLook: `not_entitled`, `not_declined`, `asked_before`, `invalid` with a fault per field; UnableToStoreDocument
    for a paper.
    """
    if not actor.is_active or not actor.has_role(*RECORDERS):
        raise UnableToAskForSecondLook("not_entitled")
    locked = lock_application(application)
    decision = standing_decline(locked)
    if decision is None:
        raise UnableToAskForSecondLook("not_declined")
    if (before := SecondLook.objects.filter(decision=decision).exclude(state=State.WITHDRAWN).first()) is not None:
        raise UnableToAskForSecondLook("asked_before", day=f"{before.asked_date:%d %b %Y}")
    faults = _faults_of_day(asked_date, decision, business_date)
    if not words.strip():
        faults.append(Fault("words", "required", "Write what the applicant says."))
    if len(papers) > MOST_PAPERS:
        faults.append(Fault("papers", "too_many", f"At most {MOST_PAPERS} papers at once."))
    if faults:
        raise UnableToAskForSecondLook("invalid", faults=faults)
    version = locked.product_version
    assert version is not None  # the database refuses a submitted application without one
    asked = SecondLook(
        id=uuid7(),
        application=locked,
        decision=decision,
        asked_date=asked_date,
        words=words.strip(),
        due_date=decision_due(version, asked_date),
        recorded_by=actor,
        recorded_date=business_date,
    )
    asked.save(force_insert=True)
    asked.papers.set([store_document(application=locked, kind=PAPER, upload=paper, actor=actor) for paper in papers])
    audit.record(
        "second_look.asked",
        actor=actor,
        target=locked,
        business_date=business_date,
        decision=decision.pk,
        asked=asked_date,
        papers=len(papers),
        due=asked.due_date,
    )
    publish(SecondLookAsked(second_look_id=str(asked.pk), application_id=str(locked.pk)))
    return asked


@transaction.atomic
def answer_second_look(
    *, second_look: SecondLook, taken_up: bool, investigate: bool, rationale: str, told: str, actor: User, business_date: date
) -> SecondLook:
    """Uphold a decline, which is `told` to the applicant with its reasons, or take the file up again: it goes back into review, or to its
    investigator first where what is new has to be found out (`investigate`) or came in after the facts were signed. The decline stays as it
    was taken, and who took it decides nothing of the file any more.

    Raises UnableToAnswerSecondLook: `not_entitled`, `own_record`, `had_part`, `invalid` with a fault per field; Conflict `decided_before`
    with who, when and what.
    """
    if taken_up:
        # An audit that reports meanwhile would take the file for closed.
        lock_audits()
    # The investigation before the file: the order in which everything else locks them.
    investigation = Investigation.objects.select_for_update(of=("self",)).filter(application=second_look.application_id).first()
    application = lock_application(second_look.application)
    locked = SecondLook.objects.select_for_update(of=("self",)).select_related("answered_by", "decision").get(pk=second_look.pk)
    if refusal := why_not_answered_by(actor, application, locked):
        raise refusal
    _check_open(locked)
    faults = [] if rationale.strip() else [Fault("rationale", "required", "Write why. It goes into the audit trail.")]
    if not taken_up and not told.strip():
        faults.append(Fault("told", "required", "Write what the applicant is told about what they brought forward."))
    if faults:
        raise UnableToAnswerSecondLook("invalid", faults=faults)
    locked.state = State.TAKEN_UP if taken_up else State.UPHELD
    locked.rationale, locked.told = rationale.strip(), "" if taken_up else told.strip()
    locked.answered_by, locked.answered_at, locked.answered_date = actor, timezone.now(), business_date
    locked.save(update_fields=["state", "rationale", "told", "answered_by", "answered_at", "answered_date"])
    if taken_up:
        _take_up(application, investigation, investigate, locked.rationale, actor, business_date)
    audit.record(
        f"second_look.{locked.state.lower()}",
        actor=actor,
        target=application,
        business_date=business_date,
        decision=locked.decision_id,
        reason=locked.rationale,
    )
    publish(SecondLookAnswered(second_look_id=str(locked.pk), application_id=str(application.pk), outcome=locked.state))
    return locked


@transaction.atomic
def withdraw_second_look(*, second_look: SecondLook, reason: str, actor: User, business_date: date) -> SecondLook:
    """Say that a request was recorded by mistake, as under the wrong file: nobody looks, and the applicant may still ask. The record
    stays to be read. Who recorded it does not withdraw it, nor does who had a part in the file: a true request would so be silenced.

    Raises UnableToWithdrawSecondLook: `not_entitled`, `own_record`, `had_part`, `invalid` without a reason; Conflict `decided_before` with
    who, when and what.
    """
    application = lock_application(second_look.application)
    locked = SecondLook.objects.select_for_update(of=("self",)).select_related("answered_by").get(pk=second_look.pk)
    if refusal := why_not_withdrawn_by(actor, application, locked):
        raise refusal
    _check_open(locked)
    if not reason.strip():
        faults = [Fault("reason", "required", "Write why it was a mistake. It goes into the audit trail.")]
        raise UnableToWithdrawSecondLook("invalid", faults=faults)
    locked.state, locked.rationale = State.WITHDRAWN, reason.strip()
    locked.answered_by, locked.answered_at, locked.answered_date = actor, timezone.now(), business_date
    locked.save(update_fields=["state", "rationale", "answered_by", "answered_at", "answered_date"])
    audit.record(
        "second_look.withdrawn",
        actor=actor,
        target=application,
        business_date=business_date,
        decision=locked.decision_id,
        reason=locked.rationale,
    )
    publish(SecondLookWithdrawn(second_look_id=str(locked.pk), application_id=str(application.pk)))
    return locked


def tell_overdue_second_looks(*, business_date: date) -> int:
    """Tell once of each request that waits longer than its product promises a decision in: a handful of statements for any number.
    Returns how many were told of.
    """
    late = SecondLook.objects.filter(state=State.OPEN, told_late_date=None, due_date__lt=business_date)
    rows = list(late.select_for_update(of=("self",)).order_by("pk").values_list("pk", "application_id"))
    SecondLook.objects.filter(pk__in=[key for key, _ in rows]).update(told_late_date=business_date)
    publish_all([SecondLookOverdue(second_look_id=str(key), application_id=str(file)) for key, file in rows])
    return len(rows)


def why_not_withdrawn_by(user: User, application: Application, second_look: SecondLook) -> UnableToWithdrawSecondLook | None:
    """Why this person does not withdraw the record of a request; None where they may."""
    if not user.is_active or not user.has_role(*RECORDERS, *DECIDERS):
        return UnableToWithdrawSecondLook("not_entitled")
    if user.pk == second_look.recorded_by_id:
        return UnableToWithdrawSecondLook("own_record")
    if part := any_part(user, application):
        return UnableToWithdrawSecondLook("had_part", what=part)
    return None


def _check_open(second_look: SecondLook) -> None:
    if second_look.answered_by is not None and second_look.answered_at is not None:
        at = f"{second_look.answered_at:%d %b %Y, %H:%M} UTC"
        outcome = second_look.get_state_display().lower()
        raise AlreadyDecided("decided_before", name=second_look.answered_by.full_name, at=at, outcome=outcome)


def why_not_answered_by(user: User, application: Application, second_look: SecondLook) -> UnableToAnswerSecondLook | None:
    """Why this person takes no second look at the file; None where they may."""
    if not user.is_active or not user.has_role(*DECIDERS):
        return UnableToAnswerSecondLook("not_entitled")
    if user.pk == second_look.recorded_by_id:
        return UnableToAnswerSecondLook("own_record")
    if part := any_part(user, application):
        return UnableToAnswerSecondLook("had_part", what=part)
    return None


def _take_up(
    application: Application, investigation: Investigation | None, investigate: bool, why: str, actor: User, business_date: date
) -> None:
    who: dict[str, Any] = {"actor": actor, "business_date": business_date, "reason": why}
    file = take_up_declined(application=application, **who)
    hold_audited(file, actor=actor, business_date=business_date)
    if investigation is not None and (investigate or _is_outdated(investigation, file)):
        investigation.application = file
        reopen(investigation, to=investigation.investigator, **who)


def _is_outdated(investigation: Investigation, file: Application) -> bool:
    """Whether something came after the sign-off that nobody stands behind: no closed file is sent back when it comes."""
    signed_at = investigation.signed_at
    if signed_at is None:
        return False
    return bool(amended_since(file, signed_at)) or unsigned_statement(file, since=signed_at) == "statement_read"


def _faults_of_day(asked: date, decision: Decision, business_date: date) -> list[Fault]:
    until = asked_until(decision, letter_for(decision))
    if asked > business_date:
        return [Fault("asked_date", "future", "The request cannot have arrived in the future.")]
    if asked < decision.decided_date:
        return [
            Fault("asked_date", "too_early", f"The decision is of {decision.decided_date:%d %b %Y}. Write the day the request arrived.")
        ]
    if until is not None and asked > until:
        words = f"A second look could be asked for until {until:%d %b %Y}. What comes later is a new application."
        return [Fault("asked_date", "too_late", words)]
    return []
