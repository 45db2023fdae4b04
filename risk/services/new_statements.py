"""Files that were put up or signed off before a statement of the applicant's accounts was read: they are signed once more."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from core.row_security import whole_bank
from loans.models import Application, StatementImport
from loans.selectors.groups import same_person
from loans.services import locks
from loans.services.worklist import assign_application
from risk.models import Investigation
from risk.services.file_work import EDITABLE, REFERRED, reopen

State = Investigation.State
UNDECIDED = (*EDITABLE, REFERRED)


@transaction.atomic
def send_back_to_be_signed(*, statement: StatementImport, business_date: date) -> None:
    """Void the sign-off of the applicant's files in any branch that are not decided yet, and with it what was put up; what only waits for
    its signature goes back as well, since its investigator did not see the new lines.

    What was put up or signed after the statement had been read knew it already; told twice, nothing happens again.
    """
    assert statement.application is not None and statement.application.borrower is not None
    with whole_bank():
        people = same_person(statement.application.borrower)
        files = list(Application.objects.filter(borrower__in=people, state__in=UNDECIDED).order_by("pk"))
    for application in files:
        # The investigation before the file: the order in which everything else locks them.
        found = Investigation.objects.select_for_update(of=("self",)).filter(application=application)
        investigation = found.select_related("investigator").first()
        if investigation is None or not _came_later(statement, investigation):
            continue
        investigation.application = locks.lock_application(application)
        if investigation.application.state not in UNDECIDED:
            continue
        waited = investigation.state == State.SUBMITTED
        reopen(investigation, actor=None, business_date=business_date, reason=_words(statement), to=investigation.investigator)
        if waited:
            assign_application(application=investigation.application, to=investigation.investigator, actor=None)


def _came_later(statement: StatementImport, investigation: Investigation) -> bool:
    moment = {State.SIGNED_OFF: investigation.signed_at, State.SUBMITTED: investigation.submitted_at}.get(State(investigation.state))
    when = statement.aside_at or statement.read_at
    return moment is not None and when is not None and when > moment


def _words(statement: StatementImport) -> str:
    if statement.aside:
        return "A statement that it stands on was left out after the file was put up. It is signed off again."
    lines = f"{statement.accepted} new line{'' if statement.accepted == 1 else 's'}"
    if statement.retold:
        lines += f" and more about {statement.retold}"
    of = f" from the partner {statement.partner.name}" if statement.partner else ""
    return f"A statement{of} with {lines} was read after the file was put up. It is signed off again."
