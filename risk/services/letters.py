"""The letter about a decision that does not give what was asked for: declined, a counter-offer, or incomplete;
and the notice of what is missing. Tagged PDF, set by typst.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import typst
from django.conf import settings
from django.db import transaction

from core import audit
from core.business_date import get_bank
from core.errors import DomainError
from core.models import User
from core.roles import Role
from loans.models import Application, ApplicationOutcome, ConditionPrecedent, MissingRequest
from loans.models.borrowers import BorrowerKind
from loans.services.missing import ASKERS, DAYS_TO_COMPLETE
from loans.services.worklist import decision_due
from risk.domain.customer_words import told_of, written_amount, written_rate
from risk.models import BureauReport, Decision, SecondLook
from risk.selectors.requests import Request, request_of

WRITERS = (Role.OFFICER, Role.APPROVER, Role.RISK_MANAGER, Role.COMPLIANCE)
PAPERS = "templates/papers"
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


@transaction.atomic
def write_letter(*, decision: Decision, actor: User, business_date: date) -> bytes:
    """The letter as PDF/UA, with the main reasons as the customer reads them; that it was written is on record.

    Raises UnableToWriteLetter: `not_entitled`, `nothing_to_tell`.
    """
    if not actor.has_role(*WRITERS):
        raise UnableToWriteLetter("not_entitled")
    signed = [decision.decided_by_name, *([decision.second_by.full_name] if decision.second_by else [])]
    pdf = _set_letter(decision.application, letter_of(decision), signed, business_date)
    audit.record("decision.letter_written", actor=actor, target=decision.application, business_date=business_date, outcome=decision.outcome)
    return pdf


@transaction.atomic
def write_request_letter(*, request: MissingRequest, actor: User, business_date: date) -> bytes:
    """The notice that an application is not complete, with what is missing and until when, of the day it was asked for; that it was written
    is on record. The same request gives the same bytes. Raises UnableToWriteLetter `not_entitled`.
    """
    if not actor.has_role(*WRITERS, *ASKERS):
        raise UnableToWriteLetter("not_entitled")
    opening, closing = _incomplete(Request.of(request.application), request.until)
    more = [request.text] if request.text else []
    letter = Letter(INCOMPLETE, opening, [item.title for item in request.items.all()], [*more, closing])
    pdf = _set_letter(request.application, letter, [request.asked_by.full_name], request.asked_date)
    audit.record(
        "application.missing_letter_written", actor=actor, target=request.application, business_date=business_date, request=request.pk
    )
    return pdf


@transaction.atomic
def write_second_look_letter(*, second_look: SecondLook, actor: User, business_date: date) -> bytes:
    """The letter to an applicant whose decline was upheld, or whose application is taken up again, of the day of the answer; that it was
    written is on record. The same answer gives the same bytes. Raises UnableToWriteLetter: `not_entitled`, `not_answered`.
    """
    if not actor.has_role(*WRITERS):
        raise UnableToWriteLetter("not_entitled")
    letter = second_look_letter_of(second_look)
    assert second_look.answered_by is not None and second_look.answered_date is not None  # the database refuses one answered by nobody
    pdf = _set_letter(second_look.application, letter, [second_look.answered_by.full_name], second_look.answered_date)
    audit.record("second_look.letter_written", actor=actor, target=second_look.application, business_date=business_date)
    return pdf


def _set_letter(application: Application, letter: Letter, signed: list[str], on: date) -> bytes:
    borrower = application.borrower
    assert borrower is not None  # a submitted application has one
    return set_paper(
        "letter.typ",
        {
            "bank": get_bank().name,
            "branch": application.branch.name,
            "to": borrower.addressee_lines,
            "date": _day(on),
            "reference": application.reference,
            "subject": letter.subject,
            "greeting": f"Dear {borrower.name}," if borrower.kind == BorrowerKind.PERSON else "Dear Sir or Madam,",
            "opening": letter.opening,
            "conditions": letter.conditions,
            "leading": letter.leading,
            "reasons": letter.reasons,
            "closing": letter.closing,
            "signed": signed,
        },
    )


def letter_of(decision: Decision) -> Letter:
    """What the letter says. Raises UnableToWriteLetter `nothing_to_tell`."""
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
            return Letter("Our decision on your application", opening, reasons, [*_second_look(decision), *rights])
        case "COUNTER_OFFERED":
            return _counter_offer(decision, asked, reasons, rights)
        case "RETURNED":
            opening, closing = _incomplete(asked, decision.decided_date + DAYS_TO_COMPLETE)
            return Letter(INCOMPLETE, opening, reasons, [closing])
    raise UnableToWriteLetter("nothing_to_tell")


def _counter_offer(decision: Decision, asked: Request, reasons: list[str], rights: list[str]) -> Letter:
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
            *([f"Tell us by {_day(offer.valid_until)} whether you accept."] if offer and offer.valid_until else []),
            "This letter is no contract yet. Instalments and fees stand in the contract that we make with you when you accept, and only that one binds.",
            f"{why} These are the main reasons:" if reasons else why,
        ],
    )


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
        f"On {_day(second_look.asked_date)} you asked us to look again at our decision of {_day(decision.decided_date)} on {_loan(request_of(decision))}.",
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
        f"You hear from us by {_day(decision_due(version, answered))}. You need not do anything until then; if something is missing, we will ask you for it.",
        "That we look again does not mean that we will grant the loan.",
        RIGHTS[1],
    ]
    return Letter("We have taken up your application again", opening, [], closing)


def _second_look(decision: Decision) -> list[str]:
    """Until when the applicant may ask that somebody else looks at a decline (GDPR, article 22(3))."""
    if decision.second_look_until is None:
        return []
    return [
        f"If you think that we are wrong, ask us by {_day(decision.second_look_until)} to look at it again, and tell us why. Somebody who had no part in "
        "the decision will do so and answer you.",
    ]


def _told(decision: Decision) -> list[str]:
    return [reason["text"] for reason in told_of(decision.outcome, decision.reasons)[0]]


def _loan(asked: Request) -> str:
    return f"a loan of {_money(asked.amount, asked.currency)} over {asked.term_months} months"


def _thanks(asked: Request) -> str:
    return f"Thank you for your application of {_day(asked.submitted_date)} for {_loan(asked)}."


def _incomplete(asked: Request, last_day: date) -> tuple[list[str], str]:
    """What is said before and after what is missing."""
    return [_thanks(asked), "We cannot decide on it yet, because something is missing:"], (
        f"Send us what is missing by {_day(last_day)}. If we have not heard from you by then, we will not go on with the application."
    )


def set_paper(template: str, data: Mapping[str, Any]) -> bytes:
    """A paper of this room as PDF/UA-1 with tags, title and language. Everything in `data` is set as text; nothing in it is run."""
    path = Path(settings.BASE_DIR) / PAPERS
    # The same decision gives the same bytes: no clock goes into the file.
    return bytes(
        typst.compile(
            str(path / template), root=str(path), format="pdf", sys_inputs={"data": json.dumps(data)}, pdf_standards="ua-1", timestamp=0
        )
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


def _day(day: date | None) -> str:
    return f"{day.day} {day:%B %Y}" if day else "an earlier day"
