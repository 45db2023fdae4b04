"""The letter about a decision that does not give what was asked for: declined, a counter-offer, or incomplete;
and the notice of what is missing. Tagged PDF, set by typst.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import typst
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from core import audit
from core.business_date import get_bank
from core.events import publish
from core.models import User
from loans.models import Application, MissingRequest
from loans.models.borrowers import BorrowerKind
from loans.services.missing import ASKERS, note_told
from risk.events import LetterWritten
from risk.models import Decision, DecisionLetter, SecondLook
from risk.selectors.letters import WRITERS
from risk.selectors.requests import Request
from risk.services.letter_words import (
    INCOMPLETE,
    Letter,
    UnableToWriteLetter,
    day_words,
    incomplete,
    letter_of,
    second_look_letter_of,
)
from risk.services.owed_letters import letter_due

PAPERS = "templates/papers"
LETTER = "letter.typ"


@transaction.atomic
def write_letter(*, decision: Decision, actor: User, business_date: date) -> bytes:
    """The letter as PDF/UA, with the main reasons as the customer reads them. It is written once and kept as it was, with its day and the
    hash of the file; whoever asks for it again gets a copy of the same day. The days for a second look, and those to complete a returned
    file, run from it. Both are on record.

    Raises UnableToWriteLetter: `not_entitled`, `nothing_to_tell`.
    """
    if not actor.has_role(*WRITERS):
        raise UnableToWriteLetter("not_entitled")
    letter = letter_of(decision, on=business_date)
    kept, _ = DecisionLetter.objects.get_or_create(decision=decision, defaults={"due_date": letter_due(decision)})
    kept = DecisionLetter.objects.select_for_update().get(pk=kept.pk)
    about: dict[str, Any] = {"actor": actor, "target": decision.application, "business_date": business_date, "outcome": decision.outcome}
    if kept.written_date is not None:
        audit.record("decision.letter_copied", written=kept.written_date, **about)
        return set_paper(LETTER, json.loads(kept.words))
    signed = [decision.decided_by_name, *([decision.second_by.full_name] if decision.second_by else [])]
    words = _words_of(decision.application, letter, signed, business_date)
    pdf = set_paper(LETTER, words)
    kept.words, kept.sha256 = json.dumps(words), hashlib.sha256(pdf).hexdigest()
    kept.written_date, kept.written_at, kept.written_by = business_date, timezone.now(), actor
    kept.save(update_fields=["words", "sha256", "written_date", "written_at", "written_by"])
    if decision.outcome == "RETURNED" and decision == Decision.objects.filter(application=decision.application_id).first():
        # What an earlier return asked for says nothing of what is missing now.
        note_told(decision.application, business_date)
    audit.record("decision.letter_written", sha256=kept.sha256, **about)
    publish(LetterWritten(decision_id=str(decision.pk), application_id=str(decision.application_id)))
    return pdf


@transaction.atomic
def write_request_letter(*, request: MissingRequest, actor: User, business_date: date) -> bytes:
    """The notice that an application is not complete, with what is missing and until when, of the day it was asked for; that it was written
    is on record. The same request gives the same bytes. Raises UnableToWriteLetter `not_entitled`.
    """
    if not actor.has_role(*WRITERS, *ASKERS):
        raise UnableToWriteLetter("not_entitled")
    opening, closing = incomplete(Request.of(request.application), request.until)
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
    return set_paper(LETTER, _words_of(application, letter, signed, on))


def _words_of(application: Application, letter: Letter, signed: list[str], on: date) -> dict[str, Any]:
    """Everything that is set in a letter."""
    borrower = application.borrower
    assert borrower is not None  # a submitted application has one
    return {
        "bank": get_bank().name,
        "branch": application.branch.name,
        "to": borrower.addressee_lines,
        "date": day_words(on),
        "reference": application.reference,
        "subject": letter.subject,
        "greeting": f"Dear {borrower.name}," if borrower.kind == BorrowerKind.PERSON else "Dear Sir or Madam,",
        "opening": letter.opening,
        "conditions": letter.conditions,
        "leading": letter.leading,
        "reasons": letter.reasons,
        "closing": letter.closing,
        "signed": signed,
    }


def set_paper(template: str, data: Mapping[str, Any]) -> bytes:
    """A paper of this room as PDF/UA-1 with tags, title and language. Everything in `data` is set as text; nothing in it is run."""
    path = Path(settings.BASE_DIR) / PAPERS
    # The same decision gives the same bytes: no clock goes into the file.
    return bytes(
        typst.compile(
            str(path / template), root=str(path), format="pdf", sys_inputs={"data": json.dumps(data)}, pdf_standards="ua-1", timestamp=0
        )
    )
