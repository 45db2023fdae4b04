"""A decision is taken on the assessment that was shown: where the file was assessed otherwise since, it is read again first."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from core.errors import Conflict
from loans.models import Application
from risk.domain.customer_words import written_rate
from risk.models import PolicyEvaluation
from risk.selectors.files import latest_evaluation
from risk.selectors.terms import priced_rate
from risk.services.assessment import AGE, current_assessment

MOST_NAMED = 4


class AssessedAnew(Conflict):
    """The file reads otherwise than on the page that the decision was taken from."""

    title = "The file was assessed anew"
    messages = {"assessed_anew": "Nothing was decided: since this page was opened {changes}. Read it again; what you typed is kept."}


def assessment_as_seen(application: Application, *, business_date: date, seen: UUID | None) -> PolicyEvaluation:
    """The assessment a decision stands on, made anew where it is outdated; it has to say what the one says that was looked at, where `seen`
    names it. That nobody else had the file assessed meanwhile is part of that: somebody may have investigated it again.

    Raises AssessedAnew `assessed_anew`; UnableToAssess: `never_assessed`, `no_policy`.
    """
    before = latest_evaluation(application)
    present = current_assessment(application=application, business_date=business_date)
    if seen is None or before is None or present.pk == seen:
        return present
    if before.pk != seen:
        shown = PolicyEvaluation.objects.filter(application=application, pk=seen).select_related("score").first()
        changes = what_differs(application, shown, present) if shown else []
        raise AssessedAnew("assessed_anew", changes=_joined(changes or ["it was assessed once more"]))
    if changes := what_differs(application, before, present):
        raise AssessedAnew("assessed_anew", changes=_joined(changes))
    return present


def what_differs(application: Application, shown: PolicyEvaluation, present: PolicyEvaluation) -> list[str]:
    """In words: the recommendation, the grade with its price, the rows of the policy.
    A valuation that is only some days older is no difference.
    """
    found = []
    if shown.outcome != present.outcome:
        found.append(f"the system came to say {present.outcome.lower()} instead of {shown.outcome.lower()}")
    old, new = _grade(shown), _grade(present)
    if old != new:
        version = application.product_version
        price = f", at {written_rate(priced_rate(version, new))} instead of {written_rate(priced_rate(version, old))}" if version else ""
        found.append(f"the grade became {new or 'none'} instead of {old or 'none'}{price}")
    titles = _turned(shown, present)
    if titles:
        more = f" and {len(titles) - MOST_NAMED} more" if len(titles) > MOST_NAMED else ""
        found.append(f"these checks changed: {', '.join(titles[:MOST_NAMED])}{more}")
    return found


def _grade(evaluation: PolicyEvaluation) -> str:
    return evaluation.score.grade if evaluation.score else ""


def _turned(shown: PolicyEvaluation, present: PolicyEvaluation) -> list[str]:
    def said(evaluation: PolicyEvaluation) -> dict[tuple[str, str], tuple[str, str, str | None]]:
        return {
            (row["code"], row["fact"]): (row["title"], row["result"], None if row["fact"] == AGE else row["value"])
            for row in evaluation.rows
        }

    old, new = said(shown), said(present)
    return [(new.get(key) or old[key])[0] for key in sorted(old.keys() | new.keys()) if old.get(key) != new.get(key)]


def _joined(words: list[str]) -> str:
    return "; ".join(words)
