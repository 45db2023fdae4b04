"""Loans as their partner reads them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.models import PartnerClient
from loans.services.sweep import book_due_items, refresh_delinquency
from tests.api.client import Api, is_problem, pointers
from tests.api.conftest import MakeLoan

pytestmark = pytest.mark.django_db
Move = Callable[[date], date]


class TestLoans:
    def test_shows_balances_and_the_contract(self, api: Api, lent: MakeLoan, partner: PartnerClient) -> None:
        loan = lent(partner)
        answer = api.get(f"/loans/{loan.public_id}")
        assert answer.status_code == 200
        assert answer.json() == {
            "id": str(loan.public_id),
            "reference": loan.reference,
            "status": "ACTIVE",
            "currency": "EUR",
            "principal": "12000.00",
            "outstanding": {"principal": "12000.00", "interest": "0.00", "fees": "0.00", "penalty": "0.00", "total": "12000.00"},
            "arrears": "0.00",
            "days_past_due": 0,
            "bucket": "0",
            "class": "NORMAL",
            "next_due": {"date": "2026-04-02", "amount": "1032.80"},
            "contract": {
                "application": str(loan.application_id),
                "product": "consumer",
                "product_version": 1,
                "annual_rate": "0.06",
                "effective_annual_rate": answer.json()["contract"]["effective_annual_rate"],
                "method": "annuity",
                "instalments": 12,
                "signed_date": "2026-03-02",
                "disbursed_date": "2026-03-02",
                "first_due_date": "2026-04-02",
                "maturity_date": "2027-03-02",
                "closed_date": None,
            },
        }

    def test_shows_what_fell_due_and_how_late(self, api: Api, lent: MakeLoan, partner: PartnerClient, on: Move) -> None:
        loan = lent(partner)
        today = on(date(2026, 4, 12))
        book_due_items(business_date=today, first_loan_id=loan.pk, last_loan_id=loan.pk)
        refresh_delinquency(business_date=today, first_loan_id=loan.pk, last_loan_id=loan.pk)
        body = api.get(f"/loans/{loan.public_id}").json()
        assert (body["arrears"], body["days_past_due"], body["bucket"], body["class"]) == ("1032.80", 10, "1-30", "SPECIAL_MENTION")
        assert body["outstanding"] == {
            "principal": "12000.00", "interest": "60.00", "fees": "0.00", "penalty": "0.00", "total": "12060.00"
        }  # fmt: skip

    def test_lists_and_filters(self, api: Api, lent: MakeLoan, partner: PartnerClient) -> None:
        first, second = lent(partner), lent(partner)
        body = api.get("/loans").json()
        assert [row["id"] for row in body["data"]] == [str(second.public_id), str(first.public_id)]
        assert body["next"] is None
        assert [row["id"] for row in api.get(f"/loans?reference={first.reference}").json()["data"]] == [str(first.public_id)]
        assert api.get("/loans?status=CLOSED").json()["data"] == []
        assert len(api.get("/loans?status=ACTIVE&bucket=0&currency=EUR").json()["data"]) == 2

    def test_shows_the_schedule(self, api: Api, lent: MakeLoan, partner: PartnerClient) -> None:
        body = api.get(f"/loans/{lent(partner).public_id}/schedule").json()
        assert body["totals"]["principal"] == "12000.00"
        assert len(body["instalments"]) == 12
        assert body["instalments"][0] == {
            "number": 1,
            "due_date": "2026-04-02",
            "principal": "972.80",
            "interest": "60.00",
            "fees": "0.00",
            "total": "1032.80",
            "balance": "11027.20",
            "paid": "0.00",
            "status": "later",
        }

    def test_shows_entries_that_balance(self, api: Api, lent: MakeLoan, partner: PartnerClient) -> None:
        body = api.get(f"/loans/{lent(partner).public_id}/entries").json()
        assert body["data"]
        for entry in body["data"]:
            sides = {side: [line["amount"] for line in entry["lines"] if line["side"] == side] for side in ("debit", "credit")}
            assert sides["debit"] and sides["debit"] == sides["credit"]

    @pytest.mark.parametrize("tail", ["", "/schedule", "/entries"])
    def test_hides_loans_of_others(self, other_api: Api, lent: MakeLoan, partner: PartnerClient, tail: str) -> None:
        hidden = other_api.get(f"/loans/{lent(partner).public_id}{tail}")
        absent = other_api.get(f"/loans/00000000-0000-7000-8000-000000000000{tail}")
        senseless = other_api.get(f"/loans/never{tail}")
        assert is_problem(hidden, 404) and hidden.json() == absent.json() == senseless.json()
        assert other_api.get("/loans").json()["data"] == []

    def test_hides_loans_that_no_partner_sent(self, api: Api, lent: MakeLoan, partner: PartnerClient) -> None:
        loan = lent(partner)
        loan.application.__class__.objects.filter(pk=loan.application_id).update(partner=None)
        assert is_problem(api.get(f"/loans/{loan.public_id}"), 404)


class TestPages:
    def test_walks_every_row_once(self, api: Api, lent: MakeLoan, partner: PartnerClient) -> None:
        made = [str(lent(partner).public_id) for _ in range(3)]
        seen: list[str] = []
        url: str | None = "/loans?limit=1&status=ACTIVE"
        while url:
            body = api.get(url).json()
            assert len(body["data"]) == 1
            seen += [row["id"] for row in body["data"]]
            url = body["next"]
        assert seen == made[::-1]

    @pytest.mark.parametrize(
        "query", ["limit=0", "limit=201", "limit=x", "limit=", "limit=-1", "limit=%C2%B2", "cursor=x", "cursor=%00", "cursor="]
    )
    def test_refuses_a_limit_or_cursor_that_is_none(self, api: Api, query: str) -> None:
        for path in ("/loans", "/applications"):
            assert is_problem(api.get(f"{path}?{query}"), 400, "malformed")

    def test_names_unknown_filters_and_values(self, api: Api) -> None:
        answer = api.get("/loans?staus=ACTIVE&bucket=9&currency=EUR&currency=USD&reference=%00")
        assert is_problem(answer, 400)
        assert pointers(answer) == {"/staus": "unknown_field", "/bucket": "invalid", "/currency": "invalid", "/reference": "invalid"}

    def test_reads_a_page_of_loans_in_a_constant_number_of_queries(self, api: Api, lent: MakeLoan, partner: PartnerClient) -> None:
        # The token with its client; the partner; the business date; loans with product and application; what has fallen due.
        for _ in range(2):
            lent(partner)
            assert queries(api, "/loans") == 5

    def test_reads_a_page_of_entries_in_a_constant_number_of_queries(
        self, api: Api, lent: MakeLoan, partner: PartnerClient, on: Move
    ) -> None:
        # The token with its client; the partner; the loan; entries; their lines; the accounts.
        loan = lent(partner)
        assert queries(api, f"/loans/{loan.public_id}/entries") == 6
        book_due_items(business_date=on(date(2026, 9, 1)), first_loan_id=loan.pk, last_loan_id=loan.pk)
        assert queries(api, f"/loans/{loan.public_id}/entries") == 6


def queries(api: Api, path: str) -> int:
    with CaptureQueriesContext(connection) as seen:
        answer: Any = api.get(path)
    assert answer.status_code == 200
    return len(seen)
