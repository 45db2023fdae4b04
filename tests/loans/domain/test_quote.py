"""`POST /quotes` without a door: what is refused, with every fault at once, and the same on the command line."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from loans.domain.quote import QuoteRefused, quote

TERMS: dict[str, Any] = {
    "currency": "EUR",
    "principal": "1000.00",
    "annual_rate": "0.12",
    "start_date": "2026-01-15",
    "instalments": 3,
}


def faults(body: Any) -> list[tuple[str, str]]:
    with pytest.raises(QuoteRefused) as refused:
        quote(body)
    return sorted((fault["pointer"], fault["code"]) for fault in refused.value.problem["errors"])


class TestTheDefaults:
    def test_are_monthly_equal_instalments_counted_by_the_day(self) -> None:
        explicit = {
            "first_due_date": "2026-02-15", "method": "annuity", "frequency": {"unit": "month", "every": 1}, "day_count": "30/360",
            "interest_period": "daily", "month_end": "keep", "rounding": {"mode": "half_even", "multiple": "0.01"}, "instalment_multiple": None,
            "respread": True, "instalment_basis": "drawn", "instalment_amount": None,
            "grace": {"principal_instalments": 0, "interest_instalments": 0, "interest_free_instalments": 0},
            "tranches": [{"date": "2026-01-15", "amount": "1000.00"}], "rate_changes": [], "fees": [],
        }  # fmt: skip
        assert quote(TERMS) == quote({**TERMS, **explicit})

    def test_answers_text_with_the_decimals_of_the_currency(self) -> None:
        answer = quote({**TERMS, "currency": "KWD", "principal": "1000.000"})
        assert answer["totals"]["principal"] == "1000.000"
        assert set(answer) == {"instalments", "totals", "effective_annual_rate"}


class TestWhatIsRefused:
    def test_is_named_all_at_once(self) -> None:
        body = {"currency": "EUR", "principal": 1000, "start_date": "15.01.2026", "instalments": 0, "colour": "red", "grace": {"nights": 3}}
        assert faults(body) == [
            ("/annual_rate", "required"),
            ("/colour", "unknown_field"),
            ("/grace/nights", "unknown_field"),
            ("/instalments", "invalid"),
            ("/principal", "not_text"),
            ("/start_date", "invalid"),
        ]

    @pytest.mark.parametrize(
        ("amount", "code"),
        [
            ("0.00", "not_positive"),
            ("-1.00", "not_positive"),
            ("0.005", "surplus_decimals"),
            ("NaN", "form"),
            ("1e30", "form"),
            ("1,000.00", "form"),
            ("1000000000000000.00", "too_large"),
            (1000.5, "not_text"),
            (float("nan"), "not_text"),
            ("٣", "form"),
        ],
    )
    def test_is_what_is_no_amount(self, amount: Any, code: str) -> None:
        assert faults({**TERMS, "principal": amount}) == [("/principal", code)]

    @pytest.mark.parametrize(
        ("changes", "pointer", "code"),
        [
            ({"currency": "EURO"}, "/currency", "invalid"),
            ({"annual_rate": 0.12}, "/annual_rate", "invalid"),
            ({"annual_rate": "12%"}, "/annual_rate", "invalid"),
            ({"annual_rate": "-0.01"}, "/annual_rate", "invalid"),
            ({"instalments": 1201}, "/instalments", "invalid"),
            ({"instalments": True}, "/instalments", "invalid"),
            ({"instalments": None}, "/instalments", "required"),
            ({"method": "magic"}, "/method", "invalid"),
            ({"frequency": "monthly"}, "/frequency", "not_an_object"),
            ({"respread": "yes"}, "/respread", "invalid"),
            ({"tranches": {"date": "2026-01-15"}}, "/tranches", "not_a_list"),
            ({"tranches": [{"date": "2026-01-15"}]}, "/tranches/0/amount", "required"),
            ({"tranches": ["2026-01-15"]}, "/tranches/0", "not_an_object"),
            ({"rate_changes": [{"date": "2026-02-30", "annual_rate": "0.1"}]}, "/rate_changes/0", "invalid"),
            ({"fees": [{"code": "a", "amount": "1.00", "percent": "1"}]}, "/fees/0", "invalid"),
            ({"fees": [{"code": "a", "amount": "1.00", "note": "x"}]}, "/fees/0/note", "unknown_field"),
            ({"fees": [{"code": 7, "amount": "1.00"}]}, "/fees/0", "invalid"),
            ({"holidays": {"country": "XX"}}, "/holidays/country", "invalid"),
            ({"first_due_date": "2026-01-15"}, "/first_due_date", "too_early"),
            ({"tranches": [{"date": "2026-01-15", "amount": "999.00"}]}, "/tranches", "sum_differs"),
            ({"grace": {"principal_instalments": 3}}, "/grace/principal_instalments", "too_long"),
            ({"instalments": None, "instalment_amount": "9.00"}, "/instalment_amount", "too_small"),
        ],
    )
    def test_is_named_with_its_place(self, changes: dict[str, Any], pointer: str, code: str) -> None:
        assert (pointer, code) in faults({**TERMS, **changes})

    @pytest.mark.parametrize("body", [None, [], "terms", 7])
    def test_is_what_is_no_object(self, body: Any) -> None:
        assert ("", "not_an_object") in faults(body)


class TestTheCommand:
    def test_answers_the_same_json(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        file = tmp_path / "terms.json"
        file.write_text(json.dumps(TERMS), encoding="utf-8")
        call_command("quote", str(file))
        assert json.loads(capsys.readouterr().out) == quote(TERMS)

    def test_reads_standard_input(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps(TERMS)))
        call_command("quote", "-")
        assert json.loads(capsys.readouterr().out) == quote(TERMS)

    @pytest.mark.parametrize(
        ("text", "status"), [("{", 400), ('{"currency": "EUR"}', 400), (json.dumps({**TERMS, "first_due_date": "2026-01-01"}), 422)]
    )
    def test_exits_with_two_and_a_problem(self, tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, status: int) -> None:
        file = tmp_path / "terms.json"
        file.write_text(text, encoding="utf-8")
        with pytest.raises(SystemExit) as left:
            call_command("quote", str(file))
        answer = capsys.readouterr()
        assert left.value.code == 2 and answer.out == ""
        assert json.loads(answer.err)["status"] == status
