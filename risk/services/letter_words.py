"""What stands in the letters about a decision: declined, a counter-offer, incomplete, or looked at once more."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.conf import settings

from core.errors import DomainError
from loans.models import ApplicationOutcome, ConditionPrecedent
from loans.services.missing import last_day_to_complete
from loans.services.worklist import decision_due
from risk.domain.customer_words import told_of, written_amount, written_rate
from risk.models import BureauReport, Decision, SecondLook
from risk.selectors.requests import Request, request_of

# How long a customer may ask for a copy of the report.
DAYS_FOR_COPY = 60
RIGHTS = (
    "You may tell us what speaks for your request and apply again at any time; a new application is decided on anew.",
    "You may ask which data about you the decision rests on, and have what is wrong corrected.",
)
INCOMPLETE = "Your application is not complete"
COLLATERAL = "collateral_perfected"
"""The condition that an approval carries by itself where something is pledged."""


class UnableToWriteLetter(DomainError):
    """There is no letter about this decision."""

    title = "No letter was written"
    messages = {
        "not_entitled": "Your roles do not allow you to write to the applicant.",
        "nothing_to_tell": "The applicant got what was asked for; the offer itself tells it.",
        "not_answered": "There is a letter of a second look when somebody answered it.",
    }


@dataclass(frozen=True)
class Letter:
    """What stands in a letter: its subject, what is said first, the reasons, what is said after them. An offer has its conditions after
    what is said first, and `leading` between them and the reasons.
    """

    subject: str
    opening: list[str]
    reasons: list[str]
    closing: list[str]
    conditions: list[str] = field(default_factory=list)
    leading: list[str] = field(default_factory=list)


def letter_of(decision: Decision, *, on: date | None = None) -> Letter:
    """What the letter says when it is written on a day, that of the decision by itself. Raises UnableToWriteLetter `nothing_to_tell`."""
    on = on or decision.decided_date
    asked = request_of(decision)
    thanks = _thanks(asked)
    reasons = _told(decision)
    rights = [*_bureau(decision), *RIGHTS]
    match decision.outcome:
        case "DECLINED":
            opening = [
                thanks,
                "We have decided that we cannot grant it. These are the main reasons:"
                if reasons
                else "We have decided that we cannot grant it.",
            ]
            return Letter("Our decision on your application", opening, reasons, [*_second_look(decision, on), *rights])
        case "COUNTER_OFFERED":
            return _counter_offer(decision, asked, reasons, rights, on)
        case "RETURNED":
            opening, closing = incomplete(asked, last_day_to_complete(on))
            return Letter(INCOMPLETE, opening, reasons, [closing])
    raise UnableToWriteLetter("nothing_to_tell")


def _counter_offer(decision: Decision, asked: Request, reasons: list[str], rights: list[str], on: date) -> Letter:
    """An offer says on which conditions it stands: without them it could be accepted as it reads."""
    outcomes = ApplicationOutcome.objects.filter(application=decision.application_id, outcome="COUNTER_OFFERED")
    offer = outcomes.filter(decided_date=decision.decided_date).order_by("-id").first()
    rate = written_rate(decision.annual_rate or Decimal(0))
    given = f"We can lend you {_money(decision.amount, asked.currency)} over {decision.term_months} months at {rate} a year"
    registered = ConditionPrecedent.objects.filter(application=decision.application_id, code=COLLATERAL).values_list("title", flat=True)
    conditions = [*registered, *(one["text"] for one in decision.conditions)]
    as_asked = (decision.amount, decision.term_months) == (asked.amount, asked.term_months)
    why = "We cannot lend it to you at our usual rate." if as_asked else "We cannot lend you what you asked for."
    return Letter(
        "Our counter-offer",
        [_thanks(asked), f"{given}. We pay it out when each of these conditions is met:" if conditions else f"{given}."],
        reasons,
        rights,
        conditions=conditions,
        leading=[
            *_stands_until(offer, on),
            "This letter is no contract yet. Instalments and fees stand in the contract that we make with you when you accept, and only that one binds.",
            f"{why} These are the main reasons:" if reasons else why,
        ],
    )


def _stands_until(offer: ApplicationOutcome | None, on: date) -> list[str]:
    if offer is None or offer.valid_until is None:
        return []
    if offer.valid_until < on:
        return [
            f"The offer stood until {day_words(offer.valid_until)}. If you still want the loan, tell us, and we will decide on it anew."
        ]
    return [f"Tell us by {day_words(offer.valid_until)} whether you accept."]


def second_look_letter_of(second_look: SecondLook) -> Letter:
    """What the letter says: that the decline stands, why, and what is said to what the applicant brought forward; or that it is decided
    anew, and until when. Raises UnableToWriteLetter `not_answered`.
    """
    decision = second_look.decision
    if second_look.state == SecondLook.State.TAKEN_UP:
        return _taken_up(second_look, decision)
    if second_look.state != SecondLook.State.UPHELD:
        raise UnableToWriteLetter("not_answered")
    reasons = _told(decision)
    stands = "Our decision stands, and we cannot grant the loan."
    opening = [
        *_looked_again(second_look, decision),
        f"{stands} These are the main reasons:" if reasons else stands,
    ]
    return Letter("We have looked again at our decision", opening, reasons, [second_look.told, *_bureau(decision), *RIGHTS])


def _looked_again(second_look: SecondLook, decision: Decision) -> list[str]:
    return [
        f"On {day_words(second_look.asked_date)} you asked us to look again at our decision of {day_words(decision.decided_date)} on {_loan(request_of(decision))}.",
        "Somebody who had no part in that decision has done so, with all that you told us.",
    ]


def _taken_up(second_look: SecondLook, decision: Decision) -> Letter:
    """The promise is that of the product from the day of the answer: what it is decided by stands in the file, and may move."""
    version, answered = second_look.application.product_version, second_look.answered_date
    assert version is not None and answered is not None  # the database refuses a submitted application without one, an answer of no day
    opening = [
        *_looked_again(second_look, decision),
        "We have taken your application up again. Others than those who declined it will decide on it.",
    ]
    closing = [
        f"You hear from us by {day_words(decision_due(version, answered))}. You need not do anything until then; if something is missing, we will ask you for it.",
        "That we look again does not mean that we will grant the loan.",
        RIGHTS[1],
    ]
    return Letter("We have taken up your application again", opening, [], closing)


def _second_look(decision: Decision, on: date) -> list[str]:
    """Until when the applicant may ask that somebody else looks at a decline (GDPR, article 22(3)); who hears of it late has as long."""
    if decision.second_look_until is None:
        return []
    until = on + (decision.second_look_until - decision.decided_date)
    return [
        f"If you think that we are wrong, ask us by {day_words(until)} to look at it again, and tell us why. Somebody who had no part in "
        "the decision will do so and answer you.",
    ]


def _told(decision: Decision) -> list[str]:
    return [reason["text"] for reason in told_of(decision.outcome, decision.reasons)[0]]


def _loan(asked: Request) -> str:
    return f"a loan of {_money(asked.amount, asked.currency)} over {asked.term_months} months"


def _thanks(asked: Request) -> str:
    return f"Thank you for your application of {day_words(asked.submitted_date)} for {_loan(asked)}."


def incomplete(asked: Request, last_day: date) -> tuple[list[str], str]:
    """What is said before and after what is missing."""
    return [_thanks(asked), "We cannot decide on it yet, because something is missing:"], (
        f"Send us what is missing by {day_words(last_day)}. If we have not heard from you by then, we will not go on with the application."
    )


def _bureau(decision: Decision) -> list[str]:
    """What a customer is told when the report of a credit bureau was used (15 U.S.C. 1681m)."""
    used = BureauReport.objects.filter(
        application=decision.application,
        borrower=decision.application.borrower_id,  # no applicant is told that a bureau was asked about another, or what it calls that report
        state=BureauReport.State.RECEIVED,
        in_file_at__lte=decision.decided_at,
    ).first()
    if used is None:
        return []
    return [
        f"We used a report of {settings.CREDENCE_BUREAU_NAME or 'our credit bureau'}, number {used.number or 'none'}. The bureau did not take the decision and cannot give you its "
        f"reasons. Within {DAYS_FOR_COPY} days you may ask the bureau for a copy free of charge, and dispute with it what is wrong or incomplete.",
    ]


def _money(amount: Decimal | None, currency: str) -> str:
    return f"{written_amount(amount or Decimal(0))} {currency}"


def day_words(day: date | None) -> str:
    """A day as a letter writes it: "1 April 2026"."""
    return f"{day.day} {day:%B %Y}" if day else "an earlier day"
