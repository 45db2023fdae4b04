"""The same request with the same key changes the world once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, connections

from core.models import IdempotencyKey, PartnerClient
from loans.models import Application, Loan, Payment
from loans.selectors.audit import first_difference
from tests.api.client import Api, is_problem
from tests.api.conftest import MakeFile, MakeLoan, application_form
from tests.api.test_payments import form
from tests.loans.servicing.books import snapshot


class TestKeys:
    pytestmark = pytest.mark.django_db

    @pytest.fixture
    def loan(self, lent: MakeLoan, partner: PartnerClient) -> Loan:
        return lent(partner)

    def test_repeat_the_answer(self, api: Api, loan: Loan) -> None:
        first = api.post(f"/loans/{loan.public_id}/payments", form(), key="once")
        before = snapshot()
        for _ in range(2):
            again = api.post(f"/loans/{loan.public_id}/payments", form(), key="once")
            assert (again.status_code, again.json()) == (201, first.json())
            assert again.headers["Idempotent-Replayed"] == "true"
        assert "Idempotent-Replayed" not in first.headers
        assert snapshot() == before

    def test_do_not_mind_the_order_of_names(self, api: Api, loan: Loan) -> None:
        api.post(f"/loans/{loan.public_id}/payments", form(), key="once")
        again = api.post(f"/loans/{loan.public_id}/payments", dict(reversed(form().items())), key="once")
        assert again.headers["Idempotent-Replayed"] == "true"

    def test_keep_the_tag_of_a_repeated_answer(self, api: Api, product: object) -> None:
        first = api.post("/applications", application_form(), key="once")
        again = api.post("/applications", application_form(), key="once")
        assert first.headers["ETag"] == again.headers["ETag"]

    def test_refuse_any_other_request(self, api: Api, loan: Loan, lent: MakeLoan, partner: PartnerClient) -> None:
        api.post(f"/loans/{loan.public_id}/payments", form(), key="once")
        other = lent(partner)
        before = snapshot()
        for path, content in (
            (f"/loans/{loan.public_id}/payments", form(amount="1.00")),
            (f"/loans/{other.public_id}/payments", form()),
            (f"/loans/{loan.public_id}/payments?x=1", form()),
            ("/applications", application_form()),
        ):
            assert is_problem(api.post(path, content, key="once"), 422, "idempotency_key_reused")
        assert snapshot() == before

    def test_belong_to_one_client(self, api: Api, other_api: Api, loan: Loan, lent: MakeLoan, other_partner: PartnerClient) -> None:
        theirs = lent(other_partner)
        api.post(f"/loans/{loan.public_id}/payments", form(), key="once")
        answer = other_api.post(f"/loans/{theirs.public_id}/payments", form(), key="once")
        assert answer.status_code == 201 and "Idempotent-Replayed" not in answer.headers
        assert is_problem(other_api.post(f"/loans/{loan.public_id}/payments", form(), key="twice"), 404)

    @pytest.mark.parametrize("key", [None, "x" * 256])
    def test_are_needed(self, api: Api, loan: Loan, key: str | None) -> None:
        before = snapshot()
        answer = api.post(f"/loans/{loan.public_id}/payments", form(), key=key)
        assert is_problem(answer, 400, "idempotency_key_missing")
        assert snapshot() == before

    def test_may_have_255_characters(self, api: Api, loan: Loan) -> None:
        assert api.post(f"/loans/{loan.public_id}/payments", form(), key="x" * 255).status_code == 201

    @pytest.mark.parametrize(
        ("wrong", "status"), [({"amount": 5}, 400), ({"amount": "-5.00"}, 422), ({"surplus": 1}, 400), ({"value_date": "2026-12-01"}, 422)]
    )
    def test_are_not_burnt_by_a_refusal(self, api: Api, loan: Loan, wrong: dict[str, Any], status: int) -> None:
        assert api.post(f"/loans/{loan.public_id}/payments", form(**wrong), key="once").status_code == status
        answer = api.post(f"/loans/{loan.public_id}/payments", form(), key="once")
        assert (answer.status_code, "Idempotent-Replayed" in answer.headers) == (201, False)

    def test_are_not_stuck_after_a_crash_between_effect_and_answer(self, api: Api, loan: Loan, monkeypatch: pytest.MonkeyPatch) -> None:
        def crash(*args: Any) -> None:
            raise SystemError("killed")

        before = snapshot()
        with monkeypatch.context() as patched:
            patched.setattr("loans.api.servicing_views.payment_answer", crash)
            assert is_problem(api.post(f"/loans/{loan.public_id}/payments", form(), key="once"), 500)
        assert snapshot() == before
        assert api.post(f"/loans/{loan.public_id}/payments", form(), key="once").status_code == 201
        assert Payment.objects.count() == 1

    def test_keep_answers_unreadable(self, api: Api, product: object) -> None:
        api.post("/applications", application_form(), key="once")
        with connection.cursor() as cursor:
            cursor.execute("SELECT body FROM core_idempotencykey")
            stored = bytes(cursor.fetchone()[0])
        assert b"Mira" not in stored
        assert "Mira" in IdempotencyKey.objects.get().body

    def test_tell_files_apart_by_content(self, api: Api, sent: MakeFile, partner: PartnerClient, tmp_path: Any, settings: Any) -> None:
        settings.MEDIA_ROOT = str(tmp_path)
        path = f"/applications/{sent(partner).pk}/documents"

        def file(content: bytes) -> dict[str, Any]:
            return {"kind": "statement", "file": SimpleUploadedFile("statement.csv", content)}

        first = api.upload(path, file(b"a;b"), key="once")
        assert first.status_code == 201, first.content
        assert api.upload(path, file(b"a;b"), key="once").headers["Idempotent-Replayed"] == "true"
        assert is_problem(api.upload(path, file(b"a;c"), key="once"), 422, "idempotency_key_reused")


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def at_once(self, calls: list[Callable[[], Any]]) -> list[Any]:
        """All calls at one time, each in a thread with a connection of its own."""
        gate = threading.Barrier(len(calls))

        def run(call: Callable[[], Any]) -> Any:
            gate.wait()
            try:
                return call()
            finally:
                connections.close_all()

        with ThreadPoolExecutor(len(calls)) as pool:
            return list(pool.map(run, calls))

    def test_fifty_repeats_of_one_payment_book_it_once(self, partner: PartnerClient, lent: MakeLoan) -> None:
        loan = lent(partner)
        token = Api(partner).token
        path = f"/loans/{loan.public_id}/payments"
        answers = self.at_once([lambda: Api(partner, token=token).post(path, form(), key="once")] * 50)
        for answer in answers:
            assert answer.status_code == 201 or is_problem(answer, 409, "still_running"), answer.content
            assert answer.status_code == 201 or answer.headers["Retry-After"] == "1"
        booked = [answer.json() for answer in answers if answer.status_code == 201]
        assert booked and all(body == booked[0] for body in booked)
        last = Api(partner, token=token).post(path, form(), key="once")
        assert (last.json(), last.headers["Idempotent-Replayed"]) == (booked[0], "true")
        assert Payment.objects.count() == 1
        assert first_difference() is None

    def test_one_reference_under_many_keys_books_once(self, partner: PartnerClient, lent: MakeLoan) -> None:
        loan = lent(partner)
        token = Api(partner).token
        path = f"/loans/{loan.public_id}/payments"
        answers = self.at_once([lambda: Api(partner, token=token).post(path, form()) for _ in range(12)])
        assert {answer.status_code for answer in answers} == {201}
        assert len({answer.json()["id"] for answer in answers}) == 1
        assert Payment.objects.count() == 1

    def test_one_application_under_many_keys_is_taken_in_once(self, partner: PartnerClient, product: object) -> None:
        token = Api(partner).token
        content = application_form(external_reference="theirs-1")
        answers = self.at_once([lambda: Api(partner, token=token).post("/applications", content) for _ in range(8)])
        assert Application.objects.count() == 1
        first = [answer for answer in answers if answer.status_code == 201]
        assert first and len({answer.json()["id"] for answer in first}) == 1
        for answer in answers:
            assert answer.status_code == 201 or is_problem(answer, 409, "external_reference_reused")
        assert Api(partner, token=token).post("/applications", content).json()["id"] == first[0].json()["id"]
