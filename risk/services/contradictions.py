"""Two files that tell differently of one account: somebody finds out which of them holds, and says so; whoever signs accepts it."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from uuid import UUID

from django.db import transaction

from core import audit
from core.errors import DomainError, Fault
from core.models import User
from loans.models import Application, StatementImport
from loans.services.statement_asides import leave_out_statements
from risk.domain.cross_checks import OUTWEIGHED
from risk.models import Explanation
from risk.selectors.statements import contradictions_of
from risk.services.cross_checks import figures_of_sides
from risk.services.file_work import lock_file
from risk.services.statement_checks import files_left_out, left_out_code


class Holds(StrEnum):
    """Which side of a contradiction holds."""

    EARLIER = "EARLIER"
    THIS = "THIS"


class UnableToSettle(DomainError):
    """The contradiction stands."""

    title = "The contradiction was not settled"
    messages = {
        "settled": "This file contradicts no other one any more. Look at the file again.",
        "nothing_earlier": "No file that somebody sent stands against it: it contradicts itself, or our own books. Only it can be left out.",
        "invalid": "Some fields need attention.",
    }


@transaction.atomic
def settle_contradiction(
    *, application: Application, statement: UUID, holds: str, reason: str, actor: User, business_date: date
) -> list[StatementImport]:
    """Say which side of a contradiction holds, and why: the other is left out, so that its lines count no more. What was held against a
    file that is left out is to be sent again and read once more; those files are returned.

    Each file that is left out stays a difference of the application, explained by this reason, so that it is signed off only by somebody
    who says that they looked at it.

    Raises UnableToSettle: `settled`, `nothing_earlier`, `invalid` with a fault per field; UnableToInvestigate as `lock_for_work` does.
    """
    faults = [] if holds in list(Holds) else [Fault("holds", "required", "Choose which of them holds.")]
    if not reason.strip():
        faults.append(Fault("reason", "required", "Say how it was found out. Whoever signs the file off reads it."))
    if faults:
        raise UnableToSettle("invalid", faults=faults)
    lock_file(application, actor=actor, business_date=business_date)
    found = next((one for one in contradictions_of(application) if one.file.pk == statement), None)
    if found is None:
        raise UnableToSettle("settled")
    left_out = [found.file] if holds == Holds.EARLIER else list(found.earlier)
    if not left_out:
        raise UnableToSettle("nothing_earlier")
    again = leave_out_statements(statements=left_out, actor=actor)
    sides = {code: (words, why) for code, words, why in files_left_out(application, business_date=business_date)}
    Explanation.objects.bulk_create(
        Explanation(
            application=application,
            check_code=code,
            figures=figures_of_sides(*sides[code]),
            code=OUTWEIGHED,
            reason=reason.strip(),
            author=actor,
        )
        for file in left_out
        if (code := left_out_code(file)) in sides
    )
    audit.record(
        "statements.settled",
        actor=actor,
        target=application,
        business_date=business_date,
        holds=holds,
        left_out=[str(file.pk) for file in left_out],
        again=[str(file.pk) for file in again],
    )
    return again
