"""A decided file whose customer record was amended before its contract:
what differs, who carries the decision now, and the step that does.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from core.models import User
from loans.models import Application
from loans.selectors.granted import IN_FLIGHT
from risk.models import Decision, PolicyEvaluation
from risk.selectors.files import latest_evaluation
from risk.services.amended_decisions import assessed_as_amended
from risk.services.authority_standing import Standing, standing_before_contract
from risk.services.payout_authority import why_barred
from risk.services.seen_assessment import what_differs
from risk.services.turned import unjudged_amendments
from risk.web.payout_authority import todo_of


@dataclass(frozen=True)
class AmendedWords:
    """How a decision stands on an amended record. `evaluation` is the assessment of the record as it is now, None while it is made;
    `changes` are what it says otherwise than the one that was decided on; `todo` who has to sign and `barred` why the reader does not, both
    empty once it is carried.
    """

    standing: Standing
    evaluation: PolicyEvaluation | None
    changes: list[str]
    todo: str
    barred: str


def amended_words(user: User, application: Application, decision: Decision | None, *, business_date: date) -> AmendedWords | None:
    """What the panel says of it; None where no record was amended since, which costs two queries and none where nothing is on offer."""
    if decision is None or application.state not in IN_FLIGHT or not unjudged_amendments(application, decided_at=decision.decided_at):
        return None
    standing = standing_before_contract(application, business_date=business_date)
    if standing is None:
        return None
    evaluation, decided_on = assessed_as_amended(application, standing), latest_evaluation(application, by=standing.decision.decided_at)
    changes = what_differs(application, decided_on, evaluation) if evaluation and decided_on else []
    barred = why_barred(user, application, standing) if standing.beyond else None
    return AmendedWords(
        standing=standing,
        evaluation=evaluation,
        changes=changes,
        todo=todo_of(standing) if standing.beyond else "",
        barred=barred.detail if barred else "",
    )
