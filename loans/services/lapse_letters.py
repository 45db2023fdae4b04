"""Letters about what ended by night: an offer, or a contract of which nothing was paid out. Tagged PDFs, on file with the application.

Everybody who was bound has a letter of their own: who borrows and borrows with them, and who guarantees a contract.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import transaction

from core import audit
from core.business_date import get_bank
from core.uuids import uuid7
from loans.domain.states import ApplicationState
from loans.models import Application, ApplicationParty, Borrower, Document, Loan
from loans.services.decisions import with_valid_until
from loans.services.documents import Checked, write_file
from loans.services.papers import Paper, day_words, make_pdf, parties_of
from loans.services.undrawn import last_draw_day

OWED = "Nothing was paid out, so you have nothing to pay back. No instalment falls due."
AGAIN = "If you still need the loan, apply again. We then look at your request as things are by then."
Part = ApplicationParty.Part


@dataclass(frozen=True)
class Letter:
    """A letter to somebody who was bound, not set yet."""

    application: Application
    to: Borrower
    kind: str
    title: str
    paper: Paper
    day: date

    @property
    def name(self) -> str:
        """Under which it is on file: that of who borrows names nobody, that of another the person."""
        whose = "" if self.to.pk == self.application.borrower_id else f", {self.to.reference}"
        return f"{self.title}{whose}.pdf"


@transaction.atomic
def write_offer_letters(lapsed: Sequence[tuple[UUID, str, date]]) -> int:
    """Write to those whose offers ended: (application, state it ended in, day). Once each; returns how many were written.

    The same few statements for any number of them, and a file each.
    """
    rows = with_valid_until(Application.objects.filter(pk__in=[key for key, _, _ in lapsed]))
    found = {row.pk: row for row in rows.select_related("borrower")}
    others = _others_bound(found, (Part.CO_BORROWER,))
    return _keep(
        Letter(row, to, Document.OFFER_ENDED, f"Offer {row.reference} ended", _of_offer(row, to, state, day), day)
        for key, state, day in lapsed
        if (row := found.get(key)) is not None
        for to in _all_bound(row, others)
    )


@transaction.atomic
def write_contract_letters(lapsed: Sequence[tuple[int, date]]) -> int:
    """The same to those whose contracts ended: (loan, day)."""
    rows = Loan.objects.select_related("application__borrower", "borrower", "product_version")
    found = rows.in_bulk([key for key, _ in lapsed])
    others = _others_bound([loan.application_id for loan in found.values()], (Part.CO_BORROWER, Part.GUARANTOR))
    return _keep(
        Letter(loan.application, to, Document.CONTRACT_ENDED, f"Contract {loan.reference} ended", _of_contract(loan, to, day), day)
        for key, day in lapsed
        if (loan := found.get(key)) is not None
        for to in _all_bound(loan.application, others)
    )


def _others_bound(applications: Iterable[UUID], parts: Sequence[str]) -> dict[UUID, list[Borrower]]:
    """Who has one of these parts in applications, each person once, in the order in which they came in: one query."""
    found: dict[UUID, dict[Borrower, None]] = {}
    rows = ApplicationParty.objects.filter(application__in=list(applications), part__in=parts)
    for party in rows.select_related("borrower").order_by("pk"):
        found.setdefault(party.application_id, {})[party.borrower] = None
    return {key: list(people) for key, people in found.items()}


def _all_bound(application: Application, others: dict[UUID, list[Borrower]]) -> list[Borrower]:
    assert application.borrower is not None  # who has an offer handed something in
    return list(dict.fromkeys([application.borrower, *others.get(application.pk, [])]))


def _of_offer(application: Application, to: Borrower, state: str, day: date) -> Paper:
    facts = [("To", ", ".join(to.addressee_lines)), ("Application", application.reference)]
    if state == ApplicationState.ACCEPTED:
        until = f" by {day_words(application.contract_by)}" if application.contract_by else " in time"
        said = f"You accepted our offer on your application {application.reference}. No contract was made of it{until}, and so the offer ended."
    else:
        until = day_words(application.valid_until) if application.valid_until else "its last day"  # type: ignore[attr-defined]
        said = f"Our offer on your application {application.reference} stood until {until}. It was not accepted by then, and so it ended."
    return Paper(f"Our offer {application.reference} has ended", facts, [said, OWED, AGAIN], foot=[f"Written on {day_words(day)}."])


def _of_contract(loan: Loan, to: Borrower, day: date) -> Paper:
    facts = [("To", ", ".join(to.addressee_lines)), *parties_of(loan)]
    said = (
        f"Nothing was paid out of contract {loan.reference} by {day_words(last_draw_day(loan))}, the last day for a first payout, "
        "and so the contract ended."
    )
    return Paper(f"Your contract {loan.reference} has ended", facts, [said, OWED, AGAIN], foot=[f"Written on {day_words(day)}."])


def _keep(letters: Iterable[Letter]) -> int:
    """Set and keep those that are not on file yet, and note each in the audit trail."""
    wanted = {(one.application.pk, one.kind, one.name): one for one in letters}
    # Two who deliver the same at once: the database takes the letter of the first, and the other begins anew and finds it.
    by_night = Document.objects.filter(uploaded_by=None, uploaded_by_name=Document.NIGHT)
    there = by_night.filter(application__in={key[0] for key in wanted}, kind__in={key[1] for key in wanted})
    for key in there.values_list("application_id", "kind", "name"):
        wanted.pop(key, None)
    made, bank = [], get_bank().name
    for one in wanted.values():
        file = Checked(one.name, "pdf", "application/pdf", make_pdf(one.paper, bank=bank))
        row = Document(id=uuid7(), application=one.application, kind=one.kind)
        made.append(write_file(row, file, actor=None, actor_name=Document.NIGHT))
    Document.objects.bulk_create(made)
    audit.record_all(
        [
            audit.entry(
                "lapse.letter_written",
                actor=None,
                actor_name=Document.NIGHT,
                target=row.application,
                business_date=wanted[row.application_id, row.kind, row.name].day,
                kind=row.kind,
                document=row.pk,
                person=wanted[row.application_id, row.kind, row.name].to.reference,
            )
            for row in made
        ]
    )
    return len(made)
