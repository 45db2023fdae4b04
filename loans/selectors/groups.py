"""Who is one person in all branches, and who is one risk with it: the connected group by the files handed in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from loans.domain.states import ApplicationState
from loans.models import ApplicationParty, Borrower

# Parts in a file that make two borrowers one risk (CRR 4(1)(39)). A guarantor or director alone does not.
CONNECTING = tuple(ApplicationParty.Part[name].value for name in ("APPLICANT", "CO_BORROWER", "OWNER", "SPOUSE"))
MOST_CONNECTED = 500
"""A larger group is not counted to its end; nobody decides over it but the committee."""

# Whoever is no party of a file any more is as close to those who are as before.
_PARTS = """(
    SELECT application_id, borrower_id, part FROM loans_applicationparty
    UNION ALL SELECT application_id, borrower_id, part FROM loans_formerparty
)"""
# The rows of one person or company: of equal kind, with an identifier in common. Needs `me`, a row of loans_borrower. One branch of the
# union for each identifier, since an index answers each by itself.
SAME = " UNION ALL ".join(
    f"SELECT o.id FROM loans_borrower o WHERE o.kind = me.kind AND o.{name}_index = me.{name}_index"
    for name in ("national_id", "tax_id", "registration_number")
)
SAME_PERSON = f"""
SELECT me.id FROM loans_borrower me WHERE me.id = %(borrower)s
UNION SELECT one.id FROM loans_borrower me CROSS JOIN LATERAL ({SAME}) one WHERE me.id = %(borrower)s
"""
_JOINT = f"""
SELECT together.application_id FROM loans_applicationparty together
WHERE together.part = '{ApplicationParty.Part.CO_BORROWER.value}' AND together.borrower_id IN ({SAME_PERSON})"""
# The files and the loans that a person or company answers for: as the borrower, and as a co-borrower as much.
FILES_OF_PERSON = f"SELECT own.id FROM loans_application own WHERE own.borrower_id IN ({SAME_PERSON}) UNION {_JOINT}"
LOANS_OF_PERSON = f"""
SELECT own.id FROM loans_loan own WHERE own.borrower_id IN ({SAME_PERSON})
UNION SELECT joint.id FROM ({_JOINT}) shared JOIN loans_loan joint ON joint.application_id = shared.application_id"""
GROUP = f"""
WITH RECURSIVE reached (id) AS (
    SELECT %(borrower)s::uuid
    UNION
    SELECT next.id FROM reached r JOIN loans_borrower me ON me.id = r.id CROSS JOIN LATERAL (
        {SAME}
        UNION ALL
        SELECT other.borrower_id FROM {_PARTS} mine
        JOIN loans_application a ON a.id = mine.application_id AND a.state <> %(draft)s
        JOIN {_PARTS} other ON other.application_id = a.id AND other.part = ANY (%(connecting)s)
        WHERE mine.borrower_id = me.id AND mine.part = ANY (%(connecting)s)
    ) next
)
SELECT b.id, coalesce(b.national_id_index, b.registration_number_index, b.tax_id_index, uuid_send(b.id))
FROM (SELECT id FROM reached LIMIT %(most)s) g JOIN loans_borrower b ON b.id = g.id
"""


@dataclass(frozen=True)
class Group:
    """The rows of a borrower's connected group. `people` counts whom they are, each once;
    `cut_off` says that there are more than were counted.
    """

    keys: frozenset[UUID]
    people: int = 1
    cut_off: bool = False


def same_person(borrower: Borrower) -> frozenset[UUID]:
    """Keys of all rows of this person or company, one a branch: those of its kind with an identifier in common. One query.

    The caller sees the whole bank.
    """
    return frozenset(key for (key,) in _rows(SAME_PERSON, borrower=borrower.pk))


def connected_to(borrower: Borrower) -> Group:
    """The borrower, in whichever branch, and who borrows with, owns or is married to one of them, by the files handed in. One query.

    Shares of ownership are not on file, so every owner counts. The caller sees the whole bank.
    """
    found = _rows(GROUP, borrower=borrower.pk, **group_parameters())
    people = {bytes(identifier) for _, identifier in found}
    return Group(frozenset(key for key, _ in found), len(people), cut_off=len(found) > MOST_CONNECTED)


def group_parameters() -> dict[str, Any]:
    """What `GROUP` asks for beside the borrower."""
    return {"connecting": list(CONNECTING), "draft": ApplicationState.DRAFT.value, "most": MOST_CONNECTED + 1}


def _rows(statement: str, **asked: Any) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, asked)
        return list(cursor.fetchall())
