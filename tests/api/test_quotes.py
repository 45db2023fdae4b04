"""`POST /quotes`: a product with amount and term, or free terms; nothing is stored and no key is needed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from core.models import IdempotencyKey
from loans.models import ProductVersion
from tests.api.client import Api, is_problem, pointers

pytestmark = pytest.mark.django_db


def terms(**changes: Any) -> dict[str, Any]:
    return {
        "currency": "EUR", "principal": "12500.00", "annual_rate": "0.0725", "start_date": "2026-01-31", "instalments": 12, **changes
    }  # fmt: skip


class TestQuotes:
    def test_answers_what_the_command_answers(self, api: Api, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        file = tmp_path / "terms.json"
        file.write_text(json.dumps(terms(fees=[{"code": "origination", "amount": "100.00", "percent": None, "when": "payout"}])))
        call_command("quote", str(file))
        answer = api.post("/quotes", file.read_text(), key=None)
        assert answer.status_code == 200
        assert answer.json() == json.loads(capsys.readouterr().out)
        assert answer.json()["totals"]["principal"] == "12500.00"
        assert not IdempotencyKey.objects.exists()

    def test_quotes_a_product(self, api: Api, product: ProductVersion) -> None:
        answer = api.post("/quotes", {"product": "consumer", "amount": "12000.00", "term_months": 12}, key=None)
        body = answer.json()
        assert answer.status_code == 200, body
        assert (body["instalments"][0]["due_date"], body["instalments"][0]["total"]) == ("2026-04-02", "1032.80")
        assert len(body["instalments"]) == 12

    def test_holds_a_product_to_its_rules(self, api: Api, product: ProductVersion) -> None:
        answer = api.post("/quotes", {"product": "consumer", "amount": "1.00", "currency": "USD", "term_months": 400}, key=None)
        assert is_problem(answer, 422, "invalid")
        assert pointers(answer) == {"/currency": "other_currency", "/amount": "out_of_range", "/term_months": "out_of_range"}
        answer = api.post("/quotes", {"product": "none", "amount": "1.00", "term_months": 4}, key=None)
        assert is_problem(answer, 422) and pointers(answer) == {"/product": "unknown"}

    def test_never_rounds_what_was_asked(self, api: Api, product: ProductVersion) -> None:
        answer = api.post("/quotes", {"product": "consumer", "amount": "1200.005", "term_months": 4, "rate": 1}, key=None)
        assert is_problem(answer, 400) and pointers(answer) == {"/rate": "unknown_field"}
        answer = api.post("/quotes", {"product": "consumer", "amount": "1200.005", "term_months": 4}, key=None)
        assert is_problem(answer, 400) and pointers(answer) == {"/amount": "surplus_decimals"}

    def test_names_every_fault_of_free_terms(self, api: Api) -> None:
        answer = api.post(
            "/quotes", terms(principal=12500, annual_rate=0.07, methd="flat", grace={"x": 1}, start_date="31.1.2026"), key=None
        )
        assert is_problem(answer, 400, "invalid")
        assert set(pointers(answer)) == {"/principal", "/annual_rate", "/methd", "/grace/x", "/start_date"}

    @pytest.mark.parametrize("body", ["[]", '"text"', "1", "null", "true"])
    def test_asks_for_one_object(self, api: Api, body: str) -> None:
        assert is_problem(api.post("/quotes", body, key=None), 400)

    @pytest.mark.parametrize("start", ["0001-01-01", "9999-12-31", "9999-01-31"])
    def test_survives_the_ends_of_the_calendar(self, api: Api, start: str) -> None:
        answer = api.post("/quotes", terms(start_date=start, instalments=1200), key=None)
        assert answer.status_code in (200, 400, 422), answer.content

    def test_gives_no_rate_where_none_makes_sense(self, api: Api) -> None:
        fees = [{"code": "x", "amount": "1000000.00", "when": "each_instalment"}]
        answer = api.post("/quotes", terms(annual_rate="99.99", method="flat", fees=fees), key=None)
        assert (answer.status_code, answer.json()["effective_annual_rate"]) == (200, None)
