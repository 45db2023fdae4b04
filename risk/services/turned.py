"""What has turned since a file was approved, so that those who approved it no longer answer for its money: asked before money leaves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, timedelta

from loans.models import Application, CustomerAmendment, Loan
from loans.selectors.amendments import amended_since, amendments_in_words
from risk.domain.policy import Result
from risk.models import Investigation, PolicyEvaluation
from risk.selectors.files import latest_evaluation
from risk.selectors.own_history import own_history, parties_history
from risk.services.freshness import fresh_until
from risk.services.policies import evaluate_frozen, marks_held

DELAYS, DEFAULTS = "own_history_worst_dpd", "own_history_defaults"
PARTIES_DELAYS, PARTIES_DEFAULTS = "parties_worst_dpd", "parties_defaults"
GRACE = timedelta(days=90)
"""A contract takes its time from the offer to the first payout; after that what it was granted on is looked at again."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What turned, each by how far, and in words that follow "before".

    `days_late` of the borrower's worst delay with us, `defaults`, how many of their loans with us went bad, `parties_late` and
    `parties_defaults` the same of co-borrowers and guarantors, each only where the policy does not let it pass; `outdated`, whether facts
    of the approval are long out of date; `amended`, how many amendments of its parties' records the judgement did not know.
    """

    days_late: int = 0
    defaults: int = 0
    outdated: bool = False
    amended: int = 0
    parties_late: int = 0
    parties_defaults: int = 0
    words: str = ""

    @property
    def kept(self) -> dict[str, int | bool]:
        """All of it by name, as a signature keeps what it knew."""
        return {one.name: getattr(self, one.name) for one in fields(self) if one.name != "words"}

    @property
    def happened(self) -> bool:
        return any(self.kept.values())

    def was_known_to(self, other: Mapping[str, int | bool]) -> bool:
        """Whether whoever signed when `other` had turned knew of all of this: nothing of it went further since."""
        return all(far <= other[name] for name, far in self.kept.items())


NOTHING = Turn()


def what_turned(loan: Loan, *, decided_at: datetime, business_date: date) -> Turn:
    """What turned since the loan was approved.

    The borrower fell later with this bank than the policy in force then lets pass, or more loans of theirs went bad; or a co-borrower or
    guarantor did, on loans of other files; nothing was paid out yet and a fact that the approval stands on has been out of date for more
    than `GRACE`; the record of a party says otherwise than when the file was signed off. Each is kept beside the others, so that a
    signature for one is none for another.
    """
    turn = _in_the_books(loan, decided_at, business_date)
    amended = turned_by_amendments(loan.application, decided_at=decided_at)
    words = " and ".join(part for part in (turn.words, amended.words) if part)
    return replace(turn, words=words, amended=amended.amended)


def turned_by_amendments(application: Application, *, decided_at: datetime) -> Turn:
    """What the records of its parties say otherwise than when the file was signed off, and nothing else."""
    amended = unjudged_amendments(application, decided_at=decided_at)
    return Turn(words=amendments_in_words(amended), amended=len(amended)) if amended else NOTHING


def unjudged_amendments(application: Application, *, decided_at: datetime) -> list[CustomerAmendment]:
    """Amendments of what a judgement stands on that came after the facts were signed off for it: two queries."""
    signed = Investigation.objects.filter(application=application).values_list("signed_at", flat=True).first()
    return amended_since(application, signed or decided_at)


def _in_the_books(loan: Loan, decided_at: datetime, business_date: date) -> Turn:
    evaluation = latest_evaluation(loan.application, by=decided_at)
    if evaluation is None:
        return NOTHING
    history = own_history(loan.borrower_id, day=business_date)
    late = history.worst if _fails_by(evaluation, DELAYS, history.worst) else 0
    bad = history.defaulted if _fails_by(evaluation, DEFAULTS, history.defaulted) else 0
    others = parties_history(loan.application_id, day=business_date)
    others_late = others.worst if _fails_by(evaluation, PARTIES_DELAYS, others.worst) else 0
    others_bad = others.defaulted if _fails_by(evaluation, PARTIES_DEFAULTS, others.defaulted) else 0
    fresh = fresh_until(evaluation) if loan.disbursed_date is None else None
    outdated = fresh is not None and business_date > fresh.day + GRACE
    words = []
    if late:
        words.append(f"the borrower was {late} days late with us")
    if bad:
        words.append(f"{bad} of the borrower's loans with us went bad")
    if others_late:
        words.append(f"a co-borrower or guarantor was {others_late} days late with us")
    if others_bad:
        words.append(f"{others_bad} of the loans of co-borrowers or guarantors with us went bad")
    if fresh is not None and outdated:
        words.append(f"{', '.join(fresh.titles).lower()} went out of date on {fresh.day:%d %b %Y}")
    return Turn(late, bad, outdated, parties_late=others_late, parties_defaults=others_bad, words=" and ".join(words))


def _fails_by(evaluation: PolicyEvaluation, fact: str, worst: int) -> bool:
    """Whether this is worse than what was known of somebody's history with us, and nothing that the policy lets pass."""
    kept = evaluation.facts.get(fact)
    if kept is None or worst <= int(kept["value"]):
        return False
    now = evaluation.facts | {fact: kept | {"value": str(worst)}}
    found, _ = evaluate_frozen(evaluation.policy_version, now, marks=marks_held(evaluation), score_passes=None)
    return any(row.rule.fact == fact and row.result != Result.PASS for row in found.rows)
