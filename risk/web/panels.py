"""What policy and score say of an application: panels of its workspace, each also a page."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse

from core.charts import Contribution, Limit, Waterfall
from core.models import User
from core.roles import Role
from core.web import formats
from core.web.access import role_required
from core.web.http import HtmxRequest, render_page
from loans.models import Application
from loans.selectors.intake_hands import took_in
from loans.selectors.interests import has_interest
from risk.domain.application_score import reason_code
from risk.domain.scorecard import GradeTable
from risk.models import Investigation, PolicyEvaluation, Score
from risk.selectors.conflicts import judged_signal
from risk.selectors.files import InvestigationFile, access_application, latest_evaluation, latest_score
from risk.services.file_work import EDITABLE
from risk.services.request_facts import BEFORE_GRADES
from risk.web.bins import CardWords, kind_of
from risk.web.wording import OUTCOMES, policy_groups, value_words

FILE_READERS = (Role.OFFICER, Role.INVESTIGATOR, Role.APPROVER, Role.RISK_MANAGER, Role.COMPLIANCE, Role.AUDITOR, Role.COLLECTIONS)


def may_work(user: User, application: Application, file: InvestigationFile | None) -> bool:
    """Whether a person may add to this file now: an investigator who did not take it in, judged no signal of it and has no interest in it,
    while it is taken and not put up.
    """
    return (
        file is not None
        and user.has_role(Role.INVESTIGATOR)
        and not took_in(user, application)
        and file.investigation.investigator_id is not None
        and file.investigation.state != Investigation.State.SUBMITTED
        and application.state in EDITABLE
        and not judged_signal(user, application)
        and not has_interest(user, application)
    )


@role_required(*FILE_READERS)
def facts_panel(request: HtmxRequest, pk: UUID) -> HttpResponse:
    """Facts against policy, grouped, with signed headroom."""
    application = access_application(request.user, pk)
    evaluation = latest_evaluation(application)
    groups = (
        policy_groups(evaluation.rows, application.currency, evaluation.facts, evaluation.parts.get("statements")) if evaluation else []
    )
    lines = [line for group in groups for line in group.lines]
    return render_page(
        request,
        "risk/application_facts.html",
        "risk/_facts.html",
        application=application,
        evaluation=evaluation,
        groups=groups,
        passed=sum(1 for line in lines if line.status == "good"),
        total=len(lines),
        outcome=OUTCOMES.get(evaluation.outcome) if evaluation else None,
        subtitle=_subtitle(evaluation) if evaluation else "",
    )


@role_required(*FILE_READERS)
def score_panel(request: HtmxRequest, pk: UUID) -> HttpResponse:
    """The score as a waterfall with its reasons and cut-offs."""
    application = access_application(request.user, pk)
    score = latest_score(application)
    return render_page(
        request,
        "risk/application_score.html",
        "risk/_score.html",
        application=application,
        score=score,
        chart=waterfall(score, application.currency) if score else None,
        before_grades=score is not None and any(row["factor"] in BEFORE_GRADES for row in score.contributions),
        costs=_costs(score, application.currency) if score else [],
        grades=_grades(score) if score else [],
        evaluated=score is not None or latest_evaluation(application) is not None,
    )


def _subtitle(evaluation: PolicyEvaluation) -> str:
    """The policy, and the rate at which the instalment was worked out."""
    policy, rate = evaluation.policy_version, evaluation.facts.get("new_instalment")
    said = f"{policy}, in force since {formats.day(policy.activated_date)}" if policy.activated_date else str(policy)
    return f"{said}. {rate['source']}" if rate else said


def _costs(score: Score, currency: str) -> list[tuple[str, str, str]]:
    """Factor, its value and the points lost on it against the average, of each reason of the score, the dearest first."""
    told = [reason["code"] for reason in score.reasons]
    found = {reason_code(row["factor"]): row for row in score.contributions}
    rows = [found[code] for code in told if code in found]
    return [(row["title"], value_words(kind_of(row["factor"]), row["value"], currency), formats.number(row["lost"], 1)) for row in rows]


def waterfall(score: Score, currency: str = "") -> Waterfall:
    """The drawing of a score: from the card's base by each factor to the total, with the limits of grades beside it."""
    definition = score.model_version.definition
    words = CardWords(definition, currency)
    base = int(definition["card"]["base_points"])
    rows = sorted(score.contributions, key=lambda row: row["points"])
    table = GradeTable.from_dict(definition["grades"])
    worst = rows[0] if rows and rows[0]["points"] < 0 else None
    finding = f"{worst['title']} costs most, {formats.signed(worst['points'])} points" if worst else "no factor takes points"
    cutoffs = [Limit("Refuse below", table.cut_off)]
    above = [grade for grade in table.grades if grade.least_score is not None and grade.least_score > score.points]
    if above and above[0].least_score is not None and above[0].least_score != table.cut_off:
        cutoffs.append(Limit(f"Grade {above[0].letter} from", above[0].least_score))
    return Waterfall(
        f"Score {score.points}, grade {score.grade}: {finding}.",
        base=base,
        rows=[Contribution(row["title"], row["points"], words.of(row["factor"], row["bin"])) for row in rows],
        final=score.points,
        cutoffs=cutoffs,
    )


def _grades(score: Score) -> list[dict[str, object]]:
    table = GradeTable.from_dict(score.model_version.definition["grades"])
    return [
        {"letter": grade.letter, "least": grade.least_score, "pd": grade.pd, "current": grade.letter == score.grade}
        for grade in reversed(table.grades)
    ]
