"""Paging, sorting and export of lists."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar, cast
from zipfile import ZipFile

import pytest
from django.db.models import Count
from django.http import HttpRequest
from django.template import Context, Template
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from core.models import OutboxEvent
from core.web.export import export_rows, neutral, wanted
from core.web.paging import order_asked, paginate


def get(query: str = "") -> HttpRequest:
    return RequestFactory().get(f"/list/{query}")


class Numbers:
    """The numbers from 0, as rows that are counted and cut like those of the database."""

    ordered = True

    def __init__(self, total: int) -> None:
        self.total = total

    def count(self) -> int:
        return self.total

    def __getitem__(self, cut: slice) -> range:
        return range(self.total)[cut]


class TestPaging:
    @given(st.integers(0, 200), st.integers(1, 30), st.text(max_size=6))
    def test_always_gives_a_page_whatever_is_asked(self, total: int, size: int, asked: str) -> None:
        request = RequestFactory().get("/", {"page": asked})
        page = paginate(request, cast(Any, Numbers(total)), size=size)
        assert 1 <= page.number <= page.pages
        assert len(page) <= size
        assert page.end <= total

    def test_covers_every_row_once(self) -> None:
        seen = [row for number in (1, 2, 3) for row in paginate(get(f"?page={number}"), cast(Any, Numbers(23)), size=10)]
        assert seen == list(range(23))

    def test_asks_for_an_order_which_counting_beside_the_rows_drops(self) -> None:
        counted = OutboxEvent.objects.annotate(number=Count("deliveries"))
        with pytest.raises(ValueError, match="need an order"):
            paginate(get(), counted)

    def test_footer_keeps_the_filters(self) -> None:
        page = paginate(get("?page=2"), cast(Any, Numbers(60)), size=20)
        html = Template("{% load ui %}{% pagination page noun='loans' export=True %}").render(
            Context({"request": get("?q=a%26b&page=2"), "page": page})
        )
        assert "21–40 of 60 loans" in html
        assert "?q=a%26b&amp;page=3" in html
        assert "export=csv" in html


class TestSorting:
    def test_takes_only_named_columns(self) -> None:
        allowed = {"amount": "amount_eur", "time": "due_at"}
        assert order_asked(get("?sort=amount"), allowed, "time") == "amount_eur"
        assert order_asked(get("?sort=-amount"), allowed, "time") == "-amount_eur"
        assert order_asked(get("?sort=password"), allowed, "-time") == "-due_at"

    def test_head_says_which_way_and_turns_it(self) -> None:
        html = Template("{% load ui %}{% sort_header 'Amount' 'amount' 'num' %}").render(
            Context({"request": get("?sort=amount&q=x&page=3")})
        )
        assert 'aria-sort="ascending"' in html
        assert 'value="-amount"' in html
        assert 'name="q" value="x"' in html
        assert 'name="page"' not in html


class TestExport:
    columns: ClassVar = [("Name", lambda r: r[0]), ("Amount", lambda r: r[1]), ("Day", lambda r: r[2])]
    rows: ClassVar = [("=HYPERLINK(1)", Decimal("-3.50"), date(2026, 11, 23)), ("Ana, B", None, None)]

    def test_of_csv_makes_formulas_harmless_and_keeps_numbers(self) -> None:
        answer = export_rows(get("?export=csv"), self.columns, self.rows, "loans")
        assert answer["Content-Disposition"] == 'attachment; filename="loans.csv"'
        assert answer.content.decode("utf-8-sig").splitlines() == [
            "Name,Amount,Day",
            "'=HYPERLINK(1),-3.50,2026-11-23",
            '"Ana, B",,',
        ]

    def test_of_excel_writes_text_as_text(self) -> None:
        answer = export_rows(get("?export=xlsx"), self.columns, self.rows, "loans")
        book = ZipFile(io.BytesIO(answer.content))
        assert b"<f>" not in book.read("xl/worksheets/sheet1.xml")
        assert b"HYPERLINK" in book.read("xl/sharedStrings.xml")

    @given(st.text(max_size=20))
    def test_never_leaves_text_that_starts_a_formula(self, text: str) -> None:
        assert not neutral(text).lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "\n"))

    @pytest.mark.parametrize(("query", "kind"), [("", ""), ("?export=csv", "csv"), ("?export=exe", "")])
    def test_is_only_made_when_asked_for(self, query: str, kind: str) -> None:
        assert wanted(get(query)) == kind
