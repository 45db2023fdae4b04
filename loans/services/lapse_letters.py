"""Letters about what ended by night: an offer, or a contract of which nothing was paid out. Tagged PDFs, on file with the application."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from uuid import UUID

from django.db import transaction
from django.db.models import OuterRef, Subquery

from core import audit
from core.business_date import get_bank
from core.uuids import uuid7
from loans.domain.states import ApplicationState
from loans.models import Application, ApplicationOutcome, Document, Loan
from loans.services.documents import Checked, write_file
from loans.services.papers import Paper, day_words, make_pdf, parties_of
from loans.services.undrawn import last_draw_day

OWED = "Nothing was paid out, so you have nothing to pay back. No instalment falls due."
AGAIN = "If you still need the loan, apply again. We then look at your request as things are by then."


@transaction.atomic
def write_offer_letters(lapsed: Sequence[tuple[UUID, str, date]]) -> int:
    """Write to those whose offers ended: (application, state it ended in, day). Once each; returns how many were written.

    The same few statements for any number of them, and a file each.
    """
    latest = ApplicationOutcome.objects.filter(application=OuterRef("pk")).order_by("-id")
    rows = Application.objects.filter(pk__in=[key for key, _, _ in lapsed]).annotate(until=Subquery(latest.values("valid_until")[:1]))
    found = {row.pk: row for row in rows.select_related("borrower")}
    return _keep(
        (found[key], Document.OFFER_ENDED, f"Offer {found[key].reference} ended.pdf", _of_offer(found[key], state, day), day)
        for key, state, day in lapsed
        if key in found
    )


@transaction.atomic
def write_contract_letters(lapsed: Sequence[tuple[int, date]]) -> int:
    """The same to those whose contracts ended: (loan, day)."""
    found = Loan.objects.select_related("application", "borrower", "product_version").in_bulk([key for key, _ in lapsed])
    return _keep(
        (loan.application, Document.CONTRACT_ENDED, f"Contract {loan.reference} ended.pdf", _of_contract(loan, day), day)
        for key, day in lapsed
        if (loan := found.get(key)) is not None
    )


def _of_offer(application: Application, state: str, day: date) -> Paper:
    facts = [("To", _addressee(application)), ("Application", application.reference)]
    if state == ApplicationState.ACCEPTED:
        until = f" by {day_words(application.contract_by)}" if application.contract_by else " in time"
        said = f"You accepted our offer on your application {application.reference}. No contract was made of it{until}, and so the offer ended."
    else:
        until = day_words(application.until) if application.until else "its last day"  # type: ignore[attr-defined]
        said = f"Our offer on your application {application.reference} stood until {until}. It was not accepted by then, and so it ended."
    return Paper(f"Our offer {application.reference} has ended", facts, [said, OWED, AGAIN], foot=[f"Written on {day_words(day)}."])


def _of_contract(loan: Loan, day: date) -> Paper:
    facts = [("To", _addressee(loan.application)), *parties_of(loan)]
    said = (
        f"Nothing was paid out of contract {loan.reference} by {day_words(last_draw_day(loan))}, the last day for a first payout, "
        "and so the contract ended."
    )
    return Paper(f"Your contract {loan.reference} has ended", facts, [said, OWED, AGAIN], foot=[f"Written on {day_words(day)}."])


def _addressee(application: Application) -> str:
    borrower = application.borrower
    assert borrower is not None  # who has an offer handed something in
    town = " ".join(part for part in (borrower.postcode, borrower.city) if part)
    return ", ".join(part for part in (borrower.name, borrower.address_line, town) if part)


def _keep(letters: Iterable[tuple[Application, str, str, Paper, date]]) -> int:
    """Set and keep those that are not on file yet, and note each in the audit trail."""
    wanted = {(application.pk, kind, name): (application, paper, day) for application, kind, name, paper, day in letters}
    # Two who deliver the same at once: the database takes the letter of the first, and the other begins anew and finds it.
    there = Document.objects.filter(application__in={key[0] for key in wanted}, kind__in={key[1] for key in wanted})
    for key in there.values_list("application_id", "kind", "name"):
        wanted.pop(key, None)
    made, bank = [], get_bank().name
    for (_, kind, name), (application, paper, _) in wanted.items():
        file = Checked(name, "pdf", "application/pdf", make_pdf(paper, bank=bank))
        made.append(write_file(Document(id=uuid7(), application=application, kind=kind), file, actor=None, actor_name="sweep"))
    Document.objects.bulk_create(made)
    audit.record_all(
        [
            audit.entry(
                "lapse.letter_written",
                actor=None,
                actor_name="sweep",
                target=row.application,
                business_date=wanted[row.application_id, row.kind, row.name][2],
                kind=row.kind,
                document=row.pk,
            )
            for row in made
        ]
    )
    return len(made)
