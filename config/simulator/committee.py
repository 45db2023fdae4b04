"""What the credit committee leaves on the last day: a loan granted against one vote, one refused, others with votes open;
and a file sent back.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import date

from config.simulator.bank import House
from core.errors import DomainError
from loans.models import Application
from risk.models import Recommendation
from risk.selectors.work import decisions_for
from risk.services import decisions
from risk.services.committee import vote_on_decision
from risk.services.rules_of_decision import REASONS

# Who votes after the first member did, and what is said against it, by the order in which files came before the committee.
BALLOTS: tuple[tuple[tuple[str, str], ...], ...] = (
    (("risk1", ""), ("risk2", "The income rests on one employer.")),
    (("risk1", "The rate is fixed for longer than the income is sure."), ("risk2", "I follow; ask for less or for a guarantor.")),
)


def leave_votes(house: House, day: date) -> None:
    """The committee settles the first files before it, one way and the other; the rest keep their votes open."""
    before = Recommendation.objects.filter(proposal__state="OPEN", application__state="REVIEW", votes__isnull=False).distinct()
    waiting = [one for one in before.select_related("application").order_by("pk") if one.by_committee]
    # The last one stays open, however few there are.
    for recommendation, ballot in zip(waiting[:-1], BALLOTS, strict=False):
        # A file that changed since it was put up has to be put up again; the committee goes on with the next.
        with suppress(DomainError):
            for member, against in ballot:
                vote_on_decision(
                    application=recommendation.application,
                    in_favour=not against,
                    reason=against,
                    actor=house.people[member],
                    business_date=day,
                )
    _send_one_back(house, day)


def _send_one_back(house: House, day: date) -> None:
    """An approver returns a referred file for what it lacks."""
    approver = house.people["approver2"]
    file = Application.objects.filter(pk__in=decisions_for(approver).values("pk"), recommendation="REFER").order_by("pk").last()
    if file is None or Recommendation.objects.filter(application=file, proposal__state="OPEN").exists():
        return
    decisions.decide(
        application=file,
        outcome="RETURNED",
        amount=None,
        term_months=None,
        annual_rate=None,
        conditions=[],
        reasons=[{"code": "INCOMPLETE", "text": REASONS["INCOMPLETE"]}],
        rationale="The last three payslips are of another employer than the letter.",
        override_code="",
        actor=approver,
        business_date=day,
    )
