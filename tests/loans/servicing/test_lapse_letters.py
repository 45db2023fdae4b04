"""Who had an offer or a contract learns by letter that it ended: once, on file, as a tagged PDF; and so does the partner it came from."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.events import deliver_pending
from core.models import AuditEntry, Branch, EventDelivery, PartnerClient, User
from loans.models import Application, Document, Loan, WebhookDelivery
from loans.services import lapse_letters
from loans.services.documents import UnableToStoreDocument, open_document, store_document
from loans.services.lapse_letters import write_contract_letters, write_offer_letters
from loans.services.offers import expire_offers
from loans.services.papers import Paper, day_words, make_pdf
from loans.services.undrawn import lapse_undrawn
from loans.services.webhooks import register_endpoint
from tests.loans.servicing.conftest import MakeApplication
from tests.loans.servicing.test_papers import is_tagged
from tests.loans.web.conftest import sign_in

__all__ = ["sign_in"]
pytestmark = pytest.mark.django_db
LATE = timedelta(days=121)
BESIDE = {"kind": "person", "name": "Ines Berg", "birth_date": "1986-05-04", "national_id": "L01X00T47"}
SURETY = {"kind": "person", "name": "Tove Lund", "birth_date": "1979-01-31", "national_id": "L01X00T48", "role": "guarantor"}


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def deliver() -> None:
    while deliver_pending():
        pass


@pytest.fixture
def set_papers(monkeypatch: pytest.MonkeyPatch) -> list[Paper]:
    """Every paper that was set since, in clear."""
    found: list[Paper] = []

    def keep(paper: Paper, **more: str) -> bytes:
        found.append(paper)
        return make_pdf(paper, **more)

    monkeypatch.setattr(lapse_letters, "make_pdf", keep)
    return found


def on_file(document: Document) -> bytes:
    with open_document(document) as file:
        return file.read()


class TestOffer:
    @pytest.mark.parametrize("state", ["ACCEPTED", "OFFERED"])
    def test_that_ended_is_told_once(
        self, accepted: MakeApplication, officer: User, today: date, sign_in: Any, set_papers: list[Paper], state: str
    ) -> None:
        file = accepted()
        until = file.contract_by if state == "ACCEPTED" else file.outcomes.latest("pk").valid_until
        Application.objects.filter(pk=file.pk).update(state=state)
        for _ in range(2):
            expire_offers(business_date=today + LATE)
            deliver()
        EventDelivery.objects.all().delete()
        deliver()
        write_offer_letters([(file.pk, state, today + LATE)])
        letter = Document.objects.get(kind="offer_ended")
        (paper,) = set_papers
        assert until is not None
        said = paper.sentences[0]
        assert day_words(until) in said and file.reference in said and file.borrower.name in dict(paper.facts)["To"]  # type: ignore[union-attr]
        assert ("No contract was made of it" in said) == (state == "ACCEPTED")
        assert is_tagged(on_file(letter)) and (letter.size, letter.content_type) == (len(on_file(letter)), "application/pdf")
        assert AuditEntry.objects.filter(action="lapse.letter_written", target_id=str(file.pk)).count() == 1
        assert letter.name in sign_in(officer).get(reverse("loans:application_detail", args=[file.pk])).text

    def test_is_kept_once_by_the_database(self, accepted: MakeApplication, today: date) -> None:
        file = accepted()
        write_offer_letters([(file.pk, "ACCEPTED", today)])
        letter = Document.objects.get(kind="offer_ended")
        letter.stored_as = "another"
        with pytest.raises(IntegrityError, match="document_lapse_letter_once"), transaction.atomic():
            Document.objects.create(**{f.name: getattr(letter, f.name) for f in Document._meta.fields if f.name != "id"})

    def test_is_told_to_each_who_asked_for_it(self, accepted: MakeApplication, today: date, set_papers: list[Paper]) -> None:
        file = accepted(related_parties=[BESIDE | {"role": "co_borrower"}, SURETY])
        for _ in range(2):
            write_offer_letters([(file.pk, "ACCEPTED", today)])
        beside = file.parties.get(part="CO_BORROWER").borrower
        names = set(Document.objects.filter(kind="offer_ended").values_list("name", flat=True))
        assert names == {f"Offer {file.reference} ended.pdf", f"Offer {file.reference} ended, {beside.reference}.pdf"}
        assert [dict(paper.facts)["To"].partition(",")[0] for paper in set_papers] == [file.borrower.name, "Ines Berg"]  # type: ignore[union-attr]

    def test_is_written_whatever_others_kept_under_its_name(self, accepted: MakeApplication, today: date) -> None:
        """Files from before the kind was the bank's own, two of them alike."""
        file = accepted()
        for number in range(2):
            Document.objects.create(
                application=file, kind="offer_ended", name=f"Offer {file.reference} ended.pdf", stored_as=f"x/{number}", size=1,
                content_type="application/pdf", sha256="0" * 64, uploaded_by_name="Harbour Cars",
            )  # fmt: skip
        assert [write_offer_letters([(file.pk, "ACCEPTED", today)]) for _ in range(2)] == [1, 0]

    def test_is_nobodys_else_to_send(self, accepted: MakeApplication) -> None:
        for kind in ("offer_ended", "contract_ended"):
            upload = SimpleUploadedFile("letter.pdf", b"%PDF-1.7 x")
            with pytest.raises(UnableToStoreDocument, match="kind_reserved") as refusal:
                store_document(application=accepted(), kind=kind, upload=upload, actor=None, actor_name="Harbour Cars")
            assert refusal.value.status == 422 and refusal.value.faults[0].field == "kind" and kind in refusal.value.detail
        assert not Document.objects.exists()


class TestContract:
    def test_that_ended_is_told_to_the_customer_and_the_partner(self, signed: Callable[..., Loan], branch: Branch, today: date) -> None:
        partner = PartnerClient.objects.create(client_id="harbour", name="Harbour Cars", branch=branch)
        register_endpoint(partner=partner, url="https://hooks.example.org/", events=["loan.closed", "application.status_changed"])
        loan = signed()
        Application.objects.filter(pk=loan.application_id).update(partner=partner)
        deliver()
        WebhookDelivery.objects.all().delete()
        for _ in range(2):
            lapse_undrawn(business_date=today + LATE)
            deliver()
        write_contract_letters([(loan.pk, today + LATE)])
        letter = Document.objects.get(kind="contract_ended")
        assert letter.application_id == loan.application_id and is_tagged(on_file(letter))
        told = WebhookDelivery.objects.get()
        assert (told.kind, told.payload["data"]["reference"], told.payload["data"]["status"]) == ("loan.closed", loan.reference, "CLOSED")

    def test_is_told_to_who_guarantees_it_too(self, signed: Callable[..., Loan], today: date) -> None:
        loan = signed(related_parties=[SURETY])
        assert write_contract_letters([(loan.pk, today)]) == 2
        surety = loan.application.parties.get(part="GUARANTOR").borrower
        assert Document.objects.filter(name=f"Contract {loan.reference} ended, {surety.reference}.pdf").count() == 1


def test_letters_cost_as_many_statements_for_many(accepted: MakeApplication, today: date) -> None:
    counts = []
    for number in (1, 3):
        files = [accepted(related_parties=[BESIDE | {"role": "co_borrower"}]).pk for _ in range(number)]
        with CaptureQueriesContext(connection) as queries:
            assert write_offer_letters([(key, "ACCEPTED", today) for key in files]) == 2 * number
        counts.append(len(queries))
    assert counts[0] == counts[1], counts
