"""The letter about a decision that does not give what was asked for: declined, a counter-offer, or incomplete. Tagged PDF, set by typst."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
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
from loans.models import ApplicationOutcome
from loans.models.borrowers import BorrowerKind
from risk.domain.customer_words import MOST_REASONS
from risk.models import BureauReport, Decision

WRITERS = (Role.OFFICER, Role.APPROVER, Role.RISK_MANAGER, Role.COMPLIANCE)
PAPERS = "templates/papers"
# How long an incomplete application may be completed, and how long a customer may ask for a copy of the report.
DAYS_TO_COMPLETE = timedelta(days=30)
DAYS_FOR_COPY = 60


class UnableToWriteLetter(DomainError):
    """There is no letter about this decision."""

    title = "No letter was written"
    messages = {
        "not_entitled": "Your roles do not allow you to write to the applicant.",
        "nothing_to_tell": "The applicant got what was asked for; the offer itself tells it.",
    }


@dataclass(frozen=True)
class Letter:
    """What stands in a letter: its subject, what is said first, the reasons, what is said after them."""

    subject: str
    opening: list[str]
    reasons: list[str]
    closing: list[str]


@transaction.atomic
def write_letter(*, decision: Decision, actor: User, business_date: date) -> bytes:
    """The letter as PDF/UA, with the main reasons as the customer reads them; that it was written is on record.

    Raises UnableToWriteLetter: `not_entitled`, `nothing_to_tell`.
    """
    if not actor.has_role(*WRITERS):
        raise UnableToWriteLetter("not_entitled")
    letter = letter_of(decision)
    application, borrower = decision.application, decision.application.borrower
    assert borrower is not None  # a decided application has one
    place = " ".join(part for part in (borrower.postcode, borrower.city) if part)
    pdf = set_paper(
        "letter.typ",
        {
            "bank": get_bank().name,
            "branch": application.branch.name,
            "to": [part for part in (borrower.name, borrower.address_line, place) if part],
            "date": _day(business_date),
            "reference": application.reference,
            "subject": letter.subject,
            "greeting": f"Dear {borrower.name}," if borrower.kind == BorrowerKind.PERSON else "Dear Sir or Madam,",
            "opening": letter.opening,
            "reasons": letter.reasons,
            "closing": letter.closing,
            "signed": [decision.decided_by_name, *([decision.second_by.full_name] if decision.second_by else [])],
        },
    )
    audit.record("decision.letter_written", actor=actor, target=application, business_date=business_date, outcome=decision.outcome)
    return pdf


def letter_of(decision: Decision) -> Letter:
    """What the letter says. Raises UnableToWriteLetter `nothing_to_tell`."""
    application = decision.application
    asked = f"a loan of {_money(application.amount, application.currency)} over {application.term_months} months"
    thanks = f"Thank you for your application of {_day(application.submitted_date)} for {asked}."
    reasons = [reason["text"] for reason in decision.reasons[:MOST_REASONS]]
    rights = [
        *_bureau(decision),
        "You may ask us to have the decision looked at again by a person who had no part in it, and tell us what speaks for your request.",
        "You may ask which data about you the decision rests on, and have what is wrong corrected.",
    ]
    match decision.outcome:
        case "DECLINED":
            opening = [
                thanks,
                "We have decided that we cannot grant it. These are the main reasons:"
                if reasons
                else "We have decided that we cannot grant it.",
            ]
            return Letter("Our decision on your application", opening, reasons, rights)
        case "COUNTER_OFFERED":
            offer = ApplicationOutcome.objects.filter(application=application, outcome="COUNTER_OFFERED").order_by("-id").first()
            until = f" Tell us by {_day(offer.valid_until)} whether you accept." if offer and offer.valid_until else ""
            rate = f"{(decision.annual_rate or Decimal(0)) * 100:.2f}%"
            given = f"We can lend you {_money(decision.amount, application.currency)} over {decision.term_months} months at {rate} a year.{until}"
            as_asked = (decision.amount, decision.term_months) == (application.amount, application.term_months)
            why = "We cannot lend it to you at our usual rate." if as_asked else "We cannot lend you what you asked for."
            return Letter("Our counter-offer", [thanks, given, f"{why} These are the main reasons:" if reasons else why], reasons, rights)
        case "RETURNED":
            last_day = _day(decision.decided_date + DAYS_TO_COMPLETE)
            opening = [thanks, "We cannot decide on it yet, because something is missing:"]
            closing = [
                f"Send us what is missing by {last_day}. If we have not heard from you by then, we will not go on with the application."
            ]
            return Letter("Your application is not complete", opening, reasons, closing)
    raise UnableToWriteLetter("nothing_to_tell")


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
        application=decision.application, state=BureauReport.State.RECEIVED, in_file_at__isnull=False, in_file_at__lte=decision.decided_at
    ).first()
    if used is None:
        return []
    return [
        f"We used a report of the credit bureau {used.adapter}, number {used.number or 'none'}. The bureau did not take the decision and cannot give you its "
        f"reasons. Within {DAYS_FOR_COPY} days you may ask the bureau for a copy free of charge, and dispute with it what is wrong or incomplete.",
    ]


def _money(amount: Decimal | None, currency: str) -> str:
    return f"{amount or 0:,.0f} {currency}"


def _day(day: date | None) -> str:
    return f"{day.day} {day:%B %Y}" if day else "an earlier day"
