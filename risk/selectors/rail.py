"""What the decision rail shows one person about one application."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from core.errors import DomainError
from core.models import User
from core.roles import Role
from loans.models import Application
from loans.selectors.applications import DECIDABLE, visible_applications
from risk.models import Decision, PolicyEvaluation, Recommendation
from risk.selectors.conflicts import people_on_file
from risk.selectors.files import latest_evaluation, list_decisions
from risk.selectors.recommendations import open_recommendation
from risk.selectors.terms import DECIDERS, NeededAuthority, authority_for, priced_rate


@dataclass(frozen=True)
class Rail:
    """The state of the decision for one reader. `barred` says why this person may not decide, in words; `price` is a fraction per year."""

    evaluation: PolicyEvaluation | None
    decision: Decision | None
    waiting: Recommendation | None
    barred: str
    may_decide: bool
    may_confirm: bool
    may_take_back: bool
    price: Decimal | None
    authority: NeededAuthority | None
    reasons: list[dict[str, str]]
    is_open: bool


def rail_of(user: User, application: Application, *, business_date: date) -> Rail:
    """Gather it: a constant number of queries."""
    evaluation = latest_evaluation(application)
    waiting = open_recommendation(application)
    is_open = application.state in DECIDABLE
    decider = user.has_role(*DECIDERS)
    barred = _barred(user, application) if is_open and decider else ""
    free = is_open and decider and not barred and evaluation is not None
    version = application.product_version
    return Rail(
        evaluation=evaluation,
        decision=list_decisions(application).first(),
        waiting=waiting if is_open else None,
        barred=barred,
        may_decide=free and waiting is None,
        may_confirm=free and waiting is not None and waiting.made_by_id != user.pk,
        may_take_back=is_open and waiting is not None and waiting.made_by_id == user.pk,
        price=priced_rate(version, application.grade) if version else None,
        authority=_authority(application, evaluation, business_date) if free and waiting is None else None,
        reasons=_reasons(evaluation),
        is_open=is_open,
    )


def next_to_decide(user: User, application: Application) -> Application | None:
    """The most urgent other application that waits for a decision in the person's branches; only for those who decide. One query."""
    if not user.has_role(*DECIDERS):
        return None
    rows = visible_applications(user).filter(state__in=DECIDABLE).exclude(pk=application.pk)
    return rows.select_related("borrower").order_by("due_date", "id").first()


def _barred(user: User, application: Application) -> str:
    done = people_on_file(application).get(user.pk)
    if done:
        return f"You {done}. Somebody who did not work on the file decides it."
    if application.state == "REFERRED" and not user.has_role(Role.RISK_MANAGER):
        return "The application was referred. A risk manager decides it."
    return ""


def _authority(application: Application, evaluation: PolicyEvaluation | None, business_date: date) -> NeededAuthority | None:
    if application.borrower is None or application.amount is None:
        return None
    try:
        return authority_for(
            application,
            amount=application.amount,
            approves=True,
            business_date=business_date,
            against=evaluation is not None and evaluation.outcome == "DECLINE",
        )
    except DomainError:
        return None


def _reasons(evaluation: PolicyEvaluation | None) -> list[dict[str, str]]:
    """Reasons from the stage that refused: fired rows of the policy first, then the factors of the score, at most four of these."""
    if evaluation is None:
        return []
    fired = [
        {"code": row["code"] or row["fact"], "text": f"{row['title']} is outside our limit."}
        for row in evaluation.rows
        if row["result"] in ("FAIL", "SOFT")
    ]
    scored = [
        {"code": one["code"], "text": f"{one['text'].split(':')[0]} lowered the credit score."}
        for one in (evaluation.score.reasons if evaluation.score else [])
    ]
    return fired or scored[:4]
