"""Taking the next file up and giving it back: two people at once never get the same one."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from core.errors import DomainError
from core.models import User
from loans.models import Application
from loans.services import worklist
from risk.models import Investigation
from risk.selectors.work import WORKERS, decisions_for, investigations_for
from risk.services.investigations import take_investigation


class UnableToTakeWork(DomainError):
    """The person takes up no files."""

    title = "No file was taken up"
    messages = {"not_entitled": "Only investigators, approvers and risk managers take files up."}


@transaction.atomic
def take_next(*, actor: User, business_date: date) -> Application | None:
    """Put the most urgent file that the actor may work on into the actor's hands; None when nothing waits.

    The row is locked as it is found, and rows that others are just taking are passed over, so that nobody waits and no file is given twice.
    An investigation that nobody has is taken with its file. Raises UnableToTakeWork `not_entitled`.
    """
    if not actor.is_active or not actor.has_role(*WORKERS):
        raise UnableToTakeWork("not_entitled")
    rows = investigations_for(actor).select_related("application")
    investigation = rows.select_for_update(of=("self", "application"), skip_locked=True).first()
    if investigation is not None:
        application = worklist.assign_application(application=investigation.application, to=actor, actor=actor)
        if investigation.state == Investigation.State.OPEN:
            take_investigation(investigation=investigation, actor=actor, business_date=business_date)
        return application
    chosen = decisions_for(actor).select_for_update(of=("self",), skip_locked=True).first()
    return worklist.assign_application(application=chosen, to=actor, actor=actor) if chosen else None


@transaction.atomic
def give_back(*, application: Application, actor: User) -> Application:
    """Let somebody else have the file; an investigation in work loses its investigator, though not what that person did for it.

    Raises UnableToHandFile: `not_held`, `not_yours`.
    """
    # The investigation before the file: the order in which everything else locks them.
    investigation = Investigation.objects.select_for_update().filter(application=application).first()
    holder = Application.objects.values_list("assigned_to_id", flat=True).get(pk=application.pk)
    given = worklist.give_back(application=application, actor=actor)
    if investigation is not None and investigation.state == Investigation.State.OPEN and investigation.investigator_id == holder:
        investigation.investigator = None
        investigation.save(update_fields=["investigator"])
    return given
